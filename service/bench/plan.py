"""A plan for installations larger than this machine: processes, rates of the database, delays, from measured costs.

What people do is assumed, and stands in the table; what it costs was measured; how it queues over a week is simulated:
arrivals by hour of the day, bursts, one process gone for two busy hours, one slow receiver in ten.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from statistics import fmean

import numpy as np
from numpy.random import Generator, default_rng

from service.bench.costs import Costs, Run
from service.bench.measure import SEED, Row
from service.bench.simulation import Outage, simulate_answers, simulate_deliveries
from service.infrastructure.polling import POLL_EVERY_S
from service.webhooks.delivering import RECORD_EVERY_S
from service.webhooks.pace import Pace
from service.webhooks.purging import KEPT_FOR

DAY_S, DAYS = 86_400, 7
BY_HOUR = (3, 2, 2, 2, 2, 2, 3, 4, 6, 8, 9, 9, 8, 8, 8, 8, 8, 7, 6, 6, 5, 5, 4, 4)
"""The share of a day's questions by its hour: hotlines are asked at night, offices by day."""
BUSIEST = max(BY_HOUR) / sum(BY_HOUR) / 3600
"""The share of a day's questions that comes within a second of the busiest hour."""
BURST, BURST_S = 40, 600.0
"""A raid or a bus station: so many questions within ten minutes."""
MOST_USED = 0.6
"""The part of the remaining processes that may be busy in the busiest hour."""
OUTAGE_HOURS = (82, 84)
"""Thursday from ten to noon."""
EVENTS_OF_REFERRAL, RECEIVERS_OF_CHANGE, ROWS_OF_EVENT = 3, 20, 4
"""Sent, answered, ended; programs that keep a copy of the directory; the event, its audience, delivery and attempt."""
SMALLEST = 2
"""Fewer processes would mean that nobody answers while one is replaced."""
YEARS_KEPT = 6


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


def plan(costs: Costs, scales: Iterable[Scale] = SCALES, *, days: int = DAYS) -> list[Row]:
    """Return the figures of each scale over so many days."""
    return [_plan(costs, scale, days) for scale in scales]


def processes_for(costs: Costs, scale: Scale) -> int:
    """Return how many processes answer: one more than the busiest hour needs, with a burst in it."""
    busiest = scale.answers * BUSIEST + BURST / 3600
    return max(SMALLEST, 1 + ceil(busiest * fmean(costs.answers_ms) / 1000 / MOST_USED))


def _plan(costs: Costs, scale: Scale, days: int) -> Row:
    chance = default_rng(SEED)
    processes, delivery_s = processes_for(costs, scale), (costs.event_ms + costs.delivery_ms) / 1000
    # One thread of a deliverer speaks with the database; it keeps up in the busiest hour.
    deliverers = max(1, ceil(scale.deliveries * BUSIEST * delivery_s / MOST_USED))
    due_s = _moments(chance, scale.answers, days, bursts=scale.bursts * days // DAYS)
    requests = zip(due_s, (chance.choice(costs.answers_ms, len(due_s)) / 1000).tolist(), strict=True)
    begins_s, ends_s = (3600.0 * hour for hour in OUTAGE_HOURS)
    answers = simulate_answers(requests, processes, [Outage(0, begins_s, ends_s)] if ends_s < days * DAY_S else ())
    prompt, slow = simulate_deliveries(_deliveries(chance, scale, days), deliverers, delivery_s, Pace())
    looks = processes * costs.idle / POLL_EVERY_S + processes / RECORD_EVERY_S + deliverers * 2 / Pace().idle_s
    acts = scale.changes + scale.referrals * (1 + EVENTS_OF_REFERRAL)
    writes = acts + scale.referrals * EVENTS_OF_REFERRAL + scale.changes + 2 * scale.deliveries
    bytes_kept = scale.deliveries * costs.event_bytes * KEPT_FOR.days
    bytes_kept += (scale.answers + acts) * costs.entry_bytes * 365 * YEARS_KEPT
    return {
        "scale": scale.name,
        "agencies": scale.agencies,
        "answers_a_day": scale.answers,
        "processes": processes,
        "deliverers": deliverers,
        "transactions_per_second": round(looks + writes * BUSIEST, 1),
        "rows_per_second": round((2 * acts + scale.answers + scale.deliveries * ROWS_OF_EVENT) * BUSIEST, 1),
        "gigabytes": round(bytes_kept / 1e9, 1),
        "used": round(answers.worked_s / (processes * days * DAY_S), 4),
        "answer_ms": _quantiles(answers.took_s),
        "answers_waiting": answers.most_waiting,
        "followed_ms": round(1000 * POLL_EVERY_S + costs.follow_ms),
        "delivery_ms": _quantiles(prompt.took_s),
        "slow_delivery_ms": _quantiles(slow.took_s),
        "deliveries_waiting": prompt.most_waiting + slow.most_waiting,
    }


def _moments(chance: Generator, a_day: int, days: int, *, bursts: int = 0) -> list[float]:
    """Return moments by the hour of the day, and bursts at any time, in order."""
    counts = chance.poisson(np.tile(np.array(BY_HOUR) / sum(BY_HOUR) * a_day, days))
    usual = np.repeat(np.arange(24 * days) * 3600.0, counts) + chance.uniform(0, 3600, counts.sum())
    starts = np.repeat(chance.uniform(0, days * DAY_S - BURST_S, bursts), BURST)
    moments: list[float] = np.sort(np.concatenate([usual, starts + chance.uniform(0, BURST_S, len(starts))])).tolist()
    return moments


def _deliveries(chance: Generator, scale: Scale, days: int) -> Iterator[tuple[float, int]]:
    """Yield each delivery's moment and endpoint: a referral's event goes to one, a change's to all that keep copies."""
    events = [(at, 1) for at in _moments(chance, scale.referrals * EVENTS_OF_REFERRAL, days)]
    events += [(at, scale.copies) for at in _moments(chance, scale.changes, days)]
    for at, receivers in sorted(events):
        first = int(chance.integers(scale.endpoints)) if receivers == 1 else 0
        yield from ((at, first + number) for number in range(receivers))


def compare_with_simulation(run: Run) -> list[Row]:
    """Return a measured run beside its simulation: the moments of the run, each with a time its question took alone."""
    chance = default_rng(SEED)
    work_s = [float(chance.choice(times)) for times in run.alone_s]
    simulation = simulate_answers(zip(run.due_s, work_s, strict=True), 1)
    return [
        {"one_process": name, "used": _used(run.due_s, took_s), "answer_ms": _quantiles(took_s)}
        for name, took_s in (("measured", run.took_s), ("simulated", simulation.took_s))
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
    half, most = np.percentile(took_s or [0.0], (50, 99)) * 1000
    return {"p50": round(float(half), 1), "p99": round(float(most), 1)}
