"""Which record is which: ids, names, the second import, and what belongs to others."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from bundle_builders import GOOD_YAML, bundle_bytes, good_bundle
from hsds.hsds_builders import (
    BOXES,
    HALL,
    PANTRY,
    SHOP,
    bring_in,
    directory,
    everything,
    only_service,
    organization,
    parts,
    put_in,
    rows,
    service,
)
from sqlalchemy import Engine

from service.database.unit_of_work import UnitOfWork
from service.directory.standard.identity import id_of
from service.directory.use_cases.import_hsds import import_hsds
from service.directory.use_cases.load_bundle import load_bundle

HALL_RECORD = {"id": HALL, "location_type": "physical", "name": "Town hall", "latitude": 30.0, "longitude": -97.0}


def only_row(engine: Engine, table: str) -> dict[str, Any]:
    (row,) = rows(engine, table)
    return row


def test_a_uuid_is_kept(unit_of_work: UnitOfWork, tmp_path: Path, engine: Engine) -> None:
    """Ids that are UUIDs are the stored ids; upper case makes no other id of them."""
    bring_in(unit_of_work, tmp_path, organization(service(id=BOXES.upper())))

    assert (only_row(engine, "organization")["id"], only_row(engine, "service")["id"]) == (PANTRY, BOXES)


def test_any_other_id_becomes_one(unit_of_work: UnitOfWork, tmp_path: Path, engine: Engine) -> None:
    """Another id gives a UUIDv5 of source and id; the original is kept, and references by it still hold."""
    records = [organization(id=17, services=[]), service(id="17", organization_id="17")]

    bring_in(unit_of_work, tmp_path, records, source="county")

    stored, offer = only_row(engine, "organization"), only_row(engine, "service")
    assert UUID(stored["id"]).version == UUID(offer["id"]).version == 5
    assert stored["id"] != offer["id"] == id_of("hsds", "county", "service", "17")
    assert offer["owner_id"] == stored["id"]
    assert stored["extra"]["source_identifier"] == {"source": "county", "identifier": "17"}


def test_the_source_is_part_of_an_id(unit_of_work: UnitOfWork, tmp_path: Path, engine: Engine) -> None:
    """Two publishers may both number from 1; without a source given, the name of the file or folder stands for it."""
    import_hsds(unit_of_work, put_in(tmp_path, organization(id="1", services=[]), "county.json"))
    import_hsds(unit_of_work, put_in(tmp_path / "city", organization(id="1", services=[])).parent)

    sources = {row["extra"]["source_identifier"]["source"] for row in rows(engine, "organization")}
    assert sources == {"county", "city"}


def test_names_can_be_typed_and_stay(unit_of_work: UnitOfWork, tmp_path: Path, engine: Engine) -> None:
    """A slug is the name in plain letters and a mark of the id; a record that is renamed keeps its slug."""
    bring_in(unit_of_work, tmp_path, organization(service(name="Où manger? 食物"), name="  ***  "))
    first = only_row(engine, "service")["slug"], only_row(engine, "organization")["slug"]

    bring_in(unit_of_work, tmp_path, organization(service(name="Renamed"), name="Renamed"))

    assert re.fullmatch(r"hsds-ou-manger-[0-9a-f]{8}", first[0])
    assert re.fullmatch(r"hsds-organization-[0-9a-f]{8}", first[1])
    assert (only_row(engine, "service")["slug"], only_row(engine, "organization")["slug"]) == first
    assert only_row(engine, "service")["name"] == "Renamed"


def test_a_slug_that_a_bundle_took_is_not_taken_again(unit_of_work: UnitOfWork, tmp_path: Path, engine: Engine) -> None:
    """Where a bundle uses the very slug that an import would give, the import's becomes longer."""
    bring_in(unit_of_work, tmp_path, organization())
    name = only_row(engine, "organization")["slug"]
    bundle = good_bundle()
    bundle["organizations"][2]["id"] = name
    load_bundle(unit_of_work, bundle_bytes(bundle), replace=True)

    report = bring_in(unit_of_work, tmp_path, organization())

    assert report.left_out == ()
    assert sum(row["slug"].startswith(name[:-8]) for row in rows(engine, "organization")) == 2


