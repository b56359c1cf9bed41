"""Every demo profile, routed on the demo coalition: promises that hold for each answer, whatever it says."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import yaml
from length import sample
from loaded import Loader
from oracle.instances import shuffle

from service import demo
from service.answers.profile import read_profile
from service.answers.use_cases.find_paths import find_paths
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.documents.document import parse_document

COALITION: dict[str, Any] = parse_document(demo.coalition_bytes())[0]


@pytest.fixture(scope="module")
def answers(loader: Loader) -> dict[str, dict[str, Any]]:
    return dict(_answers(loader, COALITION, demo.profile_names()))


def _answers(loader: Loader, bundle: dict[str, Any], names: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    directory: DirectorySnapshot = loader.serve(bundle)[1]
    for name in names:
        answer = find_paths(directory, read_profile(demo.profile_bytes(name)), new_id=lambda: "one")
        yield name, {**answer, "directory_version": 1}


def test_the_demo_is_as_large_as_promised() -> None:
    """At least 25 agencies, 60 services, 15 agreements in 4 counties, every kind, and 10 profiles."""
    from service.vocabulary import KINDS

    organizations = COALITION["organizations"]
    kinds = {organization.get("coalition", {}).get("kind") for organization in organizations}
    assert len(organizations) >= 25
    assert sum(len(organization.get("services", ())) for organization in organizations) >= 60
    assert len(COALITION["agreements"]) >= 15
    assert len([area for area in COALITION["areas"] if area.get("within") == "us-tx"]) >= 4
    assert set(KINDS) <= kinds
    assert len(demo.profile_names()) >= 10


def test_terms_add_up_to_the_total(answers: dict[str, dict[str, Any]]) -> None:
    """A total is the sum of its terms, in whole points."""
    costs = [path["cost"] for answer in answers.values() for path in answer["paths"]]

    assert costs
    assert all(sum(term["value"] for term in cost["terms"]) == cost["total"] for cost in costs)


def test_the_order_of_rows_changes_no_byte(loader: Loader, answers: dict[str, dict[str, Any]]) -> None:
    """A shuffled bundle gives the same answers, less the id of the answer."""
    shuffled = dict(_answers(loader, shuffle(COALITION, seed=7), sample(demo.profile_names())))

    assert {name: json.dumps(answer) for name, answer in shuffled.items()} == {
        name: json.dumps(answers[name]) for name in shuffled
    }


def test_no_private_address_is_in_any_answer(answers: dict[str, dict[str, Any]]) -> None:
    """Nothing of a private location is shown: no line of its address and no coordinate."""
    private = [o for o in COALITION["organizations"] if o.get("coalition", {}).get("address_private")]
    lines = {
        str(value).lower()
        for organization in private
        for location in organization.get("locations", ())
        for value in (
            location.get("latitude"),
            location.get("longitude"),
            *(address["address_1"] for address in location.get("addresses", ())),
        )
        if value is not None
    }
    text = json.dumps(answers).lower()
    assert len(private) >= 2
    assert lines
    assert not [line for line in lines if line in text]


def test_no_path_goes_where_the_client_will_not(answers: dict[str, dict[str, Any]]) -> None:
    """What a client avoids, by name or by kind, is in no path."""
    kinds = {o["id"]: o.get("coalition", {}).get("kind") for o in COALITION["organizations"]}
    for name, answer in answers.items():
        avoid = set(json.loads(demo.profile_bytes(name)).get("avoid", ()))
        visited = {step["to"]["slug"] for path in answer["paths"] for step in path["steps"]}
        assert not avoid & visited
        assert not avoid & {kinds[slug] for slug in visited}


def test_each_share_rests_on_a_permit(answers: dict[str, dict[str, Any]]) -> None:
    """A step that shares cites a rule that permits; one that holds back cites the rule that stops it."""
    steps = [step for answer in answers.values() for path in answer["paths"] for step in path["steps"]]
    for step in steps:
        effects = {rule["id"]: rule["effect"] for rule in step["rules"]}
        assert "permit" in effects.values()
        assert {entry["rule"] for entry in step["withhold"]} <= effects.keys()
        assert not set(step["share"]) & {entry["data"] for entry in step["withhold"]}


def test_a_runaway_is_not_sent_through_a_report_that_nobody_asked_for(answers: dict[str, dict[str, Any]]) -> None:
    """Calling child protection only to be admitted somewhere else would be a way round a closed door."""
    answer = answers["06-runaway-from-care"]

    visited = {step["to"]["slug"] for path in answer["paths"] for step in path["steps"]}
    assert "family-care-office" not in visited


def test_the_demo_yaml_reads_the_same_for_anyone() -> None:
    """The bundled file is plain YAML: a stock reader finds the same organizations."""
    stock = yaml.safe_load(demo.coalition_bytes())

    assert [o["id"] for o in stock["organizations"]] == [o["id"] for o in COALITION["organizations"]]


def test_a_call_to_ones_own_service_stays_in_the_house(answers: dict[str, dict[str, Any]]) -> None:
    """What is not known is asked by a call first: of one's own service, within the team."""
    sentences: dict[bool, set[str]] = {True: set(), False: set()}
    for answer in answers.values():
        for step in (step for path in (*answer["paths"], *answer["conditional_paths"]) for step in path["steps"]):
            for service in step["services"]:
                if service["availability"]["capacity"] == "unknown":
                    sentences[step["mode"] == "internal"].add(service["availability"]["plain"].partition("; ")[2])

    assert sentences == {
        True: {"room not known: call first, within your own team"},
        False: {"room not known: call first"},
    }


def test_call_first_is_said_once_and_wherever_something_is_in_doubt(answers: dict[str, dict[str, Any]]) -> None:
    """Hours not known, room not known or an old count: each says that a call comes first, and both say it once."""
    availabilities = [
        use["availability"]
        for answer in answers.values()
        for path in (*answer["paths"], *answer["conditional_paths"])
        for step in path["steps"]
        if step["mode"] != "internal"
        for use in step["services"]
    ]

    assert {"hours not known; room not known: call first"} <= {availability["plain"] for availability in availabilities}
    for availability in availabilities:
        doubt = availability["status"] == "unknown" or availability["capacity"] in ("stale", "unknown")
        assert availability["plain"].count("call first") == doubt
