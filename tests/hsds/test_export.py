"""Export: what everybody may know goes out valid and whole, in four forms; what is private or unlisted does not."""

from __future__ import annotations

import copy
import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from bundle_builders import bundle_bytes, good_bundle
from hsds.hsds_builders import BOXES, HALL, PANTRY, SHOP, Records, bring_in, organization, public_records, service
from hsds.official import EXAMPLES, STANDARD, faults, package_faults
from loaded import Loader
from sqlalchemy import Engine

from service import demo
from service.database.field_cipher import AddressCipher
from service.database.unit_of_work import UnitOfWork
from service.directory.hsds.publishing.export_files import ExportRefused, export_to
from service.directory.standard.identity import id_of
from service.directory.use_cases import export_hsds as export_module
from service.directory.use_cases.export_hsds import export_hsds
from service.directory.use_cases.import_hsds import import_hsds
from service.directory.use_cases.load_bundle import load_bundle
from service.documents.fields import parse_instant
from service.errors import NothingLoaded


def write(work: UnitOfWork, path: Path) -> Path:
    with export_to(path) as take:
        export_hsds(work, take)
    return path


def of_kind(records: Records, kind: str) -> list[dict[str, Any]]:
    return [record for own, record in records if own == kind]


def all_bytes(work: UnitOfWork, folder: Path) -> bytes:
    """Return every byte of an export in every form, tables unpacked."""
    folder.mkdir(exist_ok=True)
    write(work, folder / "all.json")
    write(work, folder / "all.ndjson")
    write(work, folder / "tables")
    write(work, folder / "all.zip")
    files = [folder / "all.json", folder / "all.ndjson", *(folder / "tables").iterdir()]
    with zipfile.ZipFile(folder / "all.zip") as archive:
        unpacked = [archive.read(name) for name in archive.namelist()]
    return b"\n".join([*(file.read_bytes() for file in files), *unpacked])


@pytest.fixture
def demo_work(unit_of_work: UnitOfWork) -> UnitOfWork:
    load_bundle(unit_of_work, demo.coalition_bytes(), replace=True)
    return unit_of_work


def test_an_export_of_a_coalition_is_valid(demo_work: UnitOfWork) -> None:
    """Every record of the demo coalition holds against HSDS's own schemas, formats included."""
    records = public_records(demo_work)

    assert len(of_kind(records, "organization")) > 20
    assert len(of_kind(records, "service")) > 50
    for kind, record in records:
        assert faults(kind, record) == []


def test_the_tables_are_valid(demo_work: UnitOfWork, tmp_path: Path) -> None:
    """Folder and ZIP hold the same tables; they hold against their own description and against HSDS's."""
    folder, archive = write(demo_work, tmp_path / "tables"), write(demo_work, tmp_path / "tables.zip")
    described = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    official = json.loads((STANDARD / "3.2" / "datapackage.json").read_text(encoding="utf-8"))

    assert package_faults(folder, described) == []
    assert package_faults(folder, official) == []
    with zipfile.ZipFile(archive) as opened:
        assert opened.testzip() is None
        unpacked = {name: opened.read(name) for name in opened.namelist()}
    assert unpacked == {file.name: file.read_bytes() for file in folder.iterdir()}


def test_every_form_holds_the_same(demo_work: UnitOfWork, tmp_path: Path) -> None:
    """JSON is one array, NDJSON a record on each line, a table a row for each record: the same records."""
    pairs = public_records(demo_work)
    records = [{**record, "kind": kind} if kind.startswith("taxonomy") else record for kind, record in pairs]

    assert json.loads(write(demo_work, tmp_path / "a.json").read_bytes()) == records
    lines = write(demo_work, tmp_path / "a.ndjson").read_bytes().splitlines()
    assert [json.loads(line) for line in lines] == records
    text = (write(demo_work, tmp_path / "t") / "services.csv").read_text(encoding="utf-8")
    rows = {row["id"]: row for row in csv.DictReader(io.StringIO(text))}
    services = {record["id"]: record for record in records if "status" in record}
    assert {key: row["name"] for key, row in rows.items()} == {key: item["name"] for key, item in services.items()}


# The way in, out, and in again.


def test_every_official_example_goes_out_as_it_came(unit_of_work: UnitOfWork) -> None:
    """All official examples come in, go out valid, and no field of an organization or service has changed."""
    import_hsds(unit_of_work, EXAMPLES)
    records = public_records(unit_of_work)

    for kind, record in records:
        assert faults(kind, record) == []
    for kind, name in (("organization", "organization_full.json"), ("service", "service_full.json")):
        (record,) = of_kind(records, kind)
        original = json.loads((EXAMPLES / name).read_text(encoding="utf-8"))
        for field in original.keys() - {"organization", "services", "last_modified"}:  # a date of ours
            assert differences(original[field], record.get(field), field) == []


