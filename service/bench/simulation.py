"""Requests and deliveries as they queue, event by event: how long each takes, and how much waits.

A process answers one question after the other, as the threads of one interpreter do. A deliverer has one thread that
speaks with the database, and many that wait for receivers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

import simpy

from service.webhooks.pace import Pace

PROMPT_S, SLOW_S = 0.1, 10.0
"""The time that a receiver takes, and that one takes of every `ONE_SLOW_IN`."""
ONE_SLOW_IN = 10
T = TypeVar("T")
Steps = Generator[simpy.Event, Any, None]


class Outage(NamedTuple):
    """A time in which one process is gone, in seconds from the beginning."""

    process: int
    begins_s: float
    ends_s: float


@dataclass
class Course:
    """A simulation's course: the time of each, the time that the servers worked, and the most that waited."""

    took_s: list[float] = field(default_factory=list)
    worked_s: float = 0.0
    most_waiting: int = 0

    def end(self, took_s: float, waiting: int) -> None:
        """Note the end of a request or a delivery, and how many wait besides."""
        self.took_s.append(took_s)
        self.most_waiting = max(self.most_waiting, waiting)


class _Process:
    """A process that answers: its queue, whether it runs, and the event of its end."""

    def __init__(self, env: simpy.Environment) -> None:
        self.turn, self.runs, self.outage = simpy.Resource(env), True, env.event()

    @property
    def load(self) -> int:
        return len(self.turn.queue) + self.turn.count


def simulate_answers(requests: Iterable[tuple[float, float]], processes: int, outages: Sequence[Outage] = ()) -> Course:
    """Return the course of requests, each due at a moment and with its time of work, in the order of their moments.

    Each goes to the process with the fewest, as the proxy sends it; a process that goes leaves what it had to others.

    >>> simulate_answers([(0.0, 2.0), (1.0, 2.0)], 1).took_s, simulate_answers([(0.0, 2.0), (1.0, 2.0)], 2).took_s
    ([2.0, 3.0], [2.0, 2.0])
    """
    env, course = simpy.Environment(), Course()
    servers = [_Process(env) for _ in range(processes)]

    def ask(work_s: float) -> Steps:
        start, is_answered = env.now, False
        while not is_answered:
            server = min((server for server in servers if server.runs), key=lambda server: server.load)
            outage = server.outage
            with server.turn.request() as turn:
                yield turn | outage
                if not outage.triggered:
                    work_start = env.now
                    yield env.timeout(work_s) | outage
                    course.worked_s += env.now - work_start
            is_answered = not outage.triggered
        course.end(env.now - start, sum(server.load for server in servers))

    def fail(outage: Outage) -> Steps:
        server = servers[outage.process]
        yield env.timeout(outage.begins_s)
        server.runs = False
        server.outage.succeed()
        yield env.timeout(outage.ends_s - outage.begins_s)
        server.runs, server.outage = True, env.event()

    env.process(_arrive(env, requests, ask))
    for outage in outages:
        env.process(fail(outage))
    env.run()
    return course


def _arrive(env: simpy.Environment, arrivals: Iterable[tuple[float, T]], begin: Callable[[T], Steps]) -> Steps:
    for due_s, subject in arrivals:
        yield env.timeout(max(0.0, due_s - env.now))  # rounded, it may be a hair below zero
        env.process(begin(subject))


def simulate_deliveries(
    deliveries: Iterable[tuple[float, int]], deliverers: int, delivery_s: float, pace: Pace
) -> tuple[Course, Course]:
    """Return the courses of deliveries to prompt receivers, and to slow ones: each due at a moment, to an endpoint.

    `delivery_s`: processor time of a delivery. An endpoint has so many attempts at a time as the pace allows.

    >>> prompt, slow = simulate_deliveries([(0.0, 0), (0.0, 1)], 1, 0.0, Pace())
    >>> prompt.took_s, slow.took_s
    ([0.1], [10.0])
    """
    env, courses, waiting = simpy.Environment(), (Course(), Course()), [0, 0]
    threads, writers = simpy.Resource(env, deliverers * pace.threads), simpy.Resource(env, deliverers)
    endpoints = defaultdict[int, simpy.Resource](lambda: simpy.Resource(env, pace.per_endpoint))

    def deliver(endpoint: int) -> Steps:
        start, is_slow = env.now, endpoint % ONE_SLOW_IN == 0
        waiting[is_slow] += 1
        with endpoints[endpoint].request() as place, threads.request() as thread:
            yield place
            yield thread
            with writers.request() as writer:
                yield writer
                yield env.timeout(delivery_s)
            courses[is_slow].worked_s += delivery_s
            yield env.timeout(SLOW_S if is_slow else PROMPT_S)
        courses[is_slow].end(env.now - start, waiting[is_slow])
        waiting[is_slow] -= 1

    env.process(_arrive(env, deliveries, deliver))
    env.run()
    return courses
