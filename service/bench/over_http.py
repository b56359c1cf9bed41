"""Servers in processes of their own, asked over HTTP: what they answer in a second, beside a bare endpoint."""

from __future__ import annotations

import asyncio
import os
import ssl
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import cycle, islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from fastapi import FastAPI, Request, Response

from service import demo
from service.answers.api.paths import ANY_ORIGIN
from service.answers.printed.page import PrintedPage
from service.app import create_app
from service.directory.work.load_bundle import load_bundle
from service.infrastructure.auth import build_caller, issue_token
from service.infrastructure.database.database import open_database
from service.server import listen, serve_app
from service.settings import Settings
from service.words import measured

HOST = "127.0.0.1"
PATH, BARE_PATH, WHOAMI = "/v1/referral-paths", "/bare", "/whoami"
CALLER = "juniper-bridge-hotline"
EACH = 8
"""Connections to every process; each has a single request under way."""
IDLE_S = 2.0
"""How long a connection may be idle before it is made anew: less than the server keeps one."""
SECONDS, STARTS_WITHIN_S, STOPS_WITHIN_S = 5.0, 120.0, 15
WORKERS = {1: "one_worker", 2: "two_workers"}


def bare_app() -> FastAPI:
    """Return an application without any data, whose answer has as many bytes as the query `size` asks for."""
    app = FastAPI(openapi_url=None)

    @app.post(BARE_PATH)
    async def bare(request: Request) -> Response:
        await request.body()
        return Response(b"x" * int(request.query_params["size"]), media_type="application/json")

    return app


def _with_name(build: Callable[[], FastAPI]) -> FastAPI:
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

    def url(self, path: str) -> str:
        """Return the address of a path."""
        return f"http://{HOST}:{self.port}{path}"

    def request(self, path: str, body: bytes, token: str = "") -> httpx.Request:
        """Return a request that may be sent again and again."""
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        return httpx.Request("POST", self.url(path), content=body, headers=headers)

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


@contextmanager
def serving(build: Callable[[], FastAPI], processes: int) -> Iterator[Server]:
    """Serve the application that `build` returns from a number of processes, for a `with` block."""
    with listen(HOST, 0) as free:
        port: int = free.getsockname()[1]
    work = partial(serve_app, partial(_with_name, build), host=HOST, port=port, workers=processes)
    process = get_context("spawn").Process(target=work)
    process.start()
    try:
        yield Server(port, processes, process.pid or 0)
    finally:
        process.terminate()
        process.join(STOPS_WITHIN_S)
        process.kill()


@asynccontextmanager
async def connections(server: Server, each: int) -> AsyncIterator[list[httpx.AsyncClient]]:
    """Open `each` connections to every process, once it has started, for a `with` block.

    The system shares out connections by chance; surplus connections of a process are closed again.

    Raises:
        ConnectionError: after `STARTS_WITHIN_S` a process still has too few.
    """
    limits, no_tls = httpx.Limits(max_connections=1, keepalive_expiry=IDLE_S), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    by_process: defaultdict[str, list[httpx.AsyncClient]] = defaultdict(list)
    give_up_at = time.monotonic() + STARTS_WITHIN_S
    async with AsyncExitStack() as opened:
        while len(by_process) < server.processes or any(len(mine) < each for mine in by_process.values()):
            if time.monotonic() > give_up_at:
                raise ConnectionError("a process takes no connections")
            client = httpx.AsyncClient(limits=limits, verify=no_tls, timeout=None, trust_env=False)  # noqa: S113 - a search may take long
            try:
                name = (await client.get(server.url(WHOAMI))).text
            except httpx.TransportError:
                name = ""
            if name and len(by_process[name]) < each:
                by_process[name].append(client)
                opened.push_async_callback(client.aclose)
            else:
                await client.aclose()
                await asyncio.sleep(0.02)
        yield [client for mine in by_process.values() for client in mine]


@dataclass
class Answers:
    """The answers within `seconds`: the seconds to each, the number refused, and the bytes of all."""

    took_s: list[float] = field(default_factory=list)
    refused: int = 0
    size: int = 0
    seconds: float = 0.0

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return len(self.took_s) / self.seconds


async def ask_in_turn(
    clients: Sequence[httpx.AsyncClient], requests: Sequence[httpx.Request], *, seconds: float = 0.0
) -> Answers:
    """Send `requests` in turn over all connections, each the same number of times, for `seconds` or slightly longer."""
    answers, begun = Answers(), time.perf_counter()

    def rounds() -> Iterator[httpx.Request]:
        yield from requests
        while time.perf_counter() < begun + seconds:
            yield from requests

    turns = rounds()

    async def go_on(client: httpx.AsyncClient) -> None:
        for request in turns:
            sent = time.perf_counter()
            answer = await client.send(request)
            answers.took_s.append(time.perf_counter() - sent)
            answers.refused += not answer.is_success
            answers.size += len(answer.content)

    await asyncio.gather(*map(go_on, clients))
    answers.seconds = time.perf_counter() - begun
    return answers


