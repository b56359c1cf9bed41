"""Migrations of the store: they run from the installed package, on SQLite and PostgreSQL, inside one transaction.

A new database gets its tables from their models in one step; an older one goes through the migrations. Alembic is
imported only for the latter: a database that is up to date is told by its version alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, Connection, Engine, MetaData, String, Table, inspect, text
from sqlalchemy.exc import DataError, DBAPIError

from service.database.months import add_first_partitions
from service.database.unit_of_work import for_writing
from service.errors import SchemaNewer, SchemaOutdated, UpgradeFailed
from service.i18n import setup

if TYPE_CHECKING:
    from alembic.config import Config

SignHead = Callable[[int, str], Mapping[str, Any]]
"""Returns a signed head as a row, from its position and link."""
_UPGRADE_LOCK = 7_203_114_901  # PostgreSQL advisory lock: processes that start together upgrade one after the other
OWN_TABLES = ("alembic_version", "schema_compatibility")
"""What migrations keep of themselves: the revision, and the oldest one whose programs can work with these tables."""
_OWN = MetaData()
_VERSION = Table("alembic_version", _OWN, Column("version_num", String(32), primary_key=True))
_VERSION.primary_key.name = "alembic_version_pkc"  # as Alembic makes it
_COMPATIBILITY = Table("schema_compatibility", _OWN, Column("oldest_program", String, nullable=False))
FIRST_NOTED = "0037"
"""The revision that made the table of compatibility; no program before it looks there."""
_FOLDER = Path(__file__).parent
_LOCK_PATIENCE, _TRIES, _PAUSE_S = "2s", 60, 1.0
"""How long an upgrade waits for a table while everybody else waits behind it, and how often it tries again."""
_LOCKED = ("40P01", "55P03")  # PostgreSQL: a deadlock, a lock that did not come


def upgrade(engine: Engine, tables: Callable[[], MetaData], sign_head: SignHead | None = None) -> bool:
    """Bring the database to this program's `tables`, all or nothing; return whether they are newer already.

    Does nothing where the tables are this program's, or a newer program has only added to them. On PostgreSQL, long
    transactions of others are waited for in short tries: whoever comes after them would wait behind the upgrade.
    `sign_head`: gives the audit's head of tables from before heads were signed its first signature.

    Raises:
        SchemaNewer: a newer program has changed the tables.
        UpgradeFailed: the database refused a statement; nothing was changed.
    """
    is_newer = _is_newer(engine)
    for tries_left in reversed(range(_TRIES) if is_newer is None else ()):
        steps = list[str]()
        try:
            with for_writing(engine).begin() as connection:
                _upgrade(connection, tables, sign_head, steps)
            break
        except DBAPIError as error:
            if not (tries_left and getattr(error.orig, "sqlstate", None) in _LOCKED):
                raise _failure(error, steps[-1] if steps else "") from None
            sleep(_PAUSE_S)
    return bool(is_newer)


def _upgrade(
    connection: Connection, tables: Callable[[], MetaData], sign_head: SignHead | None, steps: list[str]
) -> None:
    """Make the tables, or run the migrations that are missing; add each one done to `steps`.

    Whoever started to do the same earlier is waited for.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL lock_timeout = 0"))  # whoever starts beside it waits for its end
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_LOCK})
        connection.execute(text(f"SET LOCAL lock_timeout = '{_LOCK_PATIENCE}'"))
    steps.append(stored := _stored(connection))
    if not stored:
        _create(connection, tables())
        return
    from alembic import command  # noqa: PLC0415 - rarely needed, and it takes long to import

    config = configure(connection, sign_head)
    config.attributes["steps"] = steps
    command.upgrade(config, "head")


def _create(connection: Connection, tables: MetaData) -> None:
    """Make the tables of a new database as the migrations would leave them, and note the version."""
    tables.create_all(connection)
    add_first_partitions(connection, tables.sorted_tables, datetime.now(UTC))
    _OWN.create_all(connection)
    *_, newest_revision = revisions = _revisions()
    changed = [revision for revision, is_additive in revisions.items() if not is_additive]
    connection.execute(_VERSION.insert().values(version_num=newest_revision))
    connection.execute(_COMPATIBILITY.insert().values(oldest_program=changed[-1]))


