"""One attempt against receivers that answer, redirect, drip, never end, or show another's certificate."""

from __future__ import annotations

import time
from collections.abc import Iterable
from ipaddress import ip_address
from pathlib import Path
from socket import socket

import httpcore
import pytest
from receivers import Authority, misbehaving, receiving

from service.settings import read_networks
from service.web.outgoing.targets import Address, OpenNetworks
from service.web.outgoing.transport import SafePost

HERE = OpenNetworks(read_networks("127.0.0.0/8"), http=True)
QUICK_S = 0.6
OWNER = "harbor-house"


def test_a_reply_is_its_status_and_two_headers() -> None:
    """2xx came through; anything else did not; of the reply nothing but status, wait and wish is kept."""
    with receiving() as receiver:
        receiver.answer = lambda request: (503, {"Retry-After": "120", "Webhook-Delivery": " Disable "})
        outcome = SafePost(HERE).send(receiver.url, OWNER, {"X-Own": "1"}, b'{"a":1}')

        assert (outcome.status, outcome.came_through, outcome.wait_s, outcome.wish) == (503, False, 120.0, "disable")
        [request] = receiver.received
        assert (request.body, request.headers["x-own"]) == (b'{"a":1}', "1")
        receiver.answer = lambda request: (204, {})
        assert SafePost(HERE).send(receiver.url, OWNER, {}, b"{}").came_through


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    """It is a reply that is not 2xx, wherever it points."""
    with receiving() as receiver, receiving() as other:
        receiver.answer = lambda request: (status, {"Location": other.url})

        outcome = SafePost(HERE).send(receiver.url, OWNER, {}, b"{}")

        assert outcome.status == status
        assert not outcome.came_through
        assert other.received == []


def test_proxies_in_the_environment_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy would connect wherever it pleases."""
    with receiving() as receiver, receiving() as proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")

        assert SafePost(HERE).send(receiver.url, OWNER, {}, b"{}").came_through
        assert proxy.received == []


def drip(connection: socket) -> None:
    for byte in b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 1000:
        connection.sendall(bytes([byte]))
        time.sleep(0.1)


def endless_headers(connection: socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"x: " + b"y" * 1000 + b"\r\n")


def endless_interim(connection: socket) -> None:
    while True:
        connection.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        time.sleep(0.01)


def endless_body(connection: socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        connection.sendall(b"3e8\r\n" + b"y" * 1000 + b"\r\n")


def silence(connection: socket) -> None:
    time.sleep(20)


def rubbish(connection: socket) -> None:
    connection.sendall(b"\x00\x01 not http\r\n\r\n")


@pytest.mark.parametrize(
    ("speak", "error"),
    [
        (drip, "timeout"),
        (silence, "timeout"),
        (endless_interim, "timeout"),
        (endless_headers, "connection_lost"),
        (rubbish, "connection_lost"),
        (lambda connection: None, "connection_lost"),
    ],
)
def test_a_receiver_that_never_comes_to_an_end_is_left(speak: object, error: str) -> None:
    """One deadline for all of it: neither drops of bytes nor endless headers hold up a worker."""
    with misbehaving(speak) as port:  # type: ignore[arg-type]
        started = time.monotonic()
        outcome = SafePost(HERE, deadline_s=QUICK_S).send(f"http://127.0.0.1:{port}/", OWNER, {}, b"{}")
        took = time.monotonic() - started

    assert (outcome.status, outcome.error) == (None, error)
    assert took < QUICK_S + 3


def test_a_body_is_not_read() -> None:
    """A reply that goes on for ever has come through once its head is there."""
    with misbehaving(endless_body) as port:
        assert SafePost(HERE, deadline_s=QUICK_S).send(f"http://127.0.0.1:{port}/", OWNER, {}, b"{}").status == 200


def test_a_closed_port_is_told_from_a_slow_one() -> None:
    """Nobody listens: `connect`."""
    with socket() as closed:
        closed.bind(("127.0.0.1", 0))
        assert SafePost(HERE).send(f"http://127.0.0.1:{closed.getsockname()[1]}/", OWNER, {}, b"{}").error == "connect"


class Rerouted(httpcore.SyncBackend):
    """A network on which every address is this machine's, at one port."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self._port = port

    def connect_tcp(self, host: str, port: int, *args: object, **kwargs: object) -> httpcore.NetworkStream:
        return super().connect_tcp("127.0.0.1", self._port, timeout=5)


def everywhere(host: str, port: int, patience_s: float) -> Iterable[Address]:
    return [ip_address("93.184.216.34")]


def test_the_certificate_is_held_against_the_name(tmp_path: Path) -> None:
    """Two names on one address: the one that the certificate is for is sent to, the other gets nothing."""
    authority = Authority.new()
    with receiving(authority.server(tmp_path, "good.example.com")) as receiver:
        network = Rerouted(receiver.port)
        post = SafePost(OpenNetworks(), tls=authority.trusted(), look_up=everywhere, dial=network)

        assert post.send("https://good.example.com/hook", OWNER, {}, b"{}").came_through
        assert post.send("https://other.example.com/hook", OWNER, {}, b"{}").error == "tls"
        assert (
            SafePost(OpenNetworks(), look_up=everywhere, dial=network)
            .send("https://good.example.com/", OWNER, {}, b"{}")
            .error
            == "tls"
        )
        assert len(receiver.received) == 1
        assert receiver.received[0].headers["host"] == "good.example.com"


@pytest.mark.parametrize(
    ("header", "wait_s"),
    [("7", 7.0), ("-7", None), ("1e9", None), ("999999999", 86_400.0), ("soon", None), ("", None),
     ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0), ("Fri, 31 Dec 2200 23:59:59 GMT", 86_400.0)],
)  # fmt: skip
def test_a_wait_is_seconds_or_a_date_and_at_most_a_day(header: str, wait_s: float | None) -> None:
    """What cannot be read asks for nothing."""
    with receiving() as receiver:
        receiver.answer = lambda request: (429, {"Retry-After": header})

        assert SafePost(HERE).send(receiver.url, OWNER, {}, b"{}").wait_s == wait_s
