"""The time that one request may take, as a question that a search can ask without knowing any clock."""

from __future__ import annotations

import time
from collections.abc import Callable

import routing


def starting_now(budget_ms: int, *, clock: Callable[[], float] = time.monotonic) -> routing.OutOfTime:
    """Return what says whether `budget_ms` milliseconds have gone by since this call; `clock` counts seconds."""
    until = clock() + budget_ms / 1000
    return lambda: clock() >= until


def sooner(one: routing.OutOfTime, other: routing.OutOfTime) -> routing.OutOfTime:
    """Return what says whether either time is over."""
    return lambda: one() or other()
