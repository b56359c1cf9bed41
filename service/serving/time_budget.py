"""The time of a request, as a question for a search without knowledge of any clock."""

from __future__ import annotations

import time
from collections.abc import Callable

import routing

OWED_MS = 5_000
"""The processor time for what is owed beyond the budget: the first path, and what to do first."""


def owed_from_now() -> routing.OutOfTime:
    """Return the question whether this thread has worked for `OWED_MS` since the call: to be asked in this thread."""
    return starting_now(OWED_MS, clock=time.thread_time)


def starting_now(budget_ms: int, *, clock: Callable[[], float] = time.monotonic) -> routing.OutOfTime:
    """Return the question whether `budget_ms` milliseconds have gone by since the call; `clock` counts seconds.

    >>> seconds = iter([10.0, 10.2, 10.3])
    >>> is_over = starting_now(250, clock=lambda: next(seconds))
    >>> is_over(), is_over()
    (False, True)
    """
    until = clock() + budget_ms / 1000
    return lambda: clock() >= until


def sooner(one: routing.OutOfTime, other: routing.OutOfTime) -> routing.OutOfTime:
    """Return the question whether either time is over."""
    return lambda: one() or other()
