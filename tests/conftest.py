"""Fixtures for every test: a fresh database on each of the two kinds, and the store's usual parts upon it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import postgres
import pytest
from loaded import Loader
from pydantic import SecretStr
from sqlalchemy import Engine, create_engine, make_url, text

from service.settings import Settings
from service.store import AddressVault, UnitOfWork, build_engine, build_vault
from service.store.migrations import upgrade

ADDRESS_KEY = SecretStr("b" * 43 + "=")  # 32 bytes in URL-safe base64
_schemas = count(1)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """One server for the session; skips, saying why, where there is none."""
    server = postgres.running_server()
    try:
        url = server.__enter__()
    except postgres.NoPostgres as error:
        pytest.skip(str(error))
    try:
        yield url
    finally:
        server.__exit__(None, None, None)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database: an SQLite file, or a schema of its own on PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'router.db'}"
        return
    server_url = make_url(request.getfixturevalue("postgres_url"))
    schema = f"test_{os.getpid()}_{next(_schemas)}"  # a given server may serve several sessions
    engine = create_engine(server_url.set(drivername="postgresql+psycopg"))
    try:
        with engine.begin() as connection:
            connection.execute(text(f"CREATE SCHEMA {schema}"))
        url = server_url.update_query_dict({"options": f"-csearch_path={schema}"})
        yield url.render_as_string(hide_password=False)
        with engine.begin() as connection:
            connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    finally:
        engine.dispose()


@pytest.fixture
def settings(database_url: str) -> Settings:
    """Settings for the empty database, with a key for private addresses."""
    return Settings(database=database_url, address_key=ADDRESS_KEY)


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    """An engine on a database that holds the tables and no rows."""
    engine = build_engine(settings)
    try:
        upgrade(engine)
        yield engine
    finally:
        engine.dispose()


@pytest.fixture
def vault(settings: Settings) -> AddressVault:
    """The vault that the settings describe."""
    return build_vault(settings)


@pytest.fixture
def unit_of_work(engine: Engine, vault: AddressVault) -> UnitOfWork:
    """A unit of work that may write."""
    return UnitOfWork(engine, vault)


@pytest.fixture(scope="session")
def loader() -> Iterator[Loader]:
    """Bundles through the real reader and store, in memory."""
    with Loader() as found:
        yield found
