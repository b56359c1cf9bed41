"""A POST to an endpoint, which cannot be turned against our own network.

Each connection resolves the name anew, checks every address, and dials a checked address; the name stays in the URL, so
that `Host`, SNI and the certificate's check are the name's. No redirect, no proxy and no secret from the environment,
no connection kept, the reply's body unread, a single deadline for the whole attempt.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as LookUpTimeout
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from ipaddress import ip_address

import httpcore
import httpx

from .targets import Address, EndpointUrl, OpenNetworks, Refused, check_addresses, read_target

DEADLINE_S = 15.0
CONNECT_S = 5.0
MOST_ADDRESSES = 3
LONGEST_WAIT_S = 86_400
AGENT = "referral-router-webhooks/1"

LookUp = Callable[[str, int, float], Iterable[Address]]
"""Host, port and seconds of patience to the addresses of a host; raises `Refused` with the code `dns`."""

_look_ups = ThreadPoolExecutor(16, thread_name_prefix="look-up")


@dataclass(frozen=True, slots=True)
class DeliveryOutcome:
    """The result of an attempt: the status of a reply, or the class of the failure; no part of a reply's body.

    `wait_s`: the wait asked for by a 429 or 503 in `Retry-After`. `wish`: the reply's `webhook-delivery` header.
    """

    milliseconds: int
    status: int | None = None
    error: str | None = None
    wait_s: float | None = None
    wish: str | None = None

    @property
    def came_through(self) -> bool:
        """Whether the receiver has the event.

        >>> DeliveryOutcome(12, status=204).came_through, DeliveryOutcome(12, status=301).came_through
        (True, False)
        """
        return self.status is not None and 200 <= self.status < 300


class SafePost:
    """Sends to targets within `open_networks`. Safe to share between threads; closed by its maker."""

    def __init__(
        self,
        open_networks: OpenNetworks,
        *,
        deadline_s: float = DEADLINE_S,
        tls: ssl.SSLContext | None = None,
        look_up: LookUp | None = None,
        dial: httpcore.NetworkBackend | None = None,
    ) -> None:
        """Take the open networks; `tls`, `look_up`, `dial` replace the system's certificates, names and network."""
        self._open_networks = open_networks
        self._deadline_s = deadline_s
        self._look_up = look_up or look_up_host
        self._tls = tls or ssl.create_default_context()
        self._dial = dial or httpcore.SyncBackend()

    def check(self, url: str, organization: str) -> None:
        """Check the addresses of `url`, as every attempt for an organization does, without a connection.

        Raises:
            Refused: no event may be sent there.
        """
        target = read_target(url, self._open_networks)
        self._addresses(target, organization, CONNECT_S)

    def send(self, url: str, organization: str, headers: Mapping[str, str], body: bytes) -> DeliveryOutcome:
        """Post `body` for an organization and return the result; never raises."""
        start = time.monotonic()
        status, error, reply = self._post(url, organization, headers, body, ends=start + self._deadline_s)
        milliseconds = round((time.monotonic() - start) * 1000)
        if reply is None or status is None:
            return DeliveryOutcome(milliseconds, error=error)
        wait_s = _wait_asked(reply.get("retry-after")) if status in (429, 503) else None
        wish = (reply.get("webhook-delivery") or "").strip().lower() or None
        return DeliveryOutcome(milliseconds, status=status, wait_s=wait_s, wish=wish)

    def _post(
        self, url: str, organization: str, headers: Mapping[str, str], body: bytes, *, ends: float
    ) -> tuple[int | None, str | None, httpx.Headers | None]:
        try:
            target = read_target(url, self._open_networks)
            backend = _GuardedDial(lambda seconds: self._addresses(target, organization, seconds), self._dial, ends)
            with (
                httpcore.ConnectionPool(
                    ssl_context=self._tls,
                    network_backend=backend,
                    max_connections=1,
                    max_keepalive_connections=0,
                    http1=True,
                    http2=False,
                    retries=0,
                ) as pool,
                pool.stream(
                    "POST",
                    str(target.url),
                    headers=_header_list(target, headers, body),
                    content=body,
                    extensions={"timeout": dict.fromkeys(("connect", "read", "write", "pool"), self._deadline_s)},
                ) as reply,
            ):
                return reply.status, None, httpx.Headers(reply.headers)
        except Refused as refused:
            return None, refused.code, None
        except httpcore.TimeoutException:
            return None, "timeout", None
        except httpcore.ConnectError as error:
            return None, "tls" if isinstance(error.__cause__ or error.__context__, ssl.SSLError) else "connect", None
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError, ValueError):
            return None, "connection_lost", None

    def _addresses(self, target: EndpointUrl, organization: str, patience_s: float) -> tuple[Address, ...]:
        addresses = self._look_up(target.host, target.port, min(patience_s, CONNECT_S))
        return check_addresses(target, addresses, self._open_networks, organization=organization)


