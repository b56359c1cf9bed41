"""Keys from an issuer's JWKS URL: fetched when needed, kept in memory, and fetched again sparingly.

A token with an unknown key name costs the issuer at most one request in 30 s, for any number of tokens. While the
issuer cannot be reached its last keys stay in force.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType

import httpx

from .fetching import TIMEOUT_S, SingleFlight, check_url, fetch_document
from .keys import VerifyingKey, read_key_set

REFETCH_AFTER_S = 30
"""Least time between two fetches, whatever came of the first."""
STALE_AFTER_S = 600
"""Age from which keys are fetched again though all names are known: a key that the issuer withdrew must go."""
WAIT_S = 2.0
"""How long a request with an unknown key name waits for a fetch that another has begun."""
STALE_WAIT_S = 0.5
"""How long one request with a known name waits, so that a key that was withdrawn goes at once if the issuer answers."""

log = logging.getLogger(__name__)


class JwksKeys:
    """The keys behind a JWKS URL. Safe to share between threads; one fetch at a time, in a thread apart.

    `monotonic` gives seconds from any fixed point; `transport` is httpx's transport.
    """

    def __init__(
        self,
        url: str,
        *,
        transport: httpx.BaseTransport | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the URL, which must be https; http is for this machine only. No key is fetched yet.

        Raises:
            TokenKeyError: the URL is neither.
        """
        self._url = check_url(url)
        self._transport = transport
        self._monotonic = monotonic
        self._flight = SingleFlight(self._fetch_and_keep, self._may_fetch)
        self._keys: Mapping[str, VerifyingKey] = MappingProxyType({})
        self._tried_at: float | None = None
        self._fetched_at: float | None = None

    @property
    def is_fetched(self) -> bool:
        """Whether the issuer was ever reached."""
        return self._fetched_at is not None

    def find(self, kid: str) -> VerifyingKey | None:
        """Return the issuer's key with a name; `None` for an unknown name. May fetch; never raises."""
        if kid not in self._keys:
            self._flight.join(first_waits_s=TIMEOUT_S, others_wait_s=WAIT_S)
        elif self._is_stale():
            self._flight.join(first_waits_s=STALE_WAIT_S, others_wait_s=0)
        return self._keys.get(kid)

    def _may_fetch(self) -> bool:
        return self._tried_at is None or self._monotonic() - self._tried_at >= REFETCH_AFTER_S

    def _is_stale(self) -> bool:
        return self._fetched_at is None or self._monotonic() - self._fetched_at >= STALE_AFTER_S

    def _fetch_and_keep(self) -> None:
        try:
            keys = read_key_set(fetch_document(self._url, transport=self._transport, monotonic=self._monotonic))
        except Exception as error:  # the network, the issuer, or its answer: the old keys stay
            log.warning(
                "signing keys could not be fetched; the last ones stay in force", extra={"error": type(error).__name__}
            )
        else:
            if not keys:
                log.warning("the issuer names no key that can be used; every token is refused")
            self._keys = MappingProxyType(keys)
            self._fetched_at = self._monotonic()
        finally:
            self._tried_at = self._monotonic()