async def ask_when_due(
    clients: Sequence[httpx.AsyncClient], requests: Sequence[httpx.Request], due_s: Sequence[float]
) -> list[float]:
    """Return the seconds to each answer, counted from the moment when its request was due, not sent."""
    free: asyncio.Queue[httpx.AsyncClient] = asyncio.Queue()
    for client in clients:
        free.put_nowait(client)
    begun, took_s = time.monotonic(), [0.0] * len(due_s)

    async def ask(number: int, request: httpx.Request) -> None:
        client = await free.get()
        await client.send(request)
        took_s[number] = time.monotonic() - begun - due_s[number]
        free.put_nowait(client)

    async with asyncio.TaskGroup() as group:
        for number, request in enumerate(islice(cycle(requests), len(due_s))):
            await asyncio.sleep(max(0.0, begun + due_s[number] - time.monotonic()))
            group.create_task(ask(number, request))
    return took_s


def quantiles_ms(took_s: Sequence[float]) -> dict[str, float]:
    """Return the milliseconds within which half and 99 in 100 were answered."""
    p50, p99 = np.percentile(np.array(took_s) * 1000, [50, 99])
    return {"p50_ms": round(float(p50), 1), "p99_ms": round(float(p99), 1)}


def measure_http(*, seconds: float = SECONDS, most: int = 2) -> dict[str, Any]:
    """Return the contract's `http` figures for the demo's coalition and profiles, and the figures of each server.

    `ratio`: what one process could answer in a second over what the bare endpoint could, with answers of the same
    length, by the processor time of their requests; None on a system that does not tell it. `scaling`: our rate with
    two processes over one. `most`: the most processes of a server.
    """
    with tempfile.TemporaryDirectory() as folder:
        settings = _with_demo(Path(folder))
        token = token_of(settings, CALLER)
        bodies = [demo.profile_bytes(name) for name in demo.profile_names()]
        figures: dict[str, Any] = {}
        for number, name in islice(WORKERS.items(), most):
            with serving(partial(create_app, settings), number) as server:
                requests = [server.request(PATH, body, token) for body in bodies]
                figures[name] = asyncio.run(_figures(server, requests, seconds))
        one, two = figures[WORKERS[1]], figures.get(WORKERS[2])
        with serving(bare_app, 1) as server:
            requests = [server.request(f"{BARE_PATH}?size={one['body_bytes']}", body) for body in bodies]
            bare = figures["bare"] = asyncio.run(_figures(server, requests, seconds))
    return {
        "ratio": round(bare["cpu_ms"] / one["cpu_ms"], 3) if one["cpu_ms"] else None,
        "scaling": round(two["per_second"] / one["per_second"], 2) if two else None,
        **figures,
    }


async def _figures(server: Server, requests: Sequence[httpx.Request], seconds: float) -> dict[str, float]:
    """Return answers a second, the time to one, its processor time and bytes, and the number refused."""
    async with connections(server, EACH) as clients:
        await ask_in_turn(clients, requests)  # warms the caches
        before_s = server.cpu_s()
        answers = await ask_in_turn(clients, requests, seconds=seconds)
        cpu_s, many = server.cpu_s() - before_s, len(answers.took_s)
    return {
        "per_second": round(answers.per_second, 1),
        **quantiles_ms(answers.took_s),
        "cpu_ms": round(1000 * cpu_s / many, 3),
        "body_bytes": answers.size // many,
        "refused": answers.refused,
    }


def settings_for(database: str, folder: Path) -> Settings:
    """Return the default settings for a database (URL), with key files in a folder and without a limit of the rate.

    The folder is needed because a database other than a SQLite file has no key files beside it.
    """
    given = {name: setting.default for name, setting in Settings.model_fields.items()}
    given |= {"database": database, "rate_limit": "9999999/second", "metrics_open": True}
    given |= {"token_key_file": folder / "bench.token.key", "address_key_file": folder / "bench.key"}
    return Settings.model_construct(**given)


def token_of(settings: Settings, organization: str) -> str:
    """Return a token of an organization that may ask for anybody."""
    caller = build_caller(organization=organization, scopes=["route", ANY_ORIGIN])
    return issue_token(settings, caller, ttl=timedelta(hours=1))


def _with_demo(folder: Path) -> Settings:
    """Make a database with the demo in a folder, and return its settings."""
    settings = settings_for(f"sqlite:///{folder / 'bench.db'}", folder)
    with open_database(settings) as database:
        database.upgrade()
        load_bundle(database.unit_of_work(), demo.coalition_bytes(), replace=True)
    return settings


def tell(page: PrintedPage, http: Mapping[str, Any]) -> None:
    """Print the figures of `measure_http`."""
    one, two = (http[name] for name in WORKERS.values())
    page.item(measured.OVER_HTTP.format(one=one, two=two, scaling=http["scaling"]))
    page.item(measured.BARE.format(one=one, bare=http["bare"], ratio=http["ratio"]))
