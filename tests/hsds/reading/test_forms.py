"""One directory in every form that HSDS comes in: each gives the same, and a second import changes nothing."""

from __future__ import annotations

import csv
import io
import json
import sys
import zipfile
from collections.abc import Callable
from datetime import time
from pathlib import Path
from typing import Any

import pytest
from hsds.hsds_builders import BOXES, HALL, PANTRY, SHOP, only_service, parts, rows
from hsds.older_layouts import OHANA, OLD
from sqlalchemy import Engine

from routing.directory.agencies import Phone, Service
from service.database.unit_of_work import UnitOfWork
from service.directory.use_cases.import_hsds import import_hsds

TERM = {"id": "t1", "name": "Food Pantry", "taxonomy": "Open Eligibility"}
TABLES: dict[str, list[dict[str, Any]]] = {
    "organizations": [{"id": PANTRY, "name": "County Food Pantry", "description": "Food.", "colour": "green"}],
    "services": [
        {
            "id": BOXES,
            "organization_id": PANTRY,
            "name": "Food boxes",
            "status": "active",
            "minimum_age": 18,
            "maximum_age": 99,
        }
    ],
    "locations": [{"id": HALL, "location_type": "physical", "name": "Hall", "latitude": 30.25, "longitude": -97.75}],
    "service_at_location": [{"id": SHOP, "service_id": BOXES, "location_id": HALL}],
    "phones": [{"id": "p1", "organization_id": PANTRY, "number": "555-0150"}],
    "languages": [{"id": "l1", "service_id": BOXES, "code": "es"}],
    "service_areas": [{"id": "a1", "service_at_location_id": SHOP, "name": "travis"}],
    "schedules": [
        {
            "id": "s1",
            "service_id": BOXES,
            "freq": "WEEKLY",
            "byday": "MO",
            "opens_at": "09:00",
            "closes_at": "17:00",
        }
    ],
    "taxonomy_terms": [TERM],
    "attributes": [{"id": "x1", "link_id": BOXES, "link_entity": "service", "taxonomy_term_id": "t1"}],
}


def part(table: str, **left_out: Any) -> dict[str, Any]:
    """Return the one row of a table without the columns that its place in JSON says."""
    return {key: value for key, value in TABLES[table][0].items() if not key.endswith("_id")} | left_out


def organization() -> dict[str, Any]:
    """Return the same directory as one nested record."""
    place = part("service_at_location", location=TABLES["locations"][0], service_areas=[part("service_areas")])
    service = part(
        "services",
        languages=[part("languages")],
        schedules=[part("schedules")],
        attributes=[{"id": "x1", "taxonomy_term": TERM}],
        service_at_locations=[place],
    )
    return part("organizations", phones=[part("phones")], services=[service])


