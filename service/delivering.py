"""The delivery worker as run by a program: beside a serving application, or alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread
from time import monotonic

from sqlalchemy.exc import SQLAlchemyError

import service.happenings  # noqa: F401 - makes known what is delivered and fired
from service.errors import StoreError
from service.events import beat
from service.events.heart import BEAT_EVERY
from service.settings import Settings, read_networks
from service.store.audit_queue import AuditQueue
from service.store.database import Database, open_database

from .webhooks.pace import THREADS_ON_SQLITE, Pace
from .webhooks.targets import OpenNetworks, read_hosts
from .webhooks.transport import SafePost
from .webhooks.worker import Worker

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
        pace = Pace(threads=THREADS_ON_SQLITE) if is_sqlite else Pace()
        worker = Worker(database, SafePost(open_networks(settings)), pace)
        worker.start()
        try:
            yield worker
        finally:
            worker.stop()


@contextmanager
def recording(database: Database, queue: AuditQueue) -> Iterator[None]:
    """Write down for a `with` block, twice a second, the acts that wait in `queue`; what waits at the end too."""
    stop, trail = Event(), database.audit

    def run() -> None:
        while trail is not None:
            ends = stop.wait(RECORD_EVERY_S)
            with suppress(SQLAlchemyError, StoreError):  # it goes on waiting, and the next round writes it
                queue.write(database.unit_of_work(), trail)
            if ends:
                return

    thread = Thread(target=run, name="audit", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(5)


@contextmanager
def beating(database: Database) -> Iterator[None]:
    """Note once a minute, for a `with` block, that the program serves; sooner after a refused write, to see it end."""
    stop = Event()

    def run() -> None:
        beat_at = monotonic()
        while True:
            if monotonic() >= beat_at or database.watch.refused is not None:
                beat_at = monotonic() + BEAT_EVERY.total_seconds()
                with suppress(SQLAlchemyError, StoreError):  # the next one comes; a silence is what it is
                    beat(database.unit_of_work())
                    database.watch.note_success()
            if stop.wait(TRY_EVERY_S):
                return

    thread = Thread(target=run, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(5)
