"""The delivery worker as run by a program: beside a serving application, or alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from threading import Event, Thread
from time import monotonic

from sqlalchemy.exc import SQLAlchemyError

import service.webhooks.lifecycle_events  # noqa: F401 - makes known what is delivered and fired
from service.database.audit_queue import AuditQueue
from service.database.database import Database, open_database
from service.database.outbox import beat
from service.database.outbox.heartbeat import BEAT_EVERY
from service.errors import StoreError
from service.settings import Settings, read_networks
from service.web.outgoing.targets import OpenNetworks, read_hosts
from service.web.outgoing.transport import SafePost

from .pace import THREADS_ON_SQLITE, WorkerPacing
from .worker import Worker

RECORD_EVERY_S = 0.5
TRY_EVERY_S = 5
"""How soon a refused write is followed by a small one, which tells whether the database stores again."""


def open_networks(settings: Settings) -> OpenNetworks:
    """Return the networks open to webhooks under the settings."""
    hosts = None if settings.webhook_hosts is None else read_hosts(settings.webhook_hosts)
    return OpenNetworks(read_networks(settings.webhook_networks or ""), settings.webhook_http, hosts)


@contextmanager
def delivering(settings: Settings) -> Iterator[Worker]:
    """Deliver and fire timers for a `with` block, on connections out of reach of requests.

    Raises:
        DatabaseUnusable: the database cannot be opened.
    """
    with open_database(settings) as database:
        is_sqlite = database.engine.dialect.name == "sqlite"
        pace = WorkerPacing(threads=THREADS_ON_SQLITE) if is_sqlite else WorkerPacing()
        worker = Worker(database, SafePost(open_networks(settings)), pace)
        worker.start()
        try:
            yield worker
        finally:
            worker.stop()


@contextmanager
def recording(database: Database, queue: AuditQueue) -> Iterator[None]:
    """Write down for a `with` block, twice a second, the acts that wait in `queue`; what waits at the end too."""
    trail = database.audit

    def write(*, ends: bool = False) -> None:
        if trail is not None:
            queue.write(database.unit_of_work(), trail, ends=ends)

    with repeating(write, RECORD_EVERY_S, name="audit"):
        yield
    with suppress(SQLAlchemyError, StoreError):
        write(ends=True)


def beating(database: Database) -> AbstractContextManager[None]:
    """Note once a minute, for a `with` block, that the program serves; sooner after a refused write, to see it end."""
    beat_at = monotonic()

    def beat_when_due() -> None:
        nonlocal beat_at
        if monotonic() >= beat_at or database.watch.cause is not None:
            beat_at = monotonic() + BEAT_EVERY.total_seconds()
            beat(database.unit_of_work())
            database.watch.note_success()

    return repeating(beat_when_due, TRY_EVERY_S, name="heartbeat")


@contextmanager
def repeating(work: Callable[[], object], every_s: float, *, name: str) -> Iterator[None]:
    """Do `work` again and again in a thread of its own for a `with` block: at once, between, and once at the end."""
    stop = Event()

    def run() -> None:
        ends = False
        while True:
            with suppress(SQLAlchemyError, StoreError):  # the next round tries again
                work()
            if ends:
                return
            ends = stop.wait(every_s)

    thread = Thread(target=run, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(5)
