"""How long an entry of the audit waits, by a clock that goes on only while the program waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

import pytest
from sqlalchemy import event, func, select
from webhook_builders import HERE

from service.database import audit_queue
from service.database.actor import Actor
from service.database.audit import AT_ONCE
from service.database.audit_queue import AuditQueue
from service.database.audit_tables import AuditEntry
from service.database.database import Database
from service.database.table_base import table_of
from service.web.outgoing.transport import SafePost
from service.webhooks import delivering
from service.webhooks import worker as workers
from service.webhooks.pace import WorkerPacing

ENTRIES = table_of(AuditEntry)
ANSWERED, REFUSED = Actor("POST /v1/referral-paths", "house", "desk"), Actor("GET /v1/consents")
Opener = Callable[[str], Database]


class Waits(Event):
    """An event whose waits last until the test lets them pass, and add up to `passed_s`: the clock of one thread."""

    def __init__(self) -> None:
        super().__init__()
        self.passed_s, self._waiting, self._passes = 0.0, Event(), Event()

    def wait(self, timeout: float | None = None) -> bool:
        self._waiting.set()
        while not self.is_set() and not self._passes.wait(0.005):
            pass
        if not self.is_set():
            self.passed_s += timeout or 0.0
        self._passes.clear()
        self._waiting.clear()
        return self.is_set()

    def settle(self) -> None:
        """Wait until the thread waits."""
        assert self._waiting.wait(60)

    def step(self) -> None:
        """Let one wait pass, and wait for the next."""
        self.settle()
        self._waiting.clear()
        self._passes.set()
        self.settle()


@contextmanager
def clocks(module: Any) -> Iterator[list[Waits]]:
    """Have each event that a module makes be a clock, in the order in which they are made."""
    events: list[Waits] = []

    def make() -> Waits:
        events.append(Waits())
        return events[-1]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(module, "Event", make)
        yield events


def number_of(database: Database, *where: Any) -> int:
    with database.engine.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(ENTRIES).where(*where)).scalar_one())


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_answers_and_refusals_are_written_within_a_second(kind: str, opened: Opener) -> None:
    """Whenever between two rounds they come; and what waits when the program ends is written too."""
    database, queue = opened(kind), AuditQueue()
    with clocks(delivering) as events, delivering.recording(database, queue):
        (clock,) = events
        clock.settle()
        for many in (1, 2, 3):
            queue.note(ANSWERED, {"rules": []})
            queue.refuse(REFUSED, f"reason {many}")
            begun = clock.passed_s
            while number_of(database) < 2 * many:
                assert clock.passed_s - begun <= 1
                clock.step()
        queue.note(ANSWERED, {"rules": []})
        assert number_of(database) == 6

    assert number_of(database) == 7


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_entries_are_linked_within_five_seconds(kind: str, opened: Opener) -> None:
    """At the pace of a serving program, also where more wait than one batch takes; in the order of their time."""
    database, trail_rows = opened(kind), 2 * AT_ONCE + 1
    trail, now = database.audit, datetime.now(UTC)
    assert trail is not None
    with clocks(workers) as events, ExitStack() as ends:
        worker = workers.Worker(database, SafePost(HERE), WorkerPacing())
        worker.start()
        ends.callback(worker.stop)
        clock = events[0]
        clock.step()
        with database.unit_of_work() as work:
            rows = [trail.entry(ANSWERED, now - timedelta(seconds=number)) for number in range(trail_rows)]
            trail.add(work.session, rows)
            work.commit()
        begun = clock.passed_s
        while number_of(database, ENTRIES.c.position.is_(None)):
            assert clock.passed_s - begun <= 5
            clock.step()

    with database.engine.connect() as connection:
        linked = list(connection.execute(select(ENTRIES.c.at).order_by(ENTRIES.c.position)).scalars())
    assert len(linked) == trail_rows
    assert linked == sorted(linked)


@contextmanager
def transactions(database: Database) -> Iterator[list[int]]:
    """The number of statements of each transaction that is kept for a `with` block: other writers wait for them."""
    counts: list[int] = []

    def count(connection: Any, *_: Any) -> None:
        connection.info["statements"] = connection.info.get("statements", 0) + 1

    def keep(connection: Any) -> None:
        counts.append(connection.info.pop("statements", 0))

    def undo(connection: Any) -> None:
        connection.info.pop("statements", None)

    listeners = {"after_cursor_execute": count, "commit": keep, "rollback": undo}
    for name, listener in listeners.items():
        event.listen(database.engine, name, listener)
    try:
        yield counts
    finally:
        for name, listener in listeners.items():
            event.remove(database.engine, name, listener)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_entries_keep_no_other_writer_waiting(kind: str, opened: Opener) -> None:
    """However many wait: they are written in batches, and a batch is linked by few statements.

    A statement ends with a turn of the interpreter's lock: each may take as long as another thread computes.
    """
    database, queue = opened(kind), AuditQueue()
    trail = database.audit
    assert trail is not None
    for _ in range(2 * AT_ONCE + 1):
        queue.note(ANSWERED, {"rules": []})
    queue.refuse(REFUSED, "expired")
    with transactions(database) as of_batches:
        assert queue.write(database.unit_of_work(), trail) == 2 * AT_ONCE + 2
    with database.unit_of_work(writes=False) as reading:
        links = trail.next_links(reading.session)
    assert links is not None
    with transactions(database) as of_links, database.unit_of_work() as work:
        assert trail.link(work.session, links)
        work.commit()

    assert len(of_batches) == 3
    assert max(of_batches + of_links) <= 6
    assert number_of(database, ENTRIES.c.position.is_not(None)) == AT_ONCE


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_of_two_that_link_at_once_one_links(kind: str, opened: Opener) -> None:
    """The other finds another head and links nothing, so that the chain holds."""
    database, queue = opened(kind), AuditQueue()
    trail = database.audit
    assert trail is not None
    queue.note(ANSWERED, {"rules": []})
    queue.write(database.unit_of_work(), trail)
    with database.unit_of_work(writes=False) as reading:
        links = trail.next_links(reading.session)
    assert links is not None
    linked = []
    for _ in range(2):
        with database.unit_of_work() as work:
            linked.append(trail.link(work.session, links))
            work.commit()

    assert linked == [True, False]
    with database.unit_of_work(writes=False) as reading:
        assert list(trail.verify(reading.session)) == []


def test_what_waits_is_bounded(opened: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    """While nothing is stored: the oldest answers go, and no further kind of refusal is counted."""
    monkeypatch.setattr(audit_queue, "MOST_WAITING", 3)
    monkeypatch.setattr(audit_queue, "MOST_KINDS", 2)
    database, queue = opened("sqlite"), AuditQueue()
    assert database.audit is not None
    for number in range(5):
        queue.note(ANSWERED, {"number": number})
        queue.refuse(REFUSED, f"reason {number}")
        queue.refuse(REFUSED, "reason 0")
    queue.write(database.unit_of_work(), database.audit)

    with database.engine.connect() as connection:
        written = list(connection.execute(select(ENTRIES.c.details)).scalars())
    assert sorted(row["number"] for row in written if "number" in row) == [2, 3, 4]
    assert {row["reason"]: row["times"] for row in written if "reason" in row} == {"reason 0": 6, "reason 1": 1}
