"""The application in processes of its own, and requests to it over HTTP: in turn, or each when it is due."""

from __future__ import annotations

import asyncio
import os
import ssl
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import chain, cycle, repeat, takewhile
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from fastapi import FastAPI, Request, Response

from service import demo
from service.answers.api.paths import ANY_ORIGIN
from service.app import create_app
from service.bench.measure import cpu_ms
from service.directory.snapshot.directory_snapshot import load_snapshot
from service.directory.work.load_bundle import load_bundle
from service.infrastructure.auth import build_caller, issue_token
from service.infrastructure.database.database import Database, open_database
from service.infrastructure.errors import NothingLoaded
from service.server import listen, serve_app
from service.settings import Settings

HOST, PATH, BARE_PATH = "127.0.0.1", "/v1/referral-paths", "/bare"
CALLER = "juniper-bridge-hotline"
EACH = 8
"""Connections to every process; each has a single request under way."""
IDLE_S = 2.0
"""How long a connection may be idle before it is made anew: less than the server keeps one."""
LIMITS = httpx.Limits(max_connections=1, keepalive_expiry=IDLE_S)
SECONDS, STARTS_WITHIN_S, STOPS_WITHIN_S = 5.0, 120.0, 15
WORKERS = ((1, "one_worker"), (2, "two_workers"))
Message = tuple[str, bytes]
"""The path and the body of a request."""


class NotEmpty(Exception):
    """The database holds a coalition, so measuring would overwrite data."""


@dataclass(frozen=True)
class Installation:
    """A database with a bundle in it, the settings for its servers, and the processor time that loading took."""

    settings: Settings
    database: Database
    load_ms: float

    def token(self, organization: str) -> str:
        """Return a token of an organization that may ask for anybody, good for longer than a measured hour."""
        caller = build_caller(organization=organization, scopes=["route", ANY_ORIGIN])
        return issue_token(self.settings, caller, ttl=timedelta(hours=12))


@contextmanager
def installed(bundle: bytes, url: str | None = None) -> Iterator[Installation]:
    """Load a bundle into an empty database, by default a new SQLite file, for a `with` block.

    Settings are the default ones, with key files in a folder (a database other than a SQLite file has none beside it)
    and without a limit of the rate.

    Raises:
        NotEmpty: the database holds a coalition.
    """
    with tempfile.TemporaryDirectory() as folder:
        values = {name: setting.default for name, setting in Settings.model_fields.items()}
        values |= {"database": url or f"sqlite:///{folder}/bench.db", "rate_limit": "9999999/second"}
        values |= {"token_key_file": Path(folder, "token.key"), "address_key_file": Path(folder, "bench.key")}
        settings = Settings.model_construct(**values | {"metrics_open": True})
        with open_database(settings) as database:
            database.upgrade()
            with suppress(NothingLoaded):
                load_snapshot(database.unit_of_work(writes=False))
                raise NotEmpty
            _, load_ms = cpu_ms(lambda: load_bundle(database.unit_of_work(), bundle, replace=True))
            yield Installation(settings, database, load_ms)


def bare_app() -> FastAPI:
    """Return an application without any data, whose answer has as many bytes as the query `size` asks for."""
    app = FastAPI(openapi_url=None)

    @app.post(BARE_PATH)
    async def bare(request: Request) -> Response:
        await request.body()
        return Response(b"x" * int(request.query_params["size"]), media_type="application/json")

    return app


@dataclass(frozen=True)
class Server:
    """Processes that serve one application, each at an address of its own."""

    addresses: Sequence[str]
    pids: Sequence[int]

    def cpu_s(self) -> float:
        """Return the processor time used by the processes, in seconds; 0.0 on a system without `/proc`."""
        try:
            stats = [Path("/proc", str(pid), "stat").read_text() for pid in self.pids]
        except OSError:
            return 0.0
        ticks = sum(sum(map(int, stat.rpartition(")")[2].split()[11:13])) for stat in stats)
        return ticks / os.sysconf("SC_CLK_TCK")

    @asynccontextmanager
    async def connections(self, each: int, token: str = "") -> AsyncIterator[list[httpx.AsyncClient]]:
        """Open `each` connections to every process, once it has started, for a `with` block.

        Raises:
            ConnectionError: a process has not started after `STARTS_WITHIN_S`.
        """
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        options: dict[str, Any] = {"headers": headers, "limits": LIMITS, "timeout": None, "trust_env": False}
        options["verify"] = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # loads no certificates, which takes long
        async with AsyncExitStack() as stack:
            clients = [
                httpx.AsyncClient(base_url=address, **options) for address in self.addresses for _ in range(each)
            ]
            for client in clients:
                await stack.enter_async_context(client)
            await asyncio.gather(*map(_wait_for, clients))
            yield clients


async def _wait_for(client: httpx.AsyncClient) -> None:
    give_up_at = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < give_up_at:
        with suppress(httpx.TransportError):
            await client.get("/nothing")
            return
        await asyncio.sleep(0.02)
    raise ConnectionError("a process takes no connections")


