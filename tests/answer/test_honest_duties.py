"""Duties say only what is known: conditions, what points to them, and lines that take no report."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from answer.test_answer import ask, bundle, organization, service
from answer.test_state_cards import card_of, coalition
from loaded import Loader

from service.answers.builder.owed import ASKED_AFTER_HARM, POINTING
from service.directory.snapshot.directory_snapshot import DirectorySnapshot

Document = dict[str, Any]
TRAITS = ("sex_trafficking", "labor_trafficking", "sexual_assault", "domestic_violence",
          "suspected_exploiter_household", "disability")  # fmt: skip
GUARDIANS = ("none", "unavailable", "safe_parent", "court_safe", "suspected_parent_only", "court_suspected")
NEEDS = ("emergency_shelter", "victim_advocacy", "child_protection_report", "adult_protection_report", "food")
AGES = (9, 15, 30, 62, 70, {"min": 11, "max": 12}, {"min": 16, "max": 20}, {"min": 58, "max": 64}, None)


def drawn(chance: random.Random) -> Document:
    """A profile whose facts are drawn: any may be unknown."""
    traits = {trait: value for trait in TRAITS if (value := chance.choice([True, False, None, None])) is not None}
    types = chance.sample(NEEDS, chance.randint(1, 2))
    return {
        "client": {
            "age": chance.choice(AGES), "area": "travis", "traits": traits,
            "with": chance.choice([[], [], [{"age": 4}], [{"age": 40}]]),
        },
        "needs": [{"type": service_type, "urgency": "today"} for service_type in types],
        "facts": {"guardian": chance.choice(GUARDIANS), "adult_protection": chance.choice([True, False, None])},
        "avoid": chance.choice([[], [], ["child_welfare"]]),
    }  # fmt: skip


def ages(profile: Document) -> tuple[int, int]:
    """The first and the last possible age."""
    age = profile["client"]["age"]
    if age is None:
        return 0, 120
    return (age["min"], age["max"]) if isinstance(age, dict) else (age, age)


def is_pointed_to(profile: Document, subject: str, adult_age: int | None) -> bool:
    """By the guide's words alone: is an uncertain report about a client of this kind shown beside the rest?"""
    first, last = ages(profile)
    traits, facts = profile["client"]["traits"], profile["facts"]
    needs = {need["type"] for need in profile["needs"]}
    harmed = any(traits.get(trait) for trait in POINTING)
    if f"{subject}_protection_report" in needs:
        return True
    if subject == "adult":
        protection = facts["adult_protection"]
        unable = protection is True or (protection is None and traits.get("disability") is True)
        known_age = profile["client"]["age"] is not None and adult_age is not None and last >= adult_age
        return harmed and (unable or known_age)
    if first >= 18:
        return False  # only a companion
    suspected = facts["guardian"] in ("suspected_parent_only", "court_suspected")
    alone = last < 13 and facts["guardian"] not in ("safe_parent", "court_safe")
    return harmed or suspected or alone or (last < 18 and not needs.isdisjoint(ASKED_AFTER_HARM))


@pytest.fixture(scope="module", params=["us-tx", "us-oh", "us-zz"])
def place(request: pytest.FixtureRequest, loader: Loader) -> tuple[DirectorySnapshot, int | None]:
    """A directory under a pack with an age, one without, and a state without either, with its age for adults."""
    code = request.param
    document = json.loads(json.dumps(bundle()).replace('"us-tx"', f'"{code}"'))
    document["coalition"]["policy_packs"] = ["federal", *([] if code == "us-zz" else [code]), "coalition"]
    document["organizations"][0]["coalition"]["reporter"] = "child_and_adult"
    return loader.serve(document)[1], 65 if code == "us-tx" else None