def table(rows_of: list[dict[str, Any]], delimiter: str = ",") -> bytes:
    """Return rows as CSV."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows_of[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows_of)
    return text.getvalue().encode()


def write(folder: Path, files: dict[str, bytes]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


def one_file(name: str, data: Any) -> Callable[[Path], Path]:
    return lambda folder: write(folder, {name: data if isinstance(data, bytes) else json.dumps(data).encode()}) / name


def _folder(folder: Path) -> Path:
    return write(folder / "package", {f"{name}.csv": table(content) for name, content in TABLES.items()})


def _described(folder: Path) -> Path:
    """Files called anything, told apart by the descriptor alone; another separator too."""
    files = {f"f{number}.csv": table(content, ";") for number, content in enumerate(TABLES.values())}
    resources = [{"name": name, "path": f"f{number}.csv"} for number, name in enumerate(TABLES)]
    return write(folder / "described", {**files, "datapackage.json": json.dumps({"resources": resources}).encode()})


def _zipped(folder: Path) -> Path:
    file = folder / "package.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in TABLES.items():
            archive.writestr(f"hsds/{name}.csv", table(content))
    return file


FORMS: dict[str, Callable[[Path], Path]] = {
    "object": one_file("directory.json", organization()),
    "array": one_file("directory.json", [organization()]),
    "page": one_file("directory.json", {"total_items": 1, "page_number": 1, "contents": [organization()]}),
    "ndjson": one_file(
        "directory.ndjson",
        b"\n".join(json.dumps(row).encode() for row in ({"id": HALL, "latitude": 1}, organization())),
    ),
    "ndjson by another name": one_file(
        "directory.json", b"\n".join(json.dumps(row).encode() for row in (organization(), organization()))
    ),
    "tables in JSON": one_file("tabular.json", {f"{name}.csv": rows for name, rows in TABLES.items()}),
    "folder": _folder,
    "described": _described,
    "zip": _zipped,
}


def is_whole(offer: Service) -> bool:
    """Tell whether a service is read as the directory above says it."""
    (hours,) = offer.schedules
    return (
        (offer.minimum_age, offer.maximum_age) == (18, 99)
        and offer.languages == {"es"}
        and offer.areas == {"travis"}
        and (hours.weekdays, hours.opens_at, hours.closes_at) == ({0}, time(9), time(17))
        and offer.types == {"food"}
        and offer.positions == ((30.25, -97.75),)
    )


@pytest.mark.parametrize("form", FORMS)
def test_every_form_says_the_same(work: UnitOfWork, engine: Engine, tmp_path: Path, form: str) -> None:
    """Whatever the form, routing reads the same service, an unknown field is kept, and again changes nothing."""
    path = FORMS[form](tmp_path)

    report = import_hsds(work, path, source="county")

    assert report.left_out == ()
    assert is_whole(only_service(work))
    (stored,) = (row for row in rows(engine, "organization") if row["id"] == PANTRY)
    assert stored["extra"]["colour"] == "green"
    assert import_hsds(work, path, source="county").changed is False


@pytest.mark.parametrize("form", ["object", "ndjson", "zip"])
def test_standard_input_may_hold_any_form(
    work: UnitOfWork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    """`-` takes JSON, NDJSON or a zip archive, told by what it holds."""
    data = FORMS[form](tmp_path).read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))

    report = import_hsds(work, Path("-"))

    assert report.services == 1
    assert is_whole(only_service(work))


def test_the_older_tables_come_in(work: UnitOfWork, engine: Engine, tmp_path: Path) -> None:
    """HSDS 1.1 and 2.0: weekdays become weekly hours, one language column a code or a name, terms are nested."""
    path = write(tmp_path / "old", {f"{name}.csv": table(offer) for name, offer in OLD.items()})

    report = import_hsds(work, path)

    assert report.left_out == ()
    offer = only_service(work)
    assert {frozenset(hours.weekdays or ()) for hours in offer.schedules} == {frozenset({day}) for day in (0, 1, 2)}
    assert (offer.languages, offer.areas, offer.types) == ({"es"}, {"travis"}, {"food"})
    assert offer.positions == ((30.25, -97.75),)
    (address,) = (row for row in parts(engine, "addresses") if row["address_1"] == "1 Example St")
    assert address["address_type"] == "physical"
    (stored,) = (row for row in rows(engine, "service") if row["slug"] == offer.slug)
    assert stored["extra"]["holiday_schedules"][0]["closed"] == "true"
    spoken = {row["code"] for phone in parts(engine, "phones") for row in phone.get("languages", ())}
    assert spoken >= {"en", "es"}
    assert import_hsds(work, path).changed is False


def test_ohana_comes_in(work: UnitOfWork, engine: Engine, tmp_path: Path) -> None:
    """A service that stands at a location is its organization's; cells that list are read as lists."""
    path = write(tmp_path / "ohana", {f"{name}.csv": table(offer) for name, offer in OHANA.items()})

    report = import_hsds(work, path)

    assert report.left_out == ()
    offer = only_service(work)
    assert (offer.languages, offer.areas, offer.types) == ({"en", "es"}, {"travis"}, {"food"})
    assert offer.positions == ((30.25, -97.75),)
    assert offer.phones == (Phone("555-0150", "voice", None, None),)
    assert [hours.opens_at for hours in offer.schedules] == [time(9)]
    (stored,) = (row for row in rows(engine, "service") if row["slug"] == offer.slug)
    assert stored["extra"]["url"] == "https://a.example"
    assert import_hsds(work, path).changed is False


def test_a_table_speaks_for_all(work: UnitOfWork, engine: Engine, tmp_path: Path) -> None:
    """A row that is gone from a table of the same package takes its part with it."""
    path = _folder(tmp_path)
    import_hsds(work, path)
    (path / "phones.csv").write_bytes(table([{**TABLES["phones"][0], "organization_id": "", "service_id": BOXES}]))

    import_hsds(work, path)

    (stored,) = (row for row in rows(engine, "organization") if row["id"] == PANTRY)
    assert "555-0150" not in [phone["number"] for phone in stored.get("phones", ())]
