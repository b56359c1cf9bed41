"""What comes out for routing, for the rules and for people."""

from __future__ import annotations

import copy
import random
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from bundle_builders import LEFT_OUT, bundle_bytes, good_bundle, many_services, put
from seeds import fresh_random
from sqlalchemy import Engine, event
from store.whole_directory import whole_directory

import policies
from routing.directory.agencies import Agreement, Area, Capacity, Directory, Organization, Phone, Schedule, Service
from service.database.unit_of_work import UnitOfWork
from service.directory.store.records import FallbackLine, PolicyDirectory, Presentation
from service.directory.store.repositories import CoalitionRepository
from service.directory.use_cases.load_bundle import load_bundle


def directory_of(work: UnitOfWork, bundle: Any) -> Directory:
    load_bundle(work, bundle_bytes(bundle), replace=True)
    with work:
        return CoalitionRepository(work).read_stored().directory


def service_of(work: UnitOfWork, bundle: Any, slug: str) -> Service:
    return next(service for service in directory_of(work, bundle).services if service.slug == slug)


def records_of(work: UnitOfWork, bundle: Any) -> PolicyDirectory:
    load_bundle(work, bundle_bytes(bundle), replace=True)
    with work:
        return CoalitionRepository(work).read_stored().policy


def test_a_service_comes_out_as_it_went_in(unit_of_work: UnitOfWork) -> None:
    """Every field of a service that routing reads is the bundle's."""
    service = service_of(unit_of_work, good_bundle(), "hh-beds")

    assert service == Service(
        slug="hh-beds",
        name="Emergency beds",
        organization="harbor-house",
        types=frozenset({"emergency_shelter", "safety_planning"}),
        active=True,
        minimum_age=11,
        maximum_age=17,
        limits_known=True,
        languages=frozenset({"en", "es-mx"}),
        interpretation=True,
        areas=frozenset({"travis"}),
        schedules=(Schedule(frozenset(range(7)), time(0, 0), time(23, 59)),),
        capacities=(Capacity(2, datetime(2026, 3, 1, 14, tzinfo=UTC), "bed"),),
        accepts=frozenset({"self", "warm", "packet"}),
        accepts_from=frozenset({"anyone"}),
        requires=frozenset(),
        intake_data=frozenset({"need", "identity"}),
        genders=frozenset({"female", "transgender_female"}),
        only=frozenset({"foreign_national"}),
        excludes=frozenset({"substance_use"}),
        designated=True,
        response_time=timedelta(hours=2),
        phones=(),
        positions=(),
    )


def test_what_a_service_does_not_say_takes_the_defaults(unit_of_work: UnitOfWork) -> None:
    """An unsaid limit, language, area, hour or mode is what the guide says it is."""
    service = service_of(unit_of_work, good_bundle(), "night-line")

    assert service == Service(
        slug="night-line",
        name="Night line",
        organization="hotline-night-desk",
        types=frozenset({"crisis_hotline", "equine_therapy"}),
        active=False,
        only=frozenset({"farm_worker"}),
        accepts=frozenset({"self", "warm"}),
        accepts_from=frozenset({"anyone"}),
    )


def test_organizations_areas_and_agreements_come_out_as_they_went_in(unit_of_work: UnitOfWork) -> None:
    """An organization that declared nothing is undeclared, not assumed; a one-way agreement keeps its direction."""
    directory = directory_of(unit_of_work, good_bundle())

    house, desk, hotline = directory.organizations
    assert (directory.version, directory.timezone) == (1, "America/Chicago")
    assert directory.areas == (
        Area("travis", "Travis County", "us-tx", 30.33, -97.78),
        Area("us-tx", "Texas"),
    )
    assert house == Organization(
        slug="harbor-house",
        name="Harbor House",
        basis="community",
        kind="dv_shelter",
        regimes=frozenset({"vawa", "fvpsa"}),
        reporter="child",
        membership="active",
        address_private=True,
        phones=(Phone("555-0100", "voice", "24-hour intake line"),),
        counts_hidden=True,
    )
    assert desk == Organization("hotline-night-desk", "Night desk", parent="tri-county-hotline", declared=False)
    assert (hotline.declared, hotline.regimes, hotline.reporter) == (True, frozenset(), None)
    assert directory.agreements == (
        Agreement(
            slug="mou-1",
            between=("tri-county-hotline", "harbor-house"),
            mutual=False,
            level="coalition",
            type="mou",
            status="signed",
            effective=date(2025, 1, 1),
            expires=date(2027, 1, 1),
            types=frozenset({"emergency_shelter"}),
            data=frozenset({"need", "identity", "contact_location"}),
        ),
    )


