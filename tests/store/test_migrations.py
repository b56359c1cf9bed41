"""Migrations and tables say the same, on both databases, from anywhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, MetaData, inspect, text
from sqlalchemy.exc import IntegrityError
from store.schemas import schema_of

from service.database.engine import build_engine
from service.database.migrations import OWN_TABLES, configure, newest, require_current, upgrade
from service.errors import SchemaOutdated
from service.maintenance.tables import all_tables
from service.settings import Settings

PROJECT = Path(__file__).parents[2]
HAPPENED = ("event", "event_audience", "webhook_delivery", "webhook_attempt")


@pytest.fixture
def migrated(settings: Settings) -> Iterator[Engine]:
    """Return a database that went through all migrations, one after the other."""
    engine = build_engine(settings)
    try:
        with engine.begin() as connection:
            command.upgrade(configure(connection), "head")
        yield engine
    finally:
        engine.dispose()


def test_migrations_give_the_tables_that_the_program_uses(migrated: Engine) -> None:
    """After all migrations, Alembic finds no difference from the table models."""
    with migrated.connect() as connection:
        opts = {"compare_type": True, "compare_server_default": True, "include_object": is_no_partition}
        differences = compare_metadata(MigrationContext.configure(connection, opts=opts), all_tables())

    assert differences == []


def is_no_partition(item: Any, name: str | None, kind: str, *_: object) -> bool:
    """Say whether an item is no table of migrations, none of a table's partitions, and refers to none.

    PostgreSQL makes keys of partitions by itself.
    """
    if kind == "table" and name in OWN_TABLES:
        return False
    table = item.referred_table if kind == "foreign_key_constraint" else item
    return re.search(r"_(default|20\d\d_\d\d)$", table.name or "") is None


def test_a_new_database_is_as_migrations_leave_it(new_database: Engine, migrated: Engine) -> None:
    """Columns, constraints and indexes with their names, partitions, triggers, and what is noted of the version."""
    with new_database.connect() as new, migrated.connect() as old:
        assert schema_of(new) == schema_of(old)
        for table in OWN_TABLES:
            rows = text(f"SELECT * FROM {table}")
            assert new.execute(rows).all() == old.execute(rows).all()


def test_the_newest_version_is_told_without_alembic(engine: Engine) -> None:
    """What is read from the files as text is the revision that Alembic calls the only head."""
    with engine.connect() as connection:
        assert ScriptDirectory.from_config(configure(connection)).get_heads() == [newest()]


def test_a_database_is_upgraded_once(settings: Settings) -> None:
    """An empty database is reported as outdated; upgrading twice is upgrading once."""
    engine = build_engine(settings)
    try:
        with pytest.raises(SchemaOutdated):
            require_current(engine)

        upgrade(engine, all_tables)
        upgrade(engine, all_tables)

        require_current(engine)
    finally:
        engine.dispose()


def test_processes_that_start_together_do_not_collide(settings: Settings) -> None:
    """Several upgrades at once end well: one does the work and the others find it done."""
    engines = [build_engine(settings) for _ in range(4)]
    try:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda engine: upgrade(engine, all_tables), engines))

        require_current(engines[0])
    finally:
        for engine in engines:
            engine.dispose()


def test_records_have_no_way_back(engine: Engine) -> None:
    """A way down would lose what the former tables cannot hold: it is refused, and nothing changes."""
    with pytest.raises(RuntimeError, match="no way back"), engine.begin() as connection:
        command.downgrade(configure(connection), "0020")

    require_current(engine)


def test_what_happened_comes_along_into_months_and_back(settings: Settings) -> None:
    """Events of before and of now, with what refers to them; constraints hold in either form."""
    engine, first, second = build_engine(settings), str(uuid4()), str(uuid4())
    try:
        with engine.begin() as connection:
            command.upgrade(configure(connection), "0030")
            _store_event(connection, first, datetime(2026, 3, 1, tzinfo=UTC), 1)
            _store_event(connection, second, datetime.now(UTC), None)
        before, elsewhere = _what_happened(engine), "UPDATE event_audience SET event_at = '2020-01-01 00:00:00'"
        of_form = {"0030": "UPDATE event SET position = 1", "0031": elsewhere}

        for revision in ("0031", "0030", "0031"):
            with engine.begin() as connection:
                (command.downgrade if revision == "0030" else command.upgrade)(configure(connection), revision)

            assert _what_happened(engine) == before
            of_first = "" if revision == "0030" else f", event_at = (SELECT at FROM event WHERE id = '{first}')"
            for statement in (
                "DELETE FROM event",  # deliveries and audiences refer to it
                f"INSERT INTO webhook_attempt VALUES ('{uuid4()}', 1, '2026-03-01', 'scheduled', 200, NULL, 1)",
                f"UPDATE event_audience SET event_id = '{uuid4()}'",
                "INSERT INTO event_audience SELECT * FROM event_audience",
                f"UPDATE webhook_delivery SET event_id = '{first}', endpoint_id = '{first}'{of_first}",
                of_form[revision],
            ):
                with pytest.raises(IntegrityError), engine.begin() as connection:
                    connection.exec_driver_sql(statement)
    finally:
        engine.dispose()


def test_sign_ins_of_unknown_tokens_end_with_the_upgrade(settings: Settings) -> None:
    """Links, and sessions that came of one: a refused token may be behind each. Sessions of an issuer go on."""
    engine, now = build_engine(settings), datetime.now(UTC)
    person = {"organization": "north", "scopes": ["route"], "subject": "desk"}
    session = {"language": "en", "begun_at": now, "used_at": now, **person}
    try:
        with engine.begin() as connection:
            command.upgrade(configure(connection), "0031")
            tables = MetaData()
            tables.reflect(connection, only=["page_session", "login_code"])
            sessions, codes = tables.tables["page_session"], tables.tables["login_code"]
            for way in ("link", "issuer"):
                connection.execute(sessions.insert().values(digest=way, id=way, way=way, **session))
            connection.execute(codes.insert().values(digest="code", made_at=now, **person))
        upgrade(engine, all_tables)
        with engine.connect() as connection:
            ways = connection.exec_driver_sql("SELECT way FROM page_session").scalars().all()
            assert (ways, connection.exec_driver_sql("SELECT * FROM login_code").all()) == (["issuer"], [])
    finally:
        engine.dispose()


def _store_event(connection: Connection, row_id: str, now: datetime, position: int | None) -> None:
    """Store an event with what refers to it, all of one id."""
    tables = MetaData()
    tables.reflect(connection, only=["webhook_endpoint", *HAPPENED])
    for name in ("webhook_endpoint", *HAPPENED):
        values: dict[str, Any] = {}
        for column in tables.tables[name].columns:
            kind = column.type.python_type
            values[column.name] = {str: row_id, datetime: now, bool: True, int: 1}.get(kind)
        values |= {"organization": "north"} if "organization" in values else {}
        values |= {"position": position} if "position" in values else {}
        connection.execute(tables.tables[name].insert().values(values))


def _what_happened(engine: Engine) -> list[list[str]]:
    """Return the rows of each table, without what the newer form says of an event beside its id."""
    with engine.connect() as connection:
        tables = [connection.exec_driver_sql(f"SELECT * FROM {name}").mappings().all() for name in HAPPENED]
    return [sorted(repr(sorted({**row, "event_at": None}.items())) for row in rows) for rows in tables]


def test_a_program_that_imports_the_tables_alone_knows_every_table(tmp_path: Path) -> None:
    """A backup and a restore go by this list: a table whose module nobody imports would be left out of both."""
    code = "from service.maintenance.tables import all_tables; print(*sorted(all_tables().tables))"
    environment = os.environ | {"PYTHONPATH": str(PROJECT)}

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)

    engine = build_engine(Settings(database=f"sqlite:///{tmp_path / 'all.db'}"))
    upgrade(engine, all_tables)
    assert set(done.stdout.split()) == {*inspect(engine).get_table_names()} - {*OWN_TABLES}
    engine.dispose()


def test_migrations_run_from_any_folder(tmp_path: Path) -> None:
    """The migrations are found beside the program, not in the folder where it is started."""
    script = (
        "from service.settings import Settings; from service.database.engine import build_engine;"
        "from service.database.migrations import require_current, upgrade;"
        "from service.maintenance.tables import all_tables;"
        "engine = build_engine(Settings()); upgrade(engine, all_tables); require_current(engine); engine.dispose()"
    )
    environment = os.environ | {"PYTHONPATH": str(PROJECT), "REFERRAL_ROUTER_DATABASE": "sqlite:///here.db"}

    subprocess.run([sys.executable, "-W", "error", "-c", script], cwd=tmp_path, env=environment, check=True)

    assert (tmp_path / "here.db").exists()