def differences(original: Any, copy: Any, path: str) -> list[str]:
    """Return where `copy` lacks, or says otherwise than, `original`; it may say more."""
    if isinstance(original, dict):
        if not isinstance(copy, dict):
            return [path]
        return [place for key in original for place in differences(original[key], copy.get(key), f"{path}.{key}")]
    if isinstance(original, list):
        if not isinstance(copy, list) or len(copy) != len(original):
            return [path]
        return [place for at, part in enumerate(original) for place in differences(part, copy[at], f"{path}[{at}]")]
    return [] if original == copy or is_same_moment(original, copy) else [path]


def is_same_moment(moment: Any, other: Any) -> bool:
    moments = [parse_instant(value) if isinstance(value, str) else None for value in (moment, other)]
    return None not in moments and moments[0] == moments[1]


def test_tables_come_in_again_as_they_went_out(tmp_path: Path) -> None:
    """A coalition, and an import with a place and fields of its own, say the same after the way through tables."""
    place = {"id": HALL, "location_type": "physical", "latitude": 30.0, "longitude": -97.0, "x_door": {"blue": True}}
    here = {"id": SHOP, "location_id": HALL, "description": "Round the back"}
    with Loader() as first, Loader() as second:
        load_bundle(first.unit_of_work(), demo.coalition_bytes(), replace=True)
        offer = service(service_at_locations=[here], x_deep=[1, {"a": None}], minimum_age="18+", maximum_age="n/a")
        bring_in(first.unit_of_work(), tmp_path, organization(offer, locations=[place]))
        once = public_records(first.unit_of_work())
        report = import_hsds(second.unit_of_work(), write(first.unit_of_work(), tmp_path / "tables.zip"))
        again = public_records(second.unit_of_work())

    assert report.left_out == ()
    assert any("locations" in record and record["locations"] for _, record in again)
    assert any(record.get("service_at_locations") for _, record in again)
    assert again == once


# What may not go out.

SECRETS = ("Harbor House", "harbor-house", "555-0100", "555-0102", "Rivera", "rep@example.org", "1 Example St", "78701",
           "30.3,", "-97.7,", "brown house", "hh-house", "Counsel", "555-0199", "Chen")  # fmt: skip


def test_an_unlisted_organization_leaves_no_trace(unit_of_work: UnitOfWork, tmp_path: Path) -> None:
    """Its name, ids, phones, contacts and places are in no byte of any form; neither is a text that names it."""
    bundle = good_bundle()
    hotline = bundle["organizations"][1]
    hotline |= {
        "description": "Sister of Harbor House.",
        "contacts": [{"name": "Z", "department": "Harbor-House desk"}],
    }
    hotline["services"][0]["referral"]["accepts_from"] = ["harbor-house", "members"]
    load_bundle(unit_of_work, bundle_bytes(bundle), replace=True)

    text = all_bytes(unit_of_work, tmp_path / "out").decode()

    assert "Tri-County Hotline" in text
    for secret in (
        *SECRETS,
        id_of("organization", "harbor-house"),
        id_of("service", "hh-beds"),
        id_of("location", "hh-house"),
    ):
        assert secret not in text, secret


def test_a_listed_organization_with_a_private_address_has_a_gate(unit_of_work: UnitOfWork, tmp_path: Path) -> None:
    """It goes out without any place, whoever gave one, and with a contact "front gate" that has its phones."""
    bundle = good_bundle()
    house = bundle["organizations"][0]
    house["coalition"]["listed"] = "public"
    house["services"][0]["service_at_locations"] = [{"location_id": "hh-house", "description": "At 1 Example St"}]
    load_bundle(unit_of_work, bundle_bytes(bundle), replace=True)

    records = public_records(unit_of_work)
    text = all_bytes(unit_of_work, tmp_path / "out").decode()

    organization_ = next(record for record in of_kind(records, "organization") if record["name"] == "Harbor House")
    offer = next(record for record in of_kind(records, "service") if record["name"] == "Emergency beds")
    for record in (organization_, offer):
        (gate,) = [contact for contact in record["contacts"] if contact["title"] == "front gate"]
        assert [phone["number"] for phone in gate["phones"]] == ["555-0100"]
        assert not record.get("locations")
        assert "service_at_locations" not in record
    for secret in ("1 Example St", "78701", "30.3,", "-97.7,", "brown house", "hh-house", "Rivera", "Chen", "Counsel",
                   id_of("location", "hh-house")):  # fmt: skip
        assert secret not in text, secret


