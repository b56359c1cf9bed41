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
from bundle_builders import bundle_bytes, good_bundle
from sqlalchemy import Engine, inspect, select, update

from service.errors import SchemaOutdated
from service.settings import Settings
from service.standard.identity import id_of
from service.store import UnitOfWork, build_engine
from service.store.migrations import configure, newest, require_current, upgrade
from service.store.tables import all_tables
from service.usecases.load_bundle import load_bundle

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


def test_migrations_can_be_taken_back(engine: Engine) -> None:
    """Going back to the beginning leaves no table of ours behind."""
    with engine.begin() as connection:
        command.downgrade(configure(connection), "base")

    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}


def test_private_places_keep_what_they_are_under_new_names(unit_of_work: UnitOfWork, engine: Engine) -> None:
    """What an older program stored is, once upgraded, what this one stores: the same bundle again changes nothing."""
    bundle = good_bundle()
    bundle["organizations"][0]["services"][0]["service_at_locations"] = [{"location_id": "hh-house"}]
    load_bundle(unit_of_work, bundle_bytes(bundle), replace=False)
    tables = [all_tables().tables[name] for name in ("location", "private_address", "service_at_location")]

    def ids() -> list[set[str]]:
        with engine.connect() as connection:
            return [set(connection.execute(select(table.c.id)).scalars()) for table in tables]

    now = ids()
    with engine.begin() as connection:
        command.downgrade(configure(connection), "0009")
    older = ids()
    upgrade(engine)

    assert older == [{id_of("location", "hh-house"), id_of("location", "tch-office")}, {id_of("location", "hh-house")}, older[2]]  # fmt: skip  # noqa: E501
    assert older[2] != now[2]
    assert ids() == now
    assert not load_bundle(unit_of_work, bundle_bytes(bundle), replace=True).changed


def test_links_that_lead_astray_are_taken_out(unit_of_work: UnitOfWork, engine: Engine) -> None:
    """What was stored before such links were refused goes; all else stays, and the record can be loaded again."""
    bundle, web, stray = good_bundle(), "https://example.org/a", "javascript:alert(1)"
    bundle["organizations"][0] |= {"website": web, "logo": web, "additional_websites": [{"url": web}, {"url": web}]}
    load_bundle(unit_of_work, bundle_bytes(bundle), replace=False)
    table = all_tables().tables["organization"]
    wanted = select(table.c.id, table.c.extra).where(table.c.slug == "harbor-house")
    with engine.begin() as connection:
        row = connection.execute(wanted).one()
        kept = {name: value for name, value in row.extra.items() if name not in ("website", "additional_websites")}
        command.downgrade(configure(connection), "0020")
        older = {**row.extra, "website": stray, "additional_websites": [{"url": stray}, {"url": web}]}
        connection.execute(update(table).where(table.c.id == row.id).values(extra=older))
    upgrade(engine)

    with engine.connect() as connection:
        found = connection.execute(wanted).one().extra
    assert found == {**kept, "additional_websites": [{"url": web}]}
    assert kept["logo"] == web


def test_migrations_run_from_any_folder(tmp_path: Path) -> None:
    """The migrations are found beside the program, not in the folder where it is started."""
    script = (
        "from service.settings import Settings; from service.store import build_engine;"
        "from service.store.migrations import require_current, upgrade;"
        "engine = build_engine(Settings()); upgrade(engine); require_current(engine); engine.dispose()"
    )
    environment = os.environ | {"PYTHONPATH": str(PROJECT), "REFERRAL_ROUTER_DATABASE": "sqlite:///here.db"}

    subprocess.run([sys.executable, "-W", "error", "-c", script], cwd=tmp_path, env=environment, check=True)

    assert (tmp_path / "here.db").exists()
