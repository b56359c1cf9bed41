"""How long an entry of the audit waits, by a clock that goes on only while the program waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

import pytest
from sqlalchemy import func, select
from webhook_builders import HERE

from service import delivering
from service.acting import Actor
from service.store import audit_queue
from service.store.audit import AT_ONCE
from service.store.audit_queue import AuditQueue
from service.store.audit_tables import AuditEntry
from service.store.database import Database
from service.store.table_base import table_of
from service.webhooks import worker as workers
from service.webhooks.pace import Pace
from service.webhooks.transport import SafePost

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
    made: list[Waits] = []

    def make() -> Waits:
        made.append(Waits())
        return made[-1]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(module, "Event", make)
        yield made


def number_of(database: Database, *where: Any) -> int:
    with database.engine.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(ENTRIES).where(*where)).scalar_one())


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_answers_and_refusals_are_written_within_a_second(kind: str, opened: Opener) -> None:
    """Whenever between two rounds they come; and what waits when the program ends is written too."""
    database, queue = opened(kind), AuditQueue()
    with clocks(delivering) as made, delivering.recording(database, queue):
        (clock,) = made
        clock.settle()
        for many in (1, 2, 3):
            queue.note(ANSWERED, {"rules": []})
            queue.refuse(REFUSED, "expired")
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
    with clocks(workers) as made, ExitStack() as ends:
        worker = workers.Worker(database, SafePost(HERE), Pace())
        worker.start()
        ends.callback(worker.stop)
        clock = made[0]
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
    assert sorted(one["number"] for one in written if "number" in one) == [2, 3, 4]
    assert {one["reason"]: one["times"] for one in written if "reason" in one} == {"reason 0": 6, "reason 1": 1}