@contextmanager
def serving(build: Callable[[], FastAPI], processes: int = 1) -> Iterator[Server]:
    """Serve the application that `build` returns from a number of processes, for a `with` block."""
    with ExitStack() as stack:
        ports = [stack.enter_context(listen(HOST, 0)).getsockname()[1] for _ in range(processes)]
    spawn = get_context("spawn")
    workers = [spawn.Process(target=partial(serve_app, build, host=HOST, port=port, workers=1)) for port in ports]
    for worker in workers:
        worker.start()
    try:
        yield Server([f"http://{HOST}:{port}" for port in ports], [worker.pid or 0 for worker in workers])
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.join(STOPS_WITHIN_S)
            worker.kill()


@dataclass
class Load:
    """The answers within `seconds`: the seconds to each, the number refused, and the bytes of all."""

    took_s: list[float]
    refused: int
    size: int
    seconds: float

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return len(self.took_s) / self.seconds


async def ask_in_turn(
    clients: Sequence[httpx.AsyncClient], messages: Sequence[Message], *, seconds: float = 0.0
) -> Load:
    """Send `messages` in turn over all connections, each the same number of times, for `seconds` or slightly longer."""
    end = time.perf_counter() + seconds
    rounds = chain([messages], takewhile(lambda _: time.perf_counter() < end, repeat(messages)))
    return await _ask(clients, ((time.perf_counter(), message) for message in chain.from_iterable(rounds)))


async def ask_when_due(
    clients: Sequence[httpx.AsyncClient], messages: Sequence[Message], due_s: Sequence[float]
) -> Load:
    """Send a message at each moment, whether or not earlier ones are answered, counted from that moment on."""
    start = time.perf_counter()
    return await _ask(clients, ((start + due, message) for due, message in zip(due_s, cycle(messages), strict=False)))


async def _ask(clients: Sequence[httpx.AsyncClient], turns: Iterator[tuple[float, Message]]) -> Load:
    """Send each message over the first free connection once it is due."""
    start, numbered_turns = time.perf_counter(), enumerate(turns)
    responses, took_s = list[httpx.Response](), dict[int, float]()

    async def send(client: httpx.AsyncClient) -> None:
        for number, (due, (path, body)) in numbered_turns:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            responses.append(await client.post(path, content=body))
            took_s[number] = time.perf_counter() - due

    await asyncio.gather(*map(send, clients))
    return Load(
        [took for _, took in sorted(took_s.items())],
        refused=sum(not response.is_success for response in responses),
        size=sum(len(response.content) for response in responses),
        seconds=time.perf_counter() - start,
    )


def measure_http(*, seconds: float = SECONDS, most: int = 2) -> dict[str, Any]:
    """Return the contract's `http` figures for the demo's coalition and profiles, and the figures of each server.

    `ratio`: what one process could answer in a second over what the bare endpoint could, with answers of the same
    length, by the processor time of their requests; None on a system that does not tell it. `scaling`: our rate with
    two processes over one. `most`: the most processes of a server.
    """
    bodies = [demo.profile_bytes(name) for name in demo.profile_names()]
    with installed(demo.coalition_bytes()) as installation:
        build, token = partial(create_app, installation.settings), installation.token(CALLER)
        messages = [(PATH, body) for body in bodies]
        servers = {name: measure_server(build, number, messages, seconds, token) for number, name in WORKERS[:most]}
    single, double = servers[WORKERS[0][1]], servers.get(WORKERS[1][1])
    messages = [(f"{BARE_PATH}?size={single['body_bytes']}", body) for body in bodies]
    bare = measure_server(bare_app, 1, messages, seconds)
    return {
        "ratio": round(bare["cpu_ms"] / single["cpu_ms"], 3) if single["cpu_ms"] else None,
        "scaling": round(double["peak_per_second"] / single["peak_per_second"], 2) if double else None,
        **servers,
        "bare": bare,
    }


def measure_server(
    build: Callable[[], FastAPI], processes: int, messages: Sequence[Message], seconds: float, token: str = ""
) -> dict[str, float]:
    """Return the most that is answered in a second, the times to an answer at half of that, and what one answer costs.

    `cpu_ms`, `body_bytes`: processor time of the server and length of an answer. `refused`: how many were no answers.
    """

    async def measure(server: Server) -> dict[str, float]:
        async with server.connections(EACH, token) as clients:
            await ask_in_turn(clients, messages)  # warms the caches
            before_s = server.cpu_s()
            peak = await ask_in_turn(clients, messages, seconds=seconds)
            cpu_s, count, half = server.cpu_s() - before_s, len(peak.took_s), peak.per_second / 2
            due_s = [number / half for number in range(max(1, int(half * seconds)))]
            even = await ask_when_due(clients, messages, due_s)
        p50_s, p99_s = np.percentile(even.took_s, (50, 99)).tolist()
        return {
            "peak_per_second": round(peak.per_second, 1),
            "p50_ms": round(1000 * p50_s, 1),
            "p99_ms": round(1000 * p99_s, 1),
            "cpu_ms": round(1000 * cpu_s / count, 3),
            "body_bytes": peak.size // count,
            "refused": peak.refused + even.refused,
        }

    with serving(build, processes) as server:
        return asyncio.run(measure(server))
