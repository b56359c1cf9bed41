"""The database stops without notice, or has no connection left: what was committed arrives, and nothing else does.

RESTARTS says how often PostgreSQL is restarted; the suite's own run is short.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import postgres
import pytest
from databases import ADDRESS_KEY
from receivers import Receiver, receiving
from sqlalchemy import create_engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft
from webhook_builders import ATTEMPTS, DELIVERIES, EVENTS, HERE, LAMP, Stage, eventually

from service.database import clock
from service.database.database import Database, open_database
from service.database.outbox import DueTimer, TimerType, append, schedule, timers
from service.database.unit_of_work import UnitOfWork
from service.maintenance.tables import all_tables
from service.settings import Settings
from service.web.outgoing.transport import SafePost
from service.webhooks.pace import WorkerPacing
from service.webhooks.worker import Worker

RESTARTS = int(os.environ.get("RESTARTS", "3"))
PACE = WorkerPacing(threads=8, lease_s=3.0, per_endpoint=8, idle_s=0.1, delays_s=(0.2,) * 400)
TIMER, BY_TIMER = "lamp.follows", "-x"


def names_of(receiver: Receiver) -> list[str]:
    return [json.loads(request.body)["data"]["id"] for request in list(receiver.received)]


@pytest.fixture
def follows(lamp: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A timer whose change is one more lamp."""

    def fire(work: UnitOfWork, due: DueTimer) -> None:
        name = due.object_id + BY_TIMER
        append(work.session, LAMP, object_id=name, href="/v1/lamps/x", audience=["north"])

    monkeypatch.setattr(timers, "_TIMERS", dict(timers._TIMERS))
    timers.declare_timer(TimerType(TIMER, fire))


class Writer:
    """Commits changes, each with a timer, until it is stopped; what a commit said is kept."""

    def __init__(self, database: Database) -> None:
        self.committed: set[str] = set()
        self.unsure: set[str] = set()
        self._database, self._stop = database, threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Writer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        number = 0
        while not self._stop.wait(0.01):
            number += 1
            name = f"lamp-{number}"
            try:
                with self._database.unit_of_work() as work:
                    append(work.session, LAMP, object_id=name, href="/v1/lamps/x", audience=["north"])
                    schedule(work.session, TIMER, name, clock.now(work.session) + timedelta(seconds=0.3))
                    work.commit()
            except SQLAlchemyError:
                self.unsure.add(name)  # it may have been committed before the answer was lost
            else:
                self.committed.add(name)


@pytest.fixture
def server() -> Iterator[postgres.Server]:
    """A PostgreSQL server of the test's own; skips, saying why, where there is none."""
    with ExitStack() as stack:
        try:
            found = stack.enter_context(postgres.server_to_stop())
        except postgres.NoPostgres as error:
            pytest.skip(str(error))
        yield found


def test_a_server_that_is_stopped_at_once_loses_nothing(
    server: postgres.Server, follows: None, say: Callable[[str], None]
) -> None:
    """Under load, again and again: each committed change and its timer's arrive, and what was lost is never sent."""
    settings = Settings(database=server.url, address_key=ADDRESS_KEY)
    with receiving() as receiver, open_database(settings) as database, open_database(settings) as other:
        database.upgrade(all_tables)
        with Stage(database) as stage:
            stage.endpoint(receiver.url)
            for one in (database, other):
                worker = Worker(one, SafePost(HERE, deadline_s=1.0), PACE)
                worker.start()
                stage._workers.callback(worker.stop)
            with open_database(settings) as for_changes, Writer(for_changes) as writer:
                for _ in range(RESTARTS):
                    time.sleep(0.8)
                    server.restart()
                time.sleep(0.8)

            def stored() -> set[str]:
                return {row.object_id for row in stage.rows(EVENTS)}

            known = writer.committed | {name + BY_TIMER for name in writer.committed}
            eventually(lambda: known <= stored() and stored() <= set(names_of(receiver)), within_s=20 * RESTARTS)
            made, twice = Counter(row.object_id for row in stage.rows(EVENTS)), Counter(names_of(receiver))
            possible = writer.committed | writer.unsure

    assert len(writer.committed) > 20
    assert set(twice) == set(made) <= possible | {name + BY_TIMER for name in possible}
    assert set(made.values()) == {1}
    say(f"postgresql: {RESTARTS} restarts, {len(made)} changes, {len(writer.unsure)} unsure, "
        f"{twice.total() - len(twice)} arrived again, 0 lost")  # fmt: skip


def test_a_pool_that_is_used_up_holds_deliveries_up_and_loses_none(stage: Stage, settings: Settings) -> None:
    """Somebody keeps every connection for longer than anybody waits: what was due goes out once one is free."""
    engine = create_engine(stage.database.engine.url, pool_size=1, max_overflow=0, pool_timeout=0.2)
    small = Database(engine, stage.database.cipher, stage.database.secrets)
    with receiving() as receiver:
        stage.endpoint(receiver.url)
        stage.light("one", "two")
        held: Any = engine.connect()
        with pytest.raises(NoConnectionLeft):
            engine.connect()
        worker = Worker(small, SafePost(HERE, deadline_s=1.0), PACE)
        worker.start()
        time.sleep(1.0)
        assert receiver.received == []
        held.close()
        try:
            eventually(lambda: stage.states() == {"one": "delivered", "two": "delivered"})
        finally:
            worker.stop()
            engine.dispose()
    assert sorted(names_of(receiver)) == ["one", "two"]
    assert len(stage.rows(ATTEMPTS)) == len(stage.rows(DELIVERIES)) == 2