WEEKLY = {"freq": "WEEKLY", "byday": "MO,WE", "opens_at": "09:00", "closes_at": "17:00"}
READABLE = Schedule(frozenset({0, 2}), time(9), time(17))
ROWS = {
    "plain": (WEEKLY, READABLE),
    "every week": (WEEKLY | {"interval": 1}, READABLE),
    "season": (
        WEEKLY | {"valid_from": "2026-01-01", "valid_to": "2026-12-31"},
        Schedule(READABLE.weekdays, time(9), time(17), date(2026, 1, 1), date(2026, 12, 31)),
    ),
    "first event": (
        WEEKLY | {"dtstart": "2026-02-02"},
        Schedule(READABLE.weekdays, time(9), time(17), date(2026, 2, 2)),
    ),
    "first event in season": (
        WEEKLY | {"dtstart": "2026-02-02", "valid_from": "2026-03-01"},
        Schedule(READABLE.weekdays, time(9), time(17), date(2026, 3, 1)),
    ),
    "other weeks": (WEEKLY | {"interval": 2, "dtstart": "2026-02-02"}, Schedule(None)),
    "last event": (WEEKLY | {"until": "2026-12-31"}, Schedule(None)),
    "counted": (WEEKLY | {"count": 10}, Schedule(None)),
    "by month day": (WEEKLY | {"bymonthday": "1,15"}, Schedule(None)),
    "by week": (WEEKLY | {"byweekno": "1"}, Schedule(None)),
    "by year day": (WEEKLY | {"byyearday": "-1"}, Schedule(None)),
    "monthly": (WEEKLY | {"freq": "MONTHLY", "byday": "1MO,-1FR"}, Schedule(None)),
    "monthly in season": (
        WEEKLY | {"freq": "MONTHLY", "byday": "1MO", "valid_from": "2026-01-01", "valid_to": "2026-12-31"},
        Schedule(None, valid_from=date(2026, 1, 1), valid_to=date(2026, 12, 31)),
    ),
    "monthly on plain days": (WEEKLY | {"freq": "MONTHLY"}, Schedule(None)),
    "no frequency": ({**WEEKLY, "freq": None}, Schedule(None)),
    "no days": ({**WEEKLY, "byday": None}, Schedule(None)),
    "no opening": ({**WEEKLY, "opens_at": None}, Schedule(None)),
    "no closing": ({**WEEKLY, "closes_at": None}, Schedule(None)),
    "words only": ({"description": "by appointment"}, Schedule(None)),
    "midnight": (
        WEEKLY | {"opens_at": "00:00", "closes_at": "00:00"},
        Schedule(READABLE.weekdays, time(0), time(0)),
    ),
}


def test_only_plain_weekly_hours_are_read(unit_of_work: UnitOfWork) -> None:
    """A row in any other form is kept as one that is not read, so that its hours are unknown, never guessed."""
    bundle = put(good_bundle(), "organizations[0].services[0].schedules", [row for row, _ in ROWS.values()])

    schedules = service_of(unit_of_work, bundle, "hh-beds").schedules

    assert dict(zip(ROWS, schedules, strict=True)) == {name: expected for name, (_, expected) in ROWS.items()}


def test_a_service_is_given_where_it_says(unit_of_work: UnitOfWork) -> None:
    """A service that names its places has those positions only; one that names none has all of its organization's."""
    bundle = good_bundle()
    hotline = bundle["organizations"][1]
    hotline["locations"].append({"id": "annex", "location_type": "physical", "latitude": 29.0, "longitude": -96.0})
    hotline["locations"].append({"id": "somewhere", "location_type": "virtual"})
    positions = service_of(unit_of_work, bundle, "tch-line").positions

    put(bundle, "organizations[1].services[0].service_at_locations", [{"location_id": "annex"}])
    own_positions = service_of(unit_of_work, bundle, "tch-line").positions

    assert positions == ((29.0, -96.0), (30.2, -97.6))
    assert own_positions == ((29.0, -96.0),)


