"""Whoever reads after a cursor misses nothing and reads nothing twice, in whatever order changes are committed."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from length import draws
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError
from webhook_builders import DELIVERIES, EVENTS, HERE, LAMP, QUICK, Stage, eventually

from service.database import clock
from service.database.engine import build_engine
from service.database.outbox import append
from service.database.outbox.tables import Timer
from service.database.outbox.timers import fire_next, set_standing
from service.database.table_base import table_of
from service.settings import Settings
from service.web.outgoing.transport import SafePost
from service.webhooks.fan_out import place_events
from service.webhooks.read_events import read_events

WRITERS, EACH = 8, draws(500)


class Follower:
    """Reads on and on, as `north`."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.read = stage, Counter[str]()
        self.cursor: str | None = None

    def go_on(self, limit: int = 7) -> list[str]:
        work = self.stage.database.unit_of_work(writes=False)
        page = read_events(work, self.stage.database.secrets, "north", after=self.cursor, limit=limit)
        self.cursor = page.cursor
        ids = [event["data"]["id"] for event in page.events]
        self.read.update(ids)
        return ids


def until_unlocked(write: Callable[[], object]) -> None:
    """Write once; SQLite has one lock and no queue for it, so a writer that waited in vain asks again."""
    while True:
        try:
            write()
        except OperationalError as error:
            if "locked" not in str(error.orig):
                raise
        else:
            return


def test_eight_writers_and_a_reader(stage: Stage) -> None:
    """4,000 events at length, some for somebody else, committed a few at a time while they are read: each once."""
    follower, done = Follower(stage), threading.Event()

    def write(writer: int) -> None:
        for begin in range(0, EACH, 25):
            names = [f"{writer}-{number}" for number in range(begin, begin + 25)]
            until_unlocked(partial(stage.light, *names, audience=["north"]))
            until_unlocked(partial(stage.light, f"other-{writer}-{begin}", audience=["south"]))

    def place() -> None:
        while not done.is_set():
            until_unlocked(lambda: place_events(stage.database.unit_of_work()))
            time.sleep(0.02)  # as a worker does: it looks before it takes the lock

    writers = [threading.Thread(target=write, args=(writer,)) for writer in range(WRITERS)]
    placers = [threading.Thread(target=place) for _ in range(2)]
    for thread in (*writers, *placers):
        thread.start()
    while any(thread.is_alive() for thread in writers):
        follower.go_on(limit=100)
    eventually(lambda: (follower.go_on(limit=200), follower.read.total() >= WRITERS * EACH)[1], within_s=60)
    done.set()
    for thread in placers:
        thread.join()

    while place_events(stage.database.unit_of_work()):
        pass
    assert follower.read == Counter(f"{writer}-{number}" for writer in range(WRITERS) for number in range(EACH))
    positions = sorted(event.position for event in stage.rows(EVENTS))  # no constraint holds them, but the lock alone
    assert positions == [*range(1, len(positions) + 1)]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_what_is_committed_late_is_read_all_the_same(stage: Stage) -> None:
    """Two transactions that end in the reverse of their order: the reader between them gets both, each once."""
    follower = Follower(stage)
    early, late = stage.database.unit_of_work(), stage.database.unit_of_work()
    with early:
        append(early.session, LAMP, object_id="early", href="/", audience=["north"])
        with late:
            append(late.session, LAMP, object_id="late", href="/", audience=["north"])
            late.commit()
        place_events(stage.database.unit_of_work())
        assert follower.go_on() == ["late"]
        early.commit()
    place_events(stage.database.unit_of_work())

    assert follower.go_on() == ["early"]
    assert follower.go_on() == []


def test_a_locked_or_lost_database_holds_deliveries_up_and_loses_none(stage: Stage, settings: Settings) -> None:
    """Another program holds the lock for longer than anybody waits: what was due goes out once it lets go."""
    stage.light("before")
    other = build_engine(settings)
    worker = stage.worker(QUICK, post=SafePost(HERE))
    with other.connect() as connection:
        if settings.database.startswith("sqlite"):
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.execute(text("LOCK TABLE event IN ACCESS EXCLUSIVE MODE"))
        time.sleep(6)
        if not settings.database.startswith("sqlite"):
            connection.execute(
                text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
                     "AND pid <> pg_backend_pid()")
            )  # fmt: skip
        connection.rollback()
    other.dispose()

    eventually(lambda: all(row.placed_at for row in stage.rows(EVENTS)), within_s=20)
    worker.stop()


def test_what_is_thirty_days_old_is_forgotten_with_its_deliveries(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Events, deliveries and attempts go together; what is younger stays, or came to be read later than it happened."""
    then = datetime.now(UTC) - timedelta(days=30, minutes=1)
    with monkeypatch.context() as earlier:
        earlier.setattr(clock, "now", lambda _: then)
        stage.endpoint("http://127.0.0.1:1/")
        stage.light("old")
        place_events(stage.database.unit_of_work())
        stage.light("late")
    stage.light("young")
    place_events(stage.database.unit_of_work())
    set_standing(stage.database.unit_of_work())
    while fire_next(stage.database.unit_of_work()):
        pass

    assert sorted(row.object_id for row in stage.rows(EVENTS)) == ["late", "young"]
    assert len(stage.rows(DELIVERIES)) == 2
    assert [row.kind for row in stage.rows(table_of(Timer), kind="events.purge")] == ["events.purge"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_old_events_are_found_by_the_index_of_their_time(stage: Stage) -> None:
    """Whoever forgets writes, and others wait: a month of events is not gone through."""
    engine, plans = stage.database.engine, list[str]()

    def explain(connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith("SELECT event.id"):
            plan = connection.connection.cursor().execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans.extend(row[3] for row in plan)

    set_standing(stage.database.unit_of_work())
    event.listen(engine, "before_cursor_execute", explain)
    try:
        while fire_next(stage.database.unit_of_work()):
            pass
    finally:
        event.remove(engine, "before_cursor_execute", explain)

    assert plans == ["SEARCH event USING INDEX ix_event_at (at<?)"]
