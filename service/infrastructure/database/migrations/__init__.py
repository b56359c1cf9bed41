"""Migrations of the store: they run from the installed package, on SQLite and PostgreSQL, inside one transaction.

Alembic is imported where tables have to change: a database that is up to date is told by its version alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, MetaData, inspect, text

from service.infrastructure.database.unit_of_work import for_writing
from service.infrastructure.errors import SchemaNewer, SchemaOutdated
from service.words import setup

if TYPE_CHECKING:
    from alembic.config import Config

SignHead = Callable[[int, str], Mapping[str, Any]]
"""Returns a signed head as a row, from its position and link."""
_UPGRADE_LOCK = 7_203_114_901  # PostgreSQL advisory lock: processes that start together upgrade one after the other
_FOLDER = Path(__file__).parent


def upgrade(engine: Engine, sign_head: SignHead | None = None) -> None:
    """Bring the database to this program's tables. Does nothing where it is there already; all or nothing.

    `sign_head`: gives the audit's head of tables from before heads were signed its first signature.

    Raises:
        SchemaNewer: a newer program has changed the tables.
    """
    if _is_current(engine):
        return
    from alembic import command  # noqa: PLC0415 - rarely needed, and it takes long to import

    with for_writing(engine).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL lock_timeout = 0"))  # whoever starts beside it waits for its end
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_LOCK})
        command.upgrade(configure(connection, sign_head), "head")


def rebuild(connection: Connection, tables: MetaData, revision: str) -> None:
    """Drop the current tables, with all that is in them, and make those of an earlier or the same revision.

    Raises:
        SchemaNewer: only a newer program knows the revision.
    """
    from alembic import command  # noqa: PLC0415

    if revision not in _known():
        raise SchemaNewer(setup.NEWER_BACKUP)
    tables.drop_all(connection)
    connection.execute(text("DROP TABLE alembic_version"))
    command.upgrade(configure(connection), revision)


def finish(connection: Connection, sign_head: SignHead | None = None) -> None:
    """Bring rebuilt tables, with the rows put into them, to this program's version; `sign_head` as for `upgrade`."""
    from alembic import command  # noqa: PLC0415

    command.upgrade(configure(connection, sign_head), "head")


def require_current(engine: Engine) -> None:
    """Check that the database is at this program's tables.

    Raises:
        SchemaOutdated: it is empty or older.
        SchemaNewer: it is newer.
    """
    if not _is_current(engine):
        raise SchemaOutdated(setup.OUTDATED)


def configure(connection: Connection, sign_head: SignHead | None = None) -> Config:
    """Return Alembic's configuration for an open connection."""
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"], config.attributes["sign_head"] = connection, sign_head
    return config


def newest() -> str:
    """Return the revision that this program's tables are of: the number that its last migration's file begins with."""
    return max(_known())


def _known() -> set[str]:
    return {file.name.partition("_")[0] for file in (_FOLDER / "versions").glob("[0-9]*.py")}


def _is_current(engine: Engine) -> bool:
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return False
        stored = set(connection.scalars(text("SELECT version_num FROM alembic_version")))
    if stored - _known():
        raise SchemaNewer(setup.NEWER)
    return stored == {newest()}
