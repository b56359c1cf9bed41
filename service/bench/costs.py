"""The cost of each part of a stored coalition: an answer, a change, an event, a delivery, a row.

An answer is timed over HTTP, alone on its process; the rest is processor time of this process, as in an installation.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Self

from numpy.random import default_rng
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import text

import service.webhooks.lifecycle_events  # noqa: F401 - makes known what is delivered
from service.app import create_app
from service.bench import coalitions, load, stored
from service.bench.measure import SEED, cpu_ms
from service.bench.questions import draw_questions
from service.directory.snapshot.directory_snapshot import load_snapshot
from service.directory.snapshot.snapshots import Snapshots
from service.infrastructure.acting import Actor
from service.infrastructure.auth import Caller, build_caller
from service.infrastructure.database.audit_queue import AuditQueue
from service.infrastructure.database.database import Database
from service.infrastructure.outbox import append
from service.infrastructure.outgoing.targets import OpenNetworks
from service.infrastructure.outgoing.transport import SafePost
from service.settings import read_networks
from service.webhooks.claiming import claim
from service.webhooks.delivery_events import CHANGED
from service.webhooks.endpoints import EndpointSpec, create_endpoint
from service.webhooks.fan_out import place_events
from service.webhooks.pace import Pace
from service.webhooks.settling import Result, settle
from service.webhooks.signing import signed_headers

EVENTS, ENTRIES, RUN_S, USE = 200, 1_000, 60.0, 0.5
PARTS, LONGEST_PART_S = 6, 60.0
"""The fewest parts of a run, and the longest part: between them each question is put alone."""
AT_ONCE = Pace(threads=EVENTS, per_endpoint=EVENTS, per_organization=EVENTS)


@dataclass(frozen=True, slots=True)
class Costs:
    """Milliseconds and bytes. `answers_ms`: of each of many questions; `idle`: transactions of a look for changes.

    `event_ms`: to place an event with one receiver; `delivery_ms`: to claim, send and settle one delivery;
    `event_bytes`: of an event with its delivery and attempt; `entry_bytes`: of an entry of the audit.
    """

    agencies: int
    answers_ms: tuple[float, ...]
    change_ms: float
    follow_ms: float
    event_ms: float
    delivery_ms: float
    event_bytes: float
    entry_bytes: float
    idle: int

    @classmethod
    def read(cls, file: Path) -> Self:
        """Return the costs that `bench --plan --json` printed into a file.

        Raises:
            ValueError: the file holds something else.
        """
        try:
            costs = json.loads(file.read_text(encoding="utf-8"))["costs"]
            return cls(**{**costs, "answers_ms": tuple(map(float, costs["answers_ms"]))})
        except (KeyError, TypeError) as error:
            raise ValueError(type(error).__name__) from None


@dataclass(frozen=True, slots=True)
class Run:
    """A measured run of one process, in order: when each request was due, and the time to its answer.

    `alone_s`: what the same question took alone on the process, shortly before and shortly after, so that a machine
    that has other work in between slows all three.
    """

    due_s: Sequence[float]
    took_s: Sequence[float]
    alone_s: Sequence[tuple[float, float]]


def measure_costs(agencies: int, *, database: str | None = None, seconds: float = RUN_S) -> tuple[Costs, Run]:
    """Return the costs of a stored coalition, and a run of one process at half of what it can answer.

    `database`: the URL of an empty database, by default a new SQLite file.

    Raises:
        NotEmpty: the database holds a coalition.
    """
    with load.installed(coalitions.draw_bundle(agencies, SEED), database) as installation:
        opened = installation.database
        directory = load_snapshot(opened.unit_of_work(writes=False))
        changes = stored.measure_changes(opened, directory)
        profiles = draw_questions(directory.snapshot, stored.QUESTIONS)
        caller = build_caller(organization=profiles[0].profile.origin, scopes=["webhook"])
        idle = _transactions_without_change(opened)
        entry_bytes = _growth(opened, partial(_write_entries, opened)) / ENTRIES
        parts = _deliver(opened, caller)
        with load.serving(partial(create_app, installation.settings)) as server:
            token = installation.token(caller.organization)
            answers_ms, run = asyncio.run(_answer(server, stored.messages_of(profiles), seconds, token))
    return Costs(agencies, answers_ms, **changes, **parts, entry_bytes=round(entry_bytes), idle=idle), run


async def _answer(
    server: load.Server, messages: Sequence[load.Message], seconds: float, token: str
) -> tuple[tuple[float, ...], Run]:
    async with server.connections(load.EACH, token) as clients:

        async def alone() -> list[float]:
            answers = await load.ask_in_turn(clients[:1], messages)
            if answers.refused:
                raise ConnectionError("the server refuses a question")
            return answers.took_s

        await alone()  # warms the caches
        passes_s, chance = [await alone()], default_rng(SEED)
        due_s, took_s, alone_s = list[float](), list[float](), list[tuple[float, float]]()
        parts = max(PARTS, round(seconds / LONGEST_PART_S))
        for _ in range(parts):
            begins_s = max((due + took for due, took in zip(due_s, took_s, strict=True)), default=0.0)
            per_second = USE * len(messages) / sum(passes_s[-1])
            count = max(10, int(per_second * seconds / parts))
            part_s = chance.exponential(1 / per_second, count).cumsum().tolist()
            numbers = chance.integers(len(messages), size=count).tolist()
            took_s += (await load.ask_when_due(clients, [messages[number] for number in numbers], part_s)).took_s
            due_s += [begins_s + at for at in part_s]
            passes_s.append(await alone())
            alone_s += [(passes_s[-2][number], passes_s[-1][number]) for number in numbers]
    answers_ms = tuple(round(1000 * sum(times_s) / len(times_s), 2) for times_s in zip(*passes_s, strict=True))
    return answers_ms, Run(due_s, took_s, alone_s)


def _deliver(database: Database, caller: Caller) -> dict[str, float]:
    """Return what an event and its delivery to a receiver of this machine cost, each by the worker's own steps."""
    post, spent_ms = SafePost(OpenNetworks(read_networks("127.0.0.0/8"), http=True)), list[float]()

    def deliver() -> None:
        owner = caller.organization
        with database.unit_of_work() as work:
            for number in range(EVENTS):
                append(
                    work.session, CHANGED.name, object_id=f"{number}", href=f"/v1/{number}", audience=[owner],
                    about={"owner": owner},
                )  # fmt: skip
            work.commit()
        spent_ms.extend(cpu_ms(step)[1] for step in (lambda: place_events(database.unit_of_work()), send))

    def send() -> None:
        results = []
        for delivery in claim(database.unit_of_work(), database.secrets, AT_ONCE, room=EVENTS, room_for_failing=EVENTS):
            signed = signed_headers(delivery.message_id, delivery.at, delivery.body, delivery.signers)
            headers = {**delivery.headers, **signed}
            results.append(Result(delivery, post.send(delivery.url, delivery.organization, headers, delivery.body)))
        settle(database.unit_of_work(), results, AT_ONCE)

    with load.serving(load.bare_app) as server:
        asyncio.run(_start(server))
        url = f"{server.addresses[0]}{load.BARE_PATH}?size=0"
        create_endpoint(database, caller, EndpointSpec(url), key=None, body=b"")
        growth = _growth(database, deliver)
    event_ms, delivery_ms = (round(spent / EVENTS, 3) for spent in spent_ms)
    return {"event_ms": event_ms, "delivery_ms": delivery_ms, "event_bytes": round(growth / EVENTS)}


async def _start(server: load.Server) -> None:
    async with server.connections(1):
        pass


def _write_entries(database: Database) -> None:
    trail, queue = database.audit, AuditQueue()
    if trail is not None:
        for number in range(ENTRIES):
            queue.note(Actor("POST /v1/referral-paths", "house", f"desk {number}"), {"rules": ["rule"] * 4})
        queue.write(database.unit_of_work(), trail)


def _growth(database: Database, work: Callable[[], object]) -> float:
    """Return the bytes by which `work` has the tables grow."""
    sqlite = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
    statement = sqlite if database.engine.dialect.name == "sqlite" else "SELECT pg_database_size(current_database())"

    def size() -> float:
        with database.engine.connect() as connection:
            return float(connection.execute(text(statement)).scalar_one())

    size_before = size()
    work()
    return size() - size_before


def _transactions_without_change(database: Database) -> int:
    """Return how many transactions a process begins to see that nothing has changed."""
    snapshots, transactions = Snapshots(database), list[object]()
    note = transactions.append
    snapshots.refresh()
    sqlalchemy_event.listen(database.engine, "begin", note)
    try:
        snapshots.refresh()
    finally:
        sqlalchemy_event.remove(database.engine, "begin", note)
    return len(transactions)
