"""Requests a second over HTTP with one process and with two, beside a bare endpoint with answers of the same length.

The servers run at the same time and are asked in turn, a few seconds each, so that other work on the machine affects
every server alike.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from fastapi import FastAPI, Request, Response
from pydantic_core import to_json

from service import demo
from service.api.paths import ANY_ORIGIN
from service.api.searches import Searches
from service.app import create_app
from service.auth import build_caller, issue_token
from service.bench.load import HOST, OK, Answers, connect, connect_evenly, load, request_bytes
from service.bench.measure import cpu_ms
from service.profile import NeedsProfile, read_profile
from service.render.page import PrintedPage
from service.server import listen, serve_app
from service.serving.served import Served, load_served
from service.settings import Settings
from service.store.database import open_database
from service.usecases.find_paths import find_paths
from service.usecases.load_bundle import load_bundle
from service.wording import measured

PATH, BARE_PATH, WHOAMI = "/v1/referral-paths", "/bare", "/whoami"
CALLER = "juniper-bridge-hotline"
EACH = 4
"""Connections to every process; each connection has a single request under way."""
ROUNDS = 3
SECONDS = 2.0
STOPS_WITHIN_S = 15
WORKERS = {1: "one_worker", 2: "two_workers"}
ASK_WHO = request_bytes("GET", WHOAMI)


def bare_app() -> FastAPI:
    """Return an application without any data, whose answer has as many bytes as the query `size` asks for."""
    app = FastAPI(openapi_url=None)

    @app.post(BARE_PATH)
    async def bare(request: Request) -> Response:
        await request.body()
        return Response(b"x" * int(request.query_params["size"]), media_type="application/json")

    return app


def with_name(build: Callable[[], FastAPI]) -> FastAPI:
    """Return the application of `build`, which tells by which process it is served."""
    app = build()

    @app.get(WHOAMI, include_in_schema=False)
    async def whoami() -> Response:
        return Response(str(os.getpid()))

    return app


@dataclass(frozen=True)
class Server:
    """A server in processes of its own."""

    port: int
    processes: int
    pid: int

    def cpu_s(self) -> float:
        """Return the processor time used by the server's processes, in seconds; 0.0 on a system without `/proc`."""
        parent = Path(f"/proc/{self.pid}")
        try:
            children = (parent / f"task/{self.pid}/children").read_text().split()
            stats = [(place / "stat").read_text() for place in (parent, *(Path("/proc", child) for child in children))]
        except OSError:
            return 0.0
        ticks = sum(sum(map(int, stat.rpartition(")")[2].split()[11:13])) for stat in stats)
        return ticks / os.sysconf("SC_CLK_TCK")