def test_an_uncertain_duty_is_a_condition_and_is_shown_where_a_fact_points_to_it(
    place: tuple[DirectorySnapshot, int | None],
) -> None:
    """Over drawn profiles: never a command; who it is about, and if it leaves `duties`, follow the guide's words."""
    directory, adult_age = place
    chance, uncertain = random.Random(55), 0
    for _ in range(150):
        profile = drawn(chance)
        for duty in ask(directory, **profile)["duties"]:
            subject = duty["id"].replace("us-", "").split("-")[1 if duty["id"][:3] in ("tx-", "oh-") else 0]
            if duty["certain"]:
                assert duty["pointed_to"]
                continue
            uncertain += 1
            assert duty["say"][0].startswith("If ")
            assert not duty["plain"].startswith("Where it is safe")
            assert duty["pointed_to"] is is_pointed_to(profile, subject, adult_age), (profile, duty)
    assert uncertain > 50


def test_adults_are_protected_from_the_laws_own_age(place: tuple[DirectorySnapshot, int | None]) -> None:
    """Where the law names no age, from 60 on the duty is in `duties` alone; `adult_protection` is no matter of age."""
    directory, adult_age = place
    for age in (59, 60, 64, 65, 80):
        duties = [
            duty for duty in ask(directory, client={"age": age, "area": "travis"})["duties"] if "adult" in duty["id"]
        ]
        assert bool(duties) is (age >= (adult_age or 60))
        assert not any(duty["pointed_to"] or duty["certain"] for duty in duties)


@pytest.mark.parametrize(("adult_age", "from_age"), [(60, 60), (65, 65), ("none", None), (None, 60)])
def test_the_cards_age_decides_on_adults(
    loader: Loader, monkeypatch: pytest.MonkeyPatch, adult_age: int | str | None, from_age: int | None
) -> None:
    """`none` is a no; a card that doesn't say leaves the duty open from 60 on, in `duties` alone."""
    card_of(monkeypatch, "us-zz", adult_due="PT0S", **({"adult_age": adult_age} if adult_age else {}))
    directory = loader.serve(coalition("us-zz"))[1]
    for age in (59, 60, 64, 65):
        client = {"age": age, "area": "travis", "traits": {"domestic_violence": True}}
        duties = ask(directory, client=client)["duties"]
        assert bool(duties) is (from_age is not None and age >= from_age)
        assert all(duty["pointed_to"] is isinstance(adult_age, int) for duty in duties)


def test_a_line_that_takes_no_report_is_never_a_receiver(place: tuple[DirectorySnapshot, int | None]) -> None:
    """Over drawn profiles: Childhelp and the Eldercare Locator only give out numbers, where no open desk is known."""
    chance = random.Random(56)
    for _ in range(60):
        answer = ask(place[0], **drawn(chance))
        for duty in answer["duties"]:
            names = {to["name"] for to in duty["to"]}
            assert not names & {"Childhelp National Child Abuse Hotline", "Eldercare Locator", "211"}
            if duty["number_from"] is not None:
                assert "Don't tell them about the client." in duty["number_from"]["plain"]
                assert not [to for to in duty["to"] if to["slug"] is None]
            statuses = [to["status"] for to in duty["to"] if to["slug"] is not None]
            assert statuses == sorted(statuses, key=["open", "unknown", "opens_later"].index)


