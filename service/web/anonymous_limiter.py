"""The bound on all addresses without a token together: beyond it, requests wait and are let in address by address."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from threading import Lock

from limits import parse

from service.settings import Settings
from service.web.problems import problem
from service.web.rates import MS_A_REQUEST
from service.web.scheduler import FairScheduler

LONGEST_WAIT_S = 5.0
"""Longest wait for a turn: who reads a page waits no longer, and a request that waits keeps its connection."""


ADDRESSES = 5
"""How many addresses may use up their own limits beside each other, unless a setting says what all may."""


def build_anonymous_limiter(settings: Settings) -> AnonymousLimiter:
    """Return the bound of the settings."""
    amount, _, period = settings.rate_limit.partition("/")
    return AnonymousLimiter(settings.open_limit or f"{int(amount) * ADDRESSES}/{period}")


class AnonymousLimiter:
    """Lets requests without a token in: at once within the bound, in turn beyond it. Counted by each process alone.

    A request counts once, and once more for each `MS_A_REQUEST` of its processor time. What was counted runs off
    evenly, so that a thousand addresses get as much together as the bound says, and each of them as much as another.
    """

    def __init__(self, rate: str, *, now: Callable[[], float] = time.monotonic) -> None:
        """Take a rate such as `3000/minute`."""
        item = parse(rate)
        self._most, self._each_s = float(item.amount), item.amount / item.get_expiry()
        self._now = now
        self._left, self._at = self._most, now()
        self._counting = Lock()
        self._turns = FairScheduler()

    async def let_in(self, address: str) -> None:
        """Return once a request of an address may go on.

        Raises:
            ApiProblem: its turn did not come in time.
        """
        if not self._turns.organizations_waiting and not self._wait_s():
            return
        try:
            async with asyncio.timeout(LONGEST_WAIT_S), self._turns.turn(("", address)):
                while wait_s := self._wait_s():
                    await asyncio.sleep(wait_s)
        except TimeoutError:
            raise problem("busy", headers={"Retry-After": str(math.ceil(LONGEST_WAIT_S))}) from None

    def charge(self, seconds: float) -> None:
        """Count the processor time of a request that was let in; from any thread."""
        with self._counting:
            self._left -= seconds * 1000 / MS_A_REQUEST

    def _wait_s(self) -> float:
        """Count one request and return 0; or count none, and return the seconds until there is room for it."""
        with self._counting:
            now = self._now()
            self._left = min(self._most, self._left + (now - self._at) * self._each_s)
            self._at = now
            if self._left >= 1:
                self._left -= 1
                return 0.0
            return (1 - self._left) / self._each_s
