"""A transaction, kept only by a written `commit()`."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, Engine, event
from sqlmodel import Session

from service.directory.store.damaged_records import MISREAD, has_damaged
from service.directory.store.repositories import CoalitionRepository
from service.infrastructure.errors import NotPurged, RecordDamaged
from service.words import setup

from .audit import AuditTrail, watch
from .engine import for_reading, for_writing
from .gate import is_restored
from .refused_writes import WriteWatch
from .vaults import AddressVault


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

    A block that cannot read a damaged record ends in `RecordDamaged`. Can be entered again after leaving; not safe to
    share between threads (make a unit for each thread).
    """

    session: Session
    coalition: CoalitionRepository

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
        self._vault = vault
        self._watch = (watch or WriteWatch()) if writes else None
        self._audit = audit
        self._session_type = _WatchedSession if purges else _ServingSession

    def __enter__(self) -> Self:
        self.session = self._session_type(self._engine)
        self.coalition = CoalitionRepository(self.session, self._vault)
        return self

    def __exit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.session.close()  # rolls back what was not committed
        if error is not None and self._watch is not None:
            self._watch.note_failure(error)
        if isinstance(error, MISREAD) and self._has_damaged():
            raise RecordDamaged(setup.RECORD_DAMAGED) from error

    def _has_damaged(self) -> bool:
        with self._stored.connect() as connection:
            return has_damaged(connection)

    def commit(self) -> None:
        """Keep the work done so far in the block, and with it that it was done."""
        if self._audit is not None:
            self._audit.write(self.session, self.coalition.touched)
        self.session.commit()
