"""A plan for installations larger than this machine: processes, rates of the database, delays, from measured costs.

What people do is assumed, and stands in the table; what it costs was measured; how it queues over a week is simulated:
arrivals by hour of the day, bursts, one process gone for two busy hours, one slow receiver in ten. A process answers
one question after the other, as the threads of one interpreter do; a deliverer has one thread that speaks with the
database, and many that wait for receivers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from math import ceil
from statistics import fmean
from typing import Any, TypeVar

import numpy as np
import simpy
from benchmarks.measure import SEED, Row, quantiles
from benchmarks.stored import Costs, Run
from numpy.random import Generator as Chance
from numpy.random import default_rng

from service.database.polling import POLL_EVERY_S
from service.webhooks.delivering import RECORD_EVERY_S
from service.webhooks.pace import WorkerPacing

DAY_S, DAYS = 86_400, 7
BY_HOUR = (3, 2, 2, 2, 2, 2, 3, 4, 6, 8, 9, 9, 8, 8, 8, 8, 8, 7, 6, 6, 5, 5, 4, 4)
"""The share of a day's questions by its hour: hotlines are asked at night, offices by day."""
BUSIEST = max(BY_HOUR) / sum(BY_HOUR) / 3600
"""The share of a day's questions that comes within a second of the busiest hour."""
BURST, BURST_S = 40, 600.0
"""A raid or a bus station: so many questions within ten minutes."""
MOST_USED = 0.6
"""The part of the remaining processes that may be busy in the busiest hour."""
OUTAGE = 82 * 3600.0, 84 * 3600.0
"""When a process is gone, and back: Thursday from ten to noon."""
PROMPT_S, SLOW_S, ONE_SLOW_IN = 0.1, 10.0, 10
"""The time that a receiver takes, and that one takes of so many."""
EVENTS_OF_REFERRAL, RECEIVERS_OF_CHANGE, TRANSACTIONS_OF_A_LOOK = 3, 20, 3
"""Sent, answered, ended; programs that keep a copy of the directory; what a look for changes takes that finds none."""
SMALLEST = 2
"""Fewer processes would mean that nobody answers while one is replaced."""
T = TypeVar("T")
Steps = Generator[simpy.Event, Any, None]