class AtHand(Searches):
    """Searches that keep each answer: a request then costs everything but the search."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._made: dict[str, dict[str, Any]] = {}

    def find(self, served: Served, asked: NeedsProfile) -> dict[str, Any]:
        """Return the answer given to the first request with the same profile."""
        key = asked.model_dump_json()
        if key not in self._made:
            self._made[key] = super().find(served, asked)
        return self._made[key]


def answers_at_hand(settings: Settings) -> FastAPI:
    """Return the whole application with `AtHand` searches. Only for measuring: a real server never keeps a profile."""
    app = create_app(settings)
    started = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(one: FastAPI) -> AsyncIterator[None]:
        async with started(one):
            one.state.wiring = replace(one.state.wiring, searches=AtHand(settings))
            yield

    app.router.lifespan_context = lifespan
    return app


@dataclass
class MeasuredEndpoint:
    """A server, the requests to the server, and the answers of each round."""

    server: Server
    requests: Sequence[bytes]
    rounds: list[Answers] = field(default_factory=list)
    cpu_s: float = 0.0

    async def ask(self, *, seconds: float) -> Answers:
        """Send requests for `seconds`, every request at least once, over new connections: idle ones are soon closed."""
        at, processes = self.server.port, self.server.processes
        connections = await connect_evenly(at, whoami=ASK_WHO, processes=processes, each=EACH)
        try:
            return await load(connections, self.requests, seconds=seconds)
        finally:
            for connection in connections:
                connection.close()

    async def go_round(self, seconds: float) -> None:
        """Send requests for `seconds`, and keep the answers and the processor time of the server."""
        before = self.server.cpu_s()
        self.rounds.append(await self.ask(seconds=seconds))
        self.cpu_s += self.server.cpu_s() - before

    @property
    def rates(self) -> list[float]:
        """Requests a second, round by round."""
        return [len(one.took_s) / one.seconds for one in self.rounds]

    def figures(self) -> dict[str, float]:
        """Return requests a second, the time to an answer, the processor time of a request, and the number refused."""
        took_ms = [took * 1000 for one in self.rounds for took in one.took_s]
        return {
            "per_second": round(median(self.rates), 1),
            "p50_ms": round(float(np.percentile(took_ms, 50)), 1),
            "p99_ms": round(float(np.percentile(took_ms, 99)), 1),
            "cpu_ms": round(self.cpu_s * 1000 / len(took_ms), 2),
            "refused": sum(len(one.refused) for one in self.rounds),
        }


def measure_http(*, rounds: int = ROUNDS, seconds: float = SECONDS, most: int = 2) -> dict[str, Any]:
    """Return the contract's `http` figures, and the details, for the demo's coalition and every demo profile.

    `ratio`: our rate with one process over the bare endpoint's; `scaling`: our rate with two processes over one;
    `without_search`: as `ratio`, with every answer at hand. Each is the median over the rounds; a round asks every
    server. `cpu_ms`: processor time of a request, without other work on the machine. `where`: CPU milliseconds of an
    answer, by part. `most`: the most processes of a server.
    """
    with tempfile.TemporaryDirectory() as folder:
        settings = _settings(Path(folder))
        found = asyncio.run(_measure(settings, rounds=rounds, seconds=seconds, most=most))
        return found | {"where": where_time_goes(settings)}


def settings_for(database: str, folder: Path) -> Settings:
    """Return the default settings for a database (URL), with key files in a folder and without a limit of the rate.

    The folder is needed because a database other than a SQLite file has no key files beside it.
    """
    given = {name: setting.default for name, setting in Settings.model_fields.items()}
    given |= {"database": database, "rate_limit": "9999999/second", "metrics_open": True}
    given |= {"token_key_file": folder / "bench.token.key", "address_key_file": folder / "bench.key"}
    return Settings.model_construct(**given)


def _settings(folder: Path) -> Settings:
    """Make a database with the demo in a folder, and return its settings."""
    settings = settings_for(f"sqlite:///{folder / 'bench.db'}", folder)
    with open_database(settings) as database:
        database.upgrade()
        load_bundle(database.unit_of_work(), demo.coalition_bytes(), replace=True)
    return settings


async def _measure(settings: Settings, *, rounds: int, seconds: float, most: int) -> dict[str, Any]:
    asking = _requests(settings)
    built: Mapping[str, Callable[[], FastAPI]]
    built = {"": partial(create_app, settings), "at_hand_": partial(answers_at_hand, settings), "bare_": bare_app}
    with ExitStack() as stack:
        servers = {
            f"{prefix}{WORKERS[number]}": stack.enter_context(serving(partial(with_name, build), number))
            for prefix, build in built.items()
            for number in range(1, most + 1)
        }
        sizes = await _sizes(servers[WORKERS[1]].port, asking)
        plain = [
            request_bytes("POST", f"{BARE_PATH}?size={size}", body=demo.profile_bytes(name))
            for name, size in zip(demo.profile_names(), sizes, strict=True)
        ]
        targets = {
            name: MeasuredEndpoint(server, plain if name.startswith("bare") else asking)
            for name, server in servers.items()
        }
        for target in targets.values():
            await target.ask(seconds=0)  # warms the caches
        for target in list(targets.values()) * rounds:
            await target.go_round(seconds)
    return {
        "ratio": _ratio(targets, "one_worker", "bare_one_worker"),
        "scaling": _ratio(targets, "two_workers", "one_worker"),
        "without_search": _ratio(targets, "at_hand_one_worker", "bare_one_worker"),
        "bare_scaling": _ratio(targets, "bare_two_workers", "bare_one_worker"),
        "body_bytes": round(sum(sizes) / len(sizes)),
        **{name: target.figures() for name, target in targets.items()},
    }


@contextmanager
def serving(build: Callable[[], FastAPI], processes: int) -> Iterator[Server]:
    """Serve the application that `build` returns from a number of processes, for a `with` block."""
    with listen(HOST, 0) as free:
        port: int = free.getsockname()[1]
    work = partial(serve_app, build, host=HOST, port=port, workers=processes)
    process = get_context("spawn").Process(target=work)
    process.start()
    try:
        yield Server(port, processes, process.pid or 0)
    finally:
        process.terminate()
        process.join(STOPS_WITHIN_S)
        process.kill()


def _requests(settings: Settings) -> list[bytes]:
    caller = build_caller(organization=CALLER, scopes=["route", ANY_ORIGIN])
    token = issue_token(settings, caller, ttl=timedelta(hours=1))
    return [request_bytes("POST", PATH, body=demo.profile_bytes(name), token=token) for name in demo.profile_names()]


async def _sizes(port: int, requests: Sequence[bytes]) -> list[int]:
    """Return the length of each answer in bytes.

    Raises:
        ConnectionError: the server refuses a profile of the demo.
    """
    connection, _ = await connect(port, ASK_WHO)
    sizes = []
    for request in requests:
        if await connection.ask(request) != OK:
            raise ConnectionError("the server refuses a profile of the demo")
        sizes.append(len(connection.body))
    connection.close()
    return sizes


def _ratio(targets: Mapping[str, MeasuredEndpoint], mine: str, theirs: str) -> float | None:
    """Return the median over the rounds of the rate of `mine` over the rate of `theirs`; None if either is absent."""
    if not {mine, theirs} <= targets.keys():
        return None
    pairs = zip(targets[mine].rates, targets[theirs].rates, strict=True)
    return round(median(one / other for one, other in pairs), 3)


def where_time_goes(settings: Settings) -> dict[str, float]:
    """Return the CPU milliseconds of an answer in this process, by part: the mean over the demo's profiles."""
    with open_database(settings) as database:
        served = load_served(database.unit_of_work(writes=False))
    bodies = [demo.profile_bytes(name) for name in demo.profile_names()]
    asked = [read_profile(body) for body in bodies]
    whole = [find_paths(served, profile) for profile in asked]
    parts: dict[str, Callable[[], object]] = {
        "reading": lambda: [read_profile(body) for body in bodies],
        "search_and_words": lambda: [find_paths(served, profile, questions_within_ms=0) for profile in asked],
        "whole_answer": lambda: [find_paths(served, profile) for profile in asked],
        "writing": lambda: [to_json(answer) for answer in whole],
    }
    spent = {name: cpu_ms(work)[1] / len(bodies) for name, work in parts.items()}
    spent["questions"] = spent.pop("whole_answer") - spent["search_and_words"]
    return {f"{name}_ms": round(each, 2) for name, each in spent.items()}


def tell(page: PrintedPage, http: Mapping[str, Any]) -> None:
    """Print the figures of `measure_http`."""
    one, two, bare, where = http["one_worker"], http["two_workers"], http["bare_one_worker"], http["where"]
    page.item(
        measured.OVER_HTTP.format(
            per_second=one["per_second"],
            per_second_of_two=two["per_second"],
            scaling=http["scaling"],
            p99_ms=one["p99_ms"],
            p99_ms_of_two=two["p99_ms"],
        )
    )
    page.item(
        measured.BARE.format(per_second=bare["per_second"], ratio=http["ratio"], without_search=http["without_search"])
    )
    page.item(
        measured.ONE_REQUEST.format(
            cpu_ms=one["cpu_ms"],
            search_and_words_ms=where["search_and_words_ms"],
            questions_ms=where["questions_ms"],
            reading_ms=where["reading_ms"],
            writing_ms=where["writing_ms"],
            cpu_ms_at_hand=http["at_hand_one_worker"]["cpu_ms"],
        )
    )
