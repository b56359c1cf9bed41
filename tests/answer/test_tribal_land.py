"""Tribal land: a report has two places to go, the tribe's and the state's, and whose it is, is asked."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from answer.test_answer import bundle, organization, profile, service
from loaded import Loader

import policies
from service.answers.profile import read_profile
from service.answers.use_cases.find_paths import find_paths
from service.directory.bundle import read_bundle
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.directory.store.record_documents import named_document, rows_of

Document = dict[str, Any]
CHILD = {"age": 14, "traits": {"sex_trafficking": True}}
CLOSED = [{"freq": "WEEKLY", "byday": "MO", "opens_at": "09:00", "closes_at": "10:00"}]


def coalition(*, tribe: Document | None = None, state: Document | None = None) -> Document:
    """Texas with tribal land in it, and child welfare of the tribe and of the state; None: there is none."""
    document = copy.deepcopy(bundle())
    document["areas"].append({"code": "land", "name": "Land", "within": "us-tx", "jurisdiction": "tribal"})
    document["areas"].append({"code": "village", "name": "Village", "within": "land"})
    document["organizations"] = [
        organization for organization in document["organizations"] if organization["id"] not in ("cps", "police")
    ]
    for slug, code, desk in (("tribe", "land", tribe), ("cps", "us-tx", state)):
        if desk is not None:
            takes = {**service(f"{slug}-reports", "child_protection_report"), **desk, "service_areas": [{"name": code}]}
            document["organizations"].append(organization(slug, takes, kind="child_welfare", basis="systems"))
    return document


def ask(directory: DirectorySnapshot, area: str | None) -> Document:
    question = profile(client={**CHILD, "area": area})
    return find_paths(directory, read_profile(json.dumps(question).encode()), new_id=lambda: "one")


def report(document: Document) -> Document:
    (duty,) = (duty for duty in document["duties"] if duty["id"] == "tx-child-report")
    return duty


@pytest.mark.parametrize(
    ("tribe", "state", "slugs"),
    [
        ({}, {}, ["tribe", "cps"]),
        ({}, {"schedules": CLOSED}, ["tribe", None, "cps"]),
        ({"schedules": CLOSED}, {}, ["cps", "tribe"]),
        ({}, None, ["tribe", None]),
        (None, None, [None]),
    ],
)
def test_both_the_tribe_and_the_state_are_named(
    loader: Loader, tribe: Document | None, state: Document | None, slugs: list[str | None]
) -> None:
    """Who is open first; the state's line (None) where no agency of the state is open, whatever the tribe's hours."""
    directory = loader.serve(coalition(tribe=tribe, state=state))[1]

    for area in ("land", "village"):
        duty = report(ask(directory, area))
        assert [to["slug"] for to in duty["to"]] == slugs
        assert "which of them takes the report" in duty["plain"]


def test_elsewhere_nothing_is_said_of_tribal_land(loader: Loader) -> None:
    """Beside the land, the state alone, as before."""
    directory = loader.serve(coalition(tribe={}, state={}))[1]

    answer = ask(directory, "travis")

    assert [to["slug"] for to in report(answer)["to"]] == ["cps"]
    assert "tribal" not in json.dumps(answer)


def test_jurisdiction_is_asked_and_not_assumed(loader: Loader) -> None:
    """The notice stands after that of the state's law; the state's duty keeps its term."""
    answer = ask(loader.serve(coalition(tribe={}, state={}))[1], "land")

    (sentence,) = [notice["plain"] for notice in answer["notices"] if notice["id"] == "tribal-land"]
    assert "take neither for granted" in sentence
    ids = [notice["id"] for notice in answer["notices"]]
    assert ids.index("safe-to-talk") < ids.index("tribal-land")
    assert report(answer)["due"] == "PT24H"


def test_a_card_counts_on_tribal_land_too(loader: Loader) -> None:
    """The state's terms are told, with the tribe's agency before the state's line."""
    town = coalition(tribe={})
    town["coalition"]["policy_packs"] = ["federal", "coalition"]

    (duty,) = ask(loader.serve(town)[1], "village")["duties"]

    assert duty["due"] == policies.load_states()["us-tx"].terms("child").due
    assert [to["slug"] for to in duty["to"]] == ["tribe", None]
    assert "tribal land" in duty["plain"]


def test_what_is_tribal_is_kept_and_given_back() -> None:
    """Written and read again as it was."""
    rows = rows_of(read_bundle(json.dumps(coalition()).encode()))

    assert {area["code"]: area.get("jurisdiction") for area in map(named_document, rows["area"].values())} == {
        "us-tx": None, "travis": None, "land": "tribal", "village": None
    }  # fmt: skip
