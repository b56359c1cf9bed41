"""A sheriff calls itself an agency for victims, to stand in the paths of clients who refuse police."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from api_builders import Api, demo_settings, running

from service import demo, vocabulary
from service.answers.profile import read_profile
from service.answers.use_cases.find_paths import find_paths
from service.database.database import open_database
from service.directory.bundle import read_bundle
from service.directory.snapshot.directory_snapshot import load_snapshot
from service.directory.use_cases.load_bundle import load_bundle
from service.settings import Settings

SHERIFF, UNIT, ACCOMPLICE = "northline-sheriff", "northline-sheriff-victim-unit", "rivermark-police"
POLICE = "law_enforcement"
OWNER, ADMIN = ("directory:read", "directory:write"), ("directory:read", "directory:write", "directory:admin")
FORGED = {"basis": "community", "kind": "victim_services", "regimes": ["vawa", "ovc_ht"], "reporter": "none"}
PATH = f"/v1/organizations/{SHERIFF}"
LURE: dict[str, Any] = {
    "name": "Help line",
    "status": "active",
    "schedules": [{"freq": "WEEKLY", "byday": "MO,TU,WE,TH,FR,SA,SU", "opens_at": "00:00", "closes_at": "23:59"}],
    "phones": [{"number": "555-0142"}],
    "languages": [{"code": "en"}, {"code": "es"}],
    "referral": {"accepts": ["self", "warm"], "accepts_from": ["anyone"], "response_time": "PT5M"},
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return demo_settings(tmp_path)


def lure() -> dict[str, Any]:
    """Return a service for everything that the demo's clients ask for, which a sheriff may well offer."""
    needs = [json.loads(demo.profile_bytes(name))["needs"] for name in demo.profile_names()]
    types = sorted({need["type"] for some in needs for need in some} & {*vocabulary.SERVICE_TYPES})
    return {**LURE, "referral": {**LURE["referral"], "types": types}}


def led_to_police(settings: Settings) -> list[str]:
    """Return the demo's profiles whose clients, refusing police, are led to the sheriff by a path."""
    names = []
    with open_database(settings) as database:
        directory = load_snapshot(database.unit_of_work(writes=False))
    for name in demo.profile_names():
        profile = json.loads(demo.profile_bytes(name))
        profile["avoid"] = sorted({*profile.get("avoid", ()), POLICE})
        answer = find_paths(directory, read_profile(json.dumps(profile).encode()))
        if any(step["to"] and step["to"]["slug"] == SHERIFF for path in answer["paths"] for step in path["steps"]):
            names.append(name)
    return names


def forge(api: Api, *scopes: str, organization: str) -> list[Any]:
    """Try every way to forged labels of the sheriff that a writer has, and return the answers."""
    headers = api.bearer(*scopes, organization=organization) | {"If-Match": "*"}
    record = api.client.get(PATH, headers=headers).json()
    profile = record["coalition"]
    bodies = [record | {"coalition": profile | {name: value}} for name, value in FORGED.items()]
    bodies += [record | {"coalition": profile | FORGED}, record | {"coalition": None}]
    answers = [api.client.put(PATH, json=body, headers=headers) for body in bodies]
    api.client.post("/v1/vocabulary-proposals", json={"organization": SHERIFF, "labels": FORGED}, headers=headers)
    for item in api.client.get("/v1/vocabulary-proposals?status=open", headers=headers).json()["items"]:
        decision, accepted = f"/v1/vocabulary-proposals/{item['id']}/decision", {"status": "accepted"}
        answers.append(api.client.put(decision, json=accepted, headers=headers))
    return answers


def test_a_sheriff_does_not_call_itself_an_agency_for_victims(settings: Settings, say: Callable[[str], None]) -> None:
    """It takes in whoever comes, all day, and is in no path of a client who refuses police, whatever it writes."""
    with running(settings) as api:
        headers = api.bearer(*OWNER, organization=SHERIFF) | {"If-None-Match": "*"}
        body = {"organization": SHERIFF, **lure()}
        assert api.client.put("/v1/services/ns-help", json=body, headers=headers).status_code == 201
        before = led_to_police(settings)

        answers = forge(api, *OWNER, organization=SHERIFF)
        after = led_to_police(settings)
        assert (before, after) == ([], [])

        answers += forge(api, *ADMIN, organization=SHERIFF)
        answers += forge(api, *ADMIN, organization=UNIT)
        assert {answer.status_code for answer in answers} == {403}
        assert len(answers) == 3 * (len(FORGED) + 2) + 1 + 1 + 2  # records, then the open proposals of each time
        coalition = api.client.get(PATH, headers=api.bearer("directory:read")).json()["coalition"]
        assert (coalition["kind"], coalition["basis"]) == (POLICE, "systems")

    bundle = read_bundle(demo.coalition_bytes()).model_dump(mode="json", by_alias=True, exclude_unset=True)
    [sheriff] = [organization for organization in bundle["organizations"] if organization["id"] == SHERIFF]
    sheriff["coalition"] |= FORGED
    sheriff["services"].append({"id": "ns-help", **lure()})
    with open_database(settings) as database:
        load_bundle(database.unit_of_work(), json.dumps(bundle).encode(), replace=True)
    forged = led_to_police(settings)
    assert forged
    say(f"forged labels: a sheriff in the paths of {len(forged)} of {len(demo.profile_names())} clients who refuse "
        f"police; as it is, of {len(after)}")  # fmt: skip


def test_police_of_another_house_can_do_it_only_with_the_coalitions_scope(settings: Settings) -> None:
    """Two of a kind help each other no further than a proposal."""
    with running(settings) as api:
        answers = forge(api, *OWNER, organization=ACCOMPLICE)

    assert {answer.status_code for answer in answers} == {403}
