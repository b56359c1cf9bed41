"""Words of a profile against one directory: own words become codes, ids become slugs, and nothing goes unnoticed."""

from __future__ import annotations

from typing import Any

import pytest
from loaded import Loader, question_of

from service.answers.profile import ResolvedProfile
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.errors import ProfileRefused

BUNDLE: dict[str, Any] = {
    "coalition": {"slug": "c", "name": "C", "timezone": "America/Chicago", "policy_packs": ["federal", "coalition"]},
    "areas": [{"code": "travis", "name": "Travis"}],
    "vocabulary": [
        {"term": "Safe  House", "organization": "shelter", "means": "emergency_shelter"},
        {"term": "food", "organization": "shelter", "means": "clothing"},
        {"code": "equine_therapy", "name": "Equine therapy", "decided_by": "board", "same_as": ["oe:1234"]},
        {"code": "art_therapy", "name": "Art therapy", "same_as": ["oe:77", "oe:78"]},
        {"code": "music_therapy", "name": "Music therapy", "same_as": ["oe:77"]},
        {"code": "night_worker", "name": "Works at night", "kind": "trait", "same_as": ["oe:99"]},
        {"term": "night people", "organization": "shelter", "means": "night_worker"},
        {"term": "transportation", "organization": "shelter", "means": "night_worker"},
    ],
    "organizations": [{"id": "hotline", "name": "Hotline"}, {"id": "shelter", "name": "Shelter"}],
    "release_forms": [{"id": "roi", "name": "Release"}],
}


@pytest.fixture
def snapshot(loader: Loader) -> DirectorySnapshot:
    return loader.serve(BUNDLE)[1]


def ask(snapshot: DirectorySnapshot, **changes: Any) -> Any:
    profile = {"origin": "hotline", "at": "2026-03-02T02:00:00-06:00", "needs": [{"type": "food"}], **changes}
    return question_of(profile, snapshot)


def needs(snapshot: DirectorySnapshot, *entries: dict[str, Any]) -> list[tuple[str, str, bool]]:
    return [(n.type, n.urgency, n.required) for n in ask(snapshot, needs=list(entries)).profile.needs]


def test_an_agencys_own_word_comes_before_codes(snapshot: DirectorySnapshot) -> None:
    """With `as_said_by` that agency's word wins; case and blanks make no difference; without it only codes count."""
    assert needs(snapshot, {"type": "safe house", "as_said_by": "shelter"})[0][0] == "emergency_shelter"
    assert needs(snapshot, {"type": "food", "as_said_by": "shelter"})[0][0] == "clothing"
    assert needs(snapshot, {"type": "food", "as_said_by": "hotline"})[0][0] == "food"
    assert needs(snapshot, {"type": "food"})[0][0] == "food"
    assert needs(snapshot, {"type": "oe:1234"})[0][0] == "equine_therapy"


def test_needs_that_mean_the_same_are_one(snapshot: DirectorySnapshot) -> None:
    """The highest urgency stays, and the need is required if any of them was."""
    triples = needs(
        snapshot,
        {"type": "safe house", "as_said_by": "shelter", "urgency": "later", "required": True},
        {"type": "food"},
        {"type": "emergency_shelter", "urgency": "now", "required": False},
    )

    assert triples == [("emergency_shelter", "now", True), ("food", "today", True)]


def test_a_word_for_a_trait_is_no_need(snapshot: DirectorySnapshot) -> None:
    """What an agency says of clients is not what it offers: such a word does not hide a code, and alone is refused."""
    assert needs(snapshot, {"type": "transportation", "as_said_by": "shelter"})[0][0] == "transportation"

    with pytest.raises(ProfileRefused) as refusal:
        ask(snapshot, needs=[{"type": "night people", "as_said_by": "shelter"}])

    assert [problem.path for problem in refusal.value.problems] == ["/needs/0/type"]


