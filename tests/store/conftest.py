"""A second database, to compare with the one of a test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from databases import PostgresDatabases
from sqlalchemy import Engine

from service.database.engine import build_engine
from service.database.migrations import upgrade
from service.maintenance.tables import all_tables
from service.settings import Settings


@pytest.fixture
def new_database(request: pytest.FixtureRequest, settings: Settings, tmp_path: Path) -> Iterator[Engine]:
    """A database of the same kind as the test's, with the tables that this program gives to a new one."""

    def filled(url: str) -> Iterator[Engine]:
        engine = build_engine(Settings(database=url, address_key=settings.address_key))
        try:
            upgrade(engine, all_tables)
            yield engine
        finally:
            engine.dispose()

    if settings.database.startswith("sqlite"):
        yield from filled(f"sqlite:///{tmp_path / 'new.db'}")
        return
    databases: PostgresDatabases = request.getfixturevalue("postgres_databases")
    with databases.one(empty=True) as url:
        yield from filled(url)
