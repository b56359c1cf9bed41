"""What an import reads out of single fields: what is certain, and nothing else."""

from __future__ import annotations

from datetime import time
from pathlib import Path
from typing import Any

import pytest
from bundle_builders import GOOD_YAML
from hsds.hsds_builders import HALL, bring_in, directory, only_service, organization, rows, service, term
from sqlalchemy import Engine

from routing.directory.agencies import Service
from service.database.unit_of_work import UnitOfWork
from service.directory.hsds.findings import INFERRED
from service.directory.use_cases.import_hsds import ImportReport
from service.directory.use_cases.load_bundle import load_bundle


@pytest.fixture
def work(unit_of_work: UnitOfWork) -> UnitOfWork:
    """A store that holds a coalition, with its areas and its time zone."""
    load_bundle(unit_of_work, GOOD_YAML.encode(), replace=False)
    return unit_of_work


def brought_in(work: UnitOfWork, folder: Path, **fields: Any) -> tuple[Service, ImportReport]:
    """Import one service with these fields; return it as routing reads it, and the report."""
    report = bring_in(work, folder, organization(service(**fields)))
    return only_service(work), report


def unread(report: ImportReport) -> list[str | None]:
    return [finding.field for finding in (*report.unread, *report.findings.of(INFERRED))]


def test_a_plain_service_is_read_whole(work: UnitOfWork, tmp_path: Path) -> None:
    """Ages, languages by two-letter code, an area of the coalition, weekly hours and a type are all there."""
    offer, report = brought_in(work, tmp_path)

    assert (offer.minimum_age, offer.maximum_age, offer.limits_known) == (18, 99, False)
    assert (offer.languages, offer.languages_known) == ({"en", "es"}, True)
    assert (offer.areas, offer.areas_known) == ({"travis"}, True)
    (hours,) = offer.schedules
    assert (hours.weekdays, hours.opens_at, hours.closes_at) == ({0}, time(9), time(17))
    assert offer.types == {"food"}
    assert (report.left_out, report.unread, report.set_aside, report.without_type) == ((), (), (), ())


def test_an_organization_has_declared_nothing(work: UnitOfWork, tmp_path: Path, engine: Engine) -> None:
    """Kind, basis and regimes are unknown, it is no member, it is public, and a stated parent is not taken as one."""
    agency = organization(parent_organization_id=HALL, kind="police", coalition={"membership": "active"})

    bring_in(work, tmp_path, agency)

    (row,) = (row for row in rows(engine, "organization") if row["slug"].startswith("hsds-"))
    assert (row["listed"], row["private"]) == (True, False)
    assert row["document"].keys().isdisjoint(("coalition", "parent", "kind"))
    assert row["extra"]["parent_organization_id"] == HALL
    assert row["extra"]["coalition"] == {"membership": "active"}


@pytest.mark.parametrize(
    ("age", "read_as"),
    [
        (12, 12),
        (12.0, 12),
        ("12", 12),
        (None, None),
        ("18+", None),
        (200, None),
        (-1, None),
        (12.5, None),
        (True, None),
    ],
)
def test_ages(work: UnitOfWork, tmp_path: Path, age: Any, read_as: int | None) -> None:
    """An age is a whole number of years that somebody can have; anything else is unknown."""
    offer, report = brought_in(work, tmp_path, minimum_age=age)

    assert offer.minimum_age == read_as
    assert unread(report) == ([] if read_as is not None or age is None else ["minimum_age"])


def test_age_limits_that_contradict_each_other_are_unknown(work: UnitOfWork, tmp_path: Path) -> None:
    """Ages upside down, and an upper limit of 0, say nothing."""
    upside_down, report = brought_in(work, tmp_path, minimum_age=30, maximum_age=20)
    assert (upside_down.minimum_age, upside_down.maximum_age) == (None, None)
    assert unread(report) == ["minimum_age", "maximum_age"]

    nought, _ = brought_in(work, tmp_path, minimum_age=0, maximum_age=0)
    assert (nought.minimum_age, nought.maximum_age) == (0, None)


