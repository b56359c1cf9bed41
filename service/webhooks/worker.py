"""The worker: places events, fires timers, claims deliveries, sends them, and settles the results.

A single thread talks to the database and many threads to receivers, so no transaction is open during a call, and the
results of many attempts are written together. Any number of workers in any number of processes share the work.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue
from random import Random
from threading import Event, Lock, Thread
from time import monotonic, sleep

from sqlalchemy.exc import SQLAlchemyError

from service.database import clock
from service.database.database import Database
from service.database.outbox import outbox
from service.database.outbox.timers import fire_next, set_standing
from service.database.outbox.timers import has_due as has_due_timer
from service.errors import StoreError
from service.web.outgoing.transport import DeliveryOutcome, SafePost

from .claiming import ClaimedDelivery, claim, has_due
from .fan_out import has_unplaced, place_events
from .pace import WorkerPacing
from .settling import Result, settle
from .signing import signed_headers

TIMERS_S = 1.0
"""How long timers are fired before what else waits has its turn, and the longest pause between two."""

NO_ANSWER_YET_S = 0.05
"""How soon to look again while attempts are under way or due ones found no room."""

COMPLAIN_EVERY_S = 60.0

log = logging.getLogger(__name__)


class Worker:
    """Delivers and fires timers until stopped. `start` and `stop` may be called from any thread."""

    def __init__(self, database: Database, post: SafePost, pace: WorkerPacing) -> None:
        """Take the database, which the worker has for itself, and how to send."""
        self._database = database
        self._post = post
        self._pace = pace
        self._wake = Event()
        self._stop = Event()
        self._thread = Thread(target=self._run, name="deliver", daemon=True)
        self._results: SimpleQueue[Result] = SimpleQueue()
        self._under_way: Counter[bool] = Counter()  # by whether the endpoint's last attempt came through
        self._lock = Lock()
        self._complained = ("", 0.0)
        self._has_set_standing = False
        self._chance = Random()  # noqa: S311 - so that workers spread out

    def start(self) -> None:
        """Start the thread that delivers."""
        outbox.follow(self._wake)
        self._thread.start()

    def stop(self) -> None:
        """Claim no more, let running attempts end for a while, write the results, and return."""
        self._stop.set()
        self._wake.set()
        self._thread.join(self._pace.grace_s + 5)
        outbox.leave(self._wake)

    def _run(self) -> None:
        pool = ThreadPoolExecutor(self._pace.threads, thread_name_prefix="send")
        try:
            while not self._stop.is_set():
                self._wake.clear()
                linked = self._guard(self._database.link_audit)
                had_work = self._guard(self._round, pool) or linked
                if not had_work:
                    busy = self._count() > 0
                    pause_s = self._pace.idle_s * self._chance.uniform(0.8, 1.2)
                    self._wake.wait(pause_s if not busy else min(pause_s, 10 * NO_ANSWER_YET_S))
            self._end()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _guard(self, work: Callable[..., bool], *arguments: object) -> bool:
        """Do `work`; an absent, locked or busy database is tried again after a pause."""
        try:
            return work(*arguments)
        except Exception as error:  # a defect in one event must not end all deliveries
            is_outage = isinstance(error, SQLAlchemyError | StoreError)
            self._complain(logging.WARNING if is_outage else logging.ERROR, type(error).__name__)
        return False

    def _complain(self, level: int, error_name: str) -> None:
        """Log the obstacle to delivery, the same obstacle at most once a minute."""
        if error_name != self._complained[0] or monotonic() > self._complained[1] + COMPLAIN_EVERY_S:
            log.log(level, "delivery waits", extra={"error": error_name})
            self._complained = (error_name, monotonic())

    def _round(self, pool: ThreadPoolExecutor) -> bool:
        """Do the waiting work; return whether any work waited."""
        if not self._has_set_standing:
            set_standing(self._database.unit_of_work())
            self._has_set_standing = True
        result_count = self._settle()
        unplaced, timer, due = self._look()
        if unplaced:
            due = place_events(self._database.unit_of_work()) > 0 or due
        if timer:
            self._fire_timers()
        claim_count = self._claim(pool) if due else 0
        return bool(result_count or unplaced or timer or claim_count)

    def _fire_timers(self) -> None:
        """Fire timers for a while, with a pause after each as long as it took: further processes write in between."""
        ends_s = monotonic() + TIMERS_S
        while not self._stop.is_set() and (start_s := monotonic()) < ends_s:
            if not fire_next(self._database.unit_of_work()):
                break
            sleep(min(TIMERS_S, monotonic() - start_s))

    def _look(self) -> tuple[bool, bool, bool]:
        """Say in a single read whether events wait for a place, timers for their time, deliveries for their turn."""
        reading = self._database.unit_of_work(writes=False)
        with reading:
            now = clock.now(reading.session)
            return (
                has_unplaced(reading.session),
                has_due_timer(reading.session, now),
                has_due(reading.session, now),
            )

    def _claim(self, pool: ThreadPoolExecutor) -> int:
        with self._lock:
            room = self._pace.threads - self._under_way.total()
            failing = self._pace.for_failing - self._under_way[False]
        if room <= 0:
            return 0
        claims = claim(
            self._database.unit_of_work(), self._database.secrets, self._pace, room=room, room_for_failing=failing
        )
        with self._lock:
            self._under_way.update(delivery.healthy for delivery in claims)
        for delivery in claims:
            pool.submit(self._send, delivery)
        return len(claims)

    def _send(self, delivery: ClaimedDelivery) -> None:
        try:
            signature = signed_headers(delivery.message_id, delivery.at, delivery.body, delivery.signers)
            outcome = self._post.send(
                delivery.url, delivery.organization, {**delivery.headers, **signature}, delivery.body
            )
        except Exception as error:
            log.error("an attempt was not made", extra={"error": type(error).__name__})
            outcome = DeliveryOutcome(0, error="defect")
        self._results.put(Result(delivery, outcome))
        with self._lock:
            self._under_way[delivery.healthy] -= 1
        self._wake.set()

    def _settle(self) -> int:
        results: list[Result] = []
        while True:
            try:
                results.append(self._results.get_nowait())
            except Empty:
                break
        if not results:
            return 0
        try:
            settle(self._database.unit_of_work(), results, self._pace)
        except SQLAlchemyError:
            for result in results:  # a later round writes them, or the lease runs out and they are tried again
                self._results.put(result)
            raise
        return len(results)

    def _count(self) -> int:
        with self._lock:
            return self._under_way.total()

    def _end(self) -> None:
        """Give running attempts their grace, and write their results."""
        ends = monotonic() + self._pace.grace_s
        while self._count() > 0 and monotonic() < ends:
            self._wake.clear()
            self._guard(lambda: self._settle() > 0)
            self._wake.wait(NO_ANSWER_YET_S)
        self._guard(lambda: self._settle() > 0)
