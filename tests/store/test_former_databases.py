"""Databases of every older version come along, on both databases, with all that is in them.

`former_tables.json` holds the rows that the last program with a table for each part stored of `fill`.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Collection, Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from bundle_builders import bundle_bytes, good_bundle
from databases import ADDRESS_KEY, SqliteFiles
from hsds.hsds_builders import HALL, bring_in, organization, service
from sqlalchemy import Engine

from service.database.columns import Json
from service.database.engine import build_engine
from service.database.field_cipher import build_vault
from service.database.migrations import configure, upgrade
from service.database.unit_of_work import UnitOfWork
from service.directory.store.directory_tables import DIRECTORY
from service.directory.store.repositories import CoalitionRepository
from service.directory.use_cases.load_bundle import load_bundle
from service.directory.use_cases.read_directory import ORGANIZATIONS, get_object
from service.maintenance.tables import all_tables
from service.security import Caller
from service.settings import Settings

LAST = "0023"
"""The last revision with a table for each part of a record."""
ALL = [f"{number:04}" for number in range(1, int(LAST) + 1)]
FORMER = Path(__file__).with_name("former_tables.json")
_READ = {sa.DateTime: datetime.fromisoformat, sa.Date: date.fromisoformat, sa.Time: time.fromisoformat}


def former_bundle() -> dict[str, Any]:
    """Return a coalition with an organization whose places are private, and parts of every sort."""
    bundle = good_bundle()
    listed, house = bundle["organizations"][1], copy.deepcopy(bundle["organizations"][0])
    listed["services"][0] |= {
        "phones": [{"id": "desk", "number": "555-0110", "languages": [{"code": "vi"}]}],
        "schedules": [{"freq": "WEEKLY", "byday": "MO", "opens_at": "09:00", "closes_at": "17:00"}],
        "contacts": [
            {"name": "D. Evans", "title": "manager", "since": "2024-01-01", "phones": [{"number": "555-0112"}]},
        ],
        "service_at_locations": [{"location_id": "tch-office", "description": "Second floor"}],
        "capacities": [{"unit": "bed", "available": 2, "maximum": 8, "updated": "2026-03-01T08:00:00-06:00"}],
    }
    house |= {"id": "quiet-house", "name": "Quiet House", "parent": "tri-county-hotline"}
    house["locations"][0]["id"] = "quiet-place"
    house["services"][0] |= {"id": "quiet-beds", "service_at_locations": [{"location_id": "quiet-place"}]}
    bundle["organizations"].append(house)
    return bundle


def fill(work: UnitOfWork, folder: Path) -> None:
    """Store a bundle, an import, and what people settled of the import."""
    load_bundle(work, bundle_bytes(former_bundle()), replace=True)
    place = {
        "id": "1b7c8a52-6d5b-4a51-8f0e-2f4d3b5c6e7f",
        "location": {"id": HALL, "location_type": "physical", "name": "Hall", "latitude": 30.2, "longitude": -97.7},
        "description": "Side door",
        "phones": [{"number": "555-0177"}],
        "schedules": [{"freq": "WEEKLY", "byday": "TU", "opens_at": "10:00", "closes_at": "12:00"}],
    }
    food = service(
        minimum_age="18+",
        service_at_locations=[place],
        capacities=[{"unit": {"name": "bed", "scheme": "beds"}, "available": 3, "updated": "2026-03-01T08:00:00Z"}],
        phones=[{"id": "p-1", "number": "555-0151", "note": "ask for Lee"}],
    )
    bring_in(work, folder, [organization(food, website="https://pantry.example.org")], source="county")
    with work:
        stored = CoalitionRepository(work).read_stored().directory
    [imported] = (service.slug for service in stored.services if service.slug.startswith("hsds-"))
    [owner] = (organization.slug for organization in stored.organizations if organization.slug.startswith("hsds-"))
    profile = {"basis": "community", "kind": "legal", "regimes": ["vawa"], "membership": "active"}
    settled = former_bundle()
    settled["curation"] = {
        "services": [{"service": imported, "confirmed": True, "types": ["food", "clothing"], "maximum_age": 60}],
        "organizations": [{"organization": owner, "confirmed": True, "coalition": profile}],
    }
    load_bundle(work, bundle_bytes(settled), replace=False)


def insert_former(engine: Engine) -> None:
    """Put the former rows into a database of the last revision with their tables."""
    rows, tables = json.loads(FORMER.read_bytes()), sa.MetaData()
    with engine.begin() as connection:
        tables.reflect(connection, only=list(rows))
        for table in tables.sorted_tables:
            for row in rows[table.name]:
                connection.execute(sa.insert(table).values({name: value_of(table.c[name], row[name]) for name in row}))


def value_of(column: sa.Column[Any], value: Any) -> Any:
    parse = next((parse for form, parse in _READ.items() if isinstance(column.type, form)), None)
    return value if parse is None else parse(value)


def stored(engine: Engine, ids: Collection[str] | None = None) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of records (with `ids`) and what is derived from them, but for times, versions and seals.

    Nor whether a private place is confirmed: of those stored before nobody knows.
    """
    apart = ("last_modified", "version", "sealed", "confirmed")
    tables = {}
    with engine.connect() as connection:
        for name in ("record", "record_key", "term_use"):
            rows = map(dict, connection.execute(sa.select(DIRECTORY.tables[name])).mappings())
            comparable = ({**row, **{key: row[key] is None for key in apart if key in row}} for row in rows)
            which = (row for row in comparable if ids is None or row.get("record_id", row.get("id")) in ids)
            tables[name] = sorted(which, key=lambda row: json.dumps(row, sort_keys=True))
    return tables


