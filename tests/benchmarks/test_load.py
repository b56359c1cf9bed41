"""Rates over HTTP: servers that answer all, every process asked, and when a request was due."""

from __future__ import annotations

import asyncio
from collections import Counter

import httpx
import pytest
from benchmarks import load

from service import demo
from service.server import server_config


def test_the_figures_are_of_servers_that_answered_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was refused, the bare endpoint sent as many bytes, and its processor time is a small part of ours."""
    monkeypatch.setattr(load, "EACH", 1)
    monkeypatch.setattr(demo, "profile_names", lambda _coalition=demo.FIRST: ("15-medical-danger",))

    http = load.measure_http(seconds=0.1)

    one, bare = http["one_worker"], http["bare"]
    for figures in (one, bare):
        assert figures["refused"] == 0
        assert figures["peak_per_second"] > 0
        assert 0 < figures["p50_ms"] <= figures["p99_ms"]
    assert one["body_bytes"] == bare["body_bytes"] > 5_000
    assert 0 < http["ratio"] == pytest.approx(bare["cpu_ms"] / one["cpu_ms"], abs=0.001)
    assert http["ratio"] < 0.5


def test_two_processes_are_asked_and_all_requests_are_sent_equally_often() -> None:
    """Rounds are whole, refusals are answers too, and the processor time of both processes is told."""

    async def ask() -> list[load.Answer]:
        async with server.connections(2, "none") as clients:
            return await load.ask(clients, load.rounds(messages, 0.2))

    with load.serving(load.bare_app, 2) as server:
        messages = [(f"{load.BARE_PATH}?size={size}", b"{}") for size in (10, 70_000)] + [("/nothing", b"{}")]
        answers, spent_s = asyncio.run(ask()), server.cpu_s()

    addresses = Counter(f"{answer.url.scheme}://{answer.url.netloc.decode()}" for _, answer in answers)
    sizes = Counter(len(answer.content) for _, answer in answers if answer.is_success)
    refused = [answer for _, answer in answers if not answer.is_success]
    assert addresses.keys() == {*server.addresses}
    assert spent_s > 0
    assert sizes == {10: len(refused), 70_000: len(refused)}


def test_a_slow_answer_delays_no_request_and_counts_from_when_it_was_due() -> None:
    """Ten requests in a tenth of a second over one connection that takes as long for each: the last waits for all."""
    paths = list[str]()

    async def slow(request: httpx.Request) -> httpx.Response:
        paths.append(request.url.path)
        await asyncio.sleep(0.02)
        return httpx.Response(200)

    client = httpx.AsyncClient(transport=httpx.MockTransport(slow), base_url="http://slow.test")
    turns = zip((number / 100 for number in range(10)), 5 * [("/a", b""), ("/b", b"")], strict=True)
    took_s = [took for took, _ in asyncio.run(load.ask([client], turns))]

    assert Counter(paths) == {"/a": 5, "/b": 5}
    assert min(took_s) >= 0.02
    assert max(took_s) >= 0.02 * 10 - 0.1


def test_no_connection_is_used_that_the_server_may_have_ended() -> None:
    timeout = server_config(str).timeout_keep_alive

    assert timeout / 2 > load.IDLE_S
