"""HSDS records as plain data, good by default; a test changes the one thing that it is about."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select

from routing.directory.agencies import Directory, Service
from service.database.unit_of_work import UnitOfWork
from service.directory.store.directory_tables import DIRECTORY
from service.directory.store.record_documents import parts_of
from service.directory.store.repositories import CoalitionRepository
from service.directory.use_cases.export_hsds import export_hsds
from service.directory.use_cases.import_hsds import ImportReport, import_hsds

Records = list[tuple[str, dict[str, Any]]]

PANTRY = "6f0c1a6e-3b0f-4d57-9e0b-1f3c2a4b5d6e"
BOXES = "0b7c8a52-6d5b-4a51-8f0e-2f4d3b5c6e7f"
HALL = "9d8e7f60-1a2b-4c3d-8e4f-5a6b7c8d9e0f"
SHOP = "c3a1e9d4-5b60-4f7a-9b8c-7d6e5f4a3b2c"


def term(name: str, **fields: Any) -> dict[str, Any]:
    """Return an HSDS attribute that classifies its record by a taxonomy term."""
    return {"taxonomy_term": {"name": name, "taxonomy": "Open Eligibility", **fields}}


def service(**fields: Any) -> dict[str, Any]:
    """Return a service that is open to adults in Travis County on Mondays."""
    return {
        "id": BOXES,
        "name": "Food boxes",
        "status": "active",
        "minimum_age": 18,
        "maximum_age": 99,
        "languages": [{"code": "en"}, {"code": "spa"}],
        "service_areas": [{"name": "travis"}],
        "schedules": [{"freq": "WEEKLY", "byday": "MO", "opens_at": "09:00", "closes_at": "17:00:00"}],
        "attributes": [term("Food Pantry")],
        **fields,
    }


def organization(*services: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return an organization with a phone and these services, one if none are given."""
    return {
        "id": PANTRY,
        "name": "County Food Pantry",
        "description": "Food for whoever needs it.",
        "phones": [{"number": "555-0150"}],
        "services": list(services) or [service()],
        **fields,
    }


def put_in(folder: Path, data: Any, name: str = "directory.json") -> Path:
    """Write `data` as JSON and return the file."""
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(data), encoding="utf-8")
    return file


def bring_in(work: UnitOfWork, folder: Path, data: Any, **options: Any) -> ImportReport:
    """Import `data` as one file, always of the same source."""
    return import_hsds(work, put_in(folder, data), **options)


def directory(work: UnitOfWork) -> Directory:
    """Return what routing reads of the store."""
    with work:
        return CoalitionRepository(work).read_stored().directory


def services_by_name(work: UnitOfWork) -> dict[str, Service]:
    """Return the imported services, as routing reads them, by name."""
    return {offer.name: offer for offer in directory(work).services if offer.slug.startswith("hsds-")}


def only_service(work: UnitOfWork) -> Service:
    """Return the one imported service, as routing reads it."""
    (offer,) = services_by_name(work).values()
    return offer


def public_records(work: UnitOfWork) -> Records:
    """Return what an export hands out, each record with its kind."""
    records: Records = []
    export_hsds(work, lambda kind, record: records.append((kind, json.loads(json.dumps(record)))))
    return records


def rows(engine: Engine, record_type: str) -> list[dict[str, Any]]:
    """Return all records of a type, by id: each with the fields of its document beside its columns."""
    table = DIRECTORY.tables["record"]
    chosen = select(table).where(table.c.type == record_type).order_by(table.c.id)
    with engine.connect() as connection:
        return [{**row["document"], **row} for row in connection.execute(chosen).mappings()]


def parts(engine: Engine, name: str) -> list[dict[str, Any]]:
    """Return the entries of all lists of parts with a name, such as `phones`."""
    tables = (
        rows(engine, record_type) for record_type in ("organization", "service", "location", "service_at_location")
    )
    return [dict(part) for records in tables for row in records for part in parts_of(row["document"], name)]


def everything(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    """Return all rows of all tables."""
    with engine.connect() as connection:
        return {
            table.name: sorted(map(dict, connection.execute(select(table)).mappings()), key=repr)
            for table in DIRECTORY.sorted_tables
        }
