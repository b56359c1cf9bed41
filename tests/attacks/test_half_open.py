"""1,300 connections that begin a request and stall, held up anew whenever one is closed: the server answers others.

The process may have 1,024 files open. A connection of somebody else is let in, is answered, and is the last to go.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from resource import RLIMIT_NOFILE, getrlimit, setrlimit
from threading import Event, Thread

import httpx
import pytest
from api_builders import EVERY_SCOPE
from servers import Server, server_process

from service.web.connections import MOST, MOST_OF_ADDRESS, OTHER_FILES

STALLED = 1300
HALF = b"GET /health/live HTTP/1.1\r\nHost: here\r\nX-Thing: "
ASKED = 10


@pytest.fixture(autouse=True)
def files() -> Iterator[None]:
    """The attacker's own files."""
    soft, hard = getrlimit(RLIMIT_NOFILE)
    setrlimit(RLIMIT_NOFILE, (min(max(soft, 4096), hard), hard))
    yield
    setrlimit(RLIMIT_NOFILE, (soft, hard))


def half_open(port: int, source: str) -> socket.socket | None:
    link = socket.socket()
    link.settimeout(2)
    try:
        link.bind((source, 0))
        link.connect(("127.0.0.1", port))
        link.sendall(HALF)
    except OSError:
        link.close()
        return None
    link.setblocking(False)
    return link


def is_closed(link: socket.socket | None) -> bool:
    if link is None:
        return True
    try:
        return not link.recv(1)
    except BlockingIOError:
        return False
    except OSError:
        return True


@contextmanager
def attacked(server: Server, source_of: Callable[[int], str]) -> Iterator[list[int]]:
    """Hold the connections for a `with` block, from the addresses of `source_of`; give how many were opened again."""
    links = [half_open(server.port, source_of(number)) for number in range(STALLED)]
    done, again = Event(), [0]

    def hold() -> None:
        while not done.wait(0.5):
            for number, link in enumerate(links):
                if is_closed(link) and not done.is_set():
                    if link is not None:
                        link.close()
                    links[number] = half_open(server.port, source_of(number))
                    again[0] += 1

    thread = Thread(target=hold)
    thread.start()
    try:
        yield again
    finally:
        done.set()
        thread.join()
        for link in links:
            if link is not None:
                link.close()


def answers(server: Server, path: str) -> tuple[list[int], float]:
    """The statuses of requests, each on a connection of its own (0: none came), and the longest time that one took."""
    statuses, longest_s = [], 0.0
    for _ in range(ASKED):
        begun_s = time.monotonic()
        try:
            status = httpx.get(f"http://127.0.0.1:{server.port}{path}", trust_env=False, timeout=5).status_code
        except httpx.TransportError:
            status = 0
        statuses.append(status)
        longest_s = max(longest_s, time.monotonic() - begun_s)
    return statuses, longest_s


SOURCES: dict[str, Callable[[int], str]] = {
    "one address": lambda _: "127.0.0.1",
    "each an address": lambda number: f"127.0.{1 + number // 250}.{1 + number % 250}",
    "ten addresses": lambda number: f"127.0.9.{1 + number % 10}",
}


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.at_length)])
def test_the_server_answers_others(tmp_path: Path, source: str, workers: int, say: Callable[[str], None]) -> None:
    """From the attacker's own address as well; with several processes each has its bounds."""
    with server_process(tmp_path, workers=workers) as server, attacked(server, SOURCES[source]) as again:
        live, longest_s = answers(server, "/health/live")
        pages, _ = answers(server, "/signin")
        files = server.open_files()

    say(
        f"{STALLED} half-open from {source}, {workers} process(es): {live.count(200)} of {ASKED} answered, in "
        f"{longest_s:.3f} s at most; {again[0]} opened again; {files} files open"
    )
    assert live == [200] * ASKED
    assert pages == [200] * ASKED
    if workers == 1:
        assert files <= (MOST_OF_ADDRESS if source == "one address" else min(MOST, 1024 - OTHER_FILES)) + OTHER_FILES


def test_a_proxys_connections_stand(tmp_path: Path, say: Callable[[str], None]) -> None:
    """A trusted proxy holds as many as it likes within the bound of all; anybody else as many as an address may."""
    count = MOST_OF_ADDRESS * 3
    standing = {}
    for name, more in {"a proxy": {"trusted_proxies": "127.0.0.1/32"}, "anybody": {}}.items():
        (tmp_path / name).mkdir()
        with server_process(tmp_path / name, **more) as server:
            links = [half_open(server.port, "127.0.0.1") for _ in range(count)]
            assert answers(server, "/health/live")[0] == [200] * ASKED
            standing[name] = sum(not is_closed(link) for link in links)
            for link in links:
                if link is not None:
                    link.close()

    say(f"of {count} half-open connections stand: {standing}")
    assert standing["a proxy"] == count
    assert MOST_OF_ADDRESS - ASKED <= standing["anybody"] <= MOST_OF_ADDRESS


@pytest.mark.parametrize("source", ["one address", "ten addresses"])
def test_a_request_that_has_come_is_answered_whatever_is_opened_meanwhile(tmp_path: Path, source: str) -> None:
    """One that waits for events keeps its connection while the others come and go."""
    with server_process(tmp_path) as server:
        headers = server.bearer(*EVERY_SCOPE)
        answered: list[httpx.Response] = []

        def wait() -> None:
            after = server.client.get("/v1/events", headers=headers).json()["next"]
            place = f"/v1/events?wait=4&after={after}"
            answered.append(server.client.get(place, headers=headers))

        thread = Thread(target=wait)
        thread.start()
        with attacked(server, SOURCES[source]):
            thread.join()

    assert [answer.status_code for answer in answered] == [200]
