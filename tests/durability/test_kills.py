"""Processes are killed at random moments and at named points: nothing committed is lost, nothing undone is sent.

KILLS says how many kills there are on each database; the suite's own run is short.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from multiprocessing import forkserver
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from threading import Lock

import kills_worker
import pytest
from receivers import Received, receiving
from seeds import fresh_random
from sqlalchemy import text
from webhook_builders import ATTEMPTS, DELIVERIES, Stage, eventually

from service.settings import Settings

KILLS = int(os.environ.get("KILLS", "6"))
THREADS, LEASE_S, BY_TIMER = kills_worker.PACE.threads, kills_worker.LEASE_S, kills_worker.BY_TIMER
POINTS = {  # the point, and whether the change must be there afterwards
    "made, not committed": False,
    "committed": True,
    "placed, not committed": True,
    "placing committed": True,
    "timer fired, not committed": True,
    "timer committed": True,
    "claimed, not committed": True,
    "claim committed": True,
    "sent, not settled": True,
    "settled, not committed": True,
    "settled": True,
}


class Fickle:
    """How the receiver answers: mostly it takes what comes; at times it fails, hangs, or is slow."""

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()
        self.seen: Counter[str] = Counter()
        self.taken_at: dict[str, float] = {}
        self._chance, self._lock = fresh_random(7), Lock()

    def __call__(self, request: Received) -> tuple[int, Mapping[str, str]]:
        name = json.loads(request.body)["data"]["id"]
        with self._lock:
            self.seen[name] += 1
            fate, slow_s = self._chance.random(), self._chance.uniform(0, 0.2)
        time.sleep(slow_s)
        if fate < 0.1:
            return 500, {}
        if fate < 0.13:
            time.sleep(2.5)
        with self._lock:
            self.taken[name] += 1
            self.taken_at.setdefault(name, time.monotonic())
        return 204, {}


PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["kills_worker"])


@pytest.fixture(scope="module", autouse=True)
def server_of_processes() -> None:
    """Start the server that processes are forked from where it finds what they need: it imports that once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
        forkserver.ensure_running()


