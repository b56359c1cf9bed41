"""The pace of delivery: intervals, time limits and attempts at a time, in a single place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

MINUTE, HOUR = 60.0, 3600.0
DELAYS_S = (5.0, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR)
"""From the end of one scheduled attempt to the next; after the last of them a delivery is exhausted."""
SPREAD = 0.1
"""Each delay is longer or shorter by up to this share, so that what failed together is not tried together."""
FAILING_FOR = timedelta(days=5)
FAILING_EVENTS = 3
"""An endpoint whose scheduled attempts failed for so long, for so many events, without one success, is disabled."""


@dataclass(frozen=True, slots=True)
class WorkerPacing:
    """The figures of a worker. `threads`: attempts at a time in the process; `lease_s`: the longest attempt.

    `per_endpoint`, `per_organization`: attempts at a time over every process. `idle_s`: how often to look for work
    without a wake-up. `grace_s`: the time for running attempts to end at the worker's stop.
    """

    threads: int = 64
    lease_s: float = 20.0
    per_endpoint: int = 4
    per_organization: int = 8
    idle_s: float = 0.5
    grace_s: float = 10.0
    delays_s: tuple[float, ...] = DELAYS_S

    @property
    def for_failing(self) -> int:
        """The number of attempts at a time to endpoints with a failed last attempt: three quarters of the whole.

        >>> WorkerPacing(threads=64).for_failing, WorkerPacing(threads=1).for_failing
        (48, 1)
        """
        return max(1, self.threads - self.threads // 4)


THREADS_ON_SQLITE = 16
