"""A closed loop of requests to a port of the machine: each connection waits for an answer before its next request.

The loop uses little processor time, because it shares the machine with the server that is measured.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import cast

import httptools

HOST = "127.0.0.1"
STILL_STARTING_S = 60.0
OK = 200


@dataclass
class Answers:
    """The answers within `seconds`: the time to each answer in seconds, and every status but 200."""

    took_s: list[float] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    seconds: float = 0.0


class Connection(asyncio.Protocol):
    """An open HTTP/1.1 connection, with a single request at a time."""

    def __init__(self) -> None:
        self.body = b""
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[int] | None = None
        self._parser = httptools.HttpResponseParser(self)

    @property
    def is_closed(self) -> bool:
        """Whether nothing can be sent any more."""
        return self._transport is None or self._transport.is_closing()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport, which requests are written to."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Pass the received bytes to the parser."""
        self._parser.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Raise the error of a lost connection in the waiting `ask`."""
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(exc or ConnectionResetError("the server closed the connection"))

    def on_body(self, body: bytes) -> None:
        """Add a part of the answer's body to `body`."""
        self.body += body

    def on_message_complete(self) -> None:
        """Give the status of a complete answer to the waiting `ask`."""
        status = self._parser.get_status_code()
        self._parser = httptools.HttpResponseParser(self)
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(status)

    async def ask(self, request: bytes) -> int:
        """Send a request and return the status of its answer; the answer's body is then in `body`.

        Raises:
            ConnectionResetError: the server closed the connection.
        """
        if self._transport is None or self.is_closed:
            raise ConnectionResetError("the server closed the connection")
        self.body = b""
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._waiting

    def close(self) -> None:
        """End the connection."""
        if self._transport is not None:
            self._transport.close()


def request_bytes(method: str, path: str, *, body: bytes = b"", token: str = "") -> bytes:
    """Return the bytes of an HTTP/1.1 request.

    >>> request_bytes("GET", "/metrics")
    b'GET /metrics HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\n\\r\\n'
    """
    lines = [f"{method} {path} HTTP/1.1", f"Host: {HOST}"]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode("ascii") + body


async def connect(port: int, whoami: bytes) -> tuple[Connection, bytes]:
    """Return a new connection and the name of its process: the body of the answer to `whoami`.

    Waits `STILL_STARTING_S` seconds at most for a server that is still starting.

    Raises:
        OSError: the server still refuses connections.
    """
    loop, give_up_at = asyncio.get_running_loop(), time.monotonic() + STILL_STARTING_S
    while True:
        try:
            _, connection = await loop.create_connection(Connection, HOST, port)
            await connection.ask(whoami)
        except OSError:
            if time.monotonic() > give_up_at:
                raise
            await asyncio.sleep(0.1)
        else:
            return connection, connection.body


async def connect_evenly(port: int, *, whoami: bytes, processes: int, each: int) -> list[Connection]:
    """Return `each` connections to every process of `processes`, told apart by the answer to `whoami`.

    The system shares out connections by chance; surplus connections of a process are closed again. A process that is
    still reading a large directory takes none.

    Raises:
        ConnectionError: after twice `STILL_STARTING_S` a process still has too few.
    """
    kept: dict[bytes, list[Connection]] = {}
    give_up_at = time.monotonic() + 2 * STILL_STARTING_S
    while time.monotonic() < give_up_at:
        connection, name = await connect(port, whoami)
        mine = kept.setdefault(name, [])
        if len(mine) < each:
            mine.append(connection)
        else:
            connection.close()
            await asyncio.sleep(0.02)
        if len(kept) == processes and all(len(some) == each for some in kept.values()):
            return [connection for some in kept.values() for connection in some]
    raise ConnectionError("one process takes all connections")


async def load(connections: Sequence[Connection], requests: Sequence[bytes], *, seconds: float) -> Answers:
    """Send `requests` in turn over all connections, each the same number of times, for `seconds` or slightly longer."""
    found = Answers()
    turns = _whole_rounds(requests, until=time.perf_counter() + seconds)

    async def go_on(connection: Connection) -> None:
        for request in turns:
            begun = time.perf_counter()
            status = await connection.ask(request)
            found.took_s.append(time.perf_counter() - begun)
            if status != OK:
                found.refused.append(status)

    begun = time.perf_counter()
    await asyncio.gather(*(go_on(connection) for connection in connections))
    found.seconds = time.perf_counter() - begun
    return found


def _whole_rounds(requests: Sequence[bytes], *, until: float) -> Iterator[bytes]:
    while True:
        yield from requests
        if time.perf_counter() >= until:
            return
