"""What an import left open: listed, most valuable first, proposed, settled in a file that `load` takes, and kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from bundle_builders import GOOD_YAML, bundle_bytes, good_bundle
from hsds.hsds_builders import (
    BOXES,
    PANTRY,
    SHOP,
    bring_in,
    directory,
    everything,
    organization,
    rows,
    service,
    services_by_name,
    term,
)
from sqlalchemy import Engine

from service.database.unit_of_work import UnitOfWork
from service.directory.bundle import read_bundle
from service.directory.use_cases.curate import CurationReport, curate
from service.directory.use_cases.load_bundle import LoadReport, load_bundle
from service.errors import BundleRefused

OPEN = service(
    attributes=[term("Help Escape Violence")],
    minimum_age="18+",
    maximum_age=None,
    service_areas=[{"name": "All of Travis County"}],
    languages=[{"name": "English, Spanish"}],
    schedules=[{"description": "Mon-Fri 9am-5pm"}],
)


def file_of(report: CurationReport) -> str:
    return "\n".join(report.lines()) + "\n"


def settle(work: UnitOfWork, *services: dict[str, Any], **more: Any) -> LoadReport:
    """Load a file that settles these services."""
    report = curate(work)
    tree = {"coalition": dict(report.coalition), "curation": {"services": list(services), **more}}
    return load_bundle(work, json.dumps(tree).encode(), replace=False)


def slug(engine: Engine, table: str, row_id: str) -> str:
    return str(next(row["slug"] for row in rows(engine, table) if row["id"] == row_id))


# What is listed


def test_gaps_are_listed_by_what_they_open(work: UnitOfWork, tmp_path: Path) -> None:
    """What is all that a service lacks comes first; what touches most comes next."""
    fields = {"coalition": None}
    bring_in(
        work,
        tmp_path,
        organization(
            service(service_areas=[{"name": "The valley"}]),
            service(id=SHOP, name="Two gaps", service_areas=[{"name": "The valley"}], minimum_age=None),
            service(id=PANTRY.replace("6f", "7f"), name="No type", attributes=[term("Riding")], minimum_age=None),
            **fields,
        ),
    )
    declared = {"confirmed": True, "coalition": COMMUNITY}
    settle(work, organizations=[{"organization": agency, **declared} for agency in kinds(work)])

    report = curate(work)

    assert (report.imported, report.routable) == (3, 0)
    assert [(fix.gap, fix.about, fix.opens, fix.touches) for fix in report.fixes] == [
        ("area", "The valley", 1, 2),
        ("age", "nothing is said", 0, 2),
        ("type", "Riding", 0, 1),
    ]
    assert report.services[0].name == "Food boxes"


COMMUNITY = {"basis": "community", "kind": "victim_services"}


def kinds(work: UnitOfWork) -> list[str]:
    return sorted(curate(work).kinds)


def test_a_service_without_a_number_is_listed(work: UnitOfWork, tmp_path: Path) -> None:
    """No number, or only a fax: nobody can be called; the organization's number is enough."""
    bring_in(work, tmp_path, organization(phones=[{"number": "555-0150", "type": "fax"}]))
    without = {fix.gap for fix in curate(work).fixes}

    bring_in(work, tmp_path, organization(phones=[{"number": "555-0150", "type": "voice"}]))

    assert without == {"phone", "kind"}
    assert {fix.gap for fix in curate(work).fixes} == {"kind"}


def test_a_bundle_has_no_gaps(work: UnitOfWork) -> None:
    """What a bundle stored is not imported, and in no list."""
    report = curate(work)

    assert (report.imported, report.services, report.fixes) == (0, (), ())
    assert read_bundle(file_of(report).encode()).curation.services == ()


# What is proposed


def test_the_file_proposes_and_confirms_nothing(work: UnitOfWork, tmp_path: Path, engine: Engine) -> None:
    """Types from terms, limits, areas, languages and hours from words; loaded as it is, it changes nothing."""
    bring_in(work, tmp_path, organization(OPEN))
    before = everything(engine)

    text = file_of(curate(work))
    report = load_bundle(work, text.encode(), replace=False)

    (entry,) = read_bundle(text.encode()).curation.services
    assert entry.types == ("victim_advocacy", "safety_planning", "emergency_shelter")
    assert (entry.minimum_age, entry.maximum_age) == (18, "none")
    assert (entry.service_areas, entry.languages) == (("travis",), ("en", "es"))
    assert entry.schedules is not None
    assert entry.confirmed is False
    assert "help escape violence" in text
    assert (report.changed, report.curated, report.unconfirmed) == (False, 0, 2)
    assert everything(engine) == before


