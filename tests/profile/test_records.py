"""From a profile's words to the records that are judged: every field arrives once, as itself, on the right day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from length import draws
from loaded import Loader, question_of

import policies
import routing
from service import vocabulary
from service.answers.profile import ResolvedProfile, read_profile, resolve
from service.answers.profile.client_facts import all_of, any_of
from service.answers.profile.suppose import suppose
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.errors import ProfileRefused

BUNDLE: dict[str, Any] = {
    "coalition": {"slug": "c", "name": "C", "timezone": "America/Chicago", "policy_packs": ["federal", "coalition"]},
    "areas": [{"code": "travis", "name": "Travis"}],
    "vocabulary": [
        {"code": "equine_therapy", "name": "Equine therapy", "decided_by": "board", "same_as": ["oe:1234", "horses"]},
        {"code": "night_worker", "name": "Works at night", "kind": "trait", "same_as": ["late_shift"]},
        {"term": "beds", "organization": "shelter", "means": "emergency_shelter"},
    ],
    "organizations": [{"id": slug, "name": slug.title()} for slug in ("hotline", "shelter", "clinic")],
    "release_forms": [{"id": form, "name": form, "languages": ["en"], "elements": ["who"]} for form in ("a", "b", "c")],
    "equivalent_forms": [["a", "b"], ["b", "c"]],
}
AT = "2026-03-02T02:00:00-06:00"
FEW = settings(max_examples=draws(60))


@pytest.fixture(scope="module")
def snapshot(loader: Loader) -> DirectorySnapshot:
    return loader.serve(BUNDLE)[1]


def ask(snapshot: DirectorySnapshot, **changes: Any) -> ResolvedProfile:
    return question_of({"origin": "hotline", "at": AT, "needs": [{"type": "food"}], **changes}, snapshot)


def refused(snapshot: DirectorySnapshot, **changes: Any) -> list[tuple[str, str]]:
    with pytest.raises(ProfileRefused) as refusal:
        ask(snapshot, **changes)
    return [(problem.path, problem.message) for problem in refusal.value.problems]


CONSENT = {
    "form": "a", "level": "release", "marks": ["sud"], "from": "hotline", "to": ["shelter", "clinic"],
    "data": ["need", "identity"], "purpose": "treatment", "signers": ["client", "parent"],
    "signed_on": "2026-03-01", "ends_on": "2026-06-01", "withdrawn_on": "2026-05-01",
}  # fmt: skip


def test_every_field_of_a_consent_arrives_as_itself(snapshot: DirectorySnapshot) -> None:
    """A consent in full, and one that says as little as it may."""
    full, bare = ask(snapshot, consents=[CONSENT, {"level": "verbal", "from": "clinic"}]).case.consents

    assert full == policies.Consent(
        form="a", level="release", marks=frozenset({"sud"}), holder="hotline", to=frozenset({"shelter", "clinic"}),
        data=frozenset({"need", "identity"}), purpose="treatment", signers=frozenset({"client", "parent"}),
        signed_on=date(2026, 3, 1), ends_on=date(2026, 6, 1), withdrawn_on=date(2026, 5, 1),
    )  # fmt: skip
    assert bare == policies.Consent(
        form=None, level="verbal", marks=frozenset(), holder="clinic", to=frozenset(), data=frozenset(),
        purpose="referral", signers=frozenset(), signed_on=None, ends_on=None, withdrawn_on=None,
    )  # fmt: skip


def test_a_consent_may_name_organizations_by_their_other_id(snapshot: DirectorySnapshot) -> None:
    """The stored UUID of a holder or of a recipient is its slug to the rules."""
    ids = {slug: view.id for slug, view in snapshot.names.organizations.items()}
    by_id = {**CONSENT, "from": ids["hotline"], "to": [ids["shelter"], "clinic"]}

    assert ask(snapshot, consents=[by_id]).case.consents == ask(snapshot, consents=[CONSENT]).case.consents


@pytest.mark.parametrize("name", ["may_sign_alone", "emancipated", "pseudonym_or_acp"])
@pytest.mark.parametrize("value", [True, False, None])
def test_facts_of_the_case_arrive_as_they_are(snapshot: DirectorySnapshot, name: str, value: bool | None) -> None:
    """Yes, no and unknown, each under its own name."""
    case = ask(snapshot, facts={name: value}).case

    assert getattr(case, name) is value
    others = {"may_sign_alone", "emancipated", "pseudonym_or_acp"} - {name}
    assert {getattr(case, other) for other in others} == {None}


def test_a_subpoena_is_kept_beside_the_case(snapshot: DirectorySnapshot) -> None:
    """It changes nothing that routing or the rules of a hand-off are told; supposing an answer does not lose it."""
    plain, under_subpoena = ask(snapshot), ask(snapshot, facts={"process": "subpoena"})

    assert (plain.process, under_subpoena.process) == ("none", "subpoena")
    assert (plain.case, plain.profile) == (under_subpoena.case, under_subpoena.profile)
    assert suppose(under_subpoena, "client.age", (17, 17)).process == "subpoena"


@pytest.mark.parametrize(("name", "words"), [("danger", vocabulary.DANGERS), ("guardian", vocabulary.GUARDIANS)])
def test_danger_and_guardian_arrive_as_they_are(snapshot: DirectorySnapshot, name: str, words: tuple[str, ...]) -> None:
    """Each word of either, and nothing where nothing is known."""
    assert [getattr(ask(snapshot, facts={name: word}).case, name) for word in words] == list(words)
    assert getattr(ask(snapshot).case, name) is None


@pytest.mark.parametrize(
    ("age", "case", "limits"),
    [
        (17, "minor", (17, 17)),
        (18, "adult", (18, 18)),
        ({"min": 16, "max": 19}, "unknown", (16, 19)),
        ({"max": 17}, "minor", (None, 17)),
        ({"min": 18}, "adult", (18, None)),
        ({}, "unknown", (None, None)),
        (None, "unknown", (None, None)),
    ],
)
def test_an_age_is_told_to_both_in_their_own_way(snapshot: DirectorySnapshot, age: Any, case: str, limits: Any) -> None:
    """Routing gets both limits, the rules on which side of eighteen they lie."""
    question = ask(snapshot, client={"age": age})

    assert question.case.age == case
    assert (question.profile.client.age_min, question.profile.client.age_max) == limits


def test_what_routing_is_told_of_the_client(snapshot: DirectorySnapshot) -> None:
    """Gender, languages, area, what was done before, presence, whom to avoid, the lens and the limit."""
    profile = ask(
        snapshot,
        client={"gender": "male", "languages": ["es", "en"], "area": "travis", "completed": ["horses", "detox"],
                "traits": {"pregnant": False}},
        facts={"client_present": True}, avoid=["shelter", "law_enforcement"], prefer="soonest", limit=3,
    ).profile  # fmt: skip

    assert profile.client == routing.Client(
        gender="male", languages=("es", "en"), area="travis", traits={"pregnant": False},
        completed=frozenset({"equine_therapy", "detox"}),
    )  # fmt: skip
    assert (profile.client_present, profile.prefer, profile.limit) == (True, "soonest", 3)
    assert profile.avoid == {"shelter", "law_enforcement"}
    assert profile.origin == "hotline"


def test_what_is_not_said_is_not_known(snapshot: DirectorySnapshot) -> None:
    """The barest profile: nothing about the client or the case becomes a yes or a no."""
    question = ask(snapshot)

    assert question.profile.client == routing.Client(traits={}, completed=frozenset())
    assert (question.profile.client_present, question.profile.avoid) == (None, frozenset())
    assert question.case == policies.Case(
        today=date(2026, 3, 2), equivalent_forms=frozenset({frozenset("ab"), frozenset("bc")})
    )


def test_no_language_is_no_answer(snapshot: DirectorySnapshot) -> None:
    """An empty list of languages says as little as none."""
    assert ask(snapshot, client={"languages": []}).profile.client.languages is None


@FEW
@given(st.integers(0, 365 * 24 * 60), st.integers(-14 * 60, 14 * 60))
def test_the_day_is_the_coalitions_whatever_offset_is_written(
    snapshot: DirectorySnapshot, minutes: int, offset: int
) -> None:
    """One moment is one day: that of the coalition's own clock, in summer and in winter."""
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    written = moment.astimezone(timezone(timedelta(minutes=offset)))
    summer = datetime(2026, 3, 8, 8, tzinfo=UTC) <= written < datetime(2026, 11, 1, 7, tzinfo=UTC)

    question = ask(snapshot, at=written.isoformat())

    there = (written.astimezone(UTC) - timedelta(hours=5 if summer else 6)).replace(tzinfo=None)
    assert question.case.today == there.date()
    assert question.profile.at == written