def _failure(error: DBAPIError, done: str) -> UpgradeFailed:
    """Return what the database refused, by revision, kind of statement and the database's message, without values."""
    message = next(iter(str(error.orig).splitlines()), setup.NO_REASON)
    if isinstance(error, DataError):  # says after a colon which value it is
        message = message.partition(":")[0]
    kind = " ".join(word for word in (error.statement or "").split()[:2] if word.isalpha()).upper()
    revisions = [*_revisions()]
    revision = next((new for old, new in pairwise(["", *revisions]) if old == done), revisions[-1])
    return UpgradeFailed(setup.UPGRADE_FAILED.format(revision=revision, statement=kind, error=message))


def rebuild(connection: Connection, tables: MetaData, revision: str) -> None:
    """Drop the current tables, with all that is in them, and make those of an earlier or the same revision.

    Raises:
        SchemaNewer: only a newer program knows the revision.
    """
    from alembic import command  # noqa: PLC0415

    if revision not in _revisions():
        raise SchemaNewer(setup.NEWER_BACKUP)
    tables.drop_all(connection)
    for name in OWN_TABLES:
        connection.execute(text(f"DROP TABLE {name}"))
    command.upgrade(configure(connection), revision)


def finish(connection: Connection, sign_head: SignHead | None = None) -> None:
    """Bring rebuilt tables, with the rows put into them, to this program's version; `sign_head` as for `upgrade`."""
    from alembic import command  # noqa: PLC0415

    command.upgrade(configure(connection, sign_head), "head")


def require_usable(engine: Engine) -> bool:
    """Check that this program can work with the tables; return whether a newer program has added to them.

    Raises:
        SchemaOutdated: the tables are missing or older.
        SchemaNewer: a newer program has changed them, and not only added to them.
    """
    if (is_newer := _is_newer(engine)) is None:
        raise SchemaOutdated(setup.OUTDATED)
    return is_newer


def require_current(engine: Engine) -> None:
    """Check that the tables are this program's: it knows everything that is in them.

    Raises:
        SchemaOutdated: the tables are missing or older.
        SchemaNewer: they are newer.
    """
    if require_usable(engine):
        raise SchemaNewer(setup.NEWER)


def configure(connection: Connection, sign_head: SignHead | None = None) -> Config:
    """Return Alembic's configuration for an open connection."""
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"], config.attributes["sign_head"] = connection, sign_head
    return config


def newest() -> str:
    """Return the revision that this program's tables are of."""
    return [*_revisions()][-1]


def revisions_before_notes() -> set[str]:
    """Return the revisions before `FIRST_NOTED`: in their tables nothing about compatibility can be noted."""
    revisions = [*_revisions()]
    return {*revisions[: revisions.index(FIRST_NOTED)]}


def _revisions() -> dict[str, bool]:
    """Return this program's revisions, oldest first, and whether each only adds to the tables."""
    return _read_revisions(_FOLDER / "versions")


@cache
def _read_revisions(folder: Path) -> dict[str, bool]:
    texts = [file.read_text(encoding="utf-8") for file in folder.glob("[0-9]*.py")]
    after = {found.group(1): text for text in texts if (found := _AFTER.search(text))}
    if len(after) < len(texts):
        raise ValueError(folder)  # two migrations follow the same one; Alembic refuses that later, and more vaguely
    revisions = dict[str, bool]()
    key = "None"
    while key in after:
        text = after[key]
        (revision,) = _REVISION.findall(text)
        revisions[revision] = "\nADDITIVE = True\n" in text
        key = f'"{revision}"'
    return revisions


_REVISION = re.compile(r'^revision: str = "(\w+)"$', re.MULTILINE)
_AFTER = re.compile(r'^down_revision: str \| None = ("\w+"|None)$', re.MULTILINE)


def _is_newer(engine: Engine) -> bool | None:
    """Say whether a newer program has added to the tables; None: they are missing or older.

    Raises:
        SchemaNewer: it has changed them, so that this program cannot work with them.
    """
    with engine.connect() as connection:
        stored = _stored(connection)
    if stored in _revisions() or not stored:
        return False if stored == newest() else None
    with engine.connect() as connection:
        has_number = inspect(connection).has_table("schema_compatibility")
        oldest = connection.scalar(text("SELECT oldest_program FROM schema_compatibility")) if has_number else None
    if oldest not in _revisions():
        raise SchemaNewer(setup.NEWER)
    return True


def _stored(connection: Connection) -> str:
    """Return the revision of the tables; empty: there are none."""
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return connection.scalar(text("SELECT version_num FROM alembic_version")) or ""