@pytest.mark.parametrize(
    ("name", "attributes", "types"),
    [
        ("Anything", [term("Counseling")], ("mental_health", "trauma_counseling")),
        ("Anything", [{"taxonomy_term": {"code": "101-06-02"}}], ("emergency_shelter", "long_term_safe_house")),
        ("Northside Crisis Hotline", [], ("crisis_hotline",)),
        ("Women's Transitional Living", [], ("transitional_housing",)),
        ("Immigration Legal Clinic", [], ("legal_immigration",)),
        ("Harbor", [], None),
    ],
)
def test_types_are_proposed(
    work: UnitOfWork, tmp_path: Path, name: str, attributes: list[Any], types: tuple[str, ...] | None
) -> None:
    """A term is asked first, then the name; where neither says anything, nothing is proposed."""
    bring_in(work, tmp_path, organization(service(name=name, attributes=attributes)))

    (entry,) = read_bundle(file_of(curate(work)).encode()).curation.services

    assert entry.types == types


def test_text_of_a_source_cannot_get_out_of_its_comment(work: UnitOfWork, tmp_path: Path) -> None:
    """A name with line ends and YAML in it stays a comment."""
    bring_in(work, tmp_path, organization(service(name="A\n  - service: evil\u2028x\x1b[31m", minimum_age=None)))

    tree = read_bundle(file_of(curate(work)).encode())

    assert len(tree.curation.services) == 1
    assert tree.curation.services[0].service != "evil"


# What is settled


def test_what_is_confirmed_is_routed_on(work: UnitOfWork, tmp_path: Path) -> None:
    """Ages, area, languages, hours and type count once somebody confirmed them, and stay through the next import."""
    bring_in(work, tmp_path, organization(OPEN))
    text = file_of(curate(work)).replace("confirmed: false", "confirmed: true", 1)

    loaded = load_bundle(work, text.encode(), replace=False)
    boxes = services_by_name(work)["Food boxes"]
    again = load_bundle(work, text.encode(), replace=False)
    report = bring_in(work, tmp_path, organization(OPEN))

    assert (loaded.changed, loaded.curated, again.changed, report.changed) == (True, 1, False, False)
    assert boxes.types == {"victim_advocacy", "safety_planning", "emergency_shelter"}
    assert (boxes.minimum_age, boxes.maximum_age) == (18, 120)
    assert (boxes.areas, boxes.areas_known, boxes.languages, boxes.languages_known) == (
        {"travis"},
        True,
        {"en", "es"},
        True,
    )
    assert [hours.weekdays for hours in boxes.schedules] == [{0, 1, 2, 3, 4}]
    assert services_by_name(work)["Food boxes"] == boxes
    assert curate(work).routable == 1


def test_what_is_not_settled_follows_its_source(work: UnitOfWork, tmp_path: Path, engine: Engine) -> None:
    """A settled type stays while the source changes the rest."""
    bring_in(work, tmp_path, organization(OPEN))
    settle(work, {"service": slug(engine, "service", BOXES), "confirmed": True, "types": ["food"]})

    bring_in(work, tmp_path, organization({**OPEN, "name": "Renamed", "minimum_age": 21}))

    offer = services_by_name(work)["Renamed"]
    assert (offer.types, offer.minimum_age) == ({"food"}, 21)


def test_one_file_after_the_other_adds_up(work: UnitOfWork, tmp_path: Path, engine: Engine) -> None:
    """What an earlier file settled stays where a later one says nothing of it."""
    bring_in(work, tmp_path, organization(OPEN))
    name = slug(engine, "service", BOXES)
    settle(work, {"service": name, "confirmed": True, "types": ["food"]})

    settle(work, {"service": name, "confirmed": True, "minimum_age": "none", "service_areas": "everywhere"})

    boxes = services_by_name(work)["Food boxes"]
    assert (boxes.types, boxes.minimum_age, boxes.areas) == ({"food"}, 0, {"us-tx"})


def test_a_kind_is_settled(work: UnitOfWork, tmp_path: Path, engine: Engine) -> None:
    """An imported organization has then declared what it is; a shelter's kind takes it off the open list."""
    bring_in(work, tmp_path, organization())
    (name,) = kinds(work)
    profile = {"basis": "community", "kind": "dv_shelter", "regimes": ["vawa"]}

    settle(work, organizations=[{"organization": name, "confirmed": True, "coalition": profile}])
    bring_in(work, tmp_path, organization())

    (row,) = (row for row in rows(engine, "organization") if row["id"] == PANTRY)
    assert (row["coalition"]["kind"], row["coalition"]["regimes"], row["listed"]) == ("dv_shelter", ["vawa"], False)
    assert curate(work).kinds == {}


