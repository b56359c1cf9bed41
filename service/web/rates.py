"""Limits on the requests of a token, and on the requests and work of an address without one.

Counted in memory, by each process alone.
"""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from service.security import Caller
from service.web.problems import ApiProblem, problem

MS_A_REQUEST = 10
"""Milliseconds of processor time granted with each request of an address without a token."""
OPEN, GRIEVANCE, SESSION = "", "grievance", "session"
"""What requests without a token are counted as, each alone: reading, complaining, and showing an ended session."""


@dataclass(frozen=True, slots=True)
class RequestsLeft:
    """The requests left to a token: of `most` in each period of `period_s` seconds, `left` for `reset_s` seconds."""

    most: int
    period_s: int
    left: int
    reset_s: int

    def fields(self) -> list[tuple[bytes, bytes]]:
        """Return the header fields of the IETF's draft "RateLimit header fields for HTTP".

        >>> RequestsLeft(600, 60, 41, 12).fields()
        [(b'ratelimit-policy', b'"token";q=600;w=60'), (b'ratelimit', b'"token";r=41;t=12')]
        """
        policy, now = f'"token";q={self.most};w={self.period_s}', f'"token";r={self.left};t={self.reset_s}'
        return [(b"ratelimit-policy", policy.encode()), (b"ratelimit", now.encode())]


class RateLimit:
    """Counts the requests of each token subject, and for each address without a token the processor time too.

    A request with an invalid token, where a token is needed, is not counted: it ends at the token. Safe to share
    between threads.

    >>> limit = RateLimit("1/minute")
    >>> limit.take(Caller("lotus-center", frozenset(), "ana")).left
    0
    >>> limit.take(Caller("lotus-center", frozenset(), "ben")).left
    0
    >>> limit.take(Caller("lotus-center", frozenset(), "ana"))
    Traceback (most recent call last):
    service.web.problems.ApiProblem: too_many_requests
    """

    def __init__(self, rate: str) -> None:
        """Take a rate such as `600/minute`."""
        self._item = parse(rate)
        self._time = type(self._item)(self._item.amount * MS_A_REQUEST, self._item.multiples, namespace="TIME")
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        # MemoryStorage.incr is not thread-safe: two threads can start the same cleanup timer.
        self._lock = threading.Lock()

    def take(self, caller: Caller) -> RequestsLeft:
        """Count one request, and return the requests left to the caller at this process.

        Raises:
            ApiProblem: the caller's requests for the present period are used up.
        """
        key = caller.organization, caller.subject
        self._take(*key)
        stats = self._limiter.get_window_stats(self._item, *key)
        return RequestsLeft(self._item.amount, self._item.get_expiry(), stats.remaining, _seconds_to(stats.reset_time))

    def take_open(self, address: str, act: str = OPEN) -> None:
        """Count one request without a token for its address; the address is forgotten with the count.

        Raises:
            ApiProblem: the address's requests of the act, or its processor time for reading, are used up for now.
        """
        self._take("", act, address)
        if act == OPEN and not self._limiter.test(self._time, address):
            raise self._refusal(self._time, address)

    def charge_open(self, address: str, seconds: float) -> None:
        """Count the processor time of a request without a token; an excess refuses the address's next request."""
        with self._lock:
            self._limiter.hit(self._time, address, cost=math.ceil(seconds * 1000))

    def _take(self, *key: str) -> None:
        with self._lock:
            has_room = self._limiter.hit(self._item, *key)
        if not has_room:
            raise self._refusal(self._item, *key)

    def _refusal(self, item: RateLimitItem, *key: str) -> ApiProblem:
        wait_s = _seconds_to(self._limiter.get_window_stats(item, *key).reset_time)
        return problem("too_many_requests", headers={"Retry-After": str(wait_s)})


def _seconds_to(moment: float) -> int:
    return max(1, math.ceil(moment - time.time()))