def test_what_an_import_said_of_a_place_goes_when_the_address_becomes_private(
    unit_of_work: UnitOfWork, tmp_path: Path, engine: Engine, cipher: AddressCipher
) -> None:
    """Fields that HSDS does not know, and the history of changes, could hold an address: neither goes out then."""
    history = {"id": SHOP, "last_action_date": "2026-01-01", "last_action_type": "update", "field_name": "address",
               "previous_value": "9 Secret Lane", "replacement_value": "x", "updated_by": "y"}  # fmt: skip
    record = organization(service(x_where="9 Secret Lane"), metadata=[history], x_where="9 Secret Lane",
                          locations=[{"id": HALL, "location_type": "physical", "name": "9 Secret Lane"}])  # fmt: skip
    bring_in(unit_of_work, tmp_path, record)
    assert "9 Secret Lane" in all_bytes(unit_of_work, tmp_path / "open").decode()
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE record SET private = true")

    assert "9 Secret Lane" not in all_bytes(unit_of_work, tmp_path / "closed").decode()


# Files.


def break_off(path: Path) -> None:
    with export_to(path) as take:
        take("organization", {"id": PANTRY, "name": "A", "description": "A"})
        raise ZeroDivisionError


def test_an_export_that_fails_changes_nothing(tmp_path: Path) -> None:
    """Half an export is none: what was there stays, and no draft is left behind."""
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "a.json").write_text("before")

    for name in ("a.json", "b.ndjson", "c.zip", "d"):
        with pytest.raises(ZeroDivisionError):
            break_off(folder / name)

    assert [file.name for file in folder.iterdir()] == ["a.json"]
    assert (folder / "a.json").read_text() == "before"


def test_who_reads_the_old_file_reads_it_to_its_end(unit_of_work: UnitOfWork, tmp_path: Path) -> None:
    """A new export takes the name of the old one and leaves its bytes alone: nobody reads half of each."""
    load_bundle(unit_of_work, bundle_bytes(good_bundle()), replace=True)
    (tmp_path / "a.json").write_text("before")

    with (tmp_path / "a.json").open() as reading:
        write(unit_of_work, tmp_path / "a.json")

        assert reading.read() == "before"
    assert "Tri-County Hotline" in (tmp_path / "a.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["a.csv", "a.JSONX", "missing/a.json", "full"])
def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path, name: str) -> None:
    """An ending that names no form, a missing folder, a folder that holds something: refused, and not repeated."""
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")

    with pytest.raises(ExportRefused, match="nothing was exported") as refused, export_to(tmp_path / name):
        pass

    assert name not in str(refused.value)
    assert (tmp_path / "full" / "mine.txt").read_text() == "mine"


def test_an_empty_folder_is_filled(unit_of_work: UnitOfWork, tmp_path: Path) -> None:
    """A folder that is there and empty takes the tables."""
    (tmp_path / "empty").mkdir()
    load_bundle(unit_of_work, bundle_bytes(good_bundle()), replace=True)

    assert (write(unit_of_work, tmp_path / "empty") / "datapackage.json").is_file()


def test_nothing_loaded_is_said(unit_of_work: UnitOfWork) -> None:
    """An empty database exports nothing and says so."""
    with pytest.raises(NothingLoaded):
        export_hsds(unit_of_work, lambda kind, record: None)


@pytest.mark.parametrize("size", [1, 7])
def test_chunks_make_no_difference(demo_work: UnitOfWork, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """However few records are held at once, the export is the same."""
    whole = public_records(demo_work)
    monkeypatch.setattr(export_module, "_CHUNK", size)

    assert public_records(demo_work) == whole
    assert len({record["id"] for _, record in whole}) == len(whole)


def test_the_same_part_in_two_places_is_two_rows(unit_of_work: UnitOfWork, tmp_path: Path) -> None:
    """HSDS repeats a phone, id and all, wherever it hangs; in a table an id is unique, and each place keeps its row."""
    phone = {"id": SHOP, "number": "555-0150"}
    bring_in(unit_of_work, tmp_path, organization(service(phones=[phone]), phones=[phone, phone]))

    text = (write(unit_of_work, tmp_path / "t") / "phones.csv").read_text(encoding="utf-8")

    rows = list(csv.DictReader(io.StringIO(text)))
    assert len({row["id"] for row in rows}) == len(rows) == 3
    assert sorted(row["service_id"] for row in rows) == ["", "", BOXES]


def test_what_tables_have_no_column_for_is_packed_and_unpacked(unit_of_work: UnitOfWork, tmp_path: Path) -> None:
    """`additions` holds it as JSON; imported as such and exported again, it says what was said at first."""
    bring_in(unit_of_work, tmp_path, organization(service(x_deep={"a": [1, {"b": None}]}, x_plain="y")))
    once = public_records(unit_of_work)
    text = (write(unit_of_work, tmp_path / "t") / "services.csv").read_text(encoding="utf-8")
    (row,) = csv.DictReader(io.StringIO(text))
    assert json.loads(row["additions"])["x_deep"] == {"a": [1, {"b": None}]}

    packed = copy.deepcopy(organization(service(additions=row["additions"])))
    bring_in(unit_of_work, tmp_path, packed)

    (again,) = of_kind(public_records(unit_of_work), "service")
    assert again["x_deep"] == of_kind(once, "service")[0]["x_deep"]
    assert "additions" not in again
