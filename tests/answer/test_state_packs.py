"""What a state's pack does in answers: who owes which report by when, what it may hold, and no other state's law."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import pytest
from answer.test_answer import bundle, consent, organization, profile, service
from loaded import Loader

import policies
from policies.verify import sets_of_packs
from service.profile import read_profile
from service.serving.served import Served
from service.usecases.find_paths import find_paths

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
    "us-ca": {
        "sheriff": dict.fromkeys(("nine", "sixteen"), ("ca-child-report", True)) | {"elder": ("ca-adult-report", True)},
        "line": {},
        "haven": {},
        "clinic": dict.fromkeys(("nine", "sixteen"), ("ca-child-report", True)) | {"elder": ("ca-adult-report", True)},
        "school": dict.fromkeys(("nine", "sixteen"), ("ca-child-report", True)),
        "newcomer": dict.fromkeys(("nine", "sixteen"), ("ca-child-report", False))
        | {"elder": ("ca-adult-report", False)},
    },
    "us-tx": {
        origin: dict.fromkeys(("nine", "sixteen"), ("tx-child-report", True)) | {"elder": ("tx-adult-report", True)}
        for origin in ORIGINS
    },
}
"""The reports of a state by who asks and about whom, and whether each is certain."""


def coalition(state: str) -> Document:
    """A coalition of the state: agencies that report, and those that take reports."""
    found: Document = json.loads(json.dumps(bundle()).replace('"us-tx"', f'"{state}"'))
    found["coalition"]["policy_packs"] = ["federal", state, "coalition"]
    adults = service("elders", "adult_protection_report")
    found["organizations"].append(organization("aps", adults, kind="other_government", basis="systems"))
    found["organizations"] += [organization(slug, **declared) for slug, declared in ORIGINS.items()]
    return found


@pytest.fixture(scope="module")
def served_in(loader: Loader) -> Any:
    return cache(lambda state: loader.serve(coalition(state))[1])


def ask(served: Served, **changes: Any) -> Document:
    return find_paths(served, read_profile(json.dumps(profile(**changes)).encode()), new_id=lambda: "one")


def reports(found: Document, state: str) -> list[Document]:
    """The duties of an answer that the state's own pack asks for."""
    return [duty for duty in found["duties"] if duty["id"].startswith(f"{state[3:]}-")]


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize("state", OWED)
def test_who_owes_a_report_is_told_and_nobody_else(served_in: Any, state: str, origin: str, client: str) -> None:
    """By origin and client; the one report, whether it is certain, and an office that takes it."""
    told = reports(ask(served_in(state), origin=origin, client=CLIENTS[client]), state)

    owed = OWED[state][origin].get(client)
    assert [(duty["id"], duty["certain"]) for duty in told] == ([] if owed is None else [owed])
    for duty in told:
        assert [to["slug"] for to in duty["to"]] == ["cps" if "child" in duty["id"] else "aps"]
        assert duty["must_hold"] == EVERYDAY[:3]


@pytest.mark.parametrize("state", STATES)
def test_a_pack_and_the_card_of_its_state_agree(served_in: Any, state: str) -> None:
    """Who reports, and by when: the card stands in where the pack is not loaded."""
    card = policies.load_states()[state]

    for client, subject in ((NINE, "child"), (ELDER, "adult")):
        terms = card.terms(subject)
        of_all, of_professions = (
            reports(ask(served_in(state), origin=origin, client=client), state) for origin in ("line", "clinic")
        )
        assert bool(of_all) is (terms.reporters == "everybody")
        assert [duty["due"] for duty in of_all or of_professions] == [terms.due]


@pytest.mark.parametrize("state", STATES)
def test_no_other_states_law_is_in_any_answer(served_in: Any, state: str) -> None:
    """No id, no authority and no name of another state, whoever asks, about whomever, with whatever consent."""
    own = policies.load_rulebook(["federal", state, "coalition"])
    others = [name for name in STATES if name != state]
    rules = [rule for name in others for rule in policies.load_rulebook(["federal", name]).rules if rule.pack == name]
    foreign = {rule.id for rule in rules} - {rule.id for rule in own.rules}
    foreign |= {policies.load_states()[name].name for name in others}
    foreign |= {match for rule in rules for match in re.findall(r"\b[A-Z][a-z]+\. (?=[A-Z])", rule.authority)}
    foreign -= {match for rule in own.rules for match in re.findall(r"\b[A-Z][a-z]+\. (?=[A-Z])", rule.authority)}

    text = "".join(
        json.dumps(ask(served_in(state), origin=origin, client=client, consents=given))
        for origin in ORIGINS
        for client in CLIENTS.values()
        for given in ([], [consent("release", **{"from": origin})])
    )

    assert foreign
    assert [word for word in sorted(foreign) if word in text] == []
    assert policies.load_states()[state].name in text
