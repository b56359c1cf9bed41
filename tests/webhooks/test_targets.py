"""Nothing is sent into our own network, however its address is written, resolved or changed afterwards."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address, ip_network

import httpcore
import pytest
from hostile_targets import HOSTILE, NAMES, POINTING_INSIDE
from pydantic import ValidationError

from service.settings import Settings, read_networks
from service.web.outgoing.targets import (
    Address,
    OpenNetworks,
    Refused,
    is_public,
    read_hosts,
    read_target,
)
from service.web.outgoing.transport import SafePost
from service.webhooks.delivering import open_networks

PUBLIC = "93.184.216.34"
OWNER = "harbor-house"


class NoNetwork(httpcore.NetworkBackend):
    """A network that notes what is dialled, and answers nobody."""

    def __init__(self) -> None:
        self.dialled: list[tuple[str, int]] = []

    def connect_tcp(self, host: str, port: int, *args: object, **kwargs: object) -> httpcore.NetworkStream:
        self.dialled.append((host, port))
        raise httpcore.ConnectError


def name_server(names: dict[str, list[str]]) -> object:
    def look_up(host: str, port: int, patience_s: float) -> Iterable[Address]:
        if host not in names:
            raise Refused("dns")
        return [ip_address(address) for address in names[host]]

    return look_up


def post_with(names: dict[str, list[str]], reach: OpenNetworks | None = None) -> tuple[SafePost, NoNetwork]:
    network = NoNetwork()
    return SafePost(reach or OpenNetworks(), look_up=name_server(names), dial=network), network  # type: ignore[arg-type]


def test_there_are_many_ways_to_point_inside() -> None:
    """The list is as long as promised, and says each thing once."""
    assert len(HOSTILE) == len(set(HOSTILE)) >= 102


@pytest.mark.parametrize("url", HOSTILE)
def test_a_hostile_target_is_refused_at_registration_and_at_every_attempt(url: str) -> None:
    """Refused by its form or by its addresses, and nothing is dialled."""
    post, network = post_with(NAMES)

    with pytest.raises(Refused):
        post.check(url, OWNER)
    outcome = post.send(url, OWNER, {}, b"{}")

    assert outcome.status is None
    assert outcome.error in {"url", "scheme", "credentials", "fragment", "port", "host", "dns", "address"}
    assert network.dialled == []


def test_a_public_name_is_dialled_by_its_checked_address() -> None:
    """The test above refuses for its reasons: a good name passes, and its address is what is dialled."""
    post, network = post_with({"good.example.com": [PUBLIC]})

    post.check("https://good.example.com/hook?x=1", OWNER)

    assert network.dialled == []
    assert post.send("https://good.example.com/hook?x=1", OWNER, {}, b"{}").error == "connect"
    assert network.dialled == [(PUBLIC, 443)]


def test_a_name_that_is_pointed_inside_after_registration_is_refused_at_the_attempt() -> None:
    """Each attempt resolves anew and checks what it will dial: there is no moment between check and use."""
    names = {"turns.example.com": [PUBLIC]}
    post, network = post_with(names)
    post.check("https://turns.example.com/", OWNER)
    names["turns.example.com"] = ["127.0.0.1"]

    assert post.send("https://turns.example.com/", OWNER, {}, b"{}").error == "address"
    assert network.dialled == []


@pytest.mark.parametrize("address", POINTING_INSIDE)
def test_special_ranges_are_not_public(address: str) -> None:
    """Each range is told apart, whatever the standard library thinks of it."""
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "address", [PUBLIC, "1.1.1.1", "2606:2800:220:1::1", "2a00:1450::1", "172.15.0.1", "100.128.0.1"]
)
def test_public_addresses_are_public(address: str) -> None:
    """What lies beside a special range is not in it."""
    assert is_public(ip_address(address))


LOCAL = OpenNetworks(read_networks("127.0.0.0/8, 10.0.0.0/8"), http=True)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9000/", "https://127.0.0.1:8443/", "http://local.test:80/", "http://box/"]
)
def test_http_and_any_port_reach_the_networks_of_the_setting(url: str) -> None:
    """With both settings, receivers in those networks can be reached in the clear, by address or name."""
    post, network = post_with({"127.0.0.1": ["127.0.0.1"], "local.test": ["10.0.0.9"], "box": ["10.0.0.9"]}, LOCAL)

    post.check(url, OWNER)

    assert post.send(url, OWNER, {}, b"{}").error == "connect"
    assert len(network.dialled) == 1


@pytest.mark.parametrize("url", ["http://good.example.com/", "https://good.example.com:8443/", f"https://{PUBLIC}/"])
def test_http_and_other_ports_reach_nothing_else(url: str) -> None:
    """The settings open those networks, and nothing of the public internet in the clear."""
    post, network = post_with({"good.example.com": [PUBLIC], PUBLIC: [PUBLIC]}, LOCAL)

    with pytest.raises(Refused, match="address"):
        post.check(url, OWNER)
    assert network.dialled == []


@pytest.mark.parametrize("reach", [OpenNetworks(http=True), OpenNetworks((ip_network("127.0.0.0/8"),))])
def test_one_setting_without_the_other_opens_no_http(reach: OpenNetworks) -> None:
    """`http` towards no network, or a network without `http`: still https on its port."""
    for url in ("http://127.0.0.1/", "http://good.example.com/", "https://127.0.0.1:8443/"):
        with pytest.raises(Refused):
            read_target(url, reach)


def test_a_network_alone_is_reached_over_https() -> None:
    """A name that points into a network that was opened is reached over https, on its port."""
    reach = OpenNetworks(read_networks("10.0.0.0/8"))
    post, network = post_with({"inside.example.com": ["10.0.0.9"], "other.example.com": ["192.168.0.1"]}, reach)

    assert post.send("https://inside.example.com/", OWNER, {}, b"{}").error == "connect"
    assert post.send("https://other.example.com/", OWNER, {}, b"{}").error == "address"
    assert network.dialled == [("10.0.0.9", 443)]


def test_networks_are_read_or_refused() -> None:
    """Commas and spaces part them; what is no network is refused."""
    assert read_networks("") == ()
    assert read_networks("10.0.0.0/8 fd00::/8,127.0.0.1") == tuple(
        ip_network(text) for text in ("10.0.0.0/8", "fd00::/8", "127.0.0.1/32")
    )
    with pytest.raises(ValueError, match=r"network|octet|address"):
        read_networks("10.0.0.0/8; rm")


LIMITED = OpenNetworks(
    read_networks("10.0.0.0/8, 127.0.0.0/8"), http=True, hosts=read_hosts("harbor-house=box, harbor-house=10.0.0.5")
)


@pytest.mark.parametrize(
    ("organization", "url", "is_open"),
    [
        (OWNER, "http://box/", True),
        (OWNER, "https://box:8443/", True),
        (OWNER, "http://BOX/", True),
        (OWNER, "http://10.0.0.5:9000/", True),
        (OWNER, "http://10.0.0.9/", False),  # where the name `box` leads, which is not what was opened
        (OWNER, "http://127.0.0.1/", False),
        (OWNER, "https://inside.example.com/", False),
        ("lotus-center", "http://box/", False),
        ("lotus-center", "https://inside.example.com/", False),
        ("", "http://box/", False),
        ("lotus-center", "https://good.example.com/", True),
        (OWNER, "https://good.example.com/", True),
    ],
)
def test_open_networks_are_limited_to_hosts_for_each_organization(organization: str, url: str, is_open: bool) -> None:
    """At registration and at every attempt: its own hosts there and no other's; the public internet as before."""
    names = {"box": ["10.0.0.9"], "inside.example.com": ["10.0.0.9"], "good.example.com": [PUBLIC]}
    addresses = {address: [address] for address in ("10.0.0.5", "10.0.0.9", "127.0.0.1")}
    post, network = post_with({**names, **addresses}, LIMITED)

    if is_open:
        post.check(url, organization)
    else:
        with pytest.raises(Refused, match="address"):
            post.check(url, organization)
    assert post.send(url, organization, {}, b"{}").error == ("connect" if is_open else "address")
    assert bool(network.dialled) == is_open


@pytest.mark.parametrize("text", ["harbor-house", "=box", "harbor-house=", "Harbor=box", "harbor-house=a=b", "a=b;c=d"])
def test_a_malformed_list_of_hosts_is_refused_at_the_start(text: str) -> None:
    """And not at the sending of an event. An empty list opens the networks to nobody."""
    with pytest.raises(ValidationError, match="webhook_hosts"):
        Settings(webhook_hosts=text)
    nobody = open_networks(Settings(webhook_networks="10.0.0.0/8", webhook_hosts=""))
    assert not nobody.admits(ip_address("10.0.0.1"), host="box", organization=OWNER)
    anybody = open_networks(Settings(webhook_networks="10.0.0.0/8"))
    assert anybody.admits(ip_address("10.0.0.1"), host="box", organization=OWNER)
