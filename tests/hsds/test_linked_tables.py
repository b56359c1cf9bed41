"""Folders of linked tables: with a mapping as Open Referral's HSDS Transformer takes it, and with a suggested one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hsds.hsds_builders import directory, public_records

from service.database.unit_of_work import UnitOfWork
from service.directory.hsds import ImportRefused
from service.directory.hsds.reading.mapping import read_mapping
from service.directory.use_cases.import_hsds import ImportReport, import_hsds
from service.directory.use_cases.suggest_mapping import suggest_mapping

TABLES = {
    "organizations.csv": """\
agency_uuid,agency_name,agency_aka,agency_url
a-1,Harbor House,The Harbor,https://harbor.example
a-2,Legal Key,,https://key.example
""",
    "locations.csv": """\
agency_uuid,agency_name,site_uuid,site_name,site_street,site_city,site_state,site_zip,site_phone
a-1,Harbor House,l-1,Front office,1 Main St,Austin,TX,78701,555-0100
a-2,Legal Key,l-2,Upstairs,2 Side St,Austin,TX,78702,NULL
""",
    "services.csv": """\
program_uuid,agency_name,agency_uuid,site_uuid,program_name,program_description,program_url
s-1,Harbor House,a-1,l-1,Beds,Thirty of them,https://harbor.example/beds
s-2,Legal Key,a-2,l-2,Advice,,https://key.example/advice
s-3,Harbor House,a-1,l-2,Advice,,https://harbor.example/advice
""",
}
AT_TOP_LEVEL = """\
organizations:
  agency_uuid: {model: organization, field: id}
  agency_name: {model: organization, field: name}
  agency_aka: {model: organization, field: alternative_name}
  agency_url: {model: organization, field: url}
locations:
  agency_uuid: {model: location, field: organization_id}
  site_uuid: {model: location, field: id}
  site_name: {model: location, field: name}
  site_street:
    model: physical_address
    field: address_1
    foreign_key_name: location_id
    foreign_key_value: site_uuid
  site_city: {model: physical_address, field: city, foreign_key_name: location_id, foreign_key_value: site_uuid}
  site_state: {model: physical_address, field: state_province}
  site_zip: {model: physical_address, field: postal_code}
  site_phone: {model: phone, field: number, foreign_key_name: organization_id, foreign_key_value: agency_uuid}
services:
  program_uuid: {model: service, field: id}
  agency_uuid: {model: service, field: organization_id}
  site_uuid: {model: service_at_locations, field: location_id}
  program_name: {model: service, field: name}
  program_url: {model: service, field: url}
"""


def written(folder: Path, tables: dict[str, str]) -> Path:
    for name, text in tables.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def bring_in(work: UnitOfWork, path: Path, mapping: str) -> ImportReport:
    return import_hsds(work, path, source="county", mapping=mapping.encode())


def records_by_name(work: UnitOfWork) -> dict[str, Any]:
    """Return what goes out again."""
    return {record["name"]: record for _, record in public_records(work)}


def owners(work: UnitOfWork) -> set[tuple[str, str]]:
    """Return the imported services, each with its agency, by name."""
    coalition = directory(work)
    names = {row.slug: row.name for row in coalition.organizations}
    return {(row.name, names[row.organization]) for row in coalition.services if row.slug.startswith("hsds-")}


LINKED = {("Beds", "Harbor House"), ("Advice", "Harbor House"), ("Advice", "Legal Key")}


def test_tables_at_the_top_level_are_read_as_they_are(work: UnitOfWork, tmp_path: Path) -> None:
    """No `columns`, no endings, models in the singular, foreign keys, fields of HSDS 1.1 and a usual misnomer."""
    report = bring_in(work, written(tmp_path, TABLES), AT_TOP_LEVEL)

    assert (report.organizations, report.services, report.locations) == (2, 3, 2)
    assert owners(work) == LINKED
    assert {finding.reason for finding in report.left_out} == {"is required: text"}  # addresses without a country
    assert [str(agency) for agency in report.findings.of("mended, and stored as mended")] == [
        "services: the mapping has no column for the status of services; each counts as active"
    ]
    harbor = next(agency for agency in directory(work).organizations if agency.name == "Harbor House")
    assert [phone.number for phone in harbor.phones] == ["555-0100"]
    out = records_by_name(work)
    assert out["Harbor House"]["alternate_name"] == "The Harbor"
    assert out["Harbor House"]["website"] == "https://harbor.example"
    assert bring_in(work, tmp_path, AT_TOP_LEVEL).changed is False


def test_columns_appended_split_mapped_and_absent(work: UnitOfWork, tmp_path: Path) -> None:
    """What the Transformer's own fixtures do: a column that is not required may be absent, a key may come twice."""
    mapping = """\
organizations.csv:
  columns:
    ID:
      - {model: organizations, field: id, required: true}
      - {model: postal_addresses, field: organization_id}
    Title: {model: organizations, field: name}
    Another name: {model: organizations, field: alternate_name}
    Street: {model: postal_addresses, field: address_1}
    Town: {model: postal_addresses, field: city}
    State: {model: postal_addresses, field: state_province}
    Zip: {model: postal_addresses, field: postal_code}
    Country: {model: postal_addresses, field: country}
    County code: {model: organizations, field: county_code}
services.csv:
  columns:
    Key: {model: services, field: id, required: true}
    Org: {model: services, field: organization_id}
    Org: [{model: services, field: organization_id}]
    Title: {model: services, field: name}
    By mail: {model: services, field: application_process, append: true}
    By phone: {model: services, field: application_process, append: true}
    Speaks: {model: languages, field: language}
    Areas: {model: service_areas, field: service_area, split_by: ";"}
    Who: {model: eligibilities, field: eligibility}
    Hours: {model: regular_schedules, field: hours_of_operation}
    Ramp: {model: accessibility_for_disabilities, field: accessibility, map: {t: A ramp}}
    Place: {model: services_at_locations, field: location_id}
"""
    tables = {
        "organizations.csv": "ID,Title,Street,Town,State,Zip,Country,County code\n"
        "7,Harbor House,1 Main St,Austin,TX,78701,US,C9\n8,Legal Key,,,,,,\n",
        "services.csv": "Key,Org,Title,By mail,By phone,Speaks,Areas,Who,Hours,Ramp,Place\n"
        '70,7,Beds,Write.,Call.,"English, Spanish",travis;tx,Adults,Mon-Fri 9am-5pm,f,\n'
        "80,8,Advice,,Call.,,,,,t,\n",
    }
    report = bring_in(work, written(tmp_path, tables), mapping)

    assert owners(work) == {("Beds", "Harbor House"), ("Advice", "Legal Key")}
    out = records_by_name(work)
    assert (out["Beds"]["application_process"], out["Advice"]["application_process"]) == ("Write. Call.", "Call.")
    assert {part["name"] for part in out["Beds"]["service_areas"]} == {"travis", "tx"}
    assert out["Beds"]["eligibility_description"] == "Adults"
    assert [part["description"] for part in out["Beds"]["schedules"]] == ["Mon-Fri 9am-5pm"]
    assert len(out["Beds"]["languages"]) == 2
    [place] = out["Harbor House"]["locations"]
    assert (place["addresses"][0]["city"], place["addresses"][0]["address_type"]) == ("Austin", "postal")
    assert "organization_id" not in place["addresses"][0]
    assert "locations" not in out["Legal Key"] or out["Legal Key"]["locations"] == []
    sentences = {str(finding) for done in ("not for this import to store", "kept as it came; counts as unknown")
                 for finding in report.findings.of(done)}  # fmt: skip
    assert "organizations.csv: has no column `Another name`, which the mapping names and does not require" in sentences
    assert "organizations.csv: `county_code` is no field of `organizations` in HSDS; kept as it came" in sentences
    assert any("is given twice; the last one counts" in str(part) for part in report.findings.of(
        "mended, and stored as mended"))  # fmt: skip