def test_who_need_not_report_hears_that_they_may(loader: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    """With their funding law, which keeps the name out; unless state law makes everyone report."""
    document = coalition("us-zz")
    document["organizations"][0]["coalition"] |= {"reporter": "none", "regimes": ["vawa"]}
    directory = loader.serve(document)[1]
    client = {"age": 9, "area": "travis", "traits": {"labor_trafficking": True}}

    said = {}
    for reporters in ("professionals", "everybody"):
        card_of(monkeypatch, "us-zz", child_reporters=reporters, child_due="PT24H")
        (duty,) = ask(directory, client=client)["duties"]
        said[reporters] = duty["say"][0]

    assert "you may report it" in said["professionals"]
    assert "VAWA, VOCA" in said["professionals"]
    assert "you must report it" in said["everybody"]
    assert "VAWA" not in said["everybody"]


@pytest.mark.parametrize("state", ["us-ca", "us-oh"])
def test_what_a_funded_agency_may_report_shows_nobody(loader: Loader, state: str) -> None:
    """It need not report by the state's pack: nothing that shows who the client is leaves without a release."""
    document = json.loads(json.dumps(bundle()).replace('"us-tx"', f'"{state}"'))
    document["coalition"]["policy_packs"] = ["federal", state, "coalition"]
    document["organizations"][0]["coalition"] |= {"reporter": "none", "regimes": ["vawa"]}
    client = {"age": 9, "area": "travis", "traits": {"sex_trafficking": True}}

    duties = [duty for duty in ask(loader.serve(document)[1], client=client)["duties"] if "child-report" in duty["id"]]

    (duty,) = duties
    assert (duty["certain"], duty["must_hold"]) == (False, [])
    assert set(duty["share"]) <= {"need"}


def test_a_lawyer_hears_of_privilege(loader: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever must report: what a lawyer was told may be kept from it."""
    document = coalition("us-zz")
    document["organizations"][0]["coalition"] |= {"kind": "legal"}
    card_of(monkeypatch, "us-zz", child_reporters="everybody", child_due="PT24H")

    (duty,) = ask(loader.serve(document)[1], client={"age": 9, "area": "travis"})["duties"]

    assert "Privilege may change this: ask your supervisor." in duty["say"][0]


@pytest.mark.parametrize(
    ("changes", "is_shown"),
    [
        ({"client": {"age": 30, "with": [{"age": 4}]}}, False),
        ({"client": {"age": 30, "with": [{"age": 4}]},
          "needs": [{"type": "child_protection_report", "urgency": "today"}]}, True),
        ({"client": {"age": 30, "with": [{"age": 4}]}, "avoid": ["child_welfare"],
          "needs": [{"type": "child_protection_report", "urgency": "today"}]}, False),
        ({"client": {"age": {"min": 17, "max": 20}}, "avoid": ["child_welfare"]}, False),
        ({"client": {"age": 9, "traits": {"sexual_assault": True}}}, True),
    ],
)  # fmt: skip
def test_no_child_abuse_line_for_who_only_has_a_child_along_or_refuses_it(
    loader: Loader, changes: Document, is_shown: bool
) -> None:
    """The line of a report is beside the answer only where the client may be the child, or asked for the report."""
    lines = ask(loader.serve(bundle())[1], **changes)["lines"]

    assert ("child_abuse" in {line["for"] for line in lines}) is is_shown


@pytest.mark.parametrize("stranger_to", ["police", "prosecutor"])
@pytest.mark.parametrize(
    ("at_home", "guardian", "first"),
    [
        (True, "none", "line"), (False, "suspected_parent_only", "line"), (False, "none", "desk"),
        (None, "none", "line"), (False, None, "line"),
    ],
)  # fmt: skip
def test_a_strangers_crime_goes_first_to_whom_the_card_names(
    loader: Loader, monkeypatch: pytest.MonkeyPatch,
    at_home: bool | None, guardian: str | None, first: str, stranger_to: str,
) -> None:  # fmt: skip
    """Where child protection takes only what a caregiver did; not known: the line, which may send them on."""
    document = coalition("us-zz")
    desks = {"police": "law_enforcement", "prosecutor": "prosecutor"}
    document["organizations"] += [
        organization(f"{name}-desk", service(f"{name}-reports", "law_enforcement_report"), kind=kind, basis="systems",
                     phone=f"555-020{number}")
        for number, (name, kind) in enumerate(desks.items())
    ]  # fmt: skip
    card_of(
        monkeypatch, "us-zz", child_due="PT0S", trafficking_report="caretaker_only", stranger_to=stranger_to,
        child_line={"name": "Zed", "phone": "1-800-555-0100", "hours": "day and night"},
    )  # fmt: skip
    traits = {"sex_trafficking": True, "suspected_exploiter_household": at_home}
    client = {"age": 15, "area": "travis", "traits": traits}

    (duty,) = ask(loader.serve(document)[1], client=client, facts={"guardian": guardian})["duties"]

    slugs = [to["slug"] for to in duty["to"]]
    assert slugs[:2] == ([f"{stranger_to}-desk", None] if first == "desk" else slugs[:2])
    assert first == "desk" or slugs[0] is None
    is_unknown = guardian != "suspected_parent_only" and at_home is not True and first == "line"
    assert ("They may send you to the police." in duty["plain"]) is is_unknown
