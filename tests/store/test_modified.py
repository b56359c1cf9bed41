"""The date of a record's last change is ours: it moves when what HSDS shows of the record does, and never else.

The oracle is what a reader of `/hsds` without a token, or a member, is shown before and after a change.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bundle_builders import LEFT_OUT, bundle_bytes, good_bundle, put

from service.database.unit_of_work import UnitOfWork
from service.directory.standard.identity import id_of
from service.directory.standard.record_query import RecordQuery
from service.directory.store.directory_tables import DATED_TYPES
from service.directory.store.repositories import CoalitionRepository
from service.directory.use_cases.load_bundle import load_bundle
from service.directory.use_cases.read_hsds import RecordDepth, stream_records
from service.security import Caller

MEMBER = Caller("tri-county-hotline", frozenset({"directory:read"}), "somebody")
LISTED, UNLISTED = 1, 0
"""Organizations of the good bundle, by their place; the private house is the last, the fourth."""


def bundle() -> dict[str, Any]:
    """Return a coalition: an agency listed to all, one to members, one with a private house, and a department."""
    bundle = good_bundle()
    listed = bundle["organizations"][LISTED]
    line = listed["services"][0]
    line |= {
        "phones": [{"number": "555-0110"}],
        "schedules": [{"freq": "WEEKLY", "byday": "MO", "opens_at": "09:00", "closes_at": "17:00"}],
        "contacts": [
            {
                "name": "C. Diaz",
                "title": "coalition_representative",
                "since": "2024-01-01",
                "phones": [{"number": "1"}],
            },
            {"name": "D. Evans", "title": "manager", "since": "2024-01-01", "phones": [{"number": "555-0112"}]},
        ],
        "service_at_locations": [{"location_id": "tch-office"}],
        "capacities": [{"unit": "bed", "available": 2, "maximum": 8, "updated": "2026-03-01T08:00:00-06:00"}],
    }
    listed["services"].append(
        {**copy.deepcopy(line), "id": "tch-walk-in", "name": "Walk-in", "service_at_locations": []}
    )
    listed["locations"][0] |= {
        "name": "Office",
        "phones": [{"number": "555-0113"}],
        "addresses": [{"address_1": "5 Elm St", "city": "Austin", "state_province": "TX", "postal_code": "78701",
                       "country": "US", "address_type": "physical"}],
    }  # fmt: skip
    private = copy.deepcopy(bundle["organizations"][UNLISTED]) | {"id": "quiet-house", "name": "Quiet House"}
    private["coalition"] |= {"listed": "public"}
    private["locations"][0]["id"] = "quiet-place"
    private["services"][0] |= {"id": "quiet-beds", "service_at_locations": [{"location_id": "quiet-place"}]}
    bundle["organizations"].append(private)
    return bundle


REPRESENTATIVE = {"name": "A. Lee", "title": "coalition_representative", "phones": [{"number": "555-0114"}]}
PLACE = {"id": "desk", "location_type": "physical", "name": "Desk"}
HIDDEN = "harbor-house"
CHANGES: Mapping[str, tuple[str, Any]] = {
    "a name": ("organizations[1].services[0].name", "Line"),
    "a term of referral": ("organizations[1].services[0].referral.intake_data", ["need"]),
    "a phone": ("organizations[1].services[0].phones[0].number", "555-0120"),
    "a phone more": ("organizations[1].services[0].phones", [{"number": "555-0110"}, {"number": "555-0121"}]),
    "a phone less": ("organizations[1].services[0].phones", []),
    "a schedule": ("organizations[1].services[0].schedules[0].closes_at", "18:00"),
    "no schedules": ("organizations[1].services[0].schedules", LEFT_OUT),
    "a contact": ("organizations[1].services[0].contacts[1].name", "E. Fox"),
    "a contact's phone": ("organizations[1].services[0].contacts[1].phones[0].number", "555-0122"),
    "a contact's term": ("organizations[1].services[0].contacts[1].since", "2025-01-01"),
    "a representative": ("organizations[1].services[0].contacts[0].name", "F. Gray"),
    "a representative's phone": ("organizations[1].services[0].contacts[0].phones[0].number", "555-0126"),
    "no place": ("organizations[1].services[0].service_at_locations", []),
    "a place more": ("organizations[1].services[1].service_at_locations", [{"location_id": "tch-office"}]),
    "a place's name": ("organizations[1].locations[0].name", "Town office"),
    "a place's address": ("organizations[1].locations[0].addresses[0].address_1", "6 Elm St"),
    "a place's phone": ("organizations[1].locations[0].phones[0].number", "555-0123"),
    "a count": ("organizations[1].services[0].capacities[0].available", 1),
    "the organization's phone": ("organizations[1].phones[0].number", "555-0124"),
    "the organization's name": ("organizations[1].name", "County Hotline"),
    "the given date": ("organizations[1].services[0].last_modified", "2020-01-01T00:00:00Z"),
    "an unlisted service": ("organizations[0].services[0].name", "Beds"),
    "an unlisted place": ("organizations[0].locations[0].name", "The green house"),
    "a private place": ("organizations[3].locations[0].addresses[0].address_1", "2 Example St"),
    "a service leaves a private place": ("organizations[3].services[0].service_at_locations", []),
    "a count at a private place": ("organizations[3].services[0].capacities[0].available", 0),
    "who is authorized": ("organizations[3].coalition.operator_authorised", []),
    "a service of a private house": ("organizations[3].services[0].phones", [{"number": "555-0125"}]),
    "an agency that hides": ("organizations[1].coalition.listed", "coalition"),
    "an agency that shows itself": ("organizations[0].coalition.listed", "public"),
    "an organization's description": ("organizations[1].description", "A line."),
    "an organization's representative": ("organizations[1].contacts", [REPRESENTATIVE]),
    "a contact of an organization": ("organizations[1].contacts", [{**REPRESENTATIVE, "title": "manager"}]),
    "what members are told": ("organizations[1].coalition.near", "travis"),
    "what all are told": ("organizations[1].coalition.regimes", ["vawa"]),
    "a parent": ("organizations[2].parent", LEFT_OUT),
    "an unlisted parent": ("organizations[1].parent", HIDDEN),
    "an unlisted source": ("organizations[1].services[0].referral.accepts_from", ["community", HIDDEN]),
    "a first place": ("organizations[2].locations", [PLACE]),
    "an area": ("areas[1].name", "Travis"),
    "an agreement": ("agreements[0].expires", "2028-01-01"),
}
MORE = {"an agency that hides", "an agency that shows itself"}
"""Changes that move dates of records whose own words stay: who may see them has changed."""
LESS = {"an unlisted parent", "an unlisted source"}
"""Changes that members see and the public does not: the date is one for both, and moves for neither."""


def public_view(work: UnitOfWork, caller: Caller | None) -> tuple[dict[str, Any], dict[str, str]]:
    """Return what a reader is shown of each organization, place and service by itself, and the date of each."""
    documents, dates = dict[str, Any](), dict[str, str]()
    for record_type in DATED_TYPES:
        depth = RecordDepth(full=True, dated=True)
        for lines in stream_records(lambda: work, caller, record_type, RecordQuery(), depth):
            for record in map(json.loads, lines.splitlines()):
                dates[record["id"]] = record.pop("last_modified")
                for of_others in ("organization", "locations", "services", "capacities"):
                    record.pop(of_others, None)
                documents[record["id"]] = record
    return documents, dates


@pytest.mark.one_database
@pytest.mark.parametrize(("place", "value"), CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("replace", [False, True])
def test_a_date_moves_with_what_is_shown(
    unit_of_work: UnitOfWork, request: pytest.FixtureRequest, place: str, value: Any, replace: bool
) -> None:
    """For the public and for a member alike: a record's date is a new one where it looks different, alone."""
    load_bundle(unit_of_work, bundle_bytes(bundle()), replace=True)
    before = {caller: public_view(unit_of_work, caller) for caller in (None, MEMBER)}
    begun = datetime.now(UTC)

    load_bundle(unit_of_work, bundle_bytes(put(bundle(), place, value)), replace=replace)

    for caller, (records, dates) in before.items():
        records_now, dates_now = public_view(unit_of_work, caller)
        moved = {row_id for row_id, date in dates_now.items() if date != dates.get(row_id)}
        different = {row_id for row_id, record in records_now.items() if record != records.get(row_id)}
        if not any(name in request.node.name for name in MORE):
            assert moved <= different
        if caller is None or not any(name in request.node.name for name in LESS):
            assert moved >= different
        for row_id in moved & dates.keys():
            assert begun <= datetime.fromisoformat(dates_now[row_id]) <= datetime.now(UTC)