@pytest.mark.parametrize(
    ("languages", "codes", "is_whole"),
    [
        ([{"code": "SPA"}], {"es"}, True),
        ([{"code": "es-MX", "name": "whatever"}], {"es-mx"}, True),
        ([{"code": "haw"}], {"haw"}, True),
        ([{"name": "Spanish"}, {"name": " haitian creole"}], {"es", "ht"}, True),
        ([{"code": "", "name": "French"}], {"fr"}, True),
        ([{"name": "English, Spanish"}], set(), False),
        ([{"code": "en"}, {"name": "Mixteco"}], {"en"}, False),
        ([{"code": "cmn"}], set(), False),
        ([{"code": "English please"}], set(), False),
        ([{"note": "ask"}], set(), False),
        ([], None, True),
    ],
)
def test_languages(work: UnitOfWork, tmp_path: Path, languages: Any, codes: set[str] | None, is_whole: bool) -> None:
    """A language counts by its code, or by a name that means it for certain; any other leaves the list open."""
    offer, report = brought_in(work, tmp_path, languages=languages)

    assert offer.languages == codes
    assert offer.languages_known is is_whole
    assert bool(unread(report)) is (not is_whole and languages != [{"note": "ask"}])


@pytest.mark.parametrize(
    ("areas", "codes", "is_whole"),
    [
        ([{"name": "travis"}], {"travis"}, True),
        ([{"name": "travis"}, {"name": "and round about"}], {"travis"}, False),
        ([{"name": "All of Travis County"}], set(), False),
        ([{"description": "see map"}], set(), False),
        ([{"name": "x" * 10_000}], set(), False),
        ([], set(), False),
    ],
)
def test_areas(work: UnitOfWork, tmp_path: Path, areas: Any, codes: set[str], is_whole: bool) -> None:
    """Areas in words, or none at all, are unknown: neither everywhere nor nowhere. The words are kept."""
    offer, _ = brought_in(work, tmp_path, service_areas=areas)

    assert (offer.areas, offer.areas_known) == (codes, is_whole)


@pytest.mark.parametrize(
    "row",
    [
        {"freq": "MONTHLY", "byday": "1MO", "opens_at": "09:00", "closes_at": "17:00"},
        {"freq": "WEEKLY", "byday": "MO", "opens_at": "09:00", "closes_at": "17:00", "timezone": 0},
        {"freq": "WEEKLY", "byday": "MO", "opens_at": "09:00Z", "closes_at": "17:00Z"},
        {"freq": "WEEKLY", "byday": "MO", "opens_at": "09:00", "closes_at": "17:00", "valid_to": "Easter"},
        {"freq": "WEEKLY", "byday": "MO", "opens_at": "09:00", "closes_at": "17:00", "count": "three"},
        {"freq": "WEEKLY", "byday": "Mondays", "opens_at": "09:00", "closes_at": "17:00"},
        {"description": "24 hours"},
    ],
)
def test_other_forms_of_schedule_leave_hours_unknown(
    work: UnitOfWork, tmp_path: Path, engine: Engine, row: dict[str, Any]
) -> None:
    """Hours that are not plain weekly wall-clock times are kept, every field of them, and not read."""
    offer, _ = brought_in(work, tmp_path, schedules=[row])

    assert [schedule.weekdays for schedule in offer.schedules] == [None]
    (service,) = (record for record in rows(engine, "service") if record["source"] is not None)
    [stored] = service["schedules"]
    for key, value in row.items():
        assert stored.get("extra", {}).get(key, stored.get(key)) == value


@pytest.mark.parametrize(
    ("words", "counts"), [("by phone", True), ("Urdu, Polish", True), ("None.", False), ("N/A", False), (" ", False)]
)
def test_interpretation(work: UnitOfWork, tmp_path: Path, words: str, counts: bool) -> None:
    """A filled field means that interpretation is there, unless it says in so many words that it is not."""
    offer, _ = brought_in(work, tmp_path, interpretation_services=words)

    assert offer.interpretation is counts