@pytest.mark.parametrize(
    ("entry", "path"),
    [
        ({"service": "hsds-nowhere"}, "curation.services[0].service"),
        ({"service": "hh-beds"}, "curation.services[0].service"),
        ({"types": ["teleportation"]}, "curation.services[0].types[0]"),
        ({"service_areas": ["nowhere"]}, "curation.services[0].service_areas[0]"),
        ({"minimum_age": 30, "maximum_age": 20}, "curation.services[0].maximum_age"),
        ({"minimum_age": "18+"}, "curation.services[0].minimum_age"),
        ({"kinds": 1}, "curation.services[0].kinds"),
    ],
)
def test_what_cannot_be_settled_is_refused_whole(
    work: UnitOfWork, tmp_path: Path, engine: Engine, entry: dict[str, Any], path: str
) -> None:
    """Names that no import stored, and areas, types and ages that there are not: each by its path, nothing stored."""
    bring_in(work, tmp_path, organization(OPEN))
    before = everything(engine)
    good = {"service": slug(engine, "service", BOXES), "confirmed": True, "types": ["food"]}

    with pytest.raises(BundleRefused) as caught:
        settle(work, {**good, **entry})

    assert [problem.path for problem in caught.value.problems] == [path]
    assert everything(engine) == before


def test_a_private_address_is_no_matter_for_curation(work: UnitOfWork, tmp_path: Path) -> None:
    """An imported address stands open in its source; saying that it is private is refused, not quietly ignored."""
    bring_in(work, tmp_path, organization())
    profile = {**COMMUNITY, "address_private": True}

    with pytest.raises(BundleRefused, match="address_private"):
        settle(work, organizations=[{"organization": kinds(work)[0], "confirmed": True, "coalition": profile}])


def test_areas_of_the_same_file_count(work: UnitOfWork, tmp_path: Path, engine: Engine) -> None:
    """A file may bring an area, or a type of the coalition's own, and settle a service by it."""
    bring_in(work, tmp_path, organization(OPEN))
    bundle = good_bundle()
    bundle["areas"].append({"code": "hays", "name": "Hays County", "within": "us-tx"})
    entry = {"service": slug(engine, "service", BOXES), "confirmed": True, "service_areas": ["hays"]}
    bundle["curation"] = {"services": [{**entry, "types": ["equine_therapy"]}]}

    load_bundle(work, bundle_bytes(bundle), replace=False)

    boxes = services_by_name(work)["Food boxes"]
    assert (boxes.areas, boxes.types) == ({"hays"}, {"equine_therapy"})


# The coalition that an import founded


def test_a_bundle_takes_over_what_an_import_founded(unit_of_work: UnitOfWork, tmp_path: Path) -> None:
    """`load` without `replace` gives the founded coalition its name, zone, areas and members, and keeps the import."""
    bring_in(unit_of_work, tmp_path, organization())
    before = services_by_name(unit_of_work)["Food boxes"]

    load_bundle(unit_of_work, GOOD_YAML.encode(), replace=False)

    assert [hours.weekdays for hours in before.schedules] == [None]  # the zone was only assumed
    assert services_by_name(unit_of_work)["Food boxes"].areas_known is True
    assert directory(unit_of_work).timezone == "America/Chicago"
    assert [hours.weekdays for hours in services_by_name(unit_of_work)["Food boxes"].schedules] == [{0}]
    with pytest.raises(BundleRefused, match="another coalition"):
        load_bundle(unit_of_work, GOOD_YAML.replace("slug: tri-county,", "slug: another,").encode(), replace=False)


def test_the_file_loads_over_a_founded_coalition(unit_of_work: UnitOfWork, tmp_path: Path) -> None:
    """Where there is only an import, its curation file loads as well, and drops nothing."""
    bring_in(unit_of_work, tmp_path, organization(service(attributes=[term("Counseling")])), timezone="America/Chicago")
    text = file_of(curate(unit_of_work)).replace("confirmed: false", "confirmed: true", 1)

    load_bundle(unit_of_work, text.encode(), replace=False)

    assert services_by_name(unit_of_work)["Food boxes"].types == {"mental_health", "trauma_counseling"}


# Told twice


@pytest.mark.parametrize(
    ("other", "shared"),
    [
        ({"name": "The County Food Pantry, Inc."}, ("name", "phone number")),
        ({"name": "Another", "website": "http://www.a.example/"}, ("phone number", "web site")),
        ({"name": "Another"}, None),
        ({"name": "County Food Pantry", "phones": [{"number": "555-0199"}]}, None),
    ],
)
def test_the_same_organization_of_two_sources_is_proposed(
    work: UnitOfWork, tmp_path: Path, engine: Engine, other: dict[str, Any], shared: tuple[str, ...] | None
) -> None:
    """Two that share two telling things are proposed; nothing is merged."""
    bring_in(work, tmp_path, organization(website="https://a.example"), source="county")
    bring_in(work, tmp_path, organization(**{"id": "x", "services": [], **other}), source="city")

    report = curate(work)

    assert [pair.shared for pair in report.duplicates] == ([shared] if shared else [])
    assert ("may be one organization" in file_of(report)) is bool(shared)
    assert sum(row["slug"].startswith("hsds-") for row in rows(engine, "organization")) == 2


def test_one_source_may_tell_two_alike(work: UnitOfWork, tmp_path: Path) -> None:
    """Within one source, two of a name and a number are two."""
    bring_in(work, tmp_path, [organization(), organization(id=SHOP, services=[])])

    assert curate(work).duplicates == ()
