"""Directories as they are: spreadsheets by a mapping, JSON by id, and what holds nothing that could be read."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from hsds.hsds_builders import directory, everything, public_records, services_by_name
from sqlalchemy import Engine

from service.database.unit_of_work import UnitOfWork
from service.directory.hsds import ImportRefused
from service.directory.hsds.publishing.export_files import export_to
from service.directory.hsds.reading.mapping import read_mapping
from service.directory.use_cases.export_hsds import export_hsds
from service.directory.use_cases.import_hsds import ImportReport, import_hsds
from service.directory.use_cases.suggest_mapping import suggest_mapping

SHEET = """\
Agency,Program,Category,Phone,Languages spoken,Street,City,State,Zip,Counties served,Min age,Max age,Remarks
Harbor House,Emergency shelter,Shelter,555-0100,"English, Spanish",1 Main St,Austin,TX,78701,travis,11,17,ring twice
Harbor House,Food pantry,"Food Pantry, Clothing",555-0101,English,2 Side St,Austin,TX,78702,travis,18,99,
Legal Key,Legal clinic,,555-0102,Spanish,,,,,travis,,,
,Orphan,,555-0103,,,,,,,,,
"""


def sheet(folder: Path, text: str = SHEET, name: str = "agencies.csv") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def mapping(**changes: Any) -> bytes:
    """Return the text of a mapping of the columns above, some of them changed."""
    columns = {
        "Agency": {"model": "organizations", "field": "name"},
        "Program": [{"model": "services", "field": "name"}],
        "Category": {"model": "taxonomy_terms", "field": "name", "split": ",", "map": {"Shelter": "Emergency Shelter"}},
        "Phone": {"model": "phones", "field": "number"},
        "Languages spoken": {"model": "languages", "field": "language", "split": ","},
        "Street": {"model": "physical_addresses", "field": "address_1"},
        "City": {"model": "physical_addresses", "field": "city"},
        "State": {"model": "physical_addresses", "field": "state_province"},
        "Zip": {"model": "physical_addresses", "field": "postal_code"},
        "Counties served": {"model": "service_areas", "field": "service_area"},
        "Min age": {"model": "services", "field": "minimum_age"},
        "Max age": {"model": "services", "field": "maximum_age"},
    }
    constants = [
        {"model": "services", "field": "status", "value": "active"},
        {"model": "physical_addresses", "field": "country", "value": "US"},
    ]
    tree = {"agencies.csv": {"columns": {**columns, **changes}, "constants": constants}}
    return json.dumps(tree).encode()


def bring_in(work: UnitOfWork, path: Path, **more: Any) -> ImportReport:
    return import_hsds(work, path, source="county", **more)


def test_a_spreadsheet_goes_in_and_can_be_routed_on(work: UnitOfWork, tmp_path: Path) -> None:
    """Agencies are one each, services have what their row says, in the fields that routing reads."""
    report = bring_in(work, sheet(tmp_path), mapping=mapping())

    assert (report.organizations, report.services, report.locations) == (2, 3, 2)
    services = services_by_name(work)
    beds, food = services["Emergency shelter"], services["Food pantry"]
    assert (beds.minimum_age, beds.maximum_age, beds.areas) == (11, 17, frozenset({"travis"}))
    assert beds.languages == frozenset({"en", "es"})
    assert [phone.number for phone in beds.phones] == ["555-0100"]
    assert beds.types == frozenset({"emergency_shelter"})
    assert food.types == frozenset({"food", "clothing"})
    assert beds.organization == food.organization
    assert [str(finding) for finding in report.left_out] == [
        "agencies.csv: row 5: names no organization that the mapping could read"
    ]


def test_the_same_again_changes_nothing_and_goes_out_the_same(work: UnitOfWork, engine: Engine, tmp_path: Path) -> None:
    """Ids follow from names, so a second import is no change; what goes out is the same to the byte."""
    bring_in(work, sheet(tmp_path), mapping=mapping())
    before = everything(engine)

    again = bring_in(work, sheet(tmp_path), mapping=mapping())

    assert again.changed is False
    assert everything(engine) == before
    for name in ("one.json", "one.ndjson", "one.zip"):
        first, second = tmp_path / name, tmp_path / f"again-{name}"
        for file in (first, second):
            with export_to(file) as take:
                export_hsds(work, take)
        assert first.read_bytes() == second.read_bytes(), name


def test_several_columns_make_one_field_and_one_column_several(work: UnitOfWork, tmp_path: Path) -> None:
    """Joined in the order of the mapping; a column may fill fields of several models."""
    changed = mapping(
        Street={"model": "physical_addresses", "field": "address_1", "join": ", "},
        Remarks={"model": "physical_addresses", "field": "address_1"},
        Program=[{"model": "services", "field": "name"}, {"model": "services", "field": "description"}],
    )
    bring_in(work, sheet(tmp_path), mapping=changed)

    records = [record for _, record in public_records(work)]
    harbor = next(record for record in records if record["name"] == "Harbor House" and "locations" in record)
    assert "1 Main St, ring twice" in [place["addresses"][0]["address_1"] for place in harbor["locations"]]
    assert next(record for record in records if record["name"] == "Food pantry")["description"] == "Food pantry"


def test_open_referrals_own_form_is_read(work: UnitOfWork, tmp_path: Path) -> None:
    """Two files with ids, `required`, one column for the ids of several models: as its transformer has them."""
    tree = """\