@pytest.mark.parametrize(
    ("attributes", "types"),
    [
        ([term("Emergency Shelter")], {"emergency_shelter"}),
        ([term("emergency  shelter"), term("Detox")], {"emergency_shelter", "detox"}),
        ([term("Citizenship & Immigration", code="1381")], {"legal_immigration"}),
        ([term("Citizenship & Immigration", code="1346")], set()),
        ([term("Citizenship & Immigration", code="1381", taxonomy="Another")], set()),
        ([term("Riding", code="1234")], {"equine_therapy"}),
        ([term("Help Hotlines")], set()),
        ([{"label": "Emergency Shelter"}, "words", {"taxonomy_term": None}], set()),
        (None, set()),
    ],
)
def test_types(work: UnitOfWork, tmp_path: Path, attributes: Any, types: set[str]) -> None:
    """A type is taken from a term that means it for certain, or that the coalition says is the same; else reported."""
    offer, report = brought_in(work, tmp_path, attributes=attributes)

    assert offer.types == types
    assert report.without_type == (() if types else (offer.slug,))


@pytest.mark.parametrize(
    ("position", "expected"),
    [
        ({"latitude": 30.25, "longitude": -97.75}, ((30.25, -97.75),)),
        ({"latitude": 30, "longitude": -97}, ((30.0, -97.0),)),
        ({"latitude": -97.75, "longitude": 30.25}, ()),
        ({"latitude": 30.25, "longitude": 190}, ()),
        ({"latitude": 30.25}, ()),
        ({"longitude": -97.75}, ()),
        ({"latitude": "north", "longitude": -97.75}, ()),
    ],
)
def test_positions(work: UnitOfWork, tmp_path: Path, position: dict[str, Any], expected: Any) -> None:
    """A place has a position if both coordinates are degrees that exist; half a position is none."""
    place = {"id": HALL, "location_type": "physical", **position}
    bring_in(work, tmp_path, organization(service(), locations=[place]))

    offer = only_service(work)

    assert offer.positions == expected


def test_capacity_that_cannot_be_read_is_unknown(work: UnitOfWork, tmp_path: Path) -> None:
    """Beds without a number are unknown, without a moment stale, and the unit may be a record or a word."""
    capacities = [
        {"unit": {"name": "bed"}, "available": "some", "updated": "2026-03-01T08:00:00Z"},
        {"unit": "bed", "available": 3, "updated": "yesterday"},
    ]

    offer, report = brought_in(work, tmp_path, capacities=capacities)

    assert [row.available for row in offer.capacities] == [None, 3]
    assert offer.capacities[0].updated is not None
    assert offer.capacities[1].updated is None
    assert unread(report) == ["available", "updated"]


def test_hours_wait_for_a_time_zone(unit_of_work: UnitOfWork, tmp_path: Path) -> None:
    """Where no coalition is stored its time zone is not known, and hours judged in another would be wrong: unknown."""
    report = bring_in(unit_of_work, tmp_path, organization())

    assert (report.coalition_created, report.hours_read) == (True, False)
    assert [row.weekdays for row in only_service(unit_of_work).schedules] == [None]


@pytest.mark.parametrize("zone", ["America/Chicago", "UTC"])
def test_a_time_zone_can_be_given(unit_of_work: UnitOfWork, tmp_path: Path, zone: str) -> None:
    """With a zone the founded coalition keeps it, hours are read, and a second import without it changes nothing."""
    first = bring_in(unit_of_work, tmp_path, organization(), timezone=zone)
    second = bring_in(unit_of_work, tmp_path, organization())

    assert (first.hours_read, second.hours_read, second.changed) == (True, True, False)
    assert [row.weekdays for row in only_service(unit_of_work).schedules] == [{0}]


def test_a_time_zone_can_be_given_later(unit_of_work: UnitOfWork, tmp_path: Path) -> None:
    """The coalition that an import made takes the zone of a later one, whose hours are then read; once only."""
    bring_in(unit_of_work, tmp_path, organization())

    report = bring_in(unit_of_work, tmp_path, organization(), timezone="America/Chicago")
    again = bring_in(unit_of_work, tmp_path, organization(), timezone="Asia/Tokyo")

    assert (report.coalition_created, report.hours_read, report.changed, again.changed) == (False, True, True, False)
    assert directory(unit_of_work).timezone == "America/Chicago"
    assert [row.weekdays for row in only_service(unit_of_work).schedules] == [{0}]


def test_a_bundle_keeps_its_time_zone(work: UnitOfWork, tmp_path: Path) -> None:
    """A time zone given with an import never changes that of a coalition that a bundle stored."""
    bring_in(work, tmp_path, organization(), timezone="Asia/Tokyo")

    assert directory(work).timezone == "America/Chicago"
