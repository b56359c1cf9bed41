"""Rates over HTTP: servers that answer, asked in turn, and figures that can be held against each other."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import api_builders
import pytest
from fastapi import FastAPI

from service import demo
from service.bench import over_http
from service.bench.load import Answers, connect, connect_evenly, load, request_bytes


@contextmanager
def in_a_thread(build: Callable[[], FastAPI], processes: int) -> Iterator[over_http.Server]:
    """Serve without starting processes, each of which would read the whole program anew."""
    with api_builders.serving(build()) as client:
        yield over_http.Server(client.base_url.port or 0, processes, os.getpid())


def test_the_figures_are_of_servers_that_answered_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every server has figures, nothing was refused, each ratio is between rates that were measured, or null."""
    monkeypatch.setattr(over_http, "serving", in_a_thread)
    monkeypatch.setattr(over_http, "EACH", 1)
    monkeypatch.setattr(
        demo, "profile_names", lambda _coalition=demo.FIRST: ("05-immigration-help-from-abroad", "15-medical-danger")
    )

    found = over_http.measure_http(rounds=1, seconds=0, most=1)

    for name in ("one_worker", "at_hand_one_worker", "bare_one_worker"):
        figures = found[name]
        assert figures["refused"] == 0
        assert figures["per_second"] > 0
        assert 0 < figures["p50_ms"] <= figures["p99_ms"]
    assert 0 < found["ratio"] < found["without_search"] < 1
    assert found["scaling"] is None
    assert found["body_bytes"] > 5_000
    assert found["where"]["search_and_words_ms"] > found["where"]["writing_ms"]


def test_two_processes_are_asked_evenly() -> None:
    """Both processes of one server get as many connections, and their processor time is counted."""

    async def ask(port: int) -> list[bytes]:
        connections = await connect_evenly(port, whoami=over_http.ASK_WHO, processes=2, each=2)
        names = []
        for connection in connections:
            assert await connection.ask(over_http.ASK_WHO) == 200
            names.append(connection.body)
            connection.close()
        return names

    with over_http.serving(partial(over_http.with_name, over_http.bare_app), 2) as server:
        names = asyncio.run(ask(server.port))
        spent_s = server.cpu_s()

    assert sorted(names.count(name) for name in set(names)) == [2, 2]
    assert spent_s > 0


def test_every_request_is_sent_equally_often_and_refusals_are_counted() -> None:
    """Rounds are whole; a status that is not 200 is kept; the bare endpoint gives the size that was asked for."""

    async def measure(port: int) -> tuple[Answers, bytes]:
        connections = [(await connect(port, over_http.ASK_WHO))[0] for _ in range(3)]
        bare = [request_bytes("POST", f"/bare?size={size}", body=b"{}") for size in (10, 70_000)]
        found = await load(connections, [*bare, request_bytes("GET", "/nothing")], seconds=0.2)
        await connections[0].ask(bare[1])
        for connection in connections:
            connection.close()
        return found, connections[0].body

    with api_builders.serving(over_http.bare_app()) as client:
        found, body = asyncio.run(measure(client.base_url.port or 0))

    assert len(found.took_s) % 3 == 0
    assert found.refused == [404] * (len(found.took_s) // 3)
    assert found.seconds >= 0.2
    assert len(body) == 70_000
