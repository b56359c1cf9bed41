"""Engines that behave alike: SQLite by default, whose writers wait in a queue of the process; PostgreSQL by URL."""

from __future__ import annotations

import os
from collections import deque
from contextlib import suppress
from functools import partial
from pathlib import Path
from sqlite3 import SQLITE_BUSY, SQLITE_READONLY, OperationalError
from threading import Lock
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.pool import ConnectionPoolEntry

from service.settings import Settings

BUSY_TIMEOUT_S = 5
STANDS_STILL_S = 600
"""PostgreSQL ends a transaction without a statement for so long; an import thinks for less at a time."""
_CACHE_KIB = 2000
"""How much of a file each of SQLite's connections keeps in memory, by SQLite's default."""
WRITES, LARGE, _TURN = "referral_router_writes", "referral_router_large", "referral_router_turn"
"""Options: of a transaction that writes; of a connection that keeps more in memory, or has the turn to write."""
_PATIENCE, _BEGIN_WRITING = "PRAGMA busy_timeout={}", "BEGIN IMMEDIATE"
_ASKS_AGAIN_S = 0.005
_PRIMARY_CODE = 0xFF
"""The part of SQLite's error codes that says the kind."""
_OWNER_ONLY = 0o600
_BESIDE = ("", "-wal", "-shm", "-journal")
"""What SQLite keeps beside the database file, by the ending of its name; the file itself first."""


class WriteQueue:
    """A turn for one at a time, first come, first served. Safe to share between threads."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._waiting = deque[Lock]()
        self._taken = False

    def wait(self, most_s: float) -> bool:
        """Take the turn once everybody who came before has ended theirs; False: it did not come within `most_s`."""
        with self._guard:
            if not self._taken:
                self._taken = True
                return True
            place = Lock()
            place.acquire()
            self._waiting.append(place)
        if place.acquire(timeout=most_s):
            return True
        with self._guard:
            if place in self._waiting:
                self._waiting.remove(place)
                return False
        return True  # it came at the last moment

    def end(self) -> None:
        """Hand the turn on; any thread may do that."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False


def build_engine(settings: Settings) -> Engine:
    """Return an engine for `settings.database`. Opens no connection yet; the caller disposes of the engine.

    Both: five seconds of patience with other writers. SQLite: write-ahead log, foreign keys enforced, deleted text
    overwritten, and files readable by their owner alone.
    """
    url = _with_driver(make_url(settings.database))
    if url.get_backend_name() != "sqlite":
        patience = {"options": _patience(url)}
        return create_engine(url, pool_pre_ping=True, hide_parameters=True, connect_args=patience)
    engine = create_engine(url, hide_parameters=True)  # what a statement is run with is in no log, whatever its level
    event.listen(engine, "do_connect", _make_file)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "handle_error", _drop_read_only)
    queue = WriteQueue()
    event.listen(engine, "begin", partial(_begin_sqlite, queue))
    event.listen(engine, "checkin", partial(_end_turn, queue))
    event.listen(engine, "checkin", _shrink_cache)
    return engine


def _with_driver(url: URL) -> URL:
    """Choose psycopg for `postgresql://` and `postgres://`, which name no driver."""
    if url.drivername in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    return url


def _patience(url: URL) -> str:
    """Return PostgreSQL's options of a connection; the operator's own come after, and win.

    Nobody waits for a lock longer than for SQLite's, and a process that stands still in a transaction holds no lock for
    ever.
    """
    waits_ms, stands_still_ms = int(BUSY_TIMEOUT_S * 1000), STANDS_STILL_S * 1000
    options = url.query.get("options") or os.environ.get("PGOPTIONS", "")
    return f"-c lock_timeout={waits_ms} -c idle_in_transaction_session_timeout={stands_still_ms} {options}"


