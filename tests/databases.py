"""Databases for tests: empty ones, and copies of one that was migrated once, which costs far less than each anew."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from itertools import count
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import URL, create_engine, make_url, text

from service.database import engine as engines
from service.database.engine import build_engine
from service.database.migrations import upgrade
from service.directory.store import repositories
from service.directory.store.sync import stamp
from service.maintenance.tables import all_tables
from service.settings import Settings

ADDRESS_KEY = SecretStr("b" * 43 + "=")  # 32 bytes in URL-safe base64
SHIPPED_PATIENCE_S, PATIENT_S = engines.BUSY_TIMEOUT_S, 60
"""Seconds that a writer waits for SQLite's lock: as the program ships, and in tests, where the machine may be busy."""
engines.BUSY_TIMEOUT_S = PATIENT_S


@contextmanager
def stored_at(moment: datetime = datetime(2026, 3, 1, tzinfo=UTC)) -> Iterator[None]:
    """Have every service that changes be dated by `moment` for a `with` block, so that databases can be compared."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(repositories, "stamp", lambda connection, _: stamp(connection, moment))
        yield


class SqliteFiles:
    """SQLite files that are filled with the tables by copying one that has them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cached_property
    def _migrated(self) -> Path:
        file = self._folder / "migrated.db"
        _migrate(f"sqlite:///{file}")
        return file

    def fill(self, url: str) -> None:
        """Put the tables into the file of `url`, which nobody has opened yet."""
        database = make_url(url).database
        assert database is not None
        shutil.copyfile(self._migrated, database)


class PostgresDatabases:
    """Databases on one PostgreSQL server, made and dropped one after the other; the tables come from a template."""

    def __init__(self, server_url: str) -> None:
        self._url = make_url(server_url).set(drivername="postgresql+psycopg")
        self._engine = create_engine(self._url, isolation_level="AUTOCOMMIT")
        self._prefix = f"test_{os.getpid()}"  # a given server may serve several sessions
        self._names = (f"{self._prefix}_{number}" for number in count(1))

    def close(self) -> None:
        """Drop the template, if there is one, and let go of the server."""
        if "_template" in self.__dict__:
            self._drop(self._template)
        self._engine.dispose()

    @contextmanager
    def one(self, *, empty: bool) -> Iterator[str]:
        """Give the URL of a database of its own for the length of the block: an empty one, or one that `fill` makes."""
        name = next(self._names)
        if empty:
            self._create(name, "template0")
        try:
            yield self._url_of(name).render_as_string(hide_password=False)
        finally:
            self._drop(name)

    def fill(self, url: str) -> None:
        """Make the database of `url` anew, with the tables; nobody has it open."""
        name = make_url(url).database
        assert name is not None
        self._drop(name)
        self._create(name, self._template)

    @cached_property
    def _template(self) -> str:
        name = f"{self._prefix}_template"
        self._create(name, "template0")
        _migrate(self._url_of(name).render_as_string(hide_password=False))
        return name

    def _url_of(self, name: str) -> URL:
        return self._url.set(database=name)

    def _create(self, name: str, template: str) -> None:
        self._run(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")  # a third less than through the log

    def _drop(self, name: str) -> None:
        self._run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _run(self, statement: str) -> None:
        with self._engine.connect() as connection:
            connection.execute(text(statement))


def _migrate(url: str) -> None:
    engine = build_engine(Settings(database=url, address_key=ADDRESS_KEY))
    try:
        upgrade(engine, all_tables)
        if engine.dialect.name == "sqlite":  # all of it in the one file that is copied
            with engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        engine.dispose()
