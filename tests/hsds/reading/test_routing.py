"""Imported services in routing: found where all is known, and unknown, neither yes nor no, where it is not."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from builders import NothingLeaves
from bundle_builders import GOOD_YAML
from hsds.hsds_builders import BOXES, HALL, PANTRY, SHOP, bring_in, directory, only_service, organization, service

from routing import Client, Need, Profile, Request, build_snapshot, find_paths
from service.answers.profile import read_profile
from service.answers.use_cases.find_paths import find_paths as find_paths_under_rules
from service.database.unit_of_work import UnitOfWork
from service.directory.snapshot.directory_snapshot import load_snapshot
from service.directory.use_cases.load_bundle import load_bundle

MONDAY_NOON = datetime.fromisoformat("2026-03-02T12:00:00-06:00")
CLIENT: dict[str, Any] = {"age_min": 30, "age_max": 30, "languages": ("es",), "area": "travis"}


def ask(work: UnitOfWork, origin: str = "tri-county-hotline", **client: Any) -> tuple[list[str], dict[str, int]]:
    """Ask for food today; return the services of the paths, and the reasons why there is none."""
    profile = Profile(
        origin=origin, at=MONDAY_NOON, client=Client(**{**CLIENT, **client}), needs=(Need("food", "today"),)
    )
    answer = find_paths(Request(build_snapshot(directory(work)), profile, rules=NothingLeaves()))
    used = [use.service for path in answer.paths for step in path.steps for use in step.services]
    return used, {reason.code: reason.count for entry in answer.uncovered for reason in entry.reasons}


def test_an_imported_service_is_found(work: UnitOfWork, tmp_path: Path) -> None:
    """A service with a type, limits, a known area and a known language is on a path, given to the client to call."""
    bring_in(work, tmp_path, organization())

    used, reasons = ask(work)

    assert used == [only_service(work).slug]
    assert reasons == {}


def test_the_answer_names_whom_to_call(work: UnitOfWork, tmp_path: Path) -> None:
    """Under the real rules too: the client is given the imported organization's number, and nothing is sent."""
    bring_in(work, tmp_path, organization())
    client = {"age": 30, "languages": ["es"], "area": "travis"}
    profile = {
        "origin": "tri-county-hotline",
        "at": MONDAY_NOON.isoformat(),
        "client": client,
        "needs": [{"type": "food"}],
    }

    answer = find_paths_under_rules(load_snapshot(work), read_profile(json.dumps(profile).encode()))

    (step,) = answer["paths"][0]["steps"]
    assert (step["mode"], step["contact"]["phone"], step["share"]) == ("self", "555-0150", [])
    assert step["services"][0]["availability"]["status"] == "open"


def test_an_imported_organization_may_ask(work: UnitOfWork, tmp_path: Path) -> None:
    """An imported origin's own services are found as its own."""
    bring_in(work, tmp_path, organization())

    used, _ = ask(work, origin=only_service(work).organization)

    assert used == [only_service(work).slug]


@pytest.mark.parametrize(
    "fields",
    [
        {"minimum_age": None},
        {"maximum_age": None},
        {"maximum_age": "grown-ups"},
        {"service_areas": [{"name": "All of Travis County"}]},
        {"service_areas": [{"name": "elsewhere"}, {"description": "ask us"}]},
        {"service_areas": []},
    ],
)
def test_what_is_not_known_is_neither_yes_nor_no(work: UnitOfWork, tmp_path: Path, fields: dict[str, Any]) -> None:
    """A service that might take this client is on no path, and counts as unknown instead of refused."""
    bring_in(work, tmp_path, organization(service(**fields)))

    assert ask(work) == ([], {"unknown": 1})


@pytest.mark.parametrize(
    ("fields", "client", "reason"),
    [
        ({"maximum_age": None}, {"age_min": 17, "age_max": 17}, "age"),
        ({}, {"area": "us-tx"}, "unknown"),
    ],
)
def test_what_is_known_still_counts(
    work: UnitOfWork, tmp_path: Path, fields: dict[str, Any], client: dict[str, Any], reason: str
) -> None:
    """A limit that is given rules out whoever is beyond it, whatever else is unknown."""
    bring_in(work, tmp_path, organization(service(**fields)))

    assert ask(work, **client) == ([], {reason: 1})