def _make_file(_dialect: Any, _record: Any, arguments: list[Any], options: dict[str, Any]) -> None:
    """Make the file of a new database with its owner's permissions alone: SQLite's own file is open to every user.

    A file in use is never opened here: POSIX drops a process's locks on a file when any descriptor of the file is
    closed, SQLite's locks included. So a new file is made under a second name first, and linked. For an impossible path
    SQLite itself raises the error.
    """
    name = str(arguments[0])
    if name and name != ":memory:" and not options.get("uri"):
        with suppress(OSError, ValueError):
            if not Path(name).exists():
                draft = f"{name}.{uuid4()}"
                os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY))
                try:
                    os.link(draft, name)
                finally:
                    os.unlink(draft)


def _keep_private(cursor: Any) -> None:
    """Take an older file and its side files from every user but the owner; SQLite makes side files like the file."""
    for _, _, name in cursor.execute("PRAGMA database_list").fetchall():
        for path in [Path(f"{name}{ending}") for ending in _BESIDE if name]:
            with suppress(FileNotFoundError, PermissionError):  # gone meanwhile, or another user's to settle
                if path.stat().st_mode & 0o077:
                    path.chmod(_OWNER_ONLY)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions are begun below, not by the driver's guess
    cursor = connection.cursor()
    _keep_private(cursor)
    # Deleted text is overwritten with zeros, whatever the library was compiled to do by default.
    for pragma in (_PATIENCE.format(int(BUSY_TIMEOUT_S * 1000)), "PRAGMA foreign_keys=ON", "PRAGMA secure_delete=ON"):
        cursor.execute(pragma)
    _use_wal(cursor)
    cursor.close()


def _drop_read_only(context: ExceptionContext) -> None:
    """Open every connection anew once one was refused as read-only.

    A connection that was opened while the file was read-only stays so, also when the file may be written again.
    """
    code = getattr(context.original_exception, "sqlite_errorcode", 0)
    context.is_disconnect |= code & _PRIMARY_CODE == SQLITE_READONLY


def _use_wal(cursor: Any) -> None:
    """Switch to the write-ahead log with the same patience as for any lock.

    SQLite does not wait by itself here: of two connections that open a new file at once, the second is refused.
    """
    deadline = monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except OperationalError:
            if monotonic() > deadline:
                raise
            sleep(0.01)
        else:
            return


def _begin_sqlite(queue: WriteQueue, connection: Connection) -> None:
    """Begin a transaction; one that writes waits for the process's other writers first, then for other processes.

    Other processes are waited for here: SQLite itself asks ten times a second, and so misses the few milliseconds
    between two writes of a busy process for seconds. Whoever waited in vain is told by SQLite that it is busy.
    """
    if not connection.get_execution_options().get(WRITES, False):
        connection.exec_driver_sql("BEGIN")
        return
    ends = monotonic() + BUSY_TIMEOUT_S
    if not connection.info.get(_TURN):
        connection.info[_TURN] = queue.wait(BUSY_TIMEOUT_S)
    connection.exec_driver_sql(_PATIENCE.format(0))
    try:
        if not (connection.info[_TURN] and _begin_writing(connection.connection.driver_connection, ends)):
            connection.exec_driver_sql(_BEGIN_WRITING)  # raises what every error of a statement is raised as
    finally:
        connection.exec_driver_sql(_PATIENCE.format(int(BUSY_TIMEOUT_S * 1000)))


def _begin_writing(link: Any, ends: float) -> bool:
    """Ask for the write lock while another process has it; False: SQLite refused, or has the lock still at `ends`."""
    while True:
        try:
            link.execute(_BEGIN_WRITING)
        except OperationalError as error:
            if error.sqlite_errorcode & _PRIMARY_CODE != SQLITE_BUSY or monotonic() > ends:
                return False
            sleep(_ASKS_AGAIN_S)
        else:
            return True


def _end_turn(queue: WriteQueue, _connection: Any, record: ConnectionPoolEntry) -> None:
    """End the turn of a connection that goes back to the pool: its transaction is over, however it ended."""
    if record.info.pop(_TURN, False):
        queue.end()


def _shrink_cache(connection: Any, record: ConnectionPoolEntry) -> None:
    """Give back the memory of a connection that wrote much; each would keep the whole file of a small database."""
    if record.info.pop(LARGE, False) and connection is not None:
        connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