@pytest.mark.parametrize(
    "target",
    [
        {"model": "phones", "field": "number", "foreign_key_name": "organization_id"},
        {"model": "phones", "field": "number", "foreign_key_name": "org_id", "foreign_key_value": "ID"},
    ],
)
def test_half_a_foreign_key_is_refused(target: dict[str, str]) -> None:
    """A link that would lead nowhere loses rows: it is refused before any file is read."""
    with pytest.raises(ImportRefused):
        read_mapping(json.dumps({"organizations.csv": {"Phone": target}}).encode())


SPELLINGS = {
    "as identifiers": {},
    "in words": {"agency_uuid": "Organization ID", "program_uuid": "Service ID", "site_uuid": "Location ID"},
    "in camel case": {"agency_uuid": "organizationId", "program_uuid": "serviceId", "site_uuid": "locationId"},
    "with a hyphen": {"agency_uuid": "Agency-Id", "program_uuid": "Programs-ID", "site_uuid": "Site_id"},
}


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
def test_three_linked_tables_arrive_linked_without_an_edit(
    work: UnitOfWork, tmp_path: Path, spelling: dict[str, str]
) -> None:
    """Ids and references are proposed, each sure; what an id tells already is not read again from a name."""
    tables = dict(TABLES)
    for former, heading in spelling.items():
        tables = {name: text.replace(former, heading) for name, text in tables.items()}
    suggested = suggest_mapping(written(tmp_path, tables))

    report = bring_in(work, tmp_path, suggested.text)

    assert suggested.guesses == 0
    assert (report.organizations, report.services, report.locations, report.left_out) == (2, 3, 2, ())
    assert owners(work) == LINKED
    out = records_by_name(work)
    sites = {site["id"]: site["name"] for name in ("Harbor House", "Legal Key") for site in out[name]["locations"]}
    assert [sites[at["location"]["id"]] for at in out["Beds"]["service_at_locations"]] == ["Front office"]
    assert out["Beds"]["url"] == "https://harbor.example/beds"
    assert out["Legal Key"]["website"] == "https://key.example"
    assert suggested.text.count("told in another file") == 2
    assert bring_in(work, tmp_path, suggested.text).changed is False


def test_ids_within_one_spreadsheet_stay_its_own(work: UnitOfWork, tmp_path: Path) -> None:
    """Nothing else holds the agencies, so their ids and names are read from each row."""
    text = "Agency ID,Agency,Program ID,Program\n1,Harbor House,10,Beds\n1,Harbor House,11,Food\n"
    path = written(tmp_path, {"agencies.csv": text}) / "agencies.csv"

    report = bring_in(work, path, suggest_mapping(path).text)

    assert (report.organizations, report.services, report.left_out) == (1, 2, ())
    assert owners(work) == {("Beds", "Harbor House"), ("Food", "Harbor House")}