class _GuardedDial(httpcore.NetworkBackend):
    """Dials checked addresses only, and gives every step the rest of a single deadline."""

    def __init__(
        self, addresses: Callable[[float], tuple[Address, ...]], dial: httpcore.NetworkBackend, ends: float
    ) -> None:
        self._addresses, self._dial, self._ends = addresses, dial, ends

    def connect_tcp(
        self,
        host: str,  # noqa: ARG002 - httpcore's signature; the target was read from the same URL
        port: int,
        timeout: float | None = None,  # noqa: ARG002
        local_address: str | None = None,  # noqa: ARG002
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        """Connect to the first answering address of the host."""
        last: Exception = httpcore.ConnectError()
        for address in self._addresses(_seconds_left(self._ends))[:MOST_ADDRESSES]:
            try:
                stream = self._dial.connect_tcp(str(address), port, timeout=min(_seconds_left(self._ends), CONNECT_S))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                last = error
            else:
                return _TimedStream(stream, self._ends)
        raise last

    def connect_unix_socket(
        self,
        path: str,  # noqa: ARG002
        timeout: float | None = None,  # noqa: ARG002
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        """Refuse: no endpoint is a file."""
        raise Refused("scheme")


class _TimedStream(httpcore.NetworkStream):
    """A connection whose reads and writes share a deadline: a receiver that drips bytes holds up no delivery."""

    def __init__(self, stream: httpcore.NetworkStream, ends: float) -> None:
        self._stream, self._ends = stream, ends

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - the deadline counts
        """Read the received bytes."""
        return self._stream.read(max_bytes, _seconds_left(self._ends))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        """Write every byte."""
        self._stream.write(buffer, _seconds_left(self._ends))

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        """Go on in TLS, the certificate held against the name."""
        return _TimedStream(self._stream.start_tls(ssl_context, server_hostname, _seconds_left(self._ends)), self._ends)

    def get_extra_info(self, info: str) -> object:
        """Return the connection's own facts."""
        return self._stream.get_extra_info(info)


def look_up_host(host: str, port: int, patience_s: float) -> Iterator[Address]:
    """Return the addresses of a host, as the system resolves the name.

    Raises:
        Refused: `dns`, without an address or without an answer in time.
    """
    waiting = _look_ups.submit(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    try:
        addresses = waiting.result(patience_s)
    except (LookUpTimeout, OSError, UnicodeError):
        waiting.cancel()
        raise Refused("dns") from None
    return (ip_address(str(entry[4][0]).partition("%")[0]) for entry in addresses)


def _seconds_left(ends: float) -> float:
    seconds = ends - time.monotonic()
    if seconds <= 0:
        raise httpcore.ReadTimeout
    return seconds


def _header_list(target: EndpointUrl, headers: Mapping[str, str], body: bytes) -> list[tuple[str, str]]:
    host = target.url.netloc.decode("ascii")
    own = {"Host": host, "User-Agent": AGENT, "Accept-Encoding": "identity", "Content-Length": str(len(body))}
    return [*own.items(), *headers.items()]


def _wait_asked(header: str | None) -> float | None:
    """Return the seconds asked for by `Retry-After` (RFC 9110, 10.2.3), at most a day; None: unreadable."""
    if header is None:
        return None
    try:
        wait_s = (
            float(int(header)) if header.strip().isdigit() else parsedate_to_datetime(header).timestamp() - time.time()
        )
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(wait_s, 0.0), float(LONGEST_WAIT_S))