class Crew:
    """The processes that are killed."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self._url = folder, url
        self.live: list[ForkServerProcess] = []

    def start(self) -> None:
        process = PROCESSES.Process(target=kills_worker.works, args=(self.folder, self._url), daemon=True)
        process.start()
        self.live.append(process)

    def is_ready(self, process: ForkServerProcess) -> bool:
        assert process.is_alive(), "a process died by itself"
        return (self.folder / f"ready-{process.pid}").exists()

    def wait(self) -> None:
        eventually(lambda: all(map(self.is_ready, self.live)), within_s=90)

    def kill(self, process: ForkServerProcess) -> None:
        self.live.remove(process)
        process.kill()
        process.join()


def send(process: ForkServerProcess, what: signal.Signals) -> None:
    assert process.pid is not None
    os.kill(process.pid, what)


@contextmanager
def crew_of(folder: Path, url: str, size: int) -> Iterator[Crew]:
    crew = Crew(folder, url)
    try:
        for _ in range(size):
            crew.start()
        crew.wait()
        yield crew
    finally:
        for process in list(crew.live):
            crew.kill(process)


def committed(stage: Stage) -> set[str]:
    """Return the names of all changes that are committed, and of those that timers which are set still owe."""
    with stage.database.engine.connect() as connection:
        made = set(connection.execute(text("SELECT object_id FROM event")).scalars())
        owed = {f"{name}{BY_TIMER}" for name in connection.execute(text("SELECT object_id FROM timer")).scalars()}
    return made | owed


def test_nothing_is_lost_and_nothing_undone_is_sent(
    stage: Stage, settings: Settings, tmp_path: Path, say: Callable[[str], None]
) -> None:
    """Two processes that make changes and deliver, killed again and again, replaced, at last the survivor alone."""
    chance, fickle = fresh_random(KILLS), Fickle()
    with receiving() as receiver:
        receiver.answer = fickle
        stage.endpoint(receiver.url)
        (tmp_path / "produce").touch()
        with crew_of(tmp_path, settings.database, 2) as crew:
            for _ in range(KILLS):
                time.sleep(chance.uniform(0, 0.8))
                ready = [process for process in crew.live if crew.is_ready(process)]
                if not ready:
                    crew.wait()
                    ready = list(crew.live)
                crew.kill(chance.choice(ready))
                crew.start()
            crew.wait()
            time.sleep(1)
            crew.kill(crew.live[0])
            (tmp_path / "produce").unlink()

            def missing() -> set[str]:
                return committed(stage) - set(fickle.taken)

            eventually(lambda: not missing(), within_s=60)
            time.sleep(1)
        made = committed(stage)
    undone = set((tmp_path / "rolled-back").read_text().split()) if (tmp_path / "rolled-back").exists() else set()
    twice = sum(many - 1 for many in fickle.taken.values())

    assert made, "nothing was made"
    assert set(fickle.seen) <= made
    assert not undone & set(fickle.seen)
    assert not undone & made
    by_timer = [name for name in made if name.endswith(BY_TIMER)]
    with stage.database.engine.connect() as connection:
        often = Counter(connection.execute(text("SELECT object_id FROM event")).scalars())
    assert all(often[name] == 1 for name in by_timer)
    hung = sum(fickle.seen.values()) - len(made)  # an attempt that hung was taken and is made again
    assert twice <= (KILLS + 1) * THREADS + hung
    say(
        f"{settings.database.split(':')[0]}: {KILLS + 1} kills, {len(made)} changes ({len(by_timer)} by timers), "
        f"{len(undone)} rolled back, {sum(fickle.seen.values())} requests, {twice} taken twice, 0 lost"
    )


@pytest.mark.parametrize("point", POINTS)
def test_a_process_that_dies_at_a_point_leaves_all_or_nothing(
    stage: Stage, settings: Settings, tmp_path: Path, point: str
) -> None:
    """Another process finishes: the change and its timer's change arrive, or neither if nothing was committed."""
    with receiving() as receiver:
        stage.endpoint(receiver.url)

        def run(point: str) -> int | None:
            process = PROCESSES.Process(target=kills_worker.dies, args=(settings.database, point))
            process.start()
            process.join()
            return process.exitcode

        died, finished = run(point), run(kills_worker.FINISH)

        came = Counter(json.loads(request.body)["data"]["id"] for request in receiver.received)
    assert (died, finished) == (-signal.SIGKILL, 0)
    assert set(came) == ({"c", f"c{BY_TIMER}"} if POINTS[point] else set())
    assert max(came.values(), default=1) <= 2
    with stage.database.engine.connect() as connection:
        made = Counter(connection.execute(text("SELECT object_id FROM event")).scalars())
    assert set(made.values()) <= {1}


@pytest.mark.parametrize("stop", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "stopped"])
def test_a_survivor_takes_over_within_the_lease(
    stage: Stage, settings: Settings, tmp_path: Path, stop: signal.Signals
) -> None:
    """What a dead or sleeping process had claimed is sent by another; the sleeper wakes late and changes nothing."""
    first: list[float] = []

    def answer(request: Received) -> tuple[int, Mapping[str, str]]:
        if first:
            return 204, {}
        first.append(time.monotonic())
        time.sleep(0.9)  # long enough to be stopped in the middle of it
        return 500, {}

    with receiving() as receiver, crew_of(tmp_path, settings.database, 2) as crew:
        receiver.answer = answer
        stage.endpoint(receiver.url)
        falls, survives = crew.live
        send(survives, signal.SIGSTOP)
        stage.light("one")
        eventually(lambda: receiver.received)
        send(falls, stop)
        send(survives, signal.SIGCONT)
        eventually(lambda: stage.states() == {"one": "delivered"}, within_s=LEASE_S + 15)
        [delivered] = stage.rows(DELIVERIES)
        if stop is signal.SIGSTOP:
            send(falls, signal.SIGCONT)
            time.sleep(2)

        assert stage.rows(DELIVERIES) == [delivered]
    [attempt] = stage.rows(ATTEMPTS)
    assert (attempt.number, attempt.status, delivered.claims) == (2, 204, 2)
    assert LEASE_S - 1 <= (attempt.at - delivered.created_at).total_seconds() <= LEASE_S + 2
