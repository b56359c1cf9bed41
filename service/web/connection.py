"""A connection that cannot be held open, or filled up, for nothing: bounds that uvicorn's HTTP/1.1 lacks.

A request whose head never ends would be kept in memory without bound, and one that never arrives would be waited for
forever. What cannot be read as HTTP is answered as every other trouble is: a problem document, nothing stored.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from service.api.problems import problem
from service.web.headers import HEADERS

MAX_HEAD_SIZE = 32 * 1024
"""Most bytes of a request that come before its body: a token of 8 kB, a path, and headers that proxies add."""
ARRIVAL_S = 30.0
"""Longest time, from the first byte of a request (or the opening of its connection) to its last byte."""
LINGER_S = 2.0
"""How long a connection stays half open after a refusal: closed at once, it would be reset, and the answer lost."""


class BoundedConnection(HttpToolsProtocol):
    """One HTTP/1.1 connection on httptools, with a bound on the head of each request and on the time it takes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._unread = 0  # bytes taken in that are no header, body or request yet
        self._head = 0  # bytes of the head that is being read
        self._in_head = True
        self._too_large = False
        self._refused = False
        self.access_log = False  # whatever logging is set up as: no request is logged
        self._overdue: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a first request, not forever."""
        super().connection_made(transport)
        self._close_after(ARRIVAL_S)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._arrived()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on; refuse a head that is too long, whether it has ended or not."""
        if self._refused:
            return
        self._unread += len(data)
        super().data_received(data)
        if self._unread > MAX_HEAD_SIZE:
            self._too_large = True
            self.send_400_response("")

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._unread = self._head = 0
        self._in_head = True
        self._close_after(ARRIVAL_S)
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Take a part of the target."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header field, and pass over a field after the body: it is no header (RFC 9110, section 6.5.1)."""
        self._count(len(name) + len(value))
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Begin to answer, if the head says in one way alone who is asked and where its body ends."""
        self._in_head = False
        self._check_head()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a part of the body; how much of it there may be is counted elsewhere."""
        self._unread = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request."""
        self._unread = 0
        self._arrived()
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's words, which are not ours
        """Answer what is no request with a problem, unless another answer is under way, and close."""
        if self._refused or self.transport.is_closing():
            return
        self._refused = True
        cycle = self.cycle
        if self.pipeline or (cycle is not None and cycle.response_started and not cycle.response_complete):
            self.transport.close()
            return
        if cycle is not None:  # whoever answers a request whose body turned out to be none has nobody to answer
            cycle.disconnected = True
            cycle.message_event.set()
        self.transport.write(_problem_bytes("head_too_large" if self._too_large else "malformed_request"))
        self.transport.write_eof()
        self._close_after(LINGER_S)

    def _unsupported_upgrade_warning(self) -> None:
        """Say nothing: anybody could fill the log with it."""

    def _check_head(self) -> None:
        """Refuse what a proxy before this server could read in another way (RFC 9112, sections 3.2 and 6.1)."""
        hosts = [value for name, value in self.headers if name == b"host"]
        codings = [value.strip().lower() for name, value in self.headers if name == b"transfer-encoding"]
        if (
            len(hosts) > 1
            or (not hosts and self.parser.get_http_version() != "1.0")
            or codings not in ([], [b"chunked"])
        ):
            raise ValueError  # comes back as `send_400_response`

    def _count(self, size: int) -> None:
        self._head += size
        self._unread = 0
        if self._head > MAX_HEAD_SIZE:
            self._too_large = True
            raise ValueError  # ends the parsing, and comes back as `send_400_response`

    def _close_after(self, seconds: float) -> None:
        self._arrived()
        self._overdue = self.loop.call_later(seconds, self.timeout_keep_alive_handler)

    def _arrived(self) -> None:
        if self._overdue is not None:
            self._overdue.cancel()
            self._overdue = None


def _problem_bytes(code: str) -> bytes:
    """Return a whole response with the problem of this code."""
    response = problem(code, headers={**HEADERS, "Connection": "close"}).response()
    line = f"HTTP/1.1 {response.status_code} {HTTPStatus(response.status_code).phrase}\r\n".encode("ascii")
    fields = b"".join(name + b": " + value + b"\r\n" for name, value in response.raw_headers)
    return line + fields + b"\r\n" + bytes(response.body)