@pytest.fixture(scope="module")
def fresh(sqlite_files: SqliteFiles, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A database of this program with the same in it."""
    folder = tmp_path_factory.mktemp("fresh")
    settings = Settings(database=f"sqlite:///{folder / 'fresh.db'}", address_key=ADDRESS_KEY)
    sqlite_files.fill(settings.database)
    engine = build_engine(settings)
    try:
        fill(UnitOfWork(engine, build_vault(settings)), folder)
        yield engine
    finally:
        engine.dispose()


@pytest.mark.parametrize("revision", ALL)
def test_a_database_of_every_version_comes_along(settings: Settings, fresh: Engine, revision: str) -> None:
    """Upgraded, it holds what this program stores of the same; imports are there since the second version."""
    if settings.database.startswith("postgresql") and revision not in ("0001", "0007", "0013", "0020", LAST):
        pytest.skip("the revisions between run the same statements; SQLite goes through all of them")
    former = build_engine(settings)
    try:
        expected = stored(fresh)
        with former.begin() as connection:
            command.upgrade(configure(connection), LAST)
        insert_former(former)
        with former.begin() as connection:
            command.downgrade(configure(connection), revision)

        upgrade(former, all_tables)

        ids = {row["id"] for row in expected["record"] if revision != "0001" or row["source"] is None}
        assert stored(former, ids) == stored(fresh, ids)
        work = UnitOfWork(former, build_vault(settings))
        caller = Caller("harbor-house", frozenset({"directory:read"}), "a")
        own = get_object(work, caller, ORGANIZATIONS, "harbor-house").document
        assert [place["slug"] for place in own["locations"]] == ["hh-house"]
        if revision == LAST:
            loads = [load_bundle(work, bundle_bytes(former_bundle()), replace=False) for _ in range(2)]
            assert [load.changed for load in loads] == [True, False]  # the first confirms the private places
            assert stored(former, ids) == stored(fresh, ids)
    finally:
        former.dispose()


def test_links_that_lead_astray_are_taken_out(settings: Settings) -> None:
    """What was stored before such links were refused goes; all else stays."""
    web, stray = "https://example.org/a", "javascript:alert(1)"
    former = build_engine(settings)
    try:
        with former.begin() as connection:
            command.upgrade(configure(connection), LAST)
        insert_former(former)
        with former.begin() as connection:
            command.downgrade(configure(connection), "0020")
            extra = {"website": stray, "logo": web, "additional_websites": [{"url": stray}, {"url": web}]}
            table = sa.table("organization", sa.column("slug"), sa.column("extra", Json))
            connection.execute(sa.update(table).where(table.c.slug == "harbor-house").values(extra=extra))

        upgrade(former, all_tables)

        record = DIRECTORY.tables["record"]
        with former.connect() as connection:
            query = sa.select(record.c.document).where(record.c.slug == "harbor-house")
            document = connection.execute(query).scalar_one()
        assert "website" not in document
        assert (document["logo"], document["additional_websites"]) == (web, [{"url": web}])
    finally:
        former.dispose()