def test_what_a_file_does_not_speak_of_stays(unit_of_work: UnitOfWork, tmp_path: Path, engine: Engine) -> None:
    """A record of a list, with few fields, neither empties a full one nor removes its parts."""
    bring_in(unit_of_work, tmp_path, organization(service(fees="none", locations=[]), website="https://a.example"))
    before = everything(engine)

    slim = {
        "id": BOXES,
        "name": "Food boxes",
        "status": "active",
        "organization": {"id": PANTRY, "name": "County Food Pantry"},
    }
    report = bring_in(unit_of_work, tmp_path, {"contents": [slim]})

    assert report.changed is False
    assert everything(engine) == before


def test_what_a_file_speaks_of_is_replaced(unit_of_work: UnitOfWork, tmp_path: Path, engine: Engine) -> None:
    """A list that is given takes the place of the stored one, a null empties a field, and the version rises by one."""
    first = service(
        phones=[{"number": "1", "languages": [{"code": "fr"}]}, {"number": "2"}],
        contacts=[{"name": "A. Person", "phones": [{"number": "4", "languages": [{"code": "ar"}]}]}],
        fees="none",
    )
    bring_in(unit_of_work, tmp_path, organization(first))

    again = service(phones=[{"number": "3"}], contacts=[], schedules=[], languages=None, minimum_age=None, fees=None)
    report = bring_in(unit_of_work, tmp_path, organization(again))

    assert (report.changed, report.directory_version) == (True, 2)
    assert sorted(row["number"] for row in parts(engine, "phones")) == ["3", "555-0150"]
    assert parts(engine, "schedules") == parts(engine, "languages") == []
    assert "minimum_age" not in only_row(engine, "service")["document"]
    assert "fees" not in only_row(engine, "service")["extra"]


def test_a_field_once_unread_is_forgotten_when_it_can_be_read(
    unit_of_work: UnitOfWork, tmp_path: Path, engine: Engine
) -> None:
    """A mended file leaves no trace of the value that could not be read."""
    bring_in(unit_of_work, tmp_path, organization(service(minimum_age="18+")))
    value = only_row(engine, "service")["extra"]["minimum_age"]

    bring_in(unit_of_work, tmp_path, organization(service(minimum_age=18)))

    assert value == "18+"
    assert "minimum_age" not in only_row(engine, "service")["extra"]


def test_a_bundle_stays_as_it_is(unit_of_work: UnitOfWork, tmp_path: Path, engine: Engine) -> None:
    """An import changes nothing of an organization that a bundle stored, and adds nothing to it."""
    load_bundle(unit_of_work, GOOD_YAML.encode(), replace=False)
    before = everything(engine)
    house, beds = id_of("organization", "harbor-house"), id_of("service", "hh-beds")

    report = bring_in(
        unit_of_work,
        tmp_path,
        [
            organization(service(id=beds), service(), id=house, name="Mine now", locations=[HALL_RECORD]),
            service(id=beds, organization={"id": SHOP, "name": "Shop"}),
        ],
    )

    after = everything(engine)
    assert [row["document"]["name"] for row in after["record"] if row not in before["record"]] == ["Shop"]
    for table in ("record", "record_key", "term_use"):
        assert all(row in after[table] for row in before[table])
    assert report.left_out == ()
    assert len(report.set_aside) == 4


def test_the_same_bundle_after_an_import_changes_nothing(unit_of_work: UnitOfWork, tmp_path: Path) -> None:
    """A coalition's bundle and an imported directory live side by side."""
    load_bundle(unit_of_work, GOOD_YAML.encode(), replace=False)
    bring_in(unit_of_work, tmp_path, organization())

    report = load_bundle(unit_of_work, GOOD_YAML.encode(), replace=False)

    assert report.changed is False
    assert only_service(unit_of_work).areas == {"travis"}


