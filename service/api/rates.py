"""How often one token may ask, and how much one address without a token. Counted in memory, by each process alone."""

from __future__ import annotations

import math
import time

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from service.api.problems import ApiProblem, problem
from service.auth import Caller

MS_A_REQUEST = 10
"""Milliseconds of processor time that go with each request which an address without a token may make."""


class RateLimit:
    """Counts the requests of each token subject, and of each address without a token the processor time too.

    Safe to share between threads.

    Whoever has no valid token where one is needed is not counted: that request ends at the token.
    """

    def __init__(self, rate: str) -> None:
        """Take a rate such as `600/minute`."""
        self._item = parse(rate)
        self._time = type(self._item)(self._item.amount * MS_A_REQUEST, self._item.multiples, namespace="TIME")
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
        if not self._limiter.test(self._time, address):
            raise self._refusal(self._time, address)

    def charge_open(self, address: str, seconds: float) -> None:
        """Count processor time that a request without a token took; what is too much is refused to the next one."""
        self._limiter.hit(self._time, address, cost=math.ceil(seconds * 1000))

    def _take(self, *key: str) -> None:
        if not self._limiter.hit(self._item, *key):
            raise self._refusal(self._item, *key)

    def _refusal(self, item: RateLimitItem, *key: str) -> ApiProblem:
        wait_s = self._limiter.get_window_stats(item, *key).reset_time - time.time()
        return problem("too_many_requests", headers={"Retry-After": str(max(1, math.ceil(wait_s)))})
