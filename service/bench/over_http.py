"""Servers in processes of their own, asked over HTTP: what they answer in a second, beside a bare endpoint."""

from __future__ import annotations

import asyncio
import os
import ssl
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import chain, cycle, islice, repeat, takewhile
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI, Request, Response

from service import demo
from service.answers.api.paths import ANY_ORIGIN
from service.answers.printed.page import PrintedPage
from service.app import create_app
from service.bench.measure import cpu_ms, quantiles_ms
from service.directory.snapshot.directory_snapshot import load_snapshot
from service.directory.work.load_bundle import load_bundle
from service.infrastructure.auth import build_caller, issue_token
from service.infrastructure.database.database import Database, open_database
from service.infrastructure.errors import NothingLoaded
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


class NotEmpty(Exception):
    """The database holds a coalition, so measuring would overwrite data."""


@dataclass(frozen=True)
class Installation:
    """A database with a bundle in it, the settings for its servers, and the processor time that loading took."""

    settings: Settings
    database: Database
    load_ms: float

    def serve(self, processes: int) -> AbstractContextManager[Server]:
        """Serve the application from a number of processes, for a `with` block."""
        return serving(partial(create_app, self.settings), processes)

    def token(self, organization: str) -> str:
        """Return a token of an organization that may ask for anybody."""
        caller = build_caller(organization=organization, scopes=["route", ANY_ORIGIN])
        return issue_token(self.settings, caller, ttl=timedelta(hours=1))


@contextmanager
def installed(bundle: bytes, url: str | None = None) -> Iterator[Installation]:
    """Load a bundle into an empty database, by default a new SQLite file, for a `with` block.

    Settings are the default ones, with key files in a folder (a database other than a SQLite file has none beside it)
    and without a limit of the rate.

    Raises:
        NotEmpty: the database holds a coalition.
    """
    with tempfile.TemporaryDirectory() as folder:
        given = {name: setting.default for name, setting in Settings.model_fields.items()}
        given |= {"database": url or f"sqlite:///{folder}/bench.db", "rate_limit": "9999999/second"}
        given |= {"token_key_file": Path(folder, "token.key"), "address_key_file": Path(folder, "bench.key")}
        settings = Settings.model_construct(**given | {"metrics_open": True})
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
        try:
            children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
            stats = [Path("/proc", process, "stat").read_text() for process in (str(self.pid), *children)]
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
        while sum(map(len, by_process.values())) < each * server.processes:
            if time.monotonic() > give_up_at:
                raise ConnectionError("a process takes no connections")
            client = httpx.AsyncClient(limits=limits, verify=no_tls, timeout=None, trust_env=False)  # noqa: S113 - a search may take long
            with suppress(httpx.TransportError):
                alike = by_process[(await client.get(server.url(WHOAMI))).text]
                if len(alike) < each:
                    alike.append(client)
                    opened.push_async_callback(client.aclose)
                    continue
            await client.aclose()
            await asyncio.sleep(0.02)
        yield [*chain.from_iterable(by_process.values())]


@dataclass
class Answers:
    """The answers within `seconds`: the seconds to each, the number refused, and the bytes of all."""

    took_s: list[float]
    refused: int
    size: int
    seconds: float

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return len(self.took_s) / self.seconds

    @property
    def quantiles_ms(self) -> dict[str, float]:
        """The milliseconds within which half and 99 in 100 were answered."""
        return quantiles_ms([1000 * took for took in self.took_s])


async def ask_in_turn(
    clients: Sequence[httpx.AsyncClient], requests: Sequence[httpx.Request], *, seconds: float = 0.0
) -> Answers:
    """Send `requests` in turn over all connections, each the same number of times, for `seconds` or slightly longer."""
    until = time.perf_counter() + seconds
    rounds = chain([requests], takewhile(lambda _: time.perf_counter() < until, repeat(requests)))
    return await _ask(clients, ((time.perf_counter(), request) for request in chain.from_iterable(rounds)))


async def ask_when_due(
    clients: Sequence[httpx.AsyncClient], requests: Sequence[httpx.Request], due_s: Sequence[float]
) -> Answers:
    """Send a request at each moment, whether or not earlier ones are answered, counted from that moment on."""
    begun = time.perf_counter()
    return await _ask(clients, ((begun + due, request) for due, request in zip(due_s, cycle(requests), strict=False)))


async def _ask(clients: Sequence[httpx.AsyncClient], turns: Iterator[tuple[float, httpx.Request]]) -> Answers:
    """Send each request over the first free connection once it is due."""
    begun, numbered = time.perf_counter(), enumerate(turns)
    responses, took_s = list[httpx.Response](), dict[int, float]()

    async def go_on(client: httpx.AsyncClient) -> None:
        for number, (due, request) in numbered:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            responses.append(await client.send(request))
            took_s[number] = time.perf_counter() - due

    await asyncio.gather(*map(go_on, clients))
    return Answers(
        [took for _, took in sorted(took_s.items())],
        refused=sum(not response.is_success for response in responses),
        size=sum(len(response.content) for response in responses),
        seconds=time.perf_counter() - begun,
    )


def measure_http(*, seconds: float = SECONDS, most: int = 2) -> dict[str, Any]:
    """Return the contract's `http` figures for the demo's coalition and profiles, and the figures of each server.

    `ratio`: what one process could answer in a second over what the bare endpoint could, with answers of the same
    length, by the processor time of their requests; None on a system that does not tell it. `scaling`: our rate with
    two processes over one. `most`: the most processes of a server.
    """
    bodies = [demo.profile_bytes(name) for name in demo.profile_names()]
    figures: dict[str, Any] = {}
    with installed(demo.coalition_bytes()) as installation:
        for number, name in islice(WORKERS.items(), most):
            with installation.serve(number) as server:
                requests = [server.request(PATH, body, installation.token(CALLER)) for body in bodies]
                figures[name] = asyncio.run(_figures(server, requests, seconds))
    single, double = figures[WORKERS[1]], figures.get(WORKERS[2])
    with serving(bare_app, 1) as server:
        requests = [server.request(f"{BARE_PATH}?size={single['body_bytes']}", body) for body in bodies]
        bare = figures["bare"] = asyncio.run(_figures(server, requests, seconds))
    return {
        "ratio": round(bare["cpu_ms"] / single["cpu_ms"], 3) if single["cpu_ms"] else None,
        "scaling": round(double["per_second"] / single["per_second"], 2) if double else None,
        **figures,
    }


async def _figures(server: Server, requests: Sequence[httpx.Request], seconds: float) -> dict[str, float]:
    """Return answers a second, the time to one, its processor time and bytes, and the number refused."""
    async with connections(server, EACH) as clients:
        await ask_in_turn(clients, requests)  # warms the caches
        before_s = server.cpu_s()
        answers = await ask_in_turn(clients, requests, seconds=seconds)
        cpu_s, count = server.cpu_s() - before_s, len(answers.took_s)
    return {
        "per_second": round(answers.per_second, 1),
        **answers.quantiles_ms,
        "cpu_ms": round(1000 * cpu_s / count, 3),
        "body_bytes": answers.size // count,
        "refused": answers.refused,
    }


def tell(page: PrintedPage, http: Mapping[str, Any]) -> None:
    """Print the figures of `measure_http`."""
    one, two = (http[name] for name in WORKERS.values())
    page.item(measured.OVER_HTTP.format(one=one, two=two, scaling=http["scaling"]))
    page.item(measured.BARE.format(one=one, bare=http["bare"], ratio=http["ratio"]))
