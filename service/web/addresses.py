"""The address of a request's client: the peer of its connection, or, behind trusted proxies, what the proxies saw.

A proxy adds the address of its own peer at the end of one header. So only the end of the header is worth anything: it
is read from the right, as long as the address read is a trusted proxy's own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from fastapi import Request
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from service.settings import Settings, read_networks

FORWARDED, FORWARDED_FOR = "forwarded", "x-forwarded-for"
MOST_HOPS = 16
"""Entries of a header that are read, at most: a client may send thousands that name trusted proxies."""
_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_PAIR = re.compile(rf'[ \t]*({_WORD})=({_WORD}|"(?:[^"\\]|\\.)*")[ \t]*([;,]|$)')
_NODE = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<four>[0-9.]+))(?::[0-9]{1,5})?")


@dataclass(frozen=True, slots=True)
class Proxies:
    """The networks of trusted proxies, and the name of the header that they write."""

    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    header: str = FORWARDED_FOR

    def trust(self, address: str) -> bool:
        """Return whether an address is a trusted proxy's.

        >>> Proxies((ip_network("10.0.0.0/8"),)).trust("::ffff:10.0.0.7")
        True
        """
        ip = _read(address)
        return ip is not None and any(ip in network for network in self.networks)

    def client(self, peer: str, fields: Sequence[str]) -> str:
        """Return the address of the client, from the peer of a connection and the header's fields in order.

        It is the right-most address that is no trusted proxy's. Left of a malformed entry nothing counts: then the
        client is the last proxy that was read.

        >>> proxies = Proxies((ip_network("10.0.0.0/8"),))
        >>> proxies.client("10.0.0.1", ["192.0.2.66, 192.0.2.7", "10.0.0.2"])
        '192.0.2.7'
        >>> proxies.client("10.0.0.1", ["192.0.2.66, unknown, 10.0.0.2"]), proxies.client("192.0.2.1", ["192.0.2.66"])
        ('10.0.0.2', '192.0.2.1')
        """
        if not self.trust(peer):
            return peer
        entries = _forwarded_for(",".join(fields)) if self.header == FORWARDED else ",".join(fields).split(",")
        last = peer
        for entry in entries[: -MOST_HOPS - 1 : -1]:
            address = _address(entry.strip(" \t"))
            if address is None:
                break
            last = address
            if not self.trust(last):
                break
        return last


def build_proxies(settings: Settings) -> Proxies:
    """Return the trusted proxies of the settings."""
    return Proxies(read_networks(settings.trusted_proxies or ""), (settings.proxy_header or FORWARDED_FOR).lower())


class ClientAddress:
    """ASGI middleware that puts the address of the client in the place of the peer's, for all within."""

    def __init__(self, app: ASGIApp, proxies: Proxies) -> None:
        self._app = app
        self._proxies = proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with the address of its client."""
        if scope["type"] == "http" and scope.get("client") and self._proxies.networks:
            peer, port = scope["client"]
            client = self._proxies.client(peer, Headers(scope=scope).getlist(self._proxies.header))
            scope["client"] = client, port if client == peer else 0
        await self._app(scope, receive, send)


def address_of(request: Request) -> str:
    """Return the address of a request's client in the form that is counted.

    >>> address_of(Request({"type": "http", "client": ("2001:db8::17:2", 50123)}))
    '2001:db8::/64'
    """
    return counting_form(request.client.host if request.client else "")


def counting_form(address: str) -> str:
    """Return the form of an address that is counted; for IPv6 the network of 64 bits, which one client has to itself.

    >>> counting_form("2001:db8::17:2"), counting_form("::ffff:192.0.2.7"), counting_form("fe80::1%eth0")
    ('2001:db8::/64', '192.0.2.7', 'fe80::/64')
    """
    ip = _read(address)
    if ip is None:
        return address
    return str(ip) if isinstance(ip, IPv4Address) else str(ip_network((int(ip) >> 64 << 64, 64)))


def _read(text: str) -> IPv4Address | IPv6Address | None:
    """Return an address, one of IPv4 within IPv6 as IPv4; None for any other text."""
    try:
        ip = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return ip if isinstance(ip, IPv4Address) else ip.ipv4_mapped or ip


def _address(entry: str) -> str | None:
    """Return the address of an entry, which may have a port; None for `unknown`, a hidden name and malformed text.

    >>> _address("192.0.2.7:4711"), _address("[2001:db8::7]:4711"), _address("2001:db8::7"), _address("_hidden")
    ('192.0.2.7', '2001:db8::7', '2001:db8::7', None)
    """
    node = _NODE.fullmatch(entry)
    text = entry if node is None else node["six"] or node["four"]
    return None if "%" in text or (ip := _read(text)) is None else str(ip)


def _forwarded_for(value: str) -> list[str]:
    """Return the `for` of each element of a `Forwarded` header (RFC 7239), "" where an element does not have just one.

    A value that does not follow the grammar to its end is worth nothing: a client could have opened a quotation.

    >>> _forwarded_for('for="[2001:db8::7]:4711";proto=https, by=10.0.0.1, For=192.0.2.7')
    ['[2001:db8::7]:4711', '', '192.0.2.7']
    >>> _forwarded_for('for=192.0.2.66;x=", for=192.0.2.7')
    []
    """
    names: list[list[str]] = [[]]
    at = 0
    while pair := _PAIR.match(value, at):
        at = pair.end()
        if pair[1].lower() == "for":
            names[-1].append(re.sub(r"\\(.)", r"\1", pair[2][1:-1]) if pair[2].startswith('"') else pair[2])
        if pair[3] == ",":
            names.append([])
        if not pair[3]:
            return [hosts[0] if len(hosts) == 1 else "" for hosts in names]
    return []