@dataclass(frozen=True, slots=True)
class Scale:
    """What people of an installation do in a day; `bursts`: in a week."""

    name: str
    agencies: int
    answers: int
    changes: int
    referrals: int
    bursts: int

    @property
    def endpoints(self) -> int:
        """How many receivers there are: one agency in four has a program of its own."""
        return max(10, self.agencies // 4)

    @property
    def copies(self) -> int:
        """How many receivers keep a copy of the directory, and hear of each change."""
        return min(RECEIVERS_OF_CHANGE, self.endpoints)

    @property
    def deliveries(self) -> int:
        """Deliveries a day."""
        return self.referrals * EVENTS_OF_REFERRAL + self.changes * self.copies


SCALES = (
    Scale("region", 30, 150, 15, 40, 3),
    Scale("state", 600, 4_000, 300, 1_000, 20),
    Scale("country", 10_000, 60_000, 5_000, 15_000, 200),
)


def sizing(costs: Costs, comparison: Sequence[Row] | None) -> dict[str, Any]:
    """Return the figures of all scales, with the costs, and a measured run beside its simulation, if there is one."""
    rows = [plan(costs, scale) for scale in SCALES]
    return {**asdict(costs), "one_process": list(comparison or ()), "scales": rows}


def processes_for(costs: Costs, scale: Scale) -> int:
    """Return how many processes answer: one more than the busiest hour needs, with a burst in it."""
    busiest = scale.answers * BUSIEST + BURST / 3600
    return max(SMALLEST, 1 + ceil(busiest * fmean(costs.answers_ms) / 1000 / MOST_USED))


def plan(costs: Costs, scale: Scale, *, days: int = DAYS) -> Row:
    """Return the figures of a scale over so many days."""
    chance, pace = default_rng(SEED), WorkerPacing()
    processes, delivery_s = processes_for(costs, scale), (costs.event_ms + costs.delivery_ms) / 1000
    # One thread of a deliverer speaks with the database; it keeps up in the busiest hour.
    deliverers = max(1, ceil(scale.deliveries * BUSIEST * delivery_s / MOST_USED))
    due_s = _moments(chance, scale.answers, days, bursts=scale.bursts * days // DAYS)
    requests = zip(due_s, (chance.choice(costs.answers_ms, len(due_s)) / 1000).tolist(), strict=True)
    answers = simulate_answers(requests, processes, OUTAGE if OUTAGE[1] < days * DAY_S else None)
    prompt, slow = simulate_deliveries(_deliveries(chance, scale, days), deliverers, delivery_s, pace)
    looks = processes * (TRANSACTIONS_OF_A_LOOK / POLL_EVERY_S + 1 / RECORD_EVERY_S) + deliverers * 2 / pace.idle_s
    acts = scale.changes + scale.referrals * (1 + EVENTS_OF_REFERRAL)
    writes = acts + scale.referrals * EVENTS_OF_REFERRAL + scale.changes + 2 * scale.deliveries
    return {
        "scale": scale.name,
        "agencies": scale.agencies,
        "answers_a_day": scale.answers,
        "processes": processes,
        "deliverers": deliverers,
        "transactions_per_second": round(looks + writes * BUSIEST, 1),
        "answer_ms": _quantiles(answers),
        "followed_ms": round(1000 * POLL_EVERY_S + costs.follow_ms),
        "delivery_ms": _quantiles(prompt),
        "slow_delivery_ms": _quantiles(slow),
    }


def _moments(chance: Chance, a_day: int, days: int, *, bursts: int = 0) -> list[float]:
    """Return moments by the hour of the day, and bursts at any time, in order."""
    counts = chance.poisson(np.tile(np.array(BY_HOUR) / sum(BY_HOUR) * a_day, days))
    usual = np.repeat(np.arange(24 * days) * 3600.0, counts) + chance.uniform(0, 3600, counts.sum())
    starts = np.repeat(chance.uniform(0, days * DAY_S - BURST_S, bursts), BURST)
    moments: list[float] = np.sort(np.concatenate([usual, starts + chance.uniform(0, BURST_S, len(starts))])).tolist()
    return moments


def _deliveries(chance: Chance, scale: Scale, days: int) -> Iterator[tuple[float, int]]:
    """Yield each delivery's moment and endpoint: a referral's event goes to one, a change's to all that keep copies."""
    events = [(at, 1) for at in _moments(chance, scale.referrals * EVENTS_OF_REFERRAL, days)]
    events += [(at, scale.copies) for at in _moments(chance, scale.changes, days)]
    for at, receivers in sorted(events):
        first = int(chance.integers(scale.endpoints)) if receivers == 1 else 0
        yield from ((at, first + number) for number in range(receivers))


def simulate_answers(
    requests: Iterable[tuple[float, float]], processes: int, outage: tuple[float, float] | None = None
) -> list[float]:
    """Return the seconds to each answer, in their order: of requests by their moment, each with its time of work.

    Each goes to the process with the fewest, as the proxy sends it; one that goes leaves what it had to others.

    >>> simulate_answers([(0.0, 2.0), (1.0, 2.0)], 1), simulate_answers([(0.0, 2.0), (1.0, 2.0)], 2)
    ([2.0, 3.0], [2.0, 2.0])
    """
    env, took_s = simpy.Environment(), list[float]()
    running, ends = [simpy.Resource(env) for _ in range(processes)], defaultdict[simpy.Resource, simpy.Event](env.event)

    def ask(work_s: float) -> Steps:
        start, is_answered = env.now, False
        while not is_answered:
            server = min(running, key=lambda server: len(server.queue) + server.count)
            end = ends[server]
            with server.request() as turn:
                yield turn | end
                if not end.triggered:
                    yield env.timeout(work_s) | end
            is_answered = not end.triggered
        took_s.append(env.now - start)

    def fail(begins_s: float, ends_s: float) -> Steps:
        yield env.timeout(begins_s)
        server = running.pop(0)
        ends.pop(server, env.event()).succeed()
        yield env.timeout(ends_s - begins_s)
        running.insert(0, server)

    _run(env, requests, ask, *([fail(*outage)] if outage else ()))
    return took_s


def simulate_deliveries(
    deliveries: Iterable[tuple[float, int]], deliverers: int, delivery_s: float, pace: WorkerPacing
) -> tuple[list[float], list[float]]:
    """Return the seconds to each delivery to prompt receivers, and to slow ones: each due at a moment, to an endpoint.

    `delivery_s`: processor time of a delivery. An endpoint has so many attempts at a time as the pace allows.

    >>> simulate_deliveries([(0.0, 0), (0.0, 1)], 1, 0.0, Pace())
    ([0.1], [10.0])
    """
    env, took_s = simpy.Environment(), (list[float](), list[float]())
    threads, writers = simpy.Resource(env, deliverers * pace.threads), simpy.Resource(env, deliverers)
    endpoints = defaultdict[int, simpy.Resource](lambda: simpy.Resource(env, pace.per_endpoint))

    def deliver(endpoint: int) -> Steps:
        start, is_slow = env.now, endpoint % ONE_SLOW_IN == 0
        with endpoints[endpoint].request() as place, threads.request() as thread:
            yield place & thread
            with writers.request() as writer:
                yield writer
                yield env.timeout(delivery_s)
            yield env.timeout(SLOW_S if is_slow else PROMPT_S)
        took_s[is_slow].append(env.now - start)

    _run(env, deliveries, deliver)
    return took_s


def _run(
    env: simpy.Environment, arrivals: Iterable[tuple[float, T]], begin: Callable[[T], Steps], *more: Steps
) -> None:
    def arrive() -> Steps:
        for due_s, subject in arrivals:
            yield env.timeout(max(0.0, due_s - env.now))  # rounded, it may be a hair below zero
            env.process(begin(subject))

    for steps in (arrive(), *more):
        env.process(steps)
    env.run()


def compare_with_simulation(run: Run) -> list[Row]:
    """Return a measured run beside its simulation: the moments of the run, each with a time its question took alone."""
    chance = default_rng(SEED)
    work_s = [float(chance.choice(times)) for times in run.alone_s]
    courses = {"measured": run.took_s, "simulated": simulate_answers(zip(run.due_s, work_s, strict=True), 1)}
    return [
        {"one_process": name, "used": _used(run.due_s, took_s), "answer_ms": _quantiles(took_s)}
        for name, took_s in courses.items()
    ]


def _used(due_s: Sequence[float], took_s: Sequence[float]) -> float:
    """Return the part of the time in which somebody waited for an answer.

    >>> _used([0.0, 1.0, 7.0], [2.0, 2.0, 3.0])
    0.6
    """
    used_s = end_s = 0.0
    for due, took in zip(due_s, took_s, strict=True):
        used_s += max(0.0, due + took - max(due, end_s))
        end_s = max(end_s, due + took)
    return round(used_s / end_s, 3)


def _quantiles(took_s: Sequence[float]) -> dict[str, float]:
    return quantiles([1000 * took for took in took_s], (50, 99), "p{}")