@pytest.mark.parametrize(
    ("profile", "listed"),
    [
        (None, "public"),
        ({"basis": "community", "kind": "health"}, "public"),
        ({"basis": "community", "kind": "dv_shelter"}, "coalition"),
        ({"basis": "community", "kind": "trafficking_shelter"}, "coalition"),
        ({"basis": "community", "kind": "health", "address_private": True}, "coalition"),
        ({"basis": "community", "kind": "dv_shelter", "listed": "public"}, "public"),
        ({"basis": "community", "kind": "health", "listed": "coalition"}, "coalition"),
    ],
)
def test_shelters_and_private_addresses_are_unlisted_by_default(
    unit_of_work: UnitOfWork, profile: Any, listed: str
) -> None:
    """What is not said about listing follows from the kind and the address; what is said wins."""
    bundle = put(good_bundle(), "organizations[1].coalition", profile)
    load_bundle(unit_of_work, bundle_bytes(bundle), replace=True)

    with unit_of_work:
        presentation = CoalitionRepository(unit_of_work).read_stored().names

    assert presentation.organizations["tri-county-hotline"].listed == listed


def test_the_rules_get_what_was_declared(unit_of_work: UnitOfWork) -> None:
    """Agencies, their house, who may know an address, accepted and equivalent forms reach the rules."""
    records = records_of(unit_of_work, good_bundle())

    assert records.agencies["harbor-house"] == policies.Agency(
        id="harbor-house",
        kind="dv_shelter",
        basis="community",
        regimes=frozenset({"vawa", "fvpsa"}),
        declared=True,
        reporter="child",
        member=True,
        house="harbor-house",
        address_private=True,
        operator_authorised=frozenset({"tri-county-hotline"}),
        accepted_forms=frozenset({"roi-standard"}),
    )
    assert records.agencies["tri-county-hotline"].member
    assert records.agencies["hotline-night-desk"] == policies.Agency(
        "hotline-night-desk", declared=False, house="tri-county-hotline"
    )
    assert records.agreements["mou-1"].between == ("tri-county-hotline", "harbor-house")
    assert records.equivalent_forms == {frozenset({"roi-standard", "roi-county"})}


def test_equivalence_is_stated_never_inferred(unit_of_work: UnitOfWork) -> None:
    """Two stated pairs that share a form stay two pairs."""
    bundle = good_bundle()
    bundle["release_forms"].append({"id": "roi-clinic", "name": "Clinic release"})
    bundle["equivalent_forms"].append(["roi-county", "roi-clinic"])

    records = records_of(unit_of_work, bundle)

    assert records.equivalent_forms == {
        frozenset({"roi-standard", "roi-county"}),
        frozenset({"roi-county", "roi-clinic"}),
    }


def test_a_house_is_the_topmost_parent(unit_of_work: UnitOfWork) -> None:
    """A department of a department belongs to the house of the topmost organization."""
    bundle = good_bundle()
    bundle["organizations"].insert(0, {"id": "a-corner", "name": "Corner", "parent": "hotline-night-desk"})

    records = records_of(unit_of_work, bundle)

    assert records.agencies["a-corner"].house == "tri-county-hotline"


def test_people_get_names_numbers_and_words(unit_of_work: UnitOfWork) -> None:
    """Names, telephones, grievances, review days, and the coalition's own words are there by slug."""
    load_bundle(unit_of_work, bundle_bytes(good_bundle()), replace=True)

    with unit_of_work:
        names: Presentation = CoalitionRepository(unit_of_work).read_stored().names

    house = names.organizations["harbor-house"]
    assert (names.coalition, names.coalition_name, names.version) == ("tri-county", "Tri-County Coalition", 1)
    assert names.packs == ("federal", "us-tx", "coalition")
    assert names.forms["roi-standard"].marks == {"sud"}
    assert house.grievance is not None
    assert (house.grievance.contact, house.grievance.code_of_ethics) == ("grievance@example.org", "NVASC")
    assert (house.declared_on, house.review_by) == (date(2026, 1, 10), date(2027, 1, 10))
    assert names.services["hh-beds"].organization == "harbor-house"
    assert names.areas == {"travis": "Travis County", "us-tx": "Texas"}
    assert names.codes["equine_therapy"].same_as == ("openeligibility:1234",)
    assert names.codes["farm_worker"].kind == "trait"
    assert names.terms == {("harbor-house", "safe house"): "emergency_shelter"}


