"""Permitted URLs and addresses of webhooks: the public internet over https, and networks opened by a setting.

The ranges are spelled out after IANA's special-purpose registries: `ipaddress.is_global` says yes to multicast and to
translated addresses, and differs between versions of Python.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import httpx

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

HTTPS_PORT = 443
LONGEST_URL = 2048
_CLOSED_V4 = tuple(
    IPv4Network(network)
    for network in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16"),
        *("192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        "168.63.129.16/32",  # the agent of one large host's machines, on an address that looks public
    )
)
_ROUTED_V6 = IPv6Network("2000::/3")  # mapped, translated (NAT64), local and multicast addresses all lie outside
_CLOSED_V6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # Teredo among others
        "2001:db8::/32",
        "2002::/16",  # 6to4
        "2620:4f:8000::/48",
        "3fff::/20",
    )
)
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_PUBLIC_NAME = re.compile(rf"(?=.{{4,253}}\Z)(?:{_LABEL}\.)+(?=[a-z])(?!0x){_LABEL}")
_ANY_NAME = re.compile(rf"(?=.{{1,253}}\Z)(?:{_LABEL}\.)*(?=[a-z]){_LABEL}")
_INTERNAL = (".localhost", ".local", ".internal", ".intranet", ".lan", ".home.arpa", ".onion", ".arpa")
_TEXT = re.compile(r"[\x21-\x5b\x5d-\x7e]+")  # visible ASCII without the backslash, which programs read in two ways


class Refused(Exception):
    """A refused target. `code` names the fault, and repeats no part of the target."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class OpenNetworks:
    """The open networks. `networks`: opened besides the public internet; `http`: opened networks in the clear.

    With `http`, bare addresses and any port may be used too, towards the opened networks only. `hosts`: the pairs of an
    organization (a slug) and a host that the opened networks are open to; None: every pair. Immutable.
    """

    networks: tuple[Network, ...] = ()
    http: bool = False
    hosts: frozenset[tuple[str, str]] | None = None

    def admits(self, address: Address, *, host: str, organization: str) -> bool:
        """Say whether an organization may reach `address`, under the name `host`, in an opened network.

        >>> from service.settings import read_networks
        >>> networks = OpenNetworks(read_networks("10.0.0.0/8"), hosts=read_hosts("harbor-house=hooks.internal"))
        >>> inside = ip_address("10.0.0.1")
        >>> networks.admits(inside, host="hooks.internal", organization="harbor-house")
        True
        >>> networks.admits(inside, host="hooks.internal", organization="lotus-center")
        False
        """
        if self.hosts is not None and (organization, host) not in self.hosts:
            return False
        return any(address in network for network in self.networks if network.version == address.version)


@dataclass(frozen=True, slots=True)
class EndpointUrl:
    """A URL of a good form. `local`: every address of its host must lie in an opened network."""

    url: httpx.URL
    host: str
    port: int
    local: bool


def read_hosts(text: str) -> frozenset[tuple[str, str]]:
    """Return the pairs of organization and host in a list with commas or spaces between. Pure.

    >>> sorted(read_hosts("harbor-house=hooks.internal, harbor-house=10.0.0.5"))
    [('harbor-house', '10.0.0.5'), ('harbor-house', 'hooks.internal')]
    """
    pairs = (part.partition("=") for part in re.split(r"[,\s]+", text) if part)
    return frozenset((organization, host) for organization, _, host in pairs)


def is_public(address: Address) -> bool:
    """Say whether an address is a public internet address, and means only itself. Pure.

    >>> is_public(ip_address("8.8.8.8")), is_public(ip_address("169.254.169.254"))  # link-local: a host's own agent
    (True, False)
    >>> is_public(ip_address("64:ff9b::a00:1"))  # 10.0.0.1, translated (NAT64)
    False
    """
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _CLOSED_V4)
    return address in _ROUTED_V6 and not any(address in network for network in _CLOSED_V6)


def read_target(text: str, open_networks: OpenNetworks) -> EndpointUrl:
    """Return the target named by a URL, by its form alone: no name is looked up. Pure.

    Raises:
        Refused: with the code `url`, `scheme`, `credentials`, `fragment`, `port` or `host`.

    >>> target = read_target("https://hooks.example.org/in", OpenNetworks())
    >>> target.host, target.port, target.local
    ('hooks.example.org', 443, False)
    >>> read_target("https://10.0.0.1/in", OpenNetworks())
    Traceback (most recent call last):
        ...
    service.web.outgoing.targets.Refused: host
    """
    if not _TEXT.fullmatch(text) or len(text) > LONGEST_URL:
        raise Refused("url")
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, ValueError):  # idna's error is a ValueError
        raise Refused("url") from None
    host = url.raw_host.decode("ascii").lower()
    in_the_clear = url.scheme == "http"
    port = (80 if in_the_clear else HTTPS_PORT) if url.port is None else url.port
    freely = open_networks.http and bool(open_networks.networks)
    if url.scheme != "https" and not (in_the_clear and freely):
        raise Refused("scheme")
    if url.userinfo or "@" in text.partition("//")[2].partition("/")[0]:
        raise Refused("credentials")
    if "#" in text:
        raise Refused("fragment")
    if port != HTTPS_PORT and not freely:
        raise Refused("port")
    plain = bool(_PUBLIC_NAME.fullmatch(host)) and not host.endswith(_INTERNAL)
    if not plain and not (_is_local_name(host) and open_networks.networks) and not (_is_address(host) and freely):
        raise Refused("host")
    return EndpointUrl(url, host, port, local=not plain or in_the_clear or port != HTTPS_PORT)


def check_addresses(
    target: EndpointUrl, addresses: Iterable[Address], open_networks: OpenNetworks, *, organization: str
) -> tuple[Address, ...]:
    """Return the addresses of a target's host, each once, if an organization may reach every address. Pure.

    A single forbidden address condemns the name: a name that also points inside gets no events.

    Raises:
        Refused: with the code `dns` (no address) or `address`.

    >>> target = read_target("https://hooks.example.org/in", OpenNetworks())
    >>> both = [ip_address("8.8.8.8"), ip_address("10.0.0.1")]
    >>> check_addresses(target, both, OpenNetworks(), organization="harbor-house")
    Traceback (most recent call last):
        ...
    service.web.outgoing.targets.Refused: address
    """
    distinct = tuple(dict.fromkeys(addresses))
    if not distinct:
        raise Refused("dns")
    for address in distinct:
        is_open = open_networks.admits(address, host=target.host, organization=organization)
        if not is_open and (target.local or not is_public(address)):
            raise Refused("address")
    return distinct


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return "%" not in host


def _is_local_name(host: str) -> bool:
    return bool(_ANY_NAME.fullmatch(host))