organizations.csv:
  columns:
    Organization ID:
      - {model: organizations, field: id, required: true}
      - {model: phones, field: organization_id}
    Title: {model: organizations, field: name, required: true}
    Phone number: {model: phones, field: number}
programs.csv:
  columns:
    ID: {model: services, field: id}
    Org: {model: services, field: organization_id}
    Name: {model: services, field: name}
    Status: {model: services, field: status}
"""
    sheet(tmp_path, "Organization ID,Title,Phone number\n7,Harbor House,555-0100\n", "organizations.csv")
    sheet(tmp_path, "ID,Org,Name,Status\n70,7,Beds,active\n", "programs.csv")

    report = bring_in(work, tmp_path, mapping=tree.encode())

    assert (report.organizations, report.services, report.left_out) == (1, 1, ())
    [beds] = [record for record in directory(work).services if record.name == "Beds"]
    owner = next(record for record in directory(work).organizations if record.slug == beds.organization)
    assert (owner.name, [phone.number for phone in owner.phones]) == ("Harbor House", ["555-0100"])


@pytest.mark.parametrize(
    ("column", "sentence"),
    [
        ({"model": "agencies", "field": "name"}, "`agencies` is no table of HSDS"),
        ({"model": "services", "field": "nmae"}, "`services` has no field `nmae`; it has "),
        ({"model": "services"}, "agencies.csv.columns.Agency.0.field: is not what a mapping has there"),
        ({"model": "services", "field": "name", "shout": True}, "agencies.csv.columns.Agency.0.shout: is not"),
    ],
)
def test_a_mapping_that_is_wrong_says_where(column: dict[str, Any], sentence: str) -> None:
    """A misspelt model or field would lose a column: it is refused before any file is read."""
    with pytest.raises(ImportRefused) as refused:
        read_mapping(mapping(Agency=column))

    assert sentence in str(refused.value)


def test_a_column_that_is_not_there_is_refused(work: UnitOfWork, engine: Engine, tmp_path: Path) -> None:
    """Nothing is stored, and the message names the heading of the mapping."""
    before = everything(engine)

    with pytest.raises(ImportRefused, match="has no column `Town`, which the mapping names"):
        bring_in(work, sheet(tmp_path), mapping=mapping(Town={"model": "services", "field": "name"}))

    assert everything(engine) == before


def test_the_suggestion_for_a_spreadsheet_can_be_used_as_it_is(work: UnitOfWork, tmp_path: Path) -> None:
    """Sure columns, a marked guess, headings left to a person; and it maps what it is sure of."""
    text = SHEET.replace("Phone", "Their phone").replace("Remarks", "Zzz")
    file = sheet(tmp_path, text)

    suggested = suggest_mapping(file)
    report = bring_in(work, file, mapping=suggested.text.encode())

    assert (suggested.sure, suggested.guesses, suggested.open_count) == (11, 1, 1)
    [guess] = [line for line in suggested.text.splitlines() if line.endswith("# a guess: please check")]
    assert "Their phone: {model: phones, field: number}" in guess
    assert "    # Zzz: which field is it? Leave the line out if it is none" in suggested.text.splitlines()
    assert (report.organizations, report.services) == (2, 3)


@pytest.mark.parametrize(("name", "is_table"), [("plain", True), ("plain.json", False), ("plain.ndjson", False)])
def test_a_mapping_is_suggested_for_what_an_import_takes_for_a_table(tmp_path: Path, name: str, is_table: bool) -> None:
    """A file named as JSON is none, whatever stands in it; a file of another name is looked into."""
    with nullcontext() if is_table else pytest.raises(ImportRefused, match="no table here"):
        assert suggest_mapping(sheet(tmp_path, name=name)).sure > 0


def test_a_spreadsheet_without_a_mapping_is_refused(work: UnitOfWork, engine: Engine, tmp_path: Path) -> None:
    """Never "No change": what was looked for, and how to map it."""
    before = everything(engine)

    with pytest.raises(ImportRefused, match=r"(?s)Looked for organizations.*import suggest PATH"):
        bring_in(work, sheet(tmp_path))

    assert everything(engine) == before


BEDS = {"id": "s1", "name": "Beds", "status": "active"}
KEYED = {
    "a1": {"name": "Keyed House", "website": "https://k.example", "services": [BEDS]},
    "a2": {"name": "Other House", "website": "https://o.example"},
}


@pytest.mark.parametrize(
    "tree",
    [
        {
            key: {**record, "services": [{"id": "s1", **row} for row in record.get("services", ())]}
            for key, record in KEYED.items()
        },
        {
            "organizations": {key: {"name": record["name"]} for key, record in KEYED.items()},
            "services": {"s1": {"name": "Beds", "status": "active", "organization_id": "a1"}},
        },
    ],
    ids=["records by id", "tables of rows by id"],
)
def test_json_objects_by_id_go_in(work: UnitOfWork, tmp_path: Path, tree: Any) -> None:
    """The key is the id of what has none of its own."""
    (tmp_path / "keyed.json").write_text(json.dumps(tree), encoding="utf-8")

    report = bring_in(work, tmp_path / "keyed.json")

    assert (report.organizations, report.services, report.left_out) == (2, 1, ())
    [beds] = [record for record in directory(work).services if record.name == "Beds"]
    [owner] = [record.name for record in directory(work).organizations if record.slug == beds.organization]
    assert owner == "Keyed House"
    assert bring_in(work, tmp_path / "keyed.json").changed is False