@pytest.mark.parametrize(
    ("at", "state"),
    [
        ("2026-06-01T23:59:59-05:00", "current"),
        ("2026-06-02T04:59:59+00:00", "current"),
        ("2026-06-02T00:00:00-05:00", "not_current"),
        ("2026-06-02T05:00:00+00:00", "not_current"),
        ("2026-06-02T12:00:00+14:00", "current"),
    ],
)
def test_a_release_ends_at_midnight_where_the_coalition_is(snapshot: DirectorySnapshot, at: str, state: str) -> None:
    """The last day of a release is a day of the coalition's calendar, not of the caller's or of the server's."""
    share = policies.Share(
        policies.Agency("hotline"), policies.Agency("shelter", accepted_forms=frozenset("a")), "disclose", "need",
        "treatment",
    )  # fmt: skip

    case = ask(snapshot, at=at, consents=[{**CONSENT, "withdrawn_on": None}]).case

    assert policies.facts_of(case, share)[-1].consent == state


def test_needs_that_mean_the_same_merge_whichever_comes_first(snapshot: DirectorySnapshot) -> None:
    """The highest urgency and the stricter `required`, from either side; each need once, in the order of asking."""
    entries = [
        {"type": "oe:1234", "urgency": "later", "required": False},
        {"type": "food", "urgency": "this_week", "required": False},
        {"type": "equine_therapy", "urgency": "now", "required": True},
        {"type": "horses", "urgency": "today", "required": False},
    ]

    forwards, backwards = (ask(snapshot, needs=some).profile.needs for some in (entries, entries[::-1]))

    merged, food = routing.Need("equine_therapy", "now", True), routing.Need("food", "this_week", False)
    assert (forwards, backwards) == ((merged, food), (merged, food))