def test_fallback_lines_are_the_coalitions_in_its_order(unit_of_work: UnitOfWork) -> None:
    """Lines come back as the file gives them, what is not given as None."""
    lines = [{"name": "Text line", "sms": "555-0114"}, {"name": "Crisis line", "phone": "555-0111", "hours": "9 to 5"},
             {"name": "Beds", "phone": "555-0112", "for": ["hotel_stay", "emergency_shelter"]}]  # fmt: skip
    load_bundle(unit_of_work, bundle_bytes(put(good_bundle(), "coalition.fallback_lines", lines)), replace=False)

    with unit_of_work:
        fallback_lines = CoalitionRepository(unit_of_work).read_stored().names.fallback_lines

    assert fallback_lines == (
        FallbackLine("Text line", sms="555-0114"),
        FallbackLine("Crisis line", phone="555-0111", hours="9 to 5"),
        FallbackLine("Beds", phone="555-0112", types=("hotel_stay", "emergency_shelter")),
    )


def test_the_coalition_reads_back_as_the_file_gives_it(unit_of_work: UnitOfWork) -> None:
    """A change of one record is checked against the whole, and writes the coalition again: no field of it gets lost."""
    bundle = put(good_bundle(), "coalition.fallback_lines[0].for", ["food"])
    load_bundle(unit_of_work, bundle_bytes(bundle), replace=False)

    with unit_of_work:
        coalition = whole_directory(unit_of_work.session)["coalition"]

    assert coalition == bundle["coalition"]


def test_without_fallback_lines_there_is_the_national_hotline(unit_of_work: UnitOfWork) -> None:
    """A coalition that names none has the one that README.md names."""
    load_bundle(unit_of_work, bundle_bytes(put(good_bundle(), "coalition.fallback_lines", LEFT_OUT)), replace=False)

    with unit_of_work:
        [line] = CoalitionRepository(unit_of_work).read_stored().names.fallback_lines

    assert (line.name, line.phone, line.sms) == ("National Human Trafficking Hotline", "1-888-373-7888", "233733")


def shuffled(value: Any, chance: random.Random, name: str = "") -> Any:
    """Return a copy with every list in another order, but for the parties to an agreement."""
    if isinstance(value, dict):
        return {key: shuffled(item, chance, key) for key, item in value.items()}
    if isinstance(value, list):
        items = [shuffled(item, chance) for item in value]
        return items if name in ("between", "policy_packs", "fallback_lines") else chance.sample(items, len(items))
    return value


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_the_file_has_no_meaning(unit_of_work: UnitOfWork, seed: int) -> None:
    """A file with every list in another order gives the same directory, save the order of telephones and hours."""
    bundle = many_services(20, organizations=5)
    first = directory_of(unit_of_work, bundle)

    second = directory_of(unit_of_work, shuffled(copy.deepcopy(bundle), fresh_random(seed)))

    assert (first.areas, first.organizations, first.services, first.agreements) == (
        second.areas,
        second.organizations,
        second.services,
        second.agreements,
    )


def test_nothing_is_read_one_by_one(unit_of_work: UnitOfWork, engine: Engine) -> None:
    """Reading 1,200 services, more than go into one statement, takes exactly as many statements as reading three."""
    few = _statements(unit_of_work, engine, good_bundle())

    many = _statements(unit_of_work, engine, many_services(1200))

    assert 0 < few == many <= 15


def _statements(work: UnitOfWork, engine: Engine, bundle: Any) -> int:
    load_bundle(work, bundle_bytes(bundle), replace=True)
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        with work:
            CoalitionRepository(work).read_stored()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return sum(statement.startswith("SELECT") for statement in statements)