def test_a_service_stays_with_the_organization_that_has_it(
    unit_of_work: UnitOfWork, tmp_path: Path, engine: Engine
) -> None:
    """A service that another organization claims is left where it is stored, and said so."""
    bring_in(unit_of_work, tmp_path, organization())

    report = bring_in(unit_of_work, tmp_path, organization(id=SHOP, name="Shop"))

    assert only_row(engine, "service")["owner_id"] == PANTRY
    assert [finding.path for finding in report.set_aside] == ["services[0]"]


def test_a_place_that_two_organizations_use_is_in_the_record_of_each(
    unit_of_work: UnitOfWork, tmp_path: Path, engine: Engine
) -> None:
    """The first keeps the id, the other has a copy; both services are there, and a second import changes nothing."""
    here = [{"id": SHOP.replace("c3", "d4"), "location": HALL_RECORD}]
    records = [
        organization(locations=[HALL_RECORD]),
        organization(service(id=SHOP.replace("c3", "e5"), service_at_locations=here), id=SHOP, name="Shop"),
    ]

    bring_in(unit_of_work, tmp_path, records)

    owners = {row["owner_id"]: row["id"] for row in rows(engine, "location")}
    assert owners == {PANTRY: HALL, SHOP: id_of("location", HALL, SHOP)}
    assert [row.positions for row in directory(unit_of_work).services] == [((30.0, -97.0),), ((30.0, -97.0),)]
    assert bring_in(unit_of_work, tmp_path, records).changed is False


def test_records_may_come_apart(unit_of_work: UnitOfWork, tmp_path: Path, engine: Engine) -> None:
    """Records in files of their own that refer to each other by id come together, whatever the order of the files."""
    place = {"id": SHOP, "service_id": BOXES, "location_id": HALL}
    for name, data in {
        "a_service_at_locations.json": [place],
        "b_services.json": [service(organization_id=PANTRY)],
        "c_locations.json": {"contents": [HALL_RECORD]},
        "d_organizations.json": [{"id": PANTRY, "name": "County Food Pantry", "description": "Food."}],
    }.items():
        put_in(tmp_path / "parts", data, name)

    report = import_hsds(unit_of_work, tmp_path / "parts")

    assert report.left_out == report.set_aside == ()
    assert only_row(engine, "service_at_location")["location_id"] == only_row(engine, "location")["id"] == HALL
    assert only_service(unit_of_work).positions == ((30.0, -97.0),)


def test_a_later_file_may_refer_to_what_is_stored(unit_of_work: UnitOfWork, tmp_path: Path, engine: Engine) -> None:
    """A service whose organization was imported before, and a new place for it, come in by reference."""
    bring_in(unit_of_work, tmp_path, organization(services=[]))
    bring_in(unit_of_work, tmp_path, service(organization_id=PANTRY))

    report = bring_in(unit_of_work, tmp_path, {"id": SHOP, "service_id": BOXES, "location": HALL_RECORD})

    assert report.left_out == ()
    assert only_row(engine, "location")["owner_id"] == PANTRY
    assert bring_in(unit_of_work, tmp_path, {**HALL_RECORD, "name": "New name"}).changed is True
    assert only_row(engine, "location")["name"] == "New name"


def test_a_stored_place_keeps_a_service_that_exists(unit_of_work: UnitOfWork, tmp_path: Path, engine: Engine) -> None:
    """A service_at_location that turns to a service which is not there is left out; the stored one stays."""
    here = {"id": SHOP, "location": HALL_RECORD}
    bring_in(unit_of_work, tmp_path, organization(service(service_at_locations=[here])))
    before = everything(engine)

    report = bring_in(unit_of_work, tmp_path, {"id": SHOP, "service_id": PANTRY, "location_id": HALL})

    assert [finding.reason for finding in report.left_out] == ["has no service that could be stored"]
    assert everything(engine) == before


@pytest.mark.parametrize("order", [1, -1])
def test_the_order_of_records_does_not_matter(unit_of_work: UnitOfWork, tmp_path: Path, order: int) -> None:
    """Services listed the other way round are the same directory to routing."""
    services = [service(), service(id=SHOP, name="Shop")][::order]

    bring_in(unit_of_work, tmp_path, organization(*services))

    assert [row.name for row in directory(unit_of_work).services] == ["Food boxes", "Shop"]