def test_the_same_again_moves_no_date(unit_of_work: UnitOfWork) -> None:
    """Loaded twice, merged or in place of all, the dates stand; a date that the file gives is not taken."""
    stamped = put(bundle(), "organizations[1].services[0].last_modified", "2031-01-01T00:00:00Z")
    load_bundle(unit_of_work, bundle_bytes(stamped), replace=True)
    dates = public_view(unit_of_work, MEMBER)[1]

    for replace in (False, True):
        assert not load_bundle(unit_of_work, bundle_bytes(stamped), replace=replace).changed
        assert not load_bundle(unit_of_work, bundle_bytes(bundle()), replace=replace).changed

    assert public_view(unit_of_work, MEMBER)[1] == dates
    assert len(dates) == 10
    assert all(datetime.now(UTC) - datetime.fromisoformat(date) < timedelta(hours=1) for date in dates.values())


def test_all_that_one_transaction_changed_has_one_date(unit_of_work: UnitOfWork) -> None:
    """It is given as the last thing, so that who asks for later changes meanwhile misses none of them."""
    load_bundle(unit_of_work, bundle_bytes(bundle()), replace=True)

    assert len(set(public_view(unit_of_work, MEMBER)[1].values())) == 1


def test_who_names_an_agency_that_hides_is_dated(unit_of_work: UnitOfWork) -> None:
    """The department is shown without its parent from then on; so is the service that took clients from there."""
    coalition = put(bundle(), "organizations[2].services[0].referral.accepts_from", ["tri-county-hotline"])
    load_bundle(unit_of_work, bundle_bytes(coalition), replace=True)
    before = public_view(unit_of_work, None)[1]
    hidden = put(coalition, "organizations[1].coalition.listed", "coalition")
    alone = {**hidden, "organizations": [hidden["organizations"][1]], "agreements": [], "equivalent_forms": []}

    load_bundle(unit_of_work, bundle_bytes({**alone, "vocabulary": [], "release_forms": []}), replace=False)

    dates = public_view(unit_of_work, None)[1]
    ids = {id_of("organization", "hotline-night-desk"), id_of("service", "night-line")}
    assert {row_id for row_id, date in dates.items() if date != before[row_id]} == ids


def test_a_list_of_who_may_know_a_place_dates_nobody(unit_of_work: UnitOfWork) -> None:
    """An agency is let go of: the private houses that had authorized it are shown as they were."""
    load_bundle(unit_of_work, bundle_bytes(bundle()), replace=True)
    before = public_view(unit_of_work, MEMBER)[1]

    with unit_of_work as work:
        CoalitionRepository(work).let_go("tri-county-hotline", ())
        CoalitionRepository(work).remove("agreement", id_of("agreement", "mou-1"))
        work.commit()

    assert public_view(unit_of_work, MEMBER)[1] == before