def test_other_codes_stand_for_ours_wherever_a_code_is_asked_for(snapshot: DirectorySnapshot) -> None:
    """A code that is the same as one of ours is taken for a need, a trait and what was done already."""
    client = ask(snapshot, client={"traits": {"oe:99": True}, "completed": ["oe:1234"]}).profile.client

    assert client.traits == {"night_worker": True}
    assert client.completed == {"equine_therapy"}


def test_a_code_that_two_of_ours_claim_names_neither(snapshot: DirectorySnapshot) -> None:
    """Whatever the order of the vocabulary, nothing is picked for whoever asks."""
    assert needs(snapshot, {"type": "oe:78"})[0][0] == "art_therapy"

    with pytest.raises(ProfileRefused) as refusal:
        ask(snapshot, needs=[{"type": "oe:77"}])

    assert [problem.path for problem in refusal.value.problems] == ["/needs/0/type"]


def test_what_has_an_id_may_be_named_by_it(snapshot: DirectorySnapshot) -> None:
    """The stored UUID and the slug name the same organization and the same form, wherever a profile names one."""
    ids = {slug: view.id for slug, view in snapshot.names.organizations.items()}
    consent = {"level": "written", "from": "hotline", "to": ["shelter"], "form": "roi"}
    by_id = {**consent, "from": ids["hotline"], "to": [ids["shelter"]], "form": snapshot.names.forms["roi"].id}
    food = {"type": "food", "as_said_by": "shelter"}

    question = ask(
        snapshot,
        origin=ids["hotline"],
        avoid=[ids["shelter"]],
        needs=[food | {"as_said_by": ids["shelter"]}],
        consents=[by_id],
    )

    assert question == ask(snapshot, origin="hotline", avoid=["shelter"], needs=[food], consents=[consent])


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"origin": "nobody"}, "/origin"),
        ({"client": {"area": "atlantis"}}, "/client/area"),
        ({"client": {"traits": {"left_handed": True}}}, "/client/traits"),
        ({"client": {"traits": {"Left handed!": True}}}, "/client/traits"),
        ({"client": {"completed": ["nothing"]}}, "/client/completed/0"),
        ({"needs": [{"type": "safe house"}]}, "/needs/0/type"),
        ({"needs": [{"type": "food", "as_said_by": "nobody"}]}, "/needs/0/as_said_by"),
        ({"avoid": ["nobody"]}, "/avoid/0"),
        ({"consents": [{"level": "verbal", "from": "nobody", "to": ["shelter"]}]}, "/consents/0/from"),
        ({"consents": [{"level": "verbal", "from": "hotline", "to": ["nobody"]}]}, "/consents/0/to/0"),
    ],
)
def test_a_name_that_is_not_here_is_refused_by_field(
    snapshot: DirectorySnapshot, changes: dict[str, Any], pointer: str
) -> None:
    """A misspelt agency, above all one to avoid, never goes unnoticed."""
    with pytest.raises(ProfileRefused) as refusal:
        ask(snapshot, **changes)

    assert [problem.path for problem in refusal.value.problems] == [pointer]
    assert "nobody" not in str(refusal.value)


def test_trafficking_is_unknown_unless_one_kind_is_true_or_both_are_false(snapshot: DirectorySnapshot) -> None:
    """What the rules are told of trafficking is three-valued, like everything else."""

    def trafficking(**traits: bool | None) -> bool | None:
        value: bool | None = ask(snapshot, client={"traits": traits}).case.trafficking
        return value

    assert trafficking(sex_trafficking=True, labor_trafficking=None) is True
    assert trafficking(sex_trafficking=False, labor_trafficking=False) is False
    assert trafficking(sex_trafficking=False) is None
    assert trafficking() is None


def test_a_question_is_about_no_process_unless_it_says_so(snapshot: DirectorySnapshot) -> None:
    """Whoever makes a question without one asks about none, in the vocabulary's own word."""
    question = ask(snapshot)

    assert ResolvedProfile(question.profile, question.case).process == question.process == "none"
