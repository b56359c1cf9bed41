"""What a state's pack does in answers: who owes which report by when, what it may hold, and no other state's law."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import pytest
from answer.test_answer import ask, bundle, consent, organization, service
from loaded import Loader
from read_in_spanish import in_spanish

import policies
from policies.verify import sets_of_packs
from service.i18n import answers

Document = dict[str, Any]
STATES = [name for names in sets_of_packs() for name in names if policies.is_of_a_state(name)]
NINE = {"age": 9, "traits": {"sex_trafficking": True}}
SIXTEEN = {"age": 16, "traits": {"sex_trafficking": True}}
ELDER = {"age": 70, "traits": {"labor_trafficking": True}}
ADULT = {"age": 30, "traits": {"sex_trafficking": True}}
CLIENTS = {"nine": NINE, "sixteen": SIXTEEN, "elder": ELDER, "adult": ADULT}
ORIGINS = {
    "sheriff": {"kind": "law_enforcement", "basis": "systems", "reporter": "child_and_adult"},
    "line": {"kind": "victim_services", "reporter": "none"},
    "haven": {"kind": "trafficking_shelter", "regimes": ["vawa"], "reporter": "none"},
    "clinic": {"kind": "health", "regimes": ["hipaa"], "reporter": "child_and_adult"},
    "school": {"kind": "school", "basis": "systems", "regimes": ["ferpa"], "reporter": "child"},
    "newcomer": {"kind": "community"},
}
EVERYDAY = ["identity", "contact_location", "narrative", "need"]
REPORTED = [*EVERYDAY, "privileged", "health", "mental_health"]
OWED: dict[str, dict[str, dict[str, tuple[str, bool]]]] = {
    "us-fl": {
        origin: dict.fromkeys(("nine", "sixteen"), ("fl-child-report", True)) | {"elder": ("fl-adult-report", False)}
        for origin in ORIGINS
    },
    "us-ca": {
        "sheriff": dict.fromkeys(("nine", "sixteen"), ("ca-child-report", True)) | {"elder": ("ca-adult-report", True)},
        "line": {},
        "haven": {},
        "clinic": dict.fromkeys(("nine", "sixteen"), ("ca-child-report", True)) | {"elder": ("ca-adult-report", True)},
        "school": dict.fromkeys(("nine", "sixteen"), ("ca-child-report", True)),
        "newcomer": dict.fromkeys(("nine", "sixteen"), ("ca-child-report", False))
        | {"elder": ("ca-adult-report", False)},
    },
    "us-oh": {
        "sheriff": dict.fromkeys(("nine", "sixteen"), ("oh-child-report", True))
        | {"elder": ("oh-adult-report", False)},
        "line": {},
        "haven": {},
        "clinic": dict.fromkeys(("nine", "sixteen"), ("oh-child-report", True)) | {"elder": ("oh-adult-report", False)},
        "school": dict.fromkeys(("nine", "sixteen"), ("oh-child-report", True)),
        "newcomer": dict.fromkeys(("nine", "sixteen"), ("oh-child-report", False))
        | {"elder": ("oh-adult-report", False)},
    },
    "us-tx": {
        origin: dict.fromkeys(("nine", "sixteen"), ("tx-child-report", True)) | {"elder": ("tx-adult-report", True)}
        for origin in ORIGINS
    },
}
"""The reports of a state by who asks and about whom, and whether each is certain."""


def coalition(state: str) -> Document:
    """A coalition of the state: agencies that report, and those that take reports."""
    document: Document = json.loads(json.dumps(bundle()).replace('"us-tx"', f'"{state}"'))
    document["coalition"]["policy_packs"] = ["federal", state, "coalition"]
    adults = service("elders", "adult_protection_report")
    document["organizations"].append(organization("aps", adults, kind="other_government", basis="systems"))
    document["organizations"] += [organization(slug, **declared) for slug, declared in ORIGINS.items()]
    return document


@pytest.fixture(scope="module")
def directory_of(loader: Loader) -> Any:
    return cache(lambda state: loader.serve(coalition(state))[1])


def reports(document: Document, state: str) -> list[Document]:
    """The duties of an answer that the state's own pack asks for: what staff may do and need not is none."""
    own = [duty for duty in document["duties"] if duty["id"].startswith(f"{state[3:]}-")]
    return [duty for duty in own if "you may report it" not in duty["say"][0]]


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize("state", OWED)
def test_who_owes_a_report_is_told_and_nobody_else(directory_of: Any, state: str, origin: str, client: str) -> None:
    """By origin and client; the one report, whether it is certain, and an office that takes it."""
    duties = reports(ask(directory_of(state), origin=origin, client=CLIENTS[client]), state)

    duty_owed = OWED[state][origin].get(client)
    assert [(duty["id"], duty["certain"]) for duty in duties] == ([] if duty_owed is None else [duty_owed])
    for duty in duties:
        assert [to["slug"] for to in duty["to"]] == ["cps" if "child" in duty["id"] else "aps"]
        assert duty["must_hold"] == EVERYDAY[:3]


@pytest.mark.parametrize("state", STATES)
def test_a_pack_and_the_card_of_its_state_agree(directory_of: Any, state: str) -> None:
    """Who reports, and by when: the card stands in where the pack is not loaded."""
    card = policies.load_states()[state]

    for client, subject in ((NINE, "child"), (ELDER, "adult")):
        terms = card.terms(subject)
        of_all, of_professions = (
            reports(ask(directory_of(state), origin=origin, client=client), state) for origin in ("line", "clinic")
        )
        assert bool(of_all) is (terms.reporters == "everybody")
        assert [duty["due"] for duty in of_all or of_professions] == [terms.due]


