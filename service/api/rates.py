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

    Whoever has no valid token is not counted: that request ends at the token.
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
        key = caller.organization, caller.subject
        if self._limiter.hit(self._item, *key):
            return
        wait_s = self._limiter.get_window_stats(self._item, *key).reset_time - time.time()
        raise problem("too_many_requests", headers={"Retry-After": str(max(1, math.ceil(wait_s)))})
