"""A program goes on over tables that a newer one has only added to, and a migration that says so was held to it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory
from next_version import ADDS, REVISION, TAKES_AWAY, make_migrations
from sqlalchemy import Connection, Engine

from service.database import migrations
from service.database.engine import build_engine
from service.database.migrations import (
    FIRST_NOTED,
    OWN_TABLES,
    configure,
    newest,
    require_current,
    require_usable,
    upgrade,
)
from service.errors import SchemaNewer, SchemaOutdated, UpgradeFailed
from service.maintenance.archive import restore_backup, write_backup
from service.maintenance.tables import all_tables
from service.settings import Settings

Shape = Mapping[str, Any]


def upgrade_as_next(engine: Engine, folder: Path, change: str, **more: bool) -> None:
    """Upgrade as the made-up next version does."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(migrations, "_FOLDER", make_migrations(folder, change, **more))
        upgrade(engine, all_tables)
        assert newest() == REVISION


def test_what_a_newer_program_has_added_to_can_be_used(engine: Engine, tmp_path: Path) -> None:
    """It is used and left as it is; only a backup, which would leave the additions out, and a restore are refused."""
    write_backup(engine, tmp_path / "before")
    upgrade_as_next(engine, tmp_path, ADDS)

    assert (require_usable(engine), upgrade(engine, all_tables)) == (True, True)
    with pytest.raises(SchemaNewer):
        require_current(engine)
    with pytest.raises(SchemaNewer):
        write_backup(engine, tmp_path / "after")
    with pytest.raises(SchemaNewer):
        restore_backup(engine, tmp_path / "before", replace=True)
    assert sa.inspect(engine).has_table("visit")


def test_what_a_newer_program_has_changed_is_left_alone(engine: Engine, tmp_path: Path) -> None:
    """So is a database of a program that noted nothing of the kind."""
    upgrade_as_next(engine, tmp_path, TAKES_AWAY)

    for statement in ("SELECT 1", "DROP TABLE schema_compatibility"):
        with engine.begin() as connection:
            connection.exec_driver_sql(statement)
        for use in (require_usable, lambda engine: upgrade(engine, all_tables)):
            with pytest.raises(SchemaNewer):
                use(engine)


def shape(connection: Connection) -> dict[str, dict[str, Any]]:
    """Return each column as type and whether it may be left out, each constraint and unique index, by table."""
    inspector = sa.inspect(connection)
    tables = {}
    for table in set(inspector.get_table_names()) - {*OWN_TABLES}:
        columns = {
            column["name"]: (str(column["type"]), column["nullable"] or column["default"] is not None)
            for column in inspector.get_columns(table)
        }
        held = (
            *inspector.get_unique_constraints(table), *inspector.get_check_constraints(table),
            *inspector.get_foreign_keys(table), *(index for index in inspector.get_indexes(table) if index["unique"]),
        )  # fmt: skip
        tables[table] = {"columns": columns, "held": {str(sorted(rule.items(), key=str)) for rule in held}}
    return tables


def breaches(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """Yield what keeps a program of before from working with the tables of after."""
    for table, old in before.items():
        new = after.get(table, {"columns": {}, "held": set()})
        yield from (f"{table}.{name}" for name, form in old["columns"].items() if new["columns"].get(name) != form)
        added = new["columns"].keys() - old["columns"].keys()
        yield from (f"{table}.{name}" for name in added if not new["columns"][name][1])
        yield from (f"{table}: {rule}" for rule in new["held"] - old["held"])


def test_a_migration_that_says_it_only_adds_only_adds(settings: Settings) -> None:
    """If this fails: set `ADDITIVE = False` there, or have it add tables, and columns that may be left out, alone."""
    engine = build_engine(settings)
    try:
        with engine.begin() as connection:
            steps = [*ScriptDirectory.from_config(configure(connection)).walk_revisions("base", "heads")][::-1]
            noted = [step for step in steps if step.revision >= FIRST_NOTED]
            assert [step.revision for step in noted if not isinstance(step.module.ADDITIVE, bool)] == []
            command.upgrade(configure(connection), FIRST_NOTED)
        for step in noted[1:]:
            with engine.begin() as connection:
                before = shape(connection)
                command.upgrade(configure(connection), step.revision)
                assert not step.module.ADDITIVE or [*breaches(before, shape(connection))] == [], step.revision
    finally:
        engine.dispose()


@pytest.mark.parametrize(("change", "only_adds"), [(ADDS, True), (TAKES_AWAY, False)])
def test_the_check_of_migrations_tells_them_apart(
    engine: Engine, tmp_path: Path, change: str, *, only_adds: bool
) -> None:
    """The made-up migrations, each as it is."""
    with engine.connect() as connection:
        before = shape(connection)
    upgrade_as_next(engine, tmp_path, change)
    with engine.connect() as connection:
        assert ([*breaches(before, shape(connection))] == []) is only_adds


def test_an_upgrade_that_fails_says_where_and_repeats_no_value(settings: Settings) -> None:
    """The revision, the kind of statement and the database's message; nothing was changed."""
    engine, private = build_engine(settings), "Quiet House"
    try:
        with engine.begin() as connection:
            command.upgrade(configure(connection), "0034")
            connection.exec_driver_sql(f"ALTER TABLE coalition ADD COLUMN public_version VARCHAR DEFAULT '{private}'")
        with pytest.raises(UpgradeFailed) as failed:
            upgrade(engine, all_tables)
        with engine.connect() as connection:
            assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == "0034"
    finally:
        engine.dispose()

    message = str(failed.value)
    assert "revision 0036, ALTER TABLE: " in message
    assert "public_version" in message
    assert private not in message


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_long_transaction_delays_the_upgrade_and_nobody_else(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader of the table that is to change goes on for a while; others read it meanwhile."""
    monkeypatch.setattr(migrations, "_LOCK_PATIENCE", "200ms")
    slowest = 0.0
    with engine.connect() as reader, ThreadPoolExecutor(1) as pool:
        reader.exec_driver_sql("SELECT 1 FROM record")
        done = pool.submit(upgrade_as_next, engine, tmp_path, ADDS)
        ends = time.monotonic() + 2
        while time.monotonic() < ends:
            began = time.monotonic()
            with engine.connect() as other:
                other.exec_driver_sql("SELECT 1 FROM record")
            slowest = max(slowest, time.monotonic() - began)
            time.sleep(0.02)
        assert not done.done()
        reader.rollback()
        done.result(30)

    assert slowest < 1
    assert require_usable(engine)


def test_an_older_database_is_not_usable(settings: Settings) -> None:
    """It has to be upgraded first."""
    engine = build_engine(settings)
    try:
        with engine.begin() as connection:
            command.upgrade(configure(connection), "0036")
        with pytest.raises(SchemaOutdated):
            require_usable(engine)
    finally:
        engine.dispose()
