"""An invented coalition in a database: what each part of the work costs, and the time to an answer under load.

The same steps as in an installation: a bundle is loaded, each process reads its snapshot from rows, and requests come
over HTTP. At half of a server's greatest rate, requests come evenly, whether or not earlier requests are answered.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, Self

from benchmarks import load
from benchmarks.coalitions import draw_bundle, installed
from benchmarks.measure import SEED, Row, cpu_ms, machine
from benchmarks.questions import draw_questions, profile_of
from numpy.random import default_rng
from pydantic import TypeAdapter

from service.app import create_app
from service.database.database import Database
from service.database.outbox import append
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.directory.snapshot.snapshots import Snapshots
from service.directory.use_cases.read_directory import SERVICES, get_object
from service.directory.use_cases.record_body import read_body
from service.directory.use_cases.write_directory import put_object
from service.documents.entity_tags import Condition
from service.security import Caller, build_caller
from service.settings import read_networks
from service.web.outgoing.targets import OpenNetworks
from service.web.outgoing.transport import SafePost
from service.webhooks import lifecycle_events  # noqa: F401 - makes known what is delivered
from service.webhooks.claiming import claim
from service.webhooks.delivery_events import CHANGED
from service.webhooks.endpoints import EndpointSpec, create_endpoint
from service.webhooks.fan_out import place_events
from service.webhooks.pace import WorkerPacing
from service.webhooks.settling import Result, settle
from service.webhooks.signing import signed_headers

QUESTIONS, CHANGES, EVENTS, RUN_S, USE = 60, 20, 200, 60.0, 0.5
PARTS, LONGEST_PART_S = 6, 60.0
"""The fewest parts of a run, and the longest part: between them each question is put alone."""
AT_ONCE = WorkerPacing(threads=EVENTS, per_endpoint=EVENTS, per_organization=EVENTS)


@dataclass(frozen=True, slots=True)
class Costs:
    """Processor milliseconds. `answers_ms`: of each of many questions, one after the other, on a server.

    `event_ms`: to place an event with one receiver; `delivery_ms`: to claim, send and settle one delivery.
    """

    measured_on: date
    machine: str
    agencies: int
    answers_ms: tuple[float, ...]
    change_ms: float
    follow_ms: float
    event_ms: float
    delivery_ms: float

    @classmethod
    def read(cls, file: Path) -> Self:
        """Return the costs that `write` wrote.

        Raises:
            ValueError: the file holds something else.
        """
        return TypeAdapter(cls).validate_json(file.read_bytes())

    def write(self, file: Path) -> None:
        """Write the costs as JSON."""
        file.write_bytes(TypeAdapter(type(self)).dump_json(self))


@dataclass(frozen=True, slots=True)
class Run:
    """A measured run of one process, in order: when each request was due, and the time to its answer.

    `alone_s`: what the same question took alone on the process, shortly before and shortly after, so that a machine
    that has other work in between slows all three. `cpu_s`: the processor time of each question that was drawn from.
    """

    due_s: Sequence[float]
    took_s: Sequence[float]
    alone_s: Sequence[tuple[float, float]]
    cpu_s: Sequence[float]


def measure_stored(agencies: int, *, database: str | None = None, seconds: float = 10.0, most: int = 2) -> list[Row]:
    """Return a row for a server of one process and of two: loading, reading and changing what is stored, and the load.

    `load_ms`, `rows_ms`: processor time for loading the bundle and reading the rows; `change_ms`, `follow_ms`, the
    median: for putting a changed service, and for each process to follow it; the rest as `load.measure_server` says.

    Raises:
        NotEmpty: the database (a URL, by default a new SQLite file) holds a coalition.
    """
    with installed(draw_bundle(agencies, SEED), database) as installation:
        installation.read()
        directory, rows_ms = cpu_ms(installation.read)
        costs: Row = {"load_ms": round(installation.load_ms), "rows_ms": round(rows_ms)}
        costs |= measure_changes(installation.database, directory)
        origin, messages = draw_messages(directory)
        build, token = partial(create_app, installation.settings), installation.token(origin)
        figures: Row = {"database": installation.database.engine.dialect.name, "agencies": agencies, **costs}
        return [
            {**figures, "processes": processes, **load.measure_server(build, processes, messages, seconds, token)}
            for processes in range(1, most + 1)
        ]


def draw_messages(directory: DirectorySnapshot) -> tuple[str, list[load.Message]]:
    """Return questions as requests over HTTP, and the origin of the first, which asks them."""
    questions = draw_questions(directory.snapshot, QUESTIONS)
    return questions[0].profile.origin, [(load.PATH, profile_of(question)) for question in questions]


def measure_changes(database: Database, directory: DirectorySnapshot) -> dict[str, float]:
    """Return what it takes to put a changed service and to follow it, the median over services from all over."""
    services = directory.snapshot.services
    snapshots, change_ms, follow_ms = Snapshots(database), list[float](), list[float]()
    snapshots.refresh()
    for service in services[:: -(-len(services) // CHANGES)]:
        caller = build_caller(organization=service.organization, scopes=["directory:read", "directory:write"])
        record = get_object(database.unit_of_work(writes=False), caller, SERVICES, service.slug)
        body = json.dumps({**record.document, "description": "Another invented description."}).encode()
        change_ms.append(cpu_ms(partial(_put, database, caller, service.slug, body, record.etag))[1])
        follow_ms.append(cpu_ms(snapshots.refresh)[1])
    return {"change_ms": round(median(change_ms), 1), "follow_ms": round(median(follow_ms), 1)}


def _put(database: Database, caller: Caller, slug: str, body: bytes, etag: str) -> None:
    record, condition = read_body(SERVICES, body), Condition(frozenset({etag}))
    put_object(database.unit_of_work(), caller, SERVICES, slug, body=record, condition=condition)


def measure_costs(agencies: int, *, database: str | None = None, seconds: float = RUN_S) -> tuple[Costs, Run]:
    """Return the costs of a stored coalition, and a run of one process at half of what it can answer.

    Raises:
        NotEmpty: the database (a URL, by default a new SQLite file) holds a coalition.
    """
    with installed(draw_bundle(agencies, SEED), database) as installation:
        directory = installation.read()
        changes = measure_changes(installation.database, directory)
        origin, messages = draw_messages(directory)
        caller = build_caller(organization=origin, scopes=["webhook"])
        deliveries = _measure_deliveries(installation.database, caller)
        with load.serving(partial(create_app, installation.settings)) as server:
            run = asyncio.run(_run(server, messages, seconds, installation.token(origin)))
    answers_ms = tuple(round(1000 * spent_s, 2) for spent_s in run.cpu_s)
    return Costs(datetime.now(UTC).date(), machine(), agencies, answers_ms, **changes, **deliveries), run


async def _run(server: load.Server, messages: Sequence[load.Message], seconds: float, token: str) -> Run:
    async with server.connections(load.EACH, token) as clients:

        async def alone() -> list[float]:
            answers = await load.ask(clients[:1], load.rounds(messages))
            if not all(answer.is_success for _, answer in answers):
                raise ConnectionError("the server refuses a question")
            return [took for took, _ in answers]

        await alone()  # warms the caches
        cpu_s = list[float]()
        for message in messages:
            before_s = server.cpu_s()
            await load.ask(clients[:1], [(None, message)])
            cpu_s.append(server.cpu_s() - before_s)
        passes_s, chance = [await alone()], default_rng(SEED)
        due_s, took_s, alone_s = list[float](), list[float](), list[tuple[float, float]]()
        parts = max(PARTS, round(seconds / LONGEST_PART_S))
        for _ in range(parts):
            begins_s = max((due + took for due, took in zip(due_s, took_s, strict=True)), default=0.0)
            per_second = USE * len(messages) / sum(passes_s[-1])
            count = max(10, int(per_second * seconds / parts))
            part_s = chance.exponential(1 / per_second, count).cumsum().tolist()
            numbers = chance.integers(len(messages), size=count).tolist()
            turns = zip(part_s, [messages[number] for number in numbers], strict=True)
            took_s += [took for took, _ in await load.ask(clients, turns)]
            due_s += [begins_s + at for at in part_s]
            passes_s.append(await alone())
            alone_s += [(passes_s[-2][number], passes_s[-1][number]) for number in numbers]
    return Run(due_s, took_s, alone_s, cpu_s)


def _measure_deliveries(database: Database, caller: Caller) -> dict[str, float]:
    """Return what an event and its delivery to a receiver of this machine cost, each by the worker's own steps."""
    post, owner = SafePost(OpenNetworks(read_networks("127.0.0.0/8"), http=True)), caller.organization
    new = database.unit_of_work

    def send() -> None:
        results = []
        for delivery in claim(new(), database.secrets, AT_ONCE, room=EVENTS, room_for_failing=EVENTS):
            signed = signed_headers(delivery.message_id, delivery.at, delivery.body, delivery.signers)
            headers = {**delivery.headers, **signed}
            results.append(Result(delivery, post.send(delivery.url, delivery.organization, headers, delivery.body)))
        settle(new(), results, AT_ONCE)

    with load.serving(load.bare_app) as server:
        url = f"{server.addresses[0]}{load.BARE_PATH}?size=0"
        create_endpoint(database, caller, EndpointSpec(url), key=None, body=b"")
        with new() as work:
            for number in map(str, range(EVENTS)):
                event: dict[str, Any] = {"object_id": number, "href": "/v1", "about": {"owner": owner}}
                append(work.session, CHANGED.name, audience=[owner], **event)
            work.commit()
        _, event_ms = cpu_ms(partial(place_events, new()))
        _, delivery_ms = cpu_ms(send)
    return {"event_ms": round(event_ms / EVENTS, 3), "delivery_ms": round(delivery_ms / EVENTS, 3)}