def test_an_agencys_word_is_its_own_only(snapshot: DirectorySnapshot) -> None:
    """Said by its agency, by either of its names, it is the code that it means; said by another it is no word."""
    house = snapshot.names.organizations["shelter"].id

    both = [ask(snapshot, needs=[{"type": "Beds", "as_said_by": name}]).profile.needs for name in ("shelter", house)]

    assert [need.type for needs in both for need in needs] == ["emergency_shelter"] * 2
    [(path, _)] = refused(snapshot, needs=[{"type": "beds", "as_said_by": "clinic"}])
    assert path == "/needs/0/type"


@pytest.mark.parametrize(
    ("traits", "value"),
    [
        ({"late_shift": True}, True),
        ({"late_shift": True, "night_worker": True}, True),
        ({"late_shift": True, "night_worker": False}, None),
        ({"late_shift": False, "night_worker": True}, None),
        ({"late_shift": None, "night_worker": True}, None),
        ({"late_shift": False, "night_worker": False}, False),
    ],
)
def test_two_names_of_one_trait_that_disagree_make_it_unknown(
    snapshot: DirectorySnapshot, traits: dict[str, bool | None], value: bool | None
) -> None:
    """A trait under another name is that trait; a contradiction is neither yes nor no."""
    assert ask(snapshot, client={"traits": traits}).profile.client.traits == {"night_worker": value}


