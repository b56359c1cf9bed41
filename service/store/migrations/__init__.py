"""Migrations of the store: they run from the installed package, on SQLite and PostgreSQL, inside one transaction."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from service.errors import SchemaOutdated
from service.store.engine import for_writing
from service.wording import setup

_UPGRADE_LOCK = 7_203_114_901  # PostgreSQL advisory lock: processes that start together upgrade one after the other


def upgrade(engine: Engine) -> None:
    """Bring the database to this program's tables. Does nothing where it is there already; all or nothing."""
    with for_writing(engine).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_LOCK})
        command.upgrade(_config(connection), "head")


def require_current(engine: Engine) -> None:
    """Check that the database is at this program's tables.

    Raises:
        SchemaOutdated: it is empty, older or newer.
    """
    with engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_heads()
    if set(found) != set(ScriptDirectory.from_config(_config()).get_heads()):
        raise SchemaOutdated(setup.OUTDATED)


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
