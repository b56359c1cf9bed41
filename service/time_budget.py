"""The time of a request, as a question for a search without knowledge of any clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import routing

HARD_DEADLINE_MS = 5_000
"""The hard deadline, in processor time, for what is guaranteed: the first path, and what to do first."""


def hard_deadline_from_now() -> routing.IsExpired:
    """Return a function that is True once this thread has used `HARD_DEADLINE_MS` of processor time since this call."""
    return starting_now(HARD_DEADLINE_MS, clock=time.thread_time)


def starting_now(budget_ms: float, *, clock: Callable[[], float] = time.monotonic) -> routing.IsExpired:
    """Return the question whether `budget_ms` milliseconds have gone by since the call; `clock` counts seconds.

    >>> seconds = iter([10.0, 10.2, 10.3])
    >>> is_over = starting_now(250, clock=lambda: next(seconds))
    >>> is_over(), is_over()
    (False, True)
    """
    until = clock() + budget_ms / 1000
    return lambda: clock() >= until


def sooner(first: routing.IsExpired, second: routing.IsExpired) -> routing.IsExpired:
    """Return the question whether either time is over."""
    return lambda: first() or second()


def later(first: routing.IsExpired, second: routing.IsExpired) -> routing.IsExpired:
    """Return the question whether both times are over."""
    return lambda: first() and second()


class SharedTime:
    """The time of several searches for one answer: each may take a part of what those before it left.

    Counted in searches of usual length, which is shorter while many wait for their turn. `clock` counts seconds.

    >>> seconds = iter([10.0, 10.0, 10.125, 10.125])
    >>> shared = SharedTime(2, clock=lambda: next(seconds))
    >>> with shared.part(1 / 2, 250) as is_over:
    ...     is_over()
    False
    >>> shared.left
    1.5
    """

    def __init__(self, searches: float, *, clock: Callable[[], float]) -> None:
        self.left, self._clock = searches, clock

    @contextmanager
    def part(self, part: float, budget_ms: float, *, least_ms: float = 0) -> Iterator[routing.IsExpired]:
        """Give a part of the time that is left to the block, where a search of usual length may take `budget_ms`.

        `least_ms`: more than that part, if it is shorter, while so much is left.
        """
        begin, left_ms = self._clock(), self.left * budget_ms
        try:
            yield starting_now(max(part * left_ms, min(least_ms, left_ms)), clock=self._clock)
        finally:
            spent_ms = (self._clock() - begin) * 1000
            self.left = max(0, self.left - spent_ms / budget_ms) if budget_ms else 0
