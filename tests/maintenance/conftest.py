"""Databases of both kinds in one test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest
from databases import ADDRESS_KEY, PostgresDatabases

from service.database.database import Database, open_database
from service.maintenance.tables import all_tables
from service.settings import Settings

Opener = Callable[[str], Database]


@pytest.fixture
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opener]:
    """Opens another database of a kind at each call, with the tables and no rows."""
    numbers = count(1)
    with ExitStack() as stack:

        def open_one(kind: str) -> Database:
            if kind == "sqlite":
                url = f"sqlite:///{tmp_path / f'router-{next(numbers)}.db'}"
            else:
                databases: PostgresDatabases = request.getfixturevalue("postgres_databases")
                url = stack.enter_context(databases.one(empty=True))
            database = stack.enter_context(open_database(Settings(database=url, address_key=ADDRESS_KEY)))
            database.upgrade(all_tables)
            return database

        yield open_one
