"""An HTTP/1.1 connection with bounds in time, size and number, which uvicorn lacks: no client holds or fills them.

Without the bounds, a request with an endless head would be kept in memory whole, and a request that stops halfway would
be waited for forever. Bytes outside HTTP are answered like every refusal: a problem document, nothing stored.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from service.web.connections import STATE, Connections
from service.web.problems import problem

MAX_HEAD_SIZE = 32 * 1024
"""Most bytes of the head of a request: room for a token of 8 kB, a path, and the headers of proxies."""
ARRIVAL_S = 30.0
"""Longest time, from the first byte of a request (or the opening of its connection) to its last byte."""
LINGER_S = 2.0
"""Seconds that a connection stays half open after a refusal: closed at once, it is reset and the answer lost."""


class BoundedConnection(HttpToolsProtocol):
    """One HTTP/1.1 connection on httptools, with a bound on the size of each request's head and on its arrival."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._unread = 0  # bytes received that httptools has not yet read as a header, a body or a request
        self._head = 0  # bytes of the current head
        self._in_head = True
        self._too_large = False
        self._refused = False
        self.access_log = False  # no request is logged, under any setting of logging
        self._overdue: asyncio.TimerHandle | None = None
        self._connections: Connections = self.app_state.setdefault(STATE, Connections())

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request, at most `ARRIVAL_S`, unless there are too many connections."""
        super().connection_made(transport)
        self._close_after(ARRIVAL_S)
        if not self._connections.let_in(transport, self.client[0] if self.client else ""):
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._connections.forget(self.transport)
        self._cancel_overdue()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """End in good order, as the server stops."""
        self._connections.ending.set()
        super().shutdown()

    def data_received(self, data: bytes) -> None:
        """Read on; refuse a head that is too long, even before its end."""
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
        """Begin to answer, if the head names one host, and one way of telling where the body ends."""
        self._in_head = False
        self._check_head()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a part of the body; the size of bodies is bounded in `service.web.middleware`."""
        self._unread = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request."""
        self._unread = 0
        self._cancel_overdue()
        super().on_message_complete()
        if not self.cycle.response_complete:
            self._connections.work(self.transport)

    def on_response_complete(self) -> None:
        """End an answer."""
        has_next = bool(self.pipeline)
        super().on_response_complete()
        if not has_next:
            self._connections.rest(self.transport)

    def pause_writing(self) -> None:
        """Hold the answer back from a client that takes none."""
        super().pause_writing()
        self._connections.rest(self.transport)

    def resume_writing(self) -> None:
        """Go on with the answer to a client that takes the rest."""
        super().resume_writing()
        if not self.cycle.response_complete:
            self._connections.work(self.transport)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's words, which are not ours
        """Answer malformed bytes with a problem, unless another answer is under way, and close the connection."""
        if self._refused or self.transport.is_closing():
            return
        self._refused = True
        cycle = self.cycle
        if self.pipeline or (cycle is not None and cycle.response_started and not cycle.response_complete):
            self.transport.close()
            return
        if cycle is not None:  # the endpoint of the malformed request has no client left to answer
            cycle.disconnected = True
            cycle.message_event.set()
        self.transport.write(
            _problem_bytes("head_too_large" if self._too_large else "malformed_request", self._connections.headers)
        )
        self.transport.write_eof()
        self._close_after(LINGER_S)

    def _unsupported_upgrade_warning(self) -> None:
        """Log no warning: any client could fill the log with warnings."""

    def _check_head(self) -> None:
        """Refuse a head that a proxy in front could read in another way (RFC 9112, sections 3.2 and 6.1)."""
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
        self._cancel_overdue()
        self._overdue = self.loop.call_later(seconds, self.timeout_keep_alive_handler)

    def _cancel_overdue(self) -> None:
        if self._overdue is not None:
            self._overdue.cancel()
            self._overdue = None


def _problem_bytes(code: str, headers: Mapping[str, str]) -> bytes:
    """Return a whole HTTP response with the problem of a code, such as `head_too_large`."""
    response = problem(code, headers={**headers, "Connection": "close"}).response()
    line = f"HTTP/1.1 {response.status_code} {HTTPStatus(response.status_code).phrase}\r\n".encode("ascii")
    fields = b"".join(name + b": " + value + b"\r\n" for name, value in response.raw_headers)
    return line + fields + b"\r\n" + bytes(response.body)
