"""Writes refused by the database: read-only, full, or locked for too long. Each is a line in the log and a count.

A watch remembers the last refusal until a write succeeds: readiness tells of a full disk before somebody loses work.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Mapping
from enum import StrEnum

from . import counters

log = logging.getLogger(__name__)


class RefusalCause(StrEnum):
    """The reason why the database refused a write."""

    READ_ONLY = "read_only"
    FULL = "full"
    LOCKED = "locked"

    @property
    def passes_by_itself(self) -> bool:
        """Whether other writers are the reason: a lock goes when they are done."""
        return self is RefusalCause.LOCKED


_SQLITE: Mapping[int, RefusalCause] = {
    sqlite3.SQLITE_READONLY: RefusalCause.READ_ONLY,
    sqlite3.SQLITE_FULL: RefusalCause.FULL,
    sqlite3.SQLITE_BUSY: RefusalCause.LOCKED,
    sqlite3.SQLITE_LOCKED: RefusalCause.LOCKED,
}
_SQLITE_NOT_WRITTEN = frozenset(
    (
        sqlite3.SQLITE_IOERR_WRITE,
        sqlite3.SQLITE_IOERR_FSYNC,
        sqlite3.SQLITE_IOERR_TRUNCATE,
        sqlite3.SQLITE_IOERR_SHMSIZE,
    )
)
_POSTGRES: Mapping[str, RefusalCause] = {
    "25006": RefusalCause.READ_ONLY,
    "53100": RefusalCause.FULL,
    "55P03": RefusalCause.LOCKED,
}


def refusal_cause(error: BaseException | None) -> RefusalCause | None:
    """Return the cause for which a driver's error, or SQLAlchemy's around one, refused a write; None: other trouble."""
    driver_error = getattr(error, "orig", error)
    code = getattr(driver_error, "sqlite_errorcode", None)
    if code is not None:
        return RefusalCause.FULL if code in _SQLITE_NOT_WRITTEN else _SQLITE.get(code & 0xFF)
    return _POSTGRES.get(getattr(driver_error, "sqlstate", None) or "")


class WriteWatch:
    """The last refused write to one database, until a write succeeds. Safe to share between threads."""

    def __init__(self) -> None:
        self._cause: RefusalCause | None = None

    @property
    def cause(self) -> RefusalCause | None:
        """The cause of the last refused write; None where a write has succeeded since."""
        return self._cause

    def note_failure(self, error: BaseException) -> None:
        """Note, log and count an error that ended a transaction for writing; errors of other kinds are left alone."""
        if (cause := refusal_cause(error)) is not None:
            self._cause = cause
            counters.count(counters.REFUSED_WRITES, cause)
            log.warning("write refused", extra={"cause": cause.value})

    def note_success(self) -> None:
        """Note that a row was written and kept."""
        self._cause = None
