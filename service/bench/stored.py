"""An invented coalition in a database: the time to read its rows, of a change, and to an answer under load.

The same steps as in an installation: a bundle is loaded, each process reads its snapshot from rows, and requests come
over HTTP. At half of a server's greatest rate, requests come evenly, whether or not earlier requests are answered.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from functools import partial
from itertools import islice
from statistics import median
from typing import Any

import httpx

from service.answers.printed.page import PrintedPage
from service.bench import coalitions, over_http, questions
from service.bench.measure import SEED, cpu_ms
from service.directory.snapshot.directory_snapshot import DirectorySnapshot, load_snapshot
from service.directory.snapshot.snapshots import Snapshots
from service.directory.work.read_directory import SERVICES, get_object
from service.directory.work.record_body import read_body
from service.directory.work.write_directory import put_object
from service.infrastructure.auth import Caller, build_caller
from service.infrastructure.database.database import Database
from service.infrastructure.documents.entity_tags import Condition
from service.words import measured

QUESTIONS, CHANGES = 60, 20


def measure_stored(
    agencies: int, *, database: str | None = None, seconds: float = 10.0, most: int = 2
) -> dict[str, Any]:
    """Return the cost of a stored coalition: of loading, reading, a change, and of answers from one process and two.

    `database`: the URL of an empty database, by default a new SQLite file. `load_ms` and `rows_ms`: processor time for
    loading the bundle and for reading the rows; `change_ms` and `follow_ms`, the median: for putting a changed service,
    and for each process to follow it. Of each server: `peak_per_second`, its rate of answers under constant
    requests; `p99_ms`, the time within which 99 in 100 are answered when requests come evenly at half the rate.

    Raises:
        NotEmpty: the database holds a coalition.
    """
    with over_http.installed(coalitions.draw_bundle(agencies, SEED), database) as installation:
        read = partial(load_snapshot, installation.database.unit_of_work(writes=False))
        read()
        served, rows_ms = cpu_ms(read)
        changes = measure_changes(installation.database, served)
        profiles = questions.draw_questions(served.snapshot, QUESTIONS)
        token, servers = installation.token(profiles[0].profile.origin), {}
        for number, name in islice(over_http.WORKERS.items(), most):
            with installation.serve(number) as server:
                requests = [server.request(over_http.PATH, questions.profile_of(each), token) for each in profiles]
                servers[name] = asyncio.run(_under_load(server, requests, seconds))
    times = {"load_ms": round(installation.load_ms), "rows_ms": round(rows_ms), **changes}
    return {"agencies": agencies, **times, **servers}


def measure_changes(database: Database, served: DirectorySnapshot) -> dict[str, float]:
    """Return what it takes to put a changed service and to follow it, the median over services from all over."""
    services = served.snapshot.services
    snapshots, put, followed = Snapshots(database), list[float](), list[float]()
    snapshots.refresh()
    for service in services[:: -(-len(services) // CHANGES)]:
        caller = build_caller(organization=service.organization, scopes=["directory:read", "directory:write"])
        read = get_object(database.unit_of_work(writes=False), caller, SERVICES, service.slug)
        body = json.dumps({**read.document, "description": "Another invented description."}).encode()
        as_read = Condition(frozenset({read.etag}))
        put.append(cpu_ms(partial(_put, database, caller, service.slug, body, as_read))[1])
        followed.append(cpu_ms(snapshots.refresh)[1])
    return {"change_ms": round(median(put), 1), "follow_ms": round(median(followed), 1)}


def _put(database: Database, caller: Caller, slug: str, body: bytes, condition: Condition) -> None:
    put_object(database.unit_of_work(), caller, SERVICES, slug, body=read_body(SERVICES, body), condition=condition)


async def _under_load(server: over_http.Server, requests: Sequence[httpx.Request], seconds: float) -> dict[str, float]:
    async with over_http.connections(server, over_http.EACH) as clients:
        await over_http.ask_in_turn(clients, requests)  # warms the caches
        peak = await over_http.ask_in_turn(clients, requests, seconds=seconds)
        half = peak.per_second / 2
        due_s = [number / half for number in range(max(1, int(half * seconds)))]
        even = await over_http.ask_when_due(clients, requests, due_s)
    return {"peak_per_second": round(peak.per_second, 1), **even.quantiles_ms, "refused": peak.refused}


def tell(page: PrintedPage, stored: dict[str, Any]) -> None:
    """Print the figures of `measure_stored`."""
    page.heading(measured.UNDER_LOAD)
    page.item(measured.STORED.format_map(stored))
    for name, words in zip(over_http.WORKERS.values(), (measured.ONE_PROCESS, measured.TWO_PROCESSES), strict=True):
        if name in stored:
            page.item(measured.HALF_OF_PEAK.format_map({"words": words, **stored[name]}))
