"""Fixtures for every test: a fresh database on each of the two kinds, and the store's usual parts upon it.

What takes a second to import (the store, the databases of tests) is imported by the fixture that hands it out: a file
that needs none of it starts without it. No garbage is collected while modules load.
"""

from __future__ import annotations

import gc
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from canaries import (  # noqa: F401 - hooks
    pytest_runtest_makereport,
    pytest_sessionfinish,
    what_was_found,
)
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from length import QUICK, FolderTimes, Selection, Stopwatch, choose_length, draws
from seeds import Seeds

if TYPE_CHECKING:
    from api_builders import Api
    from databases import PostgresDatabases, SqliteFiles
    from loaded import Loader
    from sqlalchemy import Engine

    from service.database.field_cipher import AddressCipher
    from service.database.unit_of_work import UnitOfWork
    from service.settings import Settings

gc.disable()
IN_MEMORY, MEMORY_NEEDED = Path("/dev/shm"), 4 << 30

# A property is not false because the machine was busy.
hypothesis_settings.register_profile("no clock", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("no clock")


def pytest_configure(config: pytest.Config) -> None:
    """Settle length and seed of the run, and let workers and started programs keep their bytecode.

    The caller's environment may forbid bytecode: a program that compiles every library anew takes twice the time.
    Temporary files go into memory where there is enough: a database of PostgreSQL takes up to a second on a disk.
    """
    named = config.args_source is not pytest.Config.ArgsSource.TESTPATHS
    choose_length(named=named)
    config.addinivalue_line("markers", "at_length: only the long run (AT_LENGTH=1) has this test")
    config.addinivalue_line("markers", "one_database: a shorter run takes one of its two databases, by the seed")
    plugins: list[object] = [Seeds(), Selection()]
    if "TIMED" in os.environ:
        plugins.append(Stopwatch())
    if not named and os.environ["RUN_LENGTH"] != QUICK:
        plugins.append(FolderTimes())
    for plugin in plugins:
        config.pluginmanager.register(plugin)
    hypothesis_settings.register_profile("length", hypothesis_settings(max_examples=draws(100)))
    hypothesis_settings.load_profile("length")
    if "TMPDIR" not in os.environ and IN_MEMORY.is_dir() and shutil.disk_usage(IN_MEMORY).free > MEMORY_NEEDED:
        os.environ["TMPDIR"] = str(IN_MEMORY)
        tempfile.tempdir = None  # asked for anew
    if hasattr(config, "cache"):
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ.update(PYTHONPYCACHEPREFIX=str(config.cache.mkdir("bytecode")))


def pytest_collection_finish() -> None:
    gc.enable()


def pytest_collection_modifyitems() -> None:
    """Make writers patient where a test has a store."""
    if "service.database.engine" in sys.modules:
        import databases  # noqa: F401 - a writer waits by it for as long as a busy machine needs


@pytest.fixture(scope="session")
def postgres_databases() -> Iterator[PostgresDatabases]:
    """One server for the session; skips, saying why, where there is none."""
    import postgres
    from databases import PostgresDatabases

    server = postgres.running_server()
    try:
        url = server.__enter__()
    except postgres.NoPostgres as error:
        pytest.skip(str(error))
    databases = PostgresDatabases(url)
    try:
        yield databases
    finally:
        databases.close()
        server.__exit__(None, None, None)


@pytest.fixture(scope="session")
def sqlite_files(tmp_path_factory: pytest.TempPathFactory) -> SqliteFiles:
    """SQLite files with the tables in them."""
    from databases import SqliteFiles

    return SqliteFiles(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database: an SQLite file, or one on PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'router.db'}"
        return
    databases: PostgresDatabases = request.getfixturevalue("postgres_databases")
    with databases.one(empty="fill" not in request.fixturenames) as url:
        yield url


@pytest.fixture
def fill(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Puts the tables into an empty database, given its URL."""

    def fill(url: str) -> None:
        kind = "sqlite_files" if url.startswith("sqlite") else "postgres_databases"
        request.getfixturevalue(kind).fill(url)

    return fill


@pytest.fixture
def settings(database_url: str) -> Settings:
    """Settings for the empty database, with a key for private addresses."""
    from databases import ADDRESS_KEY

    from service.settings import Settings

    return Settings(database=database_url, address_key=ADDRESS_KEY)


@pytest.fixture
def engine(settings: Settings, fill: Callable[[str], None]) -> Iterator[Engine]:
    """An engine on a database that holds the tables and no rows."""
    from service.database.engine import build_engine

    fill(settings.database)
    engine = build_engine(settings)
    try:
        yield engine
    finally:
        engine.dispose()


@pytest.fixture
def cipher(settings: Settings) -> AddressCipher:
    """The vault that the settings describe."""
    from service.database.field_cipher import build_vault

    return build_vault(settings)


@pytest.fixture
def unit_of_work(engine: Engine, cipher: AddressCipher) -> UnitOfWork:
    """A unit of work that may write."""
    from service.database.unit_of_work import UnitOfWork

    return UnitOfWork(engine, cipher)


@pytest.fixture(scope="session")
def demo_api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The demo coalition, served once in each process for all tests that only read."""
    from api_builders import demo_settings, running

    settings = demo_settings(tmp_path_factory.mktemp("demo"), rate_limit="1000000/minute", question_budget_ms=60_000)
    with running(settings) as api:
        yield api


@pytest.fixture(autouse=True)
def _demo_stays_as_it_is(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that changes the shared demo."""
    if "demo_api" not in request.fixturenames:
        yield
        return
    from api_builders import stored_rows

    api: Api = request.getfixturevalue("demo_api")
    before = stored_rows(api.settings)
    yield
    assert stored_rows(api.settings) == before, "this test writes: start an application of its own"


@pytest.fixture(scope="session")
def loader() -> Iterator[Loader]:
    """Bundles through the real reader and store, in memory."""
    from loaded import Loader

    with Loader() as loader:
        yield loader


@pytest.fixture
def say(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Adds a line to the summary of the run, whichever process the test runs in."""
    return lambda line: record_property("said", line)


@pytest.fixture
def count_compared(record_property: Callable[[str, object], None]) -> Callable[[int], None]:
    """Adds up how many instances were held against brute force, for the summary to say."""
    return lambda more: record_property("compared", more)


@pytest.fixture
def count_cases(record_property: Callable[[str, object], None]) -> Callable[[int], None]:
    """Adds up how many requests were drawn from the description, for the summary to say."""
    return lambda more: record_property("cases", more)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what the tests said, and how much was compared."""
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.getreports(kind)]
    properties = [entry for report in reports if report.when == "call" for entry in report.user_properties]
    compared = sum(value for name, value in properties if name == "compared")
    cases = sum(value for name, value in properties if name == "cases")
    lines = [value for name, value in properties if name == "said"]
    if compared:
        lines.append(f"{compared} instances compared with brute force")
    if cases:
        lines.append(f"{cases} requests drawn from openapi.json, all answered as it says")
    for line in (*lines, *what_was_found()):
        terminalreporter.write_line(line)
