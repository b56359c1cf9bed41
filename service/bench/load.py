"""The application in processes of its own, and requests to it over HTTP: in turn, or each when it is due."""

from __future__ import annotations

import asyncio
import os
import ssl
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
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
from service.directory.bundle.reader import read_bundle
from service.directory.snapshot.directory_snapshot import load_snapshot
from service.directory.work.load_bundle import store_bundle
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
SECONDS, STOPS_WITHIN_S = 5.0, 15
START_TRIES = 9
"""How often a process that starts is tried; the pause between doubles from half a second."""
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
            invented = partial(read_bundle, bundle, most_values=len(bundle))  # of any size: it is the bench's own
            _, load_ms = cpu_ms(lambda: store_bundle(database.unit_of_work(), invented(), replace=True))
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
        """Open `each` connections to every process for a `with` block."""
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        options: dict[str, Any] = {"headers": headers, "limits": LIMITS, "timeout": None, "trust_env": False}
        options["verify"] = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # loads no certificates, which takes long
        async with AsyncExitStack() as stack:
            clients = (httpx.AsyncClient(base_url=url, **options) for url in self.addresses for _ in range(each))
            yield [await stack.enter_async_context(client) for client in clients]


@contextmanager
def serving(build: Callable[[], FastAPI], processes: int = 1) -> Iterator[Server]:
    """Serve the application that `build` returns from a number of processes, for a `with` block, once all have started.

    Raises:
        httpx.ConnectError: a process does not start, after `START_TRIES`.
    """
    with ExitStack() as stack:
        ports = [stack.enter_context(listen(HOST, 0)).getsockname()[1] for _ in range(processes)]
    spawn = get_context("spawn")
    workers = [spawn.Process(target=partial(serve_app, build, host=HOST, port=port, workers=1)) for port in ports]
    for worker in workers:
        worker.start()
    try:
        server = Server([f"http://{HOST}:{port}" for port in ports], [worker.pid or 0 for worker in workers])
        with httpx.Client(transport=httpx.HTTPTransport(retries=START_TRIES), timeout=120, trust_env=False) as client:
            for address in server.addresses:
                client.get(f"{address}/nothing")
        yield server
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


def rounds(messages: Sequence[Message], seconds: float = 0.0) -> Iterator[tuple[None, Message]]:
    """Yield `messages` in turn, each the same number of times, for `seconds` or slightly longer."""
    end = time.perf_counter() + seconds
    for turn in chain([messages], takewhile(lambda _: time.perf_counter() < end, repeat(messages))):
        yield from zip(repeat(None), turn)


async def ask(clients: Sequence[httpx.AsyncClient], turns: Iterable[tuple[float | None, Message]]) -> Load:
    """Send each message over the first free connection, once it is due: so many seconds from now, or at once.

    The time to an answer counts from when its message was due, whether or not it could be sent.
    """
    start, numbered_turns = time.perf_counter(), enumerate(turns)
    answers = dict[int, tuple[float, httpx.Response]]()

    async def send(client: httpx.AsyncClient) -> None:
        for number, (due_s, (path, body)) in numbered_turns:
            due = time.perf_counter() if due_s is None else start + due_s
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            response = await client.post(path, content=body)
            answers[number] = time.perf_counter() - due, response

    await asyncio.gather(*map(send, clients))
    took_s, responses = zip(*(answers[number] for number in sorted(answers)), strict=True)
    refused, size = (
        [not response.is_success for response in responses],
        [len(response.content) for response in responses],
    )
    return Load([*took_s], sum(refused), sum(size), time.perf_counter() - start)


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
        servers = [measure_server(build, number, messages, seconds, token) for number in range(1, most + 1)]
    messages = [(f"{BARE_PATH}?size={servers[0]['body_bytes']}", body) for body in bodies]
    bare, rates = measure_server(bare_app, 1, messages, seconds), [row["peak_per_second"] for row in servers]
    return {
        "ratio": round(bare["cpu_ms"] / servers[0]["cpu_ms"], 3) if servers[0]["cpu_ms"] else None,
        "scaling": round(rates[1] / rates[0], 2) if most > 1 else None,
        **dict(zip(("one_worker", "two_workers"), servers, strict=False)),
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
            await ask(clients, rounds(messages))  # warms the caches
            before_s = server.cpu_s()
            peak = await ask(clients, rounds(messages, seconds))
            cpu_s, count = server.cpu_s() - before_s, len(peak.took_s)
            per_second = count / peak.seconds
            due_s = np.arange(max(1, int(per_second / 2 * seconds))) / (per_second / 2)
            even = await ask(clients, zip(due_s.tolist(), cycle(messages), strict=False))
        p50_s, p99_s = np.percentile(even.took_s, (50, 99)).tolist()
        return {
            "peak_per_second": round(per_second, 1),
            "p50_ms": round(1000 * p50_s, 1),
            "p99_ms": round(1000 * p99_s, 1),
            "cpu_ms": round(1000 * cpu_s / count, 3),
            "body_bytes": peak.size // count,
            "refused": peak.refused + even.refused,
        }

    with serving(build, processes) as server:
        return asyncio.run(measure(server))