@pytest.mark.parametrize("state", STATES)
def test_what_is_to_be_confirmed_is_the_states_own(directory_of: Any, state: str) -> None:
    """The notice names the state whose pack counts, in Spanish too."""
    (plain,) = (notice["plain"] for notice in ask(directory_of(state))["notices"] if notice["id"] == "to-be-confirmed")

    name = policies.load_states()[state].name
    assert f"{name} is a sample overlay" in plain
    assert f"{name} es un ejemplo" in in_spanish(plain)


@pytest.mark.parametrize("state", STATES)
def test_no_other_states_law_is_in_any_answer(directory_of: Any, state: str) -> None:
    """No id, no authority and no name of another state, whoever asks, about whomever, with whatever consent."""
    own = policies.load_rulebook(["federal", state, "coalition"])
    other_states = [name for name in STATES if name != state]
    rules = [
        rule for name in other_states for rule in policies.load_rulebook(["federal", name]).rules if rule.pack == name
    ]
    foreign = {rule.id for rule in rules} - {rule.id for rule in own.rules}
    foreign |= {policies.load_states()[name].name for name in other_states}
    foreign |= {match for rule in rules for match in re.findall(r"\b[A-Z][a-z]+\. (?=[A-Z])", rule.authority)}
    foreign -= {match for rule in own.rules for match in re.findall(r"\b[A-Z][a-z]+\. (?=[A-Z])", rule.authority)}

    text = "".join(
        json.dumps(ask(directory_of(state), origin=origin, client=client, consents=consents))
        for origin in ORIGINS
        for client in CLIENTS.values()
        for consents in ([], [consent("release", **{"from": origin})])
    )

    assert foreign
    assert [word for word in sorted(foreign) if word in text] == []
    assert policies.load_states()[state].name in text


@pytest.mark.parametrize("origin", ORIGINS)
def test_in_florida_age_alone_makes_no_report_certain(directory_of: Any, origin: str) -> None:
    """That a client cannot protect themselves does: then the report holds what helps. Of other adults none is owed."""
    directory = directory_of("us-fl")

    of_unable, of_able = (
        reports(ask(directory, origin=origin, client=client, facts={"adult_protection": protection}), "us-fl")
        for client, protection in ((ELDER, True), (ADULT, False))
    )

    assert [(duty["id"], duty["certain"], duty["due"]) for duty in of_unable] == [("fl-adult-report", True, "PT0S")]
    assert [data for data in EVERYDAY if data in of_unable[0]["share"]] == EVERYDAY
    assert of_able == []


def test_in_florida_everybody_reports_a_child_at_once_and_to_the_hotline(loader: Loader) -> None:
    """Where no agency of the coalition takes reports, the state's line does; police are no receiver of that law."""
    town = coalition("us-fl")
    town["organizations"] = [
        organization for organization in town["organizations"] if organization["id"] not in ("cps", "aps", "police")
    ]
    directory = loader.serve(town)[1]

    for client in (NINE, ELDER):
        (duty,) = reports(ask(directory, client=client), "us-fl")
        assert [(to["name"], to["phone"], to["status"]) for to in duty["to"]] == [
            ("Florida Abuse Hotline", "1-800-962-2873", "open")
        ]
        assert duty["due"] == "PT0S"
        assert "to be confirmed" not in duty["plain"]


@pytest.mark.parametrize(
    ("level", "marks", "goes"),
    [("verbal", [], False), ("written", [], False), ("release", [], False), ("release", ["privilege"], True)],
)
def test_in_florida_what_an_advocate_was_told_goes_with_a_waiver_only(
    loader: Loader, level: str, marks: list[str], goes: bool
) -> None:
    """A house that asks for it with the referral is no path until the client waived the privilege in writing."""
    town = coalition("us-fl")
    town["release_forms"][0]["marks"].append("privilege")
    town["agreements"][0]["between"] = ["haven", "shelter"]
    shelter, haven = (
        organization for organization in town["organizations"] if organization["id"] in ("shelter", "haven")
    )
    shelter["services"][0]["referral"] |= {"intake_data": ["identity", "privileged"], "accepts": ["packet"]}
    haven["coalition"]["membership"] = "active"
    paper = consent(level, data=["need", "identity", "privileged"], marks=marks, **{"from": "haven"})

    answer = ask(loader.serve(town)[1], origin="haven", client=ADULT, consents=[paper])

    shares = [step["share"] for path in answer["paths"] for step in path["steps"] if step["to"]["slug"] == "shelter"]
    assert [("privileged" in share) for share in shares] == ([True] if goes else [])


@pytest.mark.parametrize(
    ("age", "runaway", "tasks_told"),
    [
        (16, None, {"fl-sheltering-minor", "fl-aiding-runaway"}),
        (16, False, {"fl-sheltering-minor"}),
        (30, None, set()),
    ],
)
def test_in_florida_a_young_person_hears_who_is_told_of_a_bed(
    loader: Loader, age: int, runaway: bool | None, tasks_told: set[str]
) -> None:
    """Before the call; and where a parent is under suspicion, who is never reached."""
    directory = loader.serve(coalition("us-fl"))[1]
    traits = {} if runaway is None else {"runaway": runaway}

    answer = ask(directory, client={"age": age, "traits": traits}, facts={"guardian": "suspected_parent_only"})

    tasks = {
        task["id"]: task["plain"] for path in answer["paths"] for step in path["steps"] for task in step["obligations"]
        if task["id"].startswith("fl-")
    }  # fmt: skip
    assert tasks.keys() & {"fl-sheltering-minor", "fl-aiding-runaway"} == tasks_told
    assert all("Tell the young person before the call" in tasks[name] for name in tasks_told)
    assert all(tasks[name].endswith(answers.NOT_THE_SUSPECTED) for name in tasks_told)
