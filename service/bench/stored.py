"""An invented coalition in a database: the time to read its rows, of a change, and to an answer under load.

The same steps as in an installation: a bundle is loaded, each process reads its snapshot from rows, and requests come
over HTTP. At half of a server's greatest rate, requests come evenly, whether or not earlier requests are answered.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from statistics import median

from service.answers.profile import ResolvedProfile
from service.app import create_app
from service.bench import coalitions, load
from service.bench.measure import SEED, Row, cpu_ms
from service.bench.questions import draw_questions, profile_of
from service.directory.snapshot.directory_snapshot import DirectorySnapshot, load_snapshot
from service.directory.snapshot.snapshots import Snapshots
from service.directory.work.read_directory import SERVICES, get_object
from service.directory.work.record_body import read_body
from service.directory.work.write_directory import put_object
from service.infrastructure.auth import Caller, build_caller
from service.infrastructure.database.database import Database
from service.infrastructure.documents.entity_tags import Condition

QUESTIONS, CHANGES = 60, 20


def measure_stored(agencies: int, *, database: str | None = None, seconds: float = 10.0, most: int = 2) -> list[Row]:
    """Return a row for a server of one process and of two: loading, reading and changing what is stored, and the load.

    `database`: the URL of an empty database, by default a new SQLite file. `load_ms` and `rows_ms`: processor time for
    loading the bundle and for reading the rows; `change_ms` and `follow_ms`, the median: for putting a changed service,
    and for each process to follow it; the rest as `load.measure_server` gives it.

    Raises:
        NotEmpty: the database holds a coalition.
    """
    with load.installed(coalitions.draw_bundle(agencies, SEED), database) as installation:
        read = partial(load_snapshot, installation.database.unit_of_work(writes=False))
        read()
        directory, rows_ms = cpu_ms(read)
        costs: Row = {"load_ms": round(installation.load_ms), "rows_ms": round(rows_ms)}
        costs |= measure_changes(installation.database, directory)
        profiles = draw_questions(directory.snapshot, QUESTIONS)
        messages, token = messages_of(profiles), installation.token(profiles[0].profile.origin)
        build, backend = partial(create_app, installation.settings), installation.database.engine.dialect.name
        return [
            {"database": backend, "agencies": agencies, **costs, "processes": processes,
             **load.measure_server(build, processes, messages, seconds, token)}
            for processes in range(1, most + 1)
        ]  # fmt: skip


def messages_of(questions: Sequence[ResolvedProfile]) -> list[load.Message]:
    """Return questions as requests over HTTP."""
    return [(load.PATH, profile_of(question)) for question in questions]


def measure_changes(database: Database, directory: DirectorySnapshot) -> dict[str, float]:
    """Return what it takes to put a changed service and to follow it, the median over services from all over."""
    services = directory.snapshot.services
    snapshots, change_ms, follow_ms = Snapshots(database), list[float](), list[float]()
    snapshots.refresh()
    for service in services[:: -(-len(services) // CHANGES)]:
        caller = build_caller(organization=service.organization, scopes=["directory:read", "directory:write"])
        record = get_object(database.unit_of_work(writes=False), caller, SERVICES, service.slug)
        body = json.dumps({**record.document, "description": "Another invented description."}).encode()
        condition = Condition(frozenset({record.etag}))
        change_ms.append(cpu_ms(partial(_put, database, caller, service.slug, body, condition))[1])
        follow_ms.append(cpu_ms(snapshots.refresh)[1])
    return {"change_ms": round(median(change_ms), 1), "follow_ms": round(median(follow_ms), 1)}


def _put(database: Database, caller: Caller, slug: str, body: bytes, condition: Condition) -> None:
    put_object(database.unit_of_work(), caller, SERVICES, slug, body=read_body(SERVICES, body), condition=condition)
