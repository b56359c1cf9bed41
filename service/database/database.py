"""The database for the edges of the application: opened from settings, a missing file told apart, closed again.

The command line and the HTTP shell go through here, so that neither knows engines, keys or drivers.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, MetaData, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, DBAPIError, NoSuchModuleError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlmodel import Session

from service.database import migrations
from service.database.actor import act_as
from service.database.audit import AT_ONCE, AuditTrail
from service.database.engine import build_engine
from service.database.field_cipher import AddressCipher, SecretCipher
from service.database.hiding_note import register_note
from service.database.lost_keys import find_lost
from service.database.refused_writes import WriteWatch, refusal_cause
from service.database.store_keys import build_keys
from service.database.unit_of_work import UnitOfWork, for_writing
from service.errors import (
    BadDatabaseUrl,
    DatabaseBusy,
    DatabaseUnusable,
    NoDatabaseFile,
    NotStored,
    StoreError,
)
from service.i18n import setup
from service.settings import Settings

_SQLITE_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_POSTGRES_BUSY = ("40001", "40P01", "53300", "55P03")  # serialization, deadlock, too many connections, lock


@dataclass(frozen=True, slots=True)
class Database:
    """An open database. Safe to share between threads; make a unit of work for each."""

    engine: Engine
    cipher: AddressCipher
    secrets: SecretCipher
    watch: WriteWatch = field(default_factory=WriteWatch)
    audit: AuditTrail | None = None

    def upgrade(self, tables: Callable[[], MetaData]) -> bool:
        """Bring the database to the program's `tables`; return whether a newer program has added to them already."""
        return migrations.upgrade(self.engine, tables, self.sign_head)

    def require_usable(self) -> bool:
        """Check that the program can work with the tables; return whether a newer program has added to them.

        Raises:
            SchemaOutdated: the tables are missing or older, or a newer program has changed them.
        """
        return migrations.require_usable(self.engine)

    def sign_head(self, position: int, link: str) -> dict[str, Any]:
        """Return the audit's head as it is signed first: for tables from before heads were signed. No key: unsigned."""
        if self.audit is None:
            return {}
        try:
            return self.audit.signed_head(position, link, datetime.now(UTC))
        except StoreError:
            return {}

    def link_audit(self) -> bool:
        """Link the next entries of the audit, and sign its head; return whether more may wait."""
        if self.audit is None:
            return False
        with self.unit_of_work(writes=False) as reading:
            links = self.audit.next_links(reading.session)
        if links is None:
            return False
        with act_as(None), self.unit_of_work() as work:
            self.audit.link(work.session, links)
            work.commit()
        return len(links.rows) >= AT_ONCE

    def rehearsing(self) -> Database:
        """Return the same database for work to be undone: no key file is made."""
        return replace(self, cipher=self.cipher.rehearsing())

    def register_note(self) -> None:
        """Have the database know the note of hidings here; without one, or where it cannot be stored, do nothing.

        A restore that does not find the note then hides more (`hiding_note`).
        """
        if self.cipher.keys.note_file is not None:
            with suppress(StoreError), telling_driver_errors():
                self.require_usable()
                with Session(for_writing(self.engine)) as session:
                    register_note(session, self.cipher.keys)
                    session.commit()

    def unit_of_work(self, *, writes: bool = True, purges: bool = False) -> UnitOfWork:
        """Return a new unit of work on the database; `purges`: on a restored one too."""
        return UnitOfWork(self.engine, self.cipher, writes=writes, watch=self.watch, purges=purges, audit=self.audit)


@contextmanager
def open_database(settings: Settings, *, must_exist: bool = False) -> Iterator[Database]:
    """Open the database of `settings` for a `with` block and close it afterwards.

    `must_exist`: an absent SQLite file is an error instead of a new, empty database.

    Raises:
        BadDatabaseUrl: the URL cannot be read.
        NoDatabaseFile: the file must exist and is absent.
        DatabaseUnusable: the database cannot be opened or reached. A driver's messages during work on data are left
            out: a message may repeat data.
    """
    check_url(settings)
    if must_exist:
        _require_file(settings)
    with telling_driver_errors():
        engine = _engine(settings)
        try:
            keys = build_keys(settings, partial(find_lost, engine))
            yield Database(engine, AddressCipher(keys), SecretCipher(keys), audit=AuditTrail(settings, keys))
        finally:
            engine.dispose()


@contextmanager
def telling_driver_errors() -> Iterator[None]:
    """Turn drivers' errors within a `with` block into `DatabaseUnusable`, without a word of any data.

    Raises:
        DatabaseBusy: the wait for other transactions was too long.
        NotStored: the database takes no writes now: read-only, or full.
        DatabaseUnusable: every other error.
    """
    try:
        yield
    except NoConnectionFree as error:
        raise DatabaseBusy(setup.DATABASE_UNUSABLE.format(error=type(error).__name__)) from None
    except DBAPIError as error:
        line = _first_line(error.orig) if type(error) in (OperationalError, DatabaseError) else type(error).__name__
        raise _kind_of(error.orig)(setup.DATABASE_UNUSABLE.format(error=line)) from None
    except sqlite3.Error as error:
        raise _kind_of(error)(setup.DATABASE_UNUSABLE.format(error=_first_line(error))) from None


def _kind_of(error: BaseException | None) -> type[DatabaseUnusable]:
    if _is_busy(error):
        return DatabaseBusy
    return DatabaseUnusable if refusal_cause(error) is None else NotStored


def _is_busy(error: BaseException | None) -> bool:
    """Say whether a driver gave up waiting: for SQLite's lock, PostgreSQL's locks or connections."""
    code = getattr(error, "sqlite_errorcode", None)
    return (code is not None and code & 0xFF in _SQLITE_BUSY) or getattr(error, "sqlstate", None) in _POSTGRES_BUSY


def _first_line(error: BaseException | None) -> str:
    """Return the opening of a driver's operational error: the fault of the database, never stored data."""
    return next(iter(str(error).splitlines()), setup.NO_REASON)


def check_url(settings: Settings) -> None:
    """Check that the database URL can be read and, for SQLite, names a possible file. Opens no file.

    Raises:
        BadDatabaseUrl: the URL is unreadable or names no possible file.
    """
    file = _sqlite_file(settings)
    if file is not None and (not file.name or "\0" in str(file) or file.is_dir()):
        raise BadDatabaseUrl(setup.DATABASE_URL)


def _sqlite_file(settings: Settings) -> Path | None:
    try:
        url = make_url(settings.database)
    except (ArgumentError, ValueError):
        raise BadDatabaseUrl(setup.DATABASE_URL) from None
    in_file = url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:"
    return Path(str(url.database)) if in_file else None


def _engine(settings: Settings) -> Engine:
    try:
        return build_engine(settings)
    except (ArgumentError, NoSuchModuleError, ImportError, ValueError):  # ValueError: a port that is no number
        raise BadDatabaseUrl(setup.DATABASE_URL) from None


def _require_file(settings: Settings) -> None:
    file = _sqlite_file(settings)
    if file is not None and not file.is_file():
        raise NoDatabaseFile(setup.NO_FILE)
