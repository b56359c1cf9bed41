"""Rates over HTTP: servers that answer all, as many connections to each process, and when a request was due."""

from __future__ import annotations

import asyncio
from collections import Counter

import httpx
import pytest

from service import demo
from service.bench import load
from service.server import server_config


def test_the_figures_are_of_servers_that_answered_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was refused, the bare endpoint sent as many bytes, and its processor time is a small part of ours."""
    monkeypatch.setattr(load, "EACH", 1)
    monkeypatch.setattr(
        demo, "profile_names", lambda _coalition=demo.FIRST: ("05-immigration-help-from-abroad", "15-medical-danger")
    )

    http = load.measure_http(seconds=1, most=1)

    one, bare = http["one_worker"], http["bare"]
    for figures in (one, bare):
        assert figures["refused"] == 0
        assert figures["peak_per_second"] > 0
        assert 0 < figures["p50_ms"] <= figures["p99_ms"]
    assert one["body_bytes"] == bare["body_bytes"] > 5_000
    assert 0 < http["ratio"] == pytest.approx(bare["cpu_ms"] / one["cpu_ms"], abs=0.001)
    assert http["ratio"] < 0.5
    assert http["scaling"] is None


def test_two_processes_get_as_many_connections_and_all_requests_are_sent_equally_often() -> None:
    """Rounds are whole, refusals are counted, and the processor time of both processes is."""

    async def ask() -> tuple[list[str], load.Load]:
        async with server.connections(2) as clients:
            return [str(client.base_url) for client in clients], await load.ask(clients, load.rounds(messages, 0.2))

    with load.serving(load.bare_app, 2) as server:
        messages = [(f"{load.BARE_PATH}?size={size}", b"{}") for size in (10, 70_000)] + [("/nothing", b"{}")]
        addresses, answers = asyncio.run(ask())
        spent_s = server.cpu_s()

    rounds, rest = divmod(len(answers.took_s), 3)
    assert [*Counter(addresses).values()] == [2, 2]
    assert spent_s > 0
    assert rest == 0
    assert answers.refused == rounds
    assert 70_010 <= answers.size / rounds < 70_200
    assert answers.seconds >= 0.2


class SlowClient(httpx.AsyncClient):
    """A client that takes a fiftieth of a second for any request, and keeps the paths."""

    def __init__(self) -> None:
        super().__init__()
        self.paths: list[str] = []

    async def post(self, path: str, **_: object) -> httpx.Response:  # type: ignore[override]
        self.paths.append(path)
        await asyncio.sleep(0.02)
        return httpx.Response(200)


def test_a_slow_answer_delays_no_request_and_counts_from_when_it_was_due() -> None:
    """Ten requests in a tenth of a second over one connection that takes as long for each: the last waits for all."""
    client = SlowClient()
    messages = [("/a", b""), ("/b", b"")]

    took_s = asyncio.run(
        load.ask([client], zip((number / 100 for number in range(10)), 5 * messages, strict=True))
    ).took_s

    assert Counter(client.paths) == {"/a": 5, "/b": 5}
    assert min(took_s) >= 0.02
    assert max(took_s) >= 0.02 * 10 - 0.1


def test_no_connection_is_used_that_the_server_may_have_ended() -> None:
    timeout = server_config(str).timeout_keep_alive

    assert timeout / 2 > load.IDLE_S
