"""Migrations and tables say the same, on both databases, from anywhere."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect

from service.infrastructure.database.engine import build_engine
from service.infrastructure.database.migrations import configure, newest, require_current, upgrade
from service.infrastructure.errors import SchemaOutdated
from service.keeping.tables import all_tables
from service.settings import Settings

PROJECT = Path(__file__).parents[2]


def test_migrations_give_the_tables_that_the_program_uses(engine: Engine) -> None:
    """After all migrations, Alembic finds no difference from the table models."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        differences = compare_metadata(context, all_tables())

    assert differences == []


def test_the_newest_version_is_told_without_alembic(engine: Engine) -> None:
    """The number in the last file's name is the revision that Alembic calls the only head."""
    with engine.connect() as connection:
        assert ScriptDirectory.from_config(configure(connection)).get_heads() == [newest()]


def test_a_database_is_upgraded_once(settings: Settings) -> None:
    """An empty database is reported as outdated; upgrading twice is upgrading once."""
    engine = build_engine(settings)
    try:
        with pytest.raises(SchemaOutdated):
            require_current(engine)

        upgrade(engine)
        upgrade(engine)

        require_current(engine)
    finally:
        engine.dispose()


def test_processes_that_start_together_do_not_collide(settings: Settings) -> None:
    """Several upgrades at once end well: one does the work and the others find it done."""
    engines = [build_engine(settings) for _ in range(4)]
    try:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(upgrade, engines))

        require_current(engines[0])
    finally:
        for engine in engines:
            engine.dispose()


def test_records_have_no_way_back(engine: Engine) -> None:
    """A way down would lose what the former tables cannot hold: it is refused, and nothing changes."""
    with pytest.raises(RuntimeError, match="no way back"), engine.begin() as connection:
        command.downgrade(configure(connection), "0020")

    require_current(engine)


def test_a_program_that_imports_the_tables_alone_knows_every_table(tmp_path: Path) -> None:
    """A backup and a restore go by this list: a table whose module nobody imports would be left out of both."""
    script = "from service.keeping.tables import all_tables; print(*sorted(all_tables().tables))"
    environment = os.environ | {"PYTHONPATH": str(PROJECT)}

    known = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=True)

    engine = build_engine(Settings(database=f"sqlite:///{tmp_path / 'all.db'}"))
    upgrade(engine)
    assert set(known.stdout.split()) == {*inspect(engine).get_table_names()} - {"alembic_version"}
    engine.dispose()


def test_migrations_run_from_any_folder(tmp_path: Path) -> None:
    """The migrations are found beside the program, not in the folder where it is started."""
    script = (
        "from service.settings import Settings; from service.infrastructure.database.engine import build_engine;"
        "from service.infrastructure.database.migrations import require_current, upgrade;"
        "engine = build_engine(Settings()); upgrade(engine); require_current(engine); engine.dispose()"
    )
    environment = os.environ | {"PYTHONPATH": str(PROJECT), "REFERRAL_ROUTER_DATABASE": "sqlite:///here.db"}

    subprocess.run([sys.executable, "-W", "error", "-c", script], cwd=tmp_path, env=environment, check=True)

    assert (tmp_path / "here.db").exists()
