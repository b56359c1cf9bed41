"""Work out answers about a large invented coalition, each in a process of its own; print what each took as JSON.

`python -P tests/computed_answer.py DATABASE SHAPE ANSWER…`: the URL of a coalition; `usual`, or `worst`, where each has
an area, ages and a door of its own, and half take packets alone, or `joined`, where besides one agreement binds all to
all; answers of `ANSWERS`. The coalition is read once: the processes are forked from the one that has read it.
"""

from __future__ import annotations

import gc
import json
import multiprocessing
import sys
import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import policies
import routing
from service.coalition import Coverage, Exchange, Map, VisibleDirectory, draw_heat_map, draw_map, visible_directory_of
from service.database.database import open_database
from service.directory.snapshot.directory_snapshot import DirectorySnapshot, load_snapshot
from service.directory.store.records import ExchangeTerms
from service.settings import Settings
from service.web.bounds import COALITION_S

AT = datetime.fromisoformat("2026-03-02T10:00:00-06:00")
ANSWERS = {
    "coverage": lambda visible: json.dumps(Coverage(visible).document()),
    "coverage of an area": lambda visible: json.dumps(Coverage(visible, area=visible.areas[-1]).document()),
    "heat map": lambda visible: draw_heat_map(Coverage(visible)),
    "map": lambda visible: json.dumps(Map(visible, AT).document()),
    "map of a kind": lambda visible: json.dumps(Map(visible, AT, of="kind:health").document()),
    "map of an agency": lambda visible: json.dumps(Map(visible, AT, of=f"organization:{_some(visible)}").document()),
    "exchange": lambda visible: json.dumps(Exchange(visible, AT).document()),
    "picture of the map": lambda visible: draw_map(Map(visible, AT)),
}


def _some(visible: VisibleDirectory) -> str:
    return sorted(visible.organizations)[7]


def directory(database: str, shape: str) -> DirectorySnapshot:
    """Return a stored coalition, ready to answer from."""
    with open_database(Settings(database=database)) as database_open:
        coalition = _with_wants(load_snapshot(database_open.unit_of_work(writes=False)))
    return coalition if shape == "usual" else _worst(coalition, coalition.snapshot, is_joined=shape == "joined")


def _with_wants(coalition: DirectorySnapshot) -> DirectorySnapshot:
    """Return the coalition in which each agency wants what many have, and offers what all have, in an agreement."""
    slugs, promises = list(coalition.names.organizations), {}
    for number, (agreement_slug, agreement) in enumerate(coalition.policy.agreements.items()):
        giving, wanting = sorted(agreement.between)[:2]
        wants = {wanting: f"night transport, emergency shelter and legal help, {number}"}
        promises[agreement_slug] = ExchangeTerms(offers={giving: "rides and an emergency bed"}, wants=wants)
    drafts = {
        f"draft-{slug}": policies.Agreement(f"draft-{slug}", (slug, slugs[0]), type="mou", status="draft")
        for slug in slugs[1:]
    }
    for agreement_slug in drafts:
        slug = agreement_slug.removeprefix("draft-")
        promises[agreement_slug] = ExchangeTerms(
            offers={slug: "a safe bed"}, wants={slug: f"a bed and a ride for {slug}"}
        )
    policy = replace(coalition.policy, agreements={**drafts, **coalition.policy.agreements})
    return replace(coalition, policy=policy, names=replace(coalition.names, promises=promises))


def _worst(coalition: DirectorySnapshot, snapshot: routing.Snapshot, *, is_joined: bool) -> DirectorySnapshot:
    own = [routing.Area(f"own-{number}", f"Own {number}", "state") for number in range(len(snapshot.organizations))]
    number_of = {record.slug: number for number, record in enumerate(snapshot.organizations)}
    services = tuple(
        replace(
            record,
            areas=frozenset({own[number_of[record.organization]].code}),
            minimum_age=place % 100,
            maximum_age=place % 100 + 1,
            limits_known=True,
            accepts=frozenset({"packet"}) if place % 2 else record.accepts,
            accepts_from=frozenset({snapshot.organizations[place % len(own)].slug}),
        )
        for place, record in enumerate(snapshot.services)
    )
    areas = (*snapshot.areas.values(), *own)
    of_all = [routing.Agreement("of-all", tuple(number_of))] if is_joined else []
    joined = {
        record.slug: policies.Agreement(record.slug, record.between, type="mou", status="signed") for record in of_all
    }
    worst = routing.Directory(
        version=1,
        timezone=str(snapshot.zone),
        areas=areas,
        organizations=tuple(snapshot.organizations),
        services=services,
        agreements=(*snapshot.agreements, *of_all),
        law=snapshot.law,
        service_types=snapshot.service_types,
    )
    names = replace(coalition.names, areas={area.code: area.name for area in areas})
    names = replace(names, promises={**names.promises, **{record.slug: ExchangeTerms({}, {}) for record in of_all}})
    policy = replace(coalition.policy, agreements={**joined, **coalition.policy.agreements})
    return replace(coalition, snapshot=routing.build_snapshot(worst), names=names, policy=policy)


def measure(coalition: DirectorySnapshot, answer: str) -> dict[str, Any]:
    """Return the processor time, the memory, and the size of an answer, or that it was ended at its bound."""
    visible = visible_directory_of(coalition, None)
    list(visible.organizations.values())
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew: to read a coalition takes more than it holds
    before, begun, size_of = _memory_mb(), time.process_time(), 0

    def check() -> None:
        if time.process_time() - begun > COALITION_S:
            raise routing.WorkStopped

    is_ended = False
    try:
        with routing.checked_by(check):
            size_of = len(ANSWERS[answer](visible))
    except routing.WorkStopped:
        is_ended = True
    took = time.process_time() - begun
    return {"cpu_s": round(took, 2), "memory_mb": _memory_mb() - before, "bytes": size_of, "ended": is_ended}


def _memory_mb() -> int:
    """Return the most memory that the process has held since its peak began anew."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) // 1024


def measure_each(database: str, shape: str, *answers: str) -> dict[str, dict[str, Any]]:
    """Return what each answer takes, asked first of what was read; one after the other."""
    coalition, forking, costs = directory(database, shape), multiprocessing.get_context("fork"), {}
    for answer in answers:
        here, there = forking.Pipe(duplex=False)
        process = forking.Process(target=lambda to, known: to.send(measure(coalition, known)), args=(there, answer))
        process.start()
        there.close()
        costs[answer] = here.recv()
        process.join()
    return costs


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure_each(*sys.argv[1:])))