@pytest.mark.parametrize(
    ("fields", "client"),
    [
        ({"languages": [{"name": "English and Spanish"}]}, {}),
        ({"languages": [{"code": "en"}, {"name": "others"}]}, {}),
        ({"languages": []}, {}),
        ({}, {"languages": ("fr",)}),
    ],
)
def test_a_language_that_may_not_be_there_closes_no_door(
    work: UnitOfWork, tmp_path: Path, fields: dict[str, Any], client: dict[str, Any]
) -> None:
    """The service is on a path by telephone, and its language stands in `confirm`: the client or a worker asks."""
    bring_in(work, tmp_path, organization(service(**fields)))
    profile = Profile(
        origin="tri-county-hotline",
        at=MONDAY_NOON,
        client=Client(**{**CLIENT, **client}),
        needs=(Need("food", "today"),),
    )

    [path] = find_paths(Request(build_snapshot(directory(work)), profile, rules=NothingLeaves())).paths

    (step,) = path.steps
    assert step.mode == "self"
    assert [entry.attribute for use in step.services for entry in use.confirm] == ["client.languages"]


def test_a_listed_area_counts_beside_one_in_words(work: UnitOfWork, tmp_path: Path) -> None:
    """An area of the coalition is a yes even where another is only described."""
    bring_in(work, tmp_path, organization(service(service_areas=[{"name": "us-tx"}, {"name": "and beyond"}])))

    used, _ = ask(work)

    assert used == [only_service(work).slug]


def test_interpretation_outweighs_unknown_languages(work: UnitOfWork, tmp_path: Path) -> None:
    """Where interpretation is offered, no language rules a service out, and none leaves it unknown."""
    fields = {"languages": [{"name": "several"}], "interpretation_services": "by phone"}
    bring_in(work, tmp_path, organization(service(**fields)))

    used, _ = ask(work)

    assert used == [only_service(work).slug]


def test_a_service_without_a_type_is_on_no_path(work: UnitOfWork, tmp_path: Path) -> None:
    """It is stored and reported, and no need leads to it."""
    report = bring_in(work, tmp_path, organization(service(attributes=[])))

    assert report.without_type == (only_service(work).slug,)
    assert ask(work) == ([], {"no_service": 0})


def test_inactive_services_are_closed(work: UnitOfWork, tmp_path: Path) -> None:
    """An imported service that is not active counts under `closed`."""
    bring_in(work, tmp_path, organization(service(status="temporarily closed")))

    assert ask(work) == ([], {"closed": 1})


def test_an_area_that_a_bundle_adds_later_is_then_known(unit_of_work: UnitOfWork, tmp_path: Path) -> None:
    """Areas are told apart when they are read: a code that was only a word becomes an area with the coalition's own."""
    load_bundle(unit_of_work, GOOD_YAML.encode(), replace=False)
    bring_in(unit_of_work, tmp_path, organization(service(service_areas=[{"name": "hays"}])))
    before = only_service(unit_of_work).areas_known

    added = GOOD_YAML.replace("areas:\n", "areas:\n  - {code: hays, name: Hays County, within: us-tx}\n")
    load_bundle(unit_of_work, added.encode(), replace=False)

    assert (before, only_service(unit_of_work).areas_known) == (False, True)
    assert {BOXES, PANTRY}.isdisjoint({only_service(unit_of_work).slug})


def test_what_only_its_place_says_counts_for_the_service(work: UnitOfWork, tmp_path: Path) -> None:
    """Hours, a number and an area given at the service's place alone are routed on, and told to whom is to call."""
    place = {
        "id": SHOP,
        "location": {"id": HALL, "location_type": "physical"},
        "phones": [{"number": "555-0177"}],
        "service_areas": [{"name": "travis"}],
        "schedules": [{"freq": "WEEKLY", "byday": "TU", "opens_at": "09:00", "closes_at": "17:00"}],
    }
    bare = service(schedules=[], service_areas=[], service_at_locations=[place])
    bring_in(work, tmp_path, organization(bare, phones=[]))

    closed_today = ask(work)
    offer = only_service(work)

    assert closed_today == ([], {"closed": 1})  # Monday
    assert [hours.weekdays for hours in offer.schedules] == [{1}]
    assert (offer.areas, [phone.number for phone in offer.phones]) == ({"travis"}, ["555-0177"])
