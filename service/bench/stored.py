"""An invented coalition in a database: the time to read its rows, of a change, and to an answer under load.

The same steps as in an installation: a bundle is loaded, each process reads its snapshot from rows, and requests come
over HTTP. At half of a server's greatest rate, requests come evenly, whether or not earlier requests are answered.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

import httpx

from service.answers.printed.page import PrintedPage
from service.app import create_app
from service.bench import coalitions, over_http, questions
from service.bench.measure import SEED, cpu_ms
from service.directory.snapshot.directory_snapshot import DirectorySnapshot, load_snapshot
from service.directory.snapshot.snapshots import Snapshots
from service.directory.work.load_bundle import load_bundle
from service.directory.work.read_directory import SERVICES, get_object
from service.directory.work.record_body import read_body
from service.directory.work.write_directory import put_object
from service.infrastructure.auth import Caller, build_caller
from service.infrastructure.database.database import Database, open_database
from service.infrastructure.documents.entity_tags import Condition
from service.infrastructure.errors import NothingLoaded
from service.words import measured

QUESTIONS, CHANGES = 60, 20


class NotEmpty(Exception):
    """The database holds a coalition, so measuring would overwrite data."""


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
    bundle = coalitions.draw_bundle(agencies, SEED)
    with tempfile.TemporaryDirectory() as folder:
        settings = over_http.settings_for(database or f"sqlite:///{Path(folder) / 'bench.db'}", Path(folder))
        with open_database(settings) as opened:
            opened.upgrade()
            refuse_unless_empty(opened)
            _, load_ms = cpu_ms(lambda: load_bundle(opened.unit_of_work(), bundle, replace=True))
            load_snapshot(opened.unit_of_work(writes=False))
            served, rows_ms = cpu_ms(lambda: load_snapshot(opened.unit_of_work(writes=False)))
            changes = measure_changes(opened, served)
        asked = questions.draw_questions(served.snapshot, QUESTIONS)
        token, servers = over_http.token_of(settings, asked[0].profile.origin), {}
        for number, name in islice(over_http.WORKERS.items(), most):
            with over_http.serving(partial(create_app, settings), number) as server:
                requests = [server.request(over_http.PATH, questions.profile_of(one), token) for one in asked]
                servers[name] = asyncio.run(_under_load(server, requests, seconds))
    return {"agencies": agencies, "load_ms": round(load_ms), "rows_ms": round(rows_ms), **changes, **servers}


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


def refuse_unless_empty(database: Database) -> None:
    """Check that the database holds no coalition.

    Raises:
        NotEmpty: it does.
    """
    try:
        load_snapshot(database.unit_of_work(writes=False))
    except NothingLoaded:
        return
    raise NotEmpty


async def _under_load(server: over_http.Server, requests: Sequence[httpx.Request], seconds: float) -> dict[str, float]:
    async with over_http.connections(server, over_http.EACH) as clients:
        await over_http.ask_in_turn(clients, requests)  # warms the caches
        peak = await over_http.ask_in_turn(clients, requests, seconds=seconds)
        half = peak.per_second / 2
        due_s = [number / half for number in range(max(1, int(half * seconds)))]
        took_s = await over_http.ask_when_due(clients, requests, due_s)
    figures = over_http.quantiles_ms(took_s)
    return {"peak_per_second": round(peak.per_second, 1), **figures, "refused": peak.refused}


def tell(page: PrintedPage, stored: dict[str, Any]) -> None:
    """Print the figures of `measure_stored`."""
    page.item(measured.STORED.format_map(stored))
    for name, words in zip(over_http.WORKERS.values(), (measured.ONE_PROCESS, measured.TWO_PROCESSES), strict=True):
        if name in stored:
            page.item(measured.HALF_OF_PEAK.format_map({"words": words, **stored[name]}))
