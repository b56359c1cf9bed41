"""Documents of an issuer, fetched with bounds: over TLS, in a few seconds, of a size that cannot fill the memory."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from ipaddress import ip_address

import httpx

from service.words import setup

from .errors import TokenKeyError

TIMEOUT_S = 5.0
MAX_BYTES = 512 * 1024
_HEADERS = {"Accept": "application/json", "Accept-Encoding": "identity"}  # what unpacks may be of any size


def fetch_document(
    url: str, *, transport: httpx.BaseTransport | None = None, monotonic: Callable[[], float] = time.monotonic
) -> object:
    """Return the JSON document at `url`.

    Raises:
        httpx.HTTPError: it cannot be reached in time.
        ValueError: the answer is no JSON, or packed, too large or too slow.
    """
    give_up_at = monotonic() + TIMEOUT_S
    body = bytearray()
    with (
        httpx.Client(transport=transport, timeout=TIMEOUT_S, follow_redirects=False) as client,
        client.stream("GET", url, headers=_HEADERS) as response,
    ):
        if response.status_code != httpx.codes.OK or "Content-Encoding" in response.headers:
            raise ValueError(setup.KEYS_AS_THEY_ARE)
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > MAX_BYTES or monotonic() > give_up_at:
                raise ValueError(setup.KEYS_TOO_SLOW)
    document: object = json.loads(body.decode("utf-8"))
    return document


def check_url(url: str) -> str:
    """Return `url` if it is https, without a password in it; http is for this machine only.

    >>> check_url("https://issuer.example/keys"), check_url("http://localhost:8080/keys")
    ('https://issuer.example/keys', 'http://localhost:8080/keys')

    Raises:
        TokenKeyError: it is neither, or holds a name or password, which messages and lists of settings would show.
    """
    try:
        parsed = httpx.URL(url)
        allowed = (
            bool(parsed.host)
            and not parsed.userinfo
            and (parsed.scheme == "https" or (parsed.scheme == "http" and is_this_machine(parsed.host)))
        )
    except (httpx.InvalidURL, ValueError):
        allowed = False
    if not allowed:
        raise TokenKeyError(setup.JWKS_URL)
    return url


def is_this_machine(host: str) -> bool:
    """Say whether a host's name or address is this machine's own. Pure.

    >>> is_this_machine("127.0.0.1"), is_this_machine("localhost"), is_this_machine("router.example")
    (True, True, False)
    """
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
