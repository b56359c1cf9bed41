"""Keys from an issuer's JWKS URL: fetched when needed, kept in memory, and fetched again sparingly.

A token with an unknown key name costs the issuer at most one request in 30 s, for any number of tokens. While the
issuer cannot be reached its last keys stay in force.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from threading import Lock
from types import MappingProxyType

import httpx

from service.wording import setup

from .errors import TokenKeyError
from .keys import VerifyingKey, read_key_set

REFETCH_AFTER_S = 30
"""Least time between two fetches, whatever came of the first."""
STALE_AFTER_S = 600
"""Age from which keys are fetched again though all names are known: a key that the issuer withdrew must go."""
TIMEOUT_S = 5.0
WAIT_S = 2.0
"""How long a request with an unknown key name waits for a fetch that another has begun."""
MAX_BYTES = 512 * 1024
_HEADERS = {"Accept": "application/json", "Accept-Encoding": "identity"}  # what unpacks may be of any size

log = logging.getLogger(__name__)


class JwksKeys:
    """The keys behind a JWKS URL. Safe to share between threads; a single thread fetches at a time.

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
        self._url = _check_url(url)
        self._transport = transport
        self._monotonic = monotonic
        self._fetching = Lock()
        self._keys: Mapping[str, VerifyingKey] = MappingProxyType({})
        self._tried_at: float | None = None
        self._fetched_at: float | None = None

    def find(self, kid: str) -> VerifyingKey | None:
        """Return the issuer's key with a name; `None` for an unknown name. May fetch; never raises."""
        if kid not in self._keys:
            self._refresh(wait_s=WAIT_S)
        elif self._is_stale():
            self._refresh(wait_s=0)
        return self._keys.get(kid)

    def _refresh(self, *, wait_s: float) -> None:
        """Fetch, unless tried a moment ago; at most one thread fetches and further threads wait `wait_s`."""
        if not self._may_fetch() or not self._fetching.acquire(timeout=wait_s):
            return
        try:
            if self._may_fetch():  # another thread may have done it meanwhile
                self._fetch_and_keep()
        finally:
            self._fetching.release()

    def _may_fetch(self) -> bool:
        return self._tried_at is None or self._monotonic() - self._tried_at >= REFETCH_AFTER_S

    def _is_stale(self) -> bool:
        return self._fetched_at is None or self._monotonic() - self._fetched_at >= STALE_AFTER_S

    def _fetch_and_keep(self) -> None:
        try:
            keys = read_key_set(self._fetch())
        except Exception as error:  # the network, the issuer, or its answer: the old keys stay
            log.warning("signing keys could not be fetched; the last ones stay in force: %s", type(error).__name__)
        else:
            if not keys:
                log.warning("the issuer names no key that can be used; every token is refused")
            self._keys = MappingProxyType(keys)
            self._fetched_at = self._monotonic()
        finally:
            self._tried_at = self._monotonic()

    def _fetch(self) -> object:
        give_up_at = self._monotonic() + TIMEOUT_S
        body = bytearray()
        with (
            httpx.Client(transport=self._transport, timeout=TIMEOUT_S, follow_redirects=False) as client,
            client.stream("GET", self._url, headers=_HEADERS) as response,
        ):
            if response.status_code != httpx.codes.OK or "Content-Encoding" in response.headers:
                raise ValueError(setup.KEYS_AS_THEY_ARE)
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > MAX_BYTES or self._monotonic() > give_up_at:
                    raise ValueError(setup.KEYS_TOO_SLOW)
        document: object = json.loads(body.decode("utf-8"))
        return document


def _check_url(url: str) -> str:
    try:
        parsed = httpx.URL(url)
        allowed = bool(parsed.host) and (
            parsed.scheme == "https" or (parsed.scheme == "http" and _is_this_machine(parsed.host))
        )
    except (httpx.InvalidURL, ValueError):
        allowed = False
    if not allowed:
        raise TokenKeyError(setup.JWKS_URL)
    return url


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
