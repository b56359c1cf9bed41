"""A database with endpoints, events and workers on it, for tests of delivery."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from sqlalchemy import Table, insert, select, update

from service.database.database import Database
from service.database.outbox import append
from service.database.outbox.tables import Event
from service.database.table_base import table_of
from service.settings import read_networks
from service.web.outgoing.targets import OpenNetworks
from service.web.outgoing.transport import SafePost
from service.webhooks.pace import WorkerPacing
from service.webhooks.signing import new_secret
from service.webhooks.tables import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from service.webhooks.worker import Worker

LAMP = "lamp.lit"
HERE = OpenNetworks(read_networks("127.0.0.0/8"), http=True)
QUICK = WorkerPacing(threads=8, lease_s=2.0, idle_s=0.05, grace_s=2.0, delays_s=(0.05,) * 9)
DELIVERIES, ENDPOINTS = table_of(WebhookDelivery), table_of(WebhookEndpoint)
ATTEMPTS, EVENTS = table_of(WebhookAttempt), table_of(Event)


def eventually(is_so: Callable[[], object], *, within_s: float = 15.0) -> None:
    """Wait until `is_so` gives a true value."""
    ends = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < ends, "it did not come about in time"
        time.sleep(0.02)


class Stage:
    """What tests do to a database in which events are delivered."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.secrets: dict[str, str] = {}
        self._workers = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._workers.close()

    def endpoint(self, url: str, organization: str = "north", **columns: Any) -> str:
        """Add an endpoint and return its id."""
        endpoint_id, now = str(uuid4()), datetime.now(UTC)
        self.secrets[endpoint_id] = new_secret()
        row = {
            "id": endpoint_id, "organization": organization, "url": url, "types": None, "description": "",
            "enabled": True, "secret": self.database.secrets.seal(self.secrets[endpoint_id]), "healthy": True,
            "created_at": now, "changed_at": now,
        }  # fmt: skip
        self.write(insert(ENDPOINTS).values(**row | columns))
        return endpoint_id

    def light(self, *lamps: str, audience: Iterable[str] = ("north",), **more: Any) -> None:
        """Commit an event for each lamp, all in one transaction."""
        work = self.database.unit_of_work()
        with work:
            for lamp in lamps:
                append(work.session, LAMP, object_id=lamp, href=f"/v1/lamps/{lamp}", audience=audience, **more)
            work.commit()

    def worker(self, pace: WorkerPacing = QUICK, *, post: SafePost | None = None) -> Worker:
        """Start a worker; it is stopped with the stage."""
        worker = Worker(self.database, post or SafePost(HERE, deadline_s=1.0), pace)
        worker.start()
        self._workers.callback(worker.stop)
        return worker

    def write(self, statement: Any) -> None:
        """Execute one statement."""
        work = self.database.unit_of_work()
        with work:
            work.session.execute(statement)
            work.commit()

    def change(self, table: Table, row_id: str, **columns: Any) -> None:
        """Give a row other values."""
        self.write(update(table).where(table.c.id == row_id).values(**columns))

    def rows(self, table: Table, **columns: Any) -> list[Any]:
        """Return rows with these values."""
        with self.database.engine.connect() as connection:
            query = select(table).where(*(table.c[name] == value for name, value in columns.items()))
            return list(connection.execute(query))

    def states(self) -> dict[str, str]:
        """Return the state of each delivery by the object of its event."""
        with self.database.engine.connect() as connection:
            joined = select(EVENTS.c.object_id, DELIVERIES.c.state).join(DELIVERIES)
            return {row.object_id: row.state for row in connection.execute(joined)}

    def age(self, endpoint_id: str, days: float) -> None:
        """Make an endpoint's first failure, and its attempts, older."""
        for row in self.rows(ENDPOINTS, id=endpoint_id):
            self.change(ENDPOINTS, endpoint_id, failing_since=row.failing_since - timedelta(days=days))
        for row in self.rows(ATTEMPTS):
            this = (ATTEMPTS.c.delivery_id == row.delivery_id, ATTEMPTS.c.number == row.number)
            self.write(update(ATTEMPTS).where(*this).values(at=row.at - timedelta(days=days)))
