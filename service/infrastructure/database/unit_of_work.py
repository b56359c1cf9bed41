"""A transaction, kept only by a written `commit()`, and the gate that every transaction passes first.

The gate is shut while a restore is under way, and until `purge` has run. On PostgreSQL it is a lock on the table of the
mark. Each transaction shares the lock until it ends; a restore has it alone, so that it meets no transaction half-way,
and no two wait for each other.
"""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, Engine, event
from sqlmodel import Session

from service.infrastructure.errors import NotPurged, RecordDamaged
from service.words import setup

from .audit import AuditTrail, watch
from .change_set import ChangeSet
from .engine import for_reading, for_writing
from .refused_writes import WriteWatch
from .vaults import AddressVault

MISREAD = (AttributeError, IndexError, KeyError, TypeError, ValueError)
"""What reading a damaged document may end in; a defect of the program may end in the same."""
DAMAGE: list[Callable[[Connection], bool]] = []
"""Looks for damaged rows: a store that can tell puts its own here when it is imported."""


class _WatchedSession(Session):
    """A session that notes which objects it changes, for the audit."""


class _ServingSession(_WatchedSession):
    """A session that begins no transaction on a restored database before `purge` has run."""


def _require_purged(_session: Session, _transaction: Any, connection: Connection) -> None:
    if is_restored(connection):
        raise NotPurged(setup.NOT_PURGED)


event.listen(_ServingSession, "after_begin", _require_purged)
watch(_WatchedSession)


class UnitOfWork:
    """A `with` block around a transaction; leaving the block undoes uncommitted work.

    `change_set`: what has changed in the directory within the block. A block that cannot read a damaged record ends in
    `RecordDamaged`.

    Can be entered again after leaving; not safe to share between threads (make a unit for each thread).
    """

    session: Session
    change_set: ChangeSet

    def __init__(
        self,
        engine: Engine,
        vault: AddressVault,
        *,
        writes: bool = True,
        watch: WriteWatch | None = None,
        purges: bool = False,
        audit: AuditTrail | None = None,
    ) -> None:
        """Take the engine to use. `writes=False`: for reading only, as of a single moment.

        `watch` learns of writes that the database refuses. `purges`: works on a restored database too, which every
        other unit refuses with `NotPurged`, since nothing is served from it until it is purged. `audit` is told what is
        kept.
        """
        self._stored = for_reading(engine)
        self._engine = for_writing(engine) if writes else self._stored
        self.vault = vault
        self._watch = (watch or WriteWatch()) if writes else None
        self._audit = audit
        self._session_type = _WatchedSession if purges else _ServingSession

    def __enter__(self) -> Self:
        self.session = self._session_type(self._engine)
        self.change_set = ChangeSet()
        return self

    def __exit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        damaged = isinstance(error, MISREAD) and self._has_damaged()
        self.session.close()  # rolls back what was not committed
        if error is not None and self._watch is not None:
            self._watch.note_failure(error)
        if damaged:
            raise RecordDamaged(setup.RECORD_DAMAGED) from error

    def _has_damaged(self) -> bool:
        """Look as of the moment that the block has read, since a record may be mended meanwhile.

        A block that writes reads as of many moments: it hands its turn on, and the look is as of now.
        """
        if self._watch is None:
            return _any_damaged(self.session.connection())
        self.session.close()
        with self._stored.connect() as connection:
            return _any_damaged(connection)

    def commit(self) -> None:
        """Keep the work done so far in the block, and with it that it was done."""
        if self._audit is not None:
            self._audit.write(self.session, self.change_set)
        self.session.commit()


def _any_damaged(connection: Connection) -> bool:
    return any(has_damaged(connection) for has_damaged in DAMAGE)


def is_restored(connection: Connection) -> bool:
    """Pass the gate, once a restore that is under way has ended; say whether the database waits to be purged."""
    _lock(connection, "ACCESS SHARE")  # a statement of its own: what waits within a query reads as of before its wait
    return connection.exec_driver_sql("SELECT id FROM restoration").first() is not None


def shut_gate(connection: Connection) -> None:
    """Wait until every transaction has ended; the next ones wait until this one ends."""
    _lock(connection, "ACCESS EXCLUSIVE")


def _lock(connection: Connection, mode: str) -> None:
    if connection.dialect.name == "postgresql":  # SQLite: a writer is alone, and readers go on as of before
        connection.exec_driver_sql(f"LOCK TABLE restoration IN {mode} MODE")
