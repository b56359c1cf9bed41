"""The application in processes of its own, and requests to it over HTTP: in turn, or each when it is due."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from multiprocessing import get_context
from statistics import fmean
from typing import Any

import httpx
import numpy as np
from benchmarks.coalitions import installed
from benchmarks.measure import quantiles
from fastapi import FastAPI, Request, Response

from service import demo
from service.app import create_app
from service.server import listen, serve_app

HOST, PATH, BARE_PATH = "127.0.0.1", "/v1/referral-paths", "/bare"
CALLER = "juniper-bridge-hotline"
EACH = 8
"""Connections to every process; each has a single request under way."""
IDLE_S = 2.0
"""How long a connection may be idle before it is made anew: less than the server keeps one."""
SECONDS, STOPS_WITHIN_S = 5.0, 15
START_TRIES = 9
"""How often a process that starts is tried; the pause between doubles from half a second."""
Message = tuple[str, bytes]
"""The path and the body of a request."""
Answer = tuple[float, httpx.Response]
"""The seconds to an answer, and the answer."""


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
        """Return the processor time used by the processes, in seconds; 0.0 on a system that does not tell it."""
        try:
            return sum(time.clock_gettime(~pid << 3 | 2) for pid in self.pids)  # as of clock_getcpuclockid(3) on Linux
        except OSError:
            return 0.0

    @asynccontextmanager
    async def connections(self, each: int, token: str) -> AsyncIterator[list[httpx.AsyncClient]]:
        """Open `each` connections to every process for a `with` block.

        Each has a client of its own: one that has many looks at all of them before each request.
        """
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        limits = httpx.Limits(max_connections=1, keepalive_expiry=IDLE_S)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # loads no certificates, which takes long
        connect = partial(httpx.AsyncClient, headers=headers, limits=limits, timeout=None, trust_env=False, verify=tls)
        async with AsyncExitStack() as stack:
            clients = [connect(base_url=address) for address in self.addresses for _ in range(each)]
            yield [await stack.enter_async_context(client) for client in clients]


@contextmanager
def serving(build: Callable[[], FastAPI], processes: int = 1) -> Iterator[Server]:
    """Serve the application that `build` returns from a number of processes, for a `with` block, once all have started.

    Raises:
        httpx.ConnectError: a process does not start, after `START_TRIES`.
    """
    with ExitStack() as stack:
        ports = [stack.enter_context(listen(HOST, 0)).getsockname()[1] for _ in range(processes)]
    forks = get_context("forkserver")  # of a process that has imported the program, which takes seconds
    forks.set_forkserver_preload(["service.app"])
    workers = [forks.Process(target=partial(serve_app, build, host=HOST, port=port, workers=1)) for port in ports]
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


def rounds(messages: Sequence[Message], seconds: float = 0.0) -> Iterator[tuple[None, Message]]:
    """Yield `messages` in turn, each the same number of times, for `seconds` or slightly longer."""
    end, has_time = time.perf_counter() + seconds, True
    while has_time:
        yield from ((None, message) for message in messages)
        has_time = time.perf_counter() < end


async def ask(clients: Sequence[httpx.AsyncClient], turns: Iterable[tuple[float | None, Message]]) -> list[Answer]:
    """Send each message over the first free connection, once it is due: so many seconds from now, or at once.

    The time to an answer counts from when its message was due, whether or not it could be sent.
    """
    start, numbered_turns, answers = time.perf_counter(), enumerate(turns), dict[int, Answer]()

    async def send(client: httpx.AsyncClient) -> None:
        for number, (due_s, (path, body)) in numbered_turns:
            due = time.perf_counter() if due_s is None else start + due_s
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            response = await client.post(path, content=body)
            answers[number] = time.perf_counter() - due, response

    await asyncio.gather(*map(send, clients))
    return [answers[number] for number in sorted(answers)]


def measure_http(*, seconds: float = SECONDS) -> dict[str, Any]:
    """Return the `http` figures for the demo's coalition and profiles, and the figures of both servers.

    `ratio`: what one process could answer in a second over what the bare endpoint could, with answers of the same
    length, by the processor time of their requests; None on a system that does not tell it.
    """
    bodies = [demo.profile_bytes(name) for name in demo.profile_names()]
    with installed(demo.coalition_bytes()) as installation:
        build, token = partial(create_app, installation.settings), installation.token(CALLER)
        ours = measure_server(build, 1, [(PATH, body) for body in bodies], seconds, token)
    bare_path = f"{BARE_PATH}?size={ours['body_bytes']}"
    bare = measure_server(bare_app, 1, [(bare_path, body) for body in bodies], seconds, token)
    ratio = round(bare["cpu_ms"] / ours["cpu_ms"], 3) if ours["cpu_ms"] else None
    return {"ratio": ratio, "one_worker": ours, "bare": bare}


def measure_server(
    build: Callable[[], FastAPI], processes: int, messages: Sequence[Message], seconds: float, token: str
) -> dict[str, float]:
    """Return the most that is answered in a second, the times to an answer at half of that, and what one answer costs.

    `cpu_ms`, `body_bytes`: processor time of the server and length of an answer. `refused`: how many were no answers.
    """

    async def measure(server: Server) -> dict[str, float]:
        async with server.connections(EACH, token) as clients:
            await ask(clients, rounds(messages))  # warms the caches
            before_s, start = server.cpu_s(), time.perf_counter()
            peak = await ask(clients, rounds(messages, seconds))
            cpu_s, per_second = server.cpu_s() - before_s, len(peak) / (time.perf_counter() - start)
            due_s = np.arange(max(1, int(per_second / 2 * seconds))) / (per_second / 2)
            even = await ask(clients, zip(due_s.tolist(), cycle(messages), strict=False))
        return {
            "peak_per_second": round(per_second, 1),
            **quantiles([1000 * took_s for took_s, _ in even], (50, 99)),
            "cpu_ms": round(1000 * cpu_s / len(peak), 3),
            "body_bytes": int(fmean(len(answer.content) for _, answer in peak)),
            "refused": sum(not answer.is_success for _, answer in (*peak, *even)),
        }

    with serving(build, processes) as server:
        return asyncio.run(measure(server))