def test_a_word_for_a_trait_is_none_for_a_service_and_the_other_way_round(snapshot: DirectorySnapshot) -> None:
    """Codes and their other names stay with their kind; each kind takes all of its own at once."""
    for name in ("night_worker", "late_shift", "pregnant"):
        assert [path for path, _ in refused(snapshot, needs=[{"type": name}])] == ["/needs/0/type"]
    for name in ("equine_therapy", "horses", "food"):
        assert [path for path, _ in refused(snapshot, client={"traits": {name: True}})] == ["/client/traits"]

    everything = dict.fromkeys([*vocabulary.TRAITS, "night_worker", "late_shift"], True)

    traits = ask(snapshot, client={"traits": everything}).profile.client.traits
    assert traits == dict.fromkeys([*vocabulary.TRAITS, "night_worker"], True)


NOT_HERE = "is not an organization of this directory"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"origin": "nobody"}, [("/origin", NOT_HERE)]),
        ({"client": {"area": "atlantis"}}, [("/client/area", "is not an area of this directory")]),
        ({"client": {"traits": {"pregnant": True, "left_handed": True}}},
         [("/client/traits", "holds a trait that is not in the vocabulary")]),
        ({"client": {"completed": ["detox", "nothing"]}},
         [("/client/completed/1", "is not a service type of the vocabulary")]),
        ({"needs": [{"type": "food"}, {"type": "beds"}]},
         [("/needs/1/type", "is neither a service type nor a word that this agency uses")]),
        ({"needs": [{"type": "food", "as_said_by": "nobody"}]}, [("/needs/0/as_said_by", NOT_HERE)]),
        ({"avoid": ["court", "shelter", "nobody"]},
         [("/avoid/2", "is not a kind, and no organization here goes by it")]),
        ({"consents": [CONSENT, {**CONSENT, "from": "nobody"}]}, [("/consents/1/from", NOT_HERE)]),
        ({"consents": [{**CONSENT, "to": ["shelter", "nobody"]}]}, [("/consents/0/to/1", NOT_HERE)]),
    ],
)  # fmt: skip
def test_what_is_not_here_is_told_by_its_field(snapshot: DirectorySnapshot, changes: Any, expected: Any) -> None:
    """One problem for one wrong name, at its own place, in words that repeat nothing."""
    assert refused(snapshot, **changes) == expected


def test_all_that_is_not_here_is_told_at_once(snapshot: DirectorySnapshot) -> None:
    """Every wrong name of a profile in one refusal."""
    problems = refused(
        snapshot, origin="nobody", client={"area": "atlantis", "completed": ["nothing"]}, avoid=["someone"],
        needs=[{"type": "beds"}], consents=[{**CONSENT, "from": "nobody", "to": ["nowhere"]}],
    )  # fmt: skip

    assert [path for path, _ in problems] == [
        "/origin", "/client/area", "/client/completed/0", "/needs/0/type", "/avoid/0", "/consents/0/from",
        "/consents/0/to/0",
    ]  # fmt: skip


@pytest.mark.parametrize("values", [(a, b) for a in (True, False, None) for b in (True, False, None)])
def test_one_of_two_and_both_of_two_stay_three_valued(values: tuple[bool | None, ...]) -> None:
    """Or: a yes decides, a no needs all. And: a no decides, a yes needs all. The rest is unknown."""
    some = True if True in values else False if values == (False, False) else None
    every = False if False in values else True if values == (True, True) else None

    assert any_of(*values) is some
    assert all_of(*values) is every


def test_the_same_words_in_another_directory_are_judged_by_that_directory(snapshot: DirectorySnapshot) -> None:
    """Nothing is remembered from one directory to the next: forms stated the same come with the question."""
    profile = read_profile(b'{"origin": "hotline", "needs": [{"type": "food"}]}')
    at = datetime(2026, 3, 2, tzinfo=UTC)

    none_the_same = resolve(profile, snapshot.names, frozenset(), at=at)

    assert none_the_same.case.equivalent_forms == frozenset()
    assert none_the_same.profile.at == at
