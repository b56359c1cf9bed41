"""Documents of an issuer, fetched with bounds: over TLS, in a few seconds, of a size that cannot fill the memory."""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from threading import Event, Lock, Thread, Timer
from typing import Any

import httpx

from service.i18n import setup

from .errors import TokenKeyError

TIMEOUT_S = 5.0
MAX_BYTES = 512 * 1024
_JSON = re.compile(r"application/([a-z0-9.-]+\+)?json", re.ASCII)
_HEADERS = {"Accept": "application/json", "Accept-Encoding": "identity"}  # what unpacks may be of any size


class SingleFlight:
    """Does a piece of work in a thread apart, once for all who need it at that time. `work` never raises."""

    def __init__(self, work: Callable[[], object], is_due: Callable[[], bool]) -> None:
        """Take the work, and whether it is to be done now."""
        self._work, self._is_due = work, is_due
        self._guard = Lock()
        self._landed: Event | None = None

    def join(self, *, first_waits_s: float, others_wait_s: float) -> None:
        """Start the work if it is due and not under way; wait so long for its end."""
        with self._guard:  # held for no longer than this look
            starts = (self._landed is None or self._landed.is_set()) and self._is_due()
            if starts:
                self._landed = Event()
                Thread(target=self._fly, args=(self._landed,), name="issuer", daemon=True).start()
            landed = self._landed
        if landed is not None:
            landed.wait(first_waits_s if starts else others_wait_s)

    @property
    def is_under_way(self) -> bool:
        """Whether the work is being done."""
        return self._landed is not None and not self._landed.is_set()

    def _fly(self, landed: Event) -> None:
        try:
            self._work()
        finally:
            landed.set()


def fetch_document(
    url: str,
    *,
    form: Mapping[str, str] | None = None,
    login: httpx.Auth | None = None,
    transport: httpx.BaseTransport | None = None,
    monotonic: Callable[[], float] = time.monotonic,
) -> object:
    """Return the JSON document at `url`, or the answer to a form that is posted there.

    Raises:
        httpx.HTTPError: it cannot be reached in time, or fails.
        ValueError: the answer is a refusal or no JSON, or packed, too large or too slow.
    """
    give_up_at = monotonic() + TIMEOUT_S
    body = bytearray()
    with (
        httpx.Client(transport=transport, timeout=TIMEOUT_S, follow_redirects=False) as client,
        _cut_off_in_time() as trace,
        client.stream(
            "GET" if form is None else "POST", url, headers=_HEADERS, data=form, auth=login, extensions={"trace": trace}
        ) as response,
    ):
        if response.is_server_error:
            response.raise_for_status()
        media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        is_plain = response.status_code == httpx.codes.OK and "Content-Encoding" not in response.headers
        if not (is_plain and _JSON.fullmatch(media_type)):
            raise ValueError(setup.KEYS_AS_THEY_ARE)
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > MAX_BYTES or monotonic() > give_up_at:
                raise ValueError(setup.KEYS_TOO_SLOW)
    document: object = json.loads(body.decode("utf-8"))
    return document


@contextmanager
def _cut_off_in_time() -> Iterator[Callable[[str, Mapping[str, Any]], None]]:
    """Give httpx's trace for one request whose connection is shut down when its time is over.

    The client's own timeout begins anew with each byte of a head that drips.
    """
    links: list[socket.socket] = []

    is_over = Event()

    def note(event: str, info: Mapping[str, Any]) -> None:
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            links.append(info["return_value"].get_extra_info("socket"))
            if is_over.is_set():  # the name was resolved so slowly
                cut()

    def cut() -> None:
        is_over.set()
        for link in links:
            with suppress(OSError):
                socket.socket.shutdown(link, socket.SHUT_RDWR)

    timer = Timer(TIMEOUT_S, cut)
    timer.daemon = True
    timer.start()
    try:
        yield note
    finally:
        timer.cancel()


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
