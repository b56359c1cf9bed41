"""How often one token may ask. Counted in memory, by each process for itself."""

from __future__ import annotations

import math
import time

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from service.api.problems import problem
from service.auth import Caller


class RateLimit:
    """Counts the requests of each token subject. Safe to share between threads.

    Whoever has no valid token where one is needed is not counted: that request ends at the token.
    """

    def __init__(self, rate: str) -> None:
        """Take a rate such as `600/minute`."""
        self._item = parse(rate)
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    def take(self, caller: Caller) -> None:
        """Count one request.

        Raises:
            ApiProblem: the caller has used up what is allowed for now.
        """
        self._take(caller.organization, caller.subject)

    def take_open(self, address: str) -> None:
        """Count one request without a token, by where it comes from; the address is forgotten with the count.

        Raises:
            ApiProblem: as much was asked from there as is allowed for now.
        """
        self._take("", address)

    def _take(self, *key: str) -> None:
        if self._limiter.hit(self._item, *key):
            return
        wait_s = self._limiter.get_window_stats(self._item, *key).reset_time - time.time()
        raise problem("too_many_requests", headers={"Retry-After": str(max(1, math.ceil(wait_s)))})
