"""The official HSDS 3.2 examples: they come in whole, stay the same, and can be asked about."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hsds.hsds_builders import directory, everything, rows
from hsds.official import EXAMPLES, STANDARD
from sqlalchemy import Engine

from service.answers.profile import read_profile
from service.answers.use_cases.find_paths import find_paths
from service.database.unit_of_work import UnitOfWork
from service.directory.snapshot.directory_snapshot import load_snapshot
from service.directory.use_cases.import_hsds import ImportReport, import_hsds

FILES = sorted(file.name for file in EXAMPLES.glob("*.json"))
# What upstream's own tables refer to and do not hold.
DANGLING = {("attributes", "id"), ("metadata", "location_id")}


def example(name: str) -> Any:
    return json.loads((EXAMPLES / name).read_text(encoding="utf-8"))


def test_all_examples_come_in_and_nothing_is_left_out(unit_of_work: UnitOfWork) -> None:
    """The same organization, service and place in many files are one; left out is what refers to nothing upstream."""
    report = import_hsds(unit_of_work, EXAMPLES)

    assert dangling(report) == DANGLING
    assert (report.organizations, report.services, report.locations) == (1, 1, 1)
    assert {finding.file for finding in report.set_aside} == {
        "base.json",
        "csv/datapackage.json",
        "csv/meta_table_descriptions.csv",
        "tabular.json",  # its own descriptions, and rows that the tables of the folder tell otherwise
    }


@pytest.mark.parametrize("name", ["csv", "tabular.json"])
def test_the_tables_come_in(unit_of_work: UnitOfWork, name: str) -> None:
    """As a folder of CSV and as one JSON file, the official tables hold the same; only what dangles is left out."""
    report = import_hsds(unit_of_work, EXAMPLES / name)

    assert (report.organizations, report.services, report.locations) == (1, 1, 1)
    assert dangling(report) == DANGLING
    assert import_hsds(unit_of_work, EXAMPLES / name).changed is False
    (service,) = directory(unit_of_work).services
    assert (service.minimum_age, service.maximum_age, service.languages) == (12, 100, {"ur"})


def dangling(report: ImportReport) -> set[tuple[str, str | None]]:
    """Return (table, field) of what was left out."""
    places = {(finding.path.partition("[")[0], Path(finding.file).stem, finding.field) for finding in report.left_out}
    return {(stem if path.startswith("row") else path, field) for path, stem, field in places}


@pytest.mark.parametrize("name", FILES)
def test_each_example_comes_in_by_itself(unit_of_work: UnitOfWork, name: str) -> None:
    """No single example file has a record that is left out; one without anything to store founds no coalition."""
    report = import_hsds(unit_of_work, EXAMPLES / name)

    assert dangling(report) == (DANGLING if name == "tabular.json" else set())
    assert report.changed is report.coalition_created is bool(report.organizations or report.terms)
    assert report.directory_version == int(report.changed)


def test_the_mock_data_of_the_api_come_in(unit_of_work: UnitOfWork) -> None:
    """Records in folders by kind, as the mock API keeps them, come in as well."""
    report = import_hsds(unit_of_work, STANDARD / "mock-api-data")

    assert report.left_out == ()
    assert (report.organizations, report.services, report.locations) == (1, 1, 1)


def test_the_same_examples_again_change_nothing(unit_of_work: UnitOfWork, engine: Engine) -> None:
    """A second import leaves every row and the directory's version as they were."""
    first = import_hsds(unit_of_work, EXAMPLES)
    before = everything(engine)

    second = import_hsds(unit_of_work, EXAMPLES)

    assert (first.changed, second.changed) == (True, False)
    assert (first.coalition_created, second.coalition_created) == (True, False)
    assert first.directory_version == second.directory_version == 1
    assert everything(engine) == before


def test_an_imported_organization_can_ask_for_paths(unit_of_work: UnitOfWork) -> None:
    """After an import into an empty database, a profile with an imported origin gets an answer, not an error."""
    import_hsds(unit_of_work, EXAMPLES)
    (origin,) = (row.slug for row in directory(unit_of_work).organizations)
    profile = {"origin": origin, "at": "2026-03-02T02:00:00-06:00", "client": {"age": 15}, "needs": [{"type": "food"}]}

    answer = find_paths(load_snapshot(unit_of_work), read_profile(json.dumps(profile).encode()))

    assert answer["paths"] == []
    assert [entry["reasons"][0]["code"] for entry in answer["uncovered"]] == ["no_service"]


def test_what_the_example_leaves_open_is_unknown(unit_of_work: UnitOfWork) -> None:
    """Its free-text area, its hours in a zone of their own and its latitude of 100 degrees are read as unknown."""
    import_hsds(unit_of_work, EXAMPLES)

    (service,) = directory(unit_of_work).services

    assert (service.minimum_age, service.maximum_age, service.limits_known) == (12, 100, False)
    assert (service.areas, service.areas_known) == (frozenset(), False)
    assert (service.languages, service.languages_known, service.interpretation) == ({"ur"}, True, True)
    assert {row.weekdays for row in service.schedules} == {None}  # its own, and those of its place
    assert service.positions == ()
    assert service.types == frozenset()


@pytest.mark.parametrize(
    ("name", "table"), [("service_full.json", "service"), ("organization_full.json", "organization")]
)
def test_every_field_of_an_example_is_kept(unit_of_work: UnitOfWork, engine: Engine, name: str, table: str) -> None:
    """A field that is not read is in the document's `extra` as it came."""
    record = example(name)

    import_hsds(unit_of_work, EXAMPLES / name)

    (row,) = rows(engine, table)
    own_tables = {"organization", "services", "service_at_locations", "locations", "phones", "contacts", "schedules"}
    own_tables |= {"service_areas", "languages", "capacities"}
    for key in record.keys() - own_tables - {"last_modified"}:
        assert row["extra"].get(key, row.get(key)) == record[key], key


def test_every_part_of_an_example_is_kept(unit_of_work: UnitOfWork, engine: Engine) -> None:
    """A phone of a contact of a location at which the service is given is stored there, with its own languages."""
    import_hsds(unit_of_work, EXAMPLES / "service_full.json")

    (place,) = rows(engine, "service_at_location")
    (location,) = rows(engine, "location")
    phones = location["contacts"][0]["phones"]
    languages = phones[0]["languages"]
    original = example("service_full.json")["service_at_locations"][0]
    assert place["extra"] == {"contacts": original["contacts"]}
    for name in ("phones", "schedules", "service_areas"):
        [part] = place[name]
        assert part["id"] == original[name][0]["id"]
    assert location["extra"]["latitude"] == original["location"]["latitude"]
    assert location["extra"]["accessibility"] == original["location"]["accessibility"]
    assert phones[0]["id"] == original["location"]["contacts"][0]["phones"][0]["id"]
    assert [row["code"] for row in languages] == ["ur"]
