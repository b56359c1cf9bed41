"""Work out one answer about a large invented coalition, in a process of its own, and print what that took as JSON.

`python -P tests/computed_answer.py DATABASE SHAPE ANSWER`: the URL of a coalition; `usual`, or `worst`, where each has
an area, ages and a door of its own, and half take packets alone, or `joined`, where besides one agreement binds all to
all; an answer of `ANSWERS`.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import policies
import routing
from service.coalition import Coverage, Exchange, Map, VisibleDirectory, draw_heat_map, draw_map, visible_directory_of
from service.directory.snapshot.directory_snapshot import DirectorySnapshot, load_snapshot
from service.directory.store.records import ExchangeTerms
from service.infrastructure.database.database import open_database
from service.infrastructure.http.bounds import COALITION_S
from service.settings import Settings

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
    with open_database(Settings(database=database)) as opened:
        snapshot = _with_wants(load_snapshot(opened.unit_of_work(writes=False)))
    return snapshot if shape == "usual" else _worst(snapshot, snapshot.snapshot, is_joined=shape == "joined")


def _with_wants(directory: DirectorySnapshot) -> DirectorySnapshot:
    """Return the coalition in which each agency wants what many have, and offers what all have, in an agreement."""
    slugs, promises = list(directory.names.organizations), {}
    for number, (key, agreement) in enumerate(directory.policy.agreements.items()):
        giving, wanting = sorted(agreement.between)[:2]
        wants = {wanting: f"night transport, emergency shelter and legal help, {number}"}
        promises[key] = ExchangeTerms(offers={giving: "rides and an emergency bed"}, wants=wants)
    drafts = {
        f"draft-{slug}": policies.Agreement(f"draft-{slug}", (slug, slugs[0]), type="mou", status="draft")
        for slug in slugs[1:]
    }
    for key in drafts:
        slug = key.removeprefix("draft-")
        promises[key] = ExchangeTerms(offers={slug: "a safe bed"}, wants={slug: f"a bed and a ride for {slug}"})
    policy = replace(directory.policy, agreements={**drafts, **directory.policy.agreements})
    return replace(directory, policy=policy, names=replace(directory.names, promises=promises))


def _worst(directory: DirectorySnapshot, snapshot: routing.Snapshot, *, is_joined: bool) -> DirectorySnapshot:
    own = [routing.Area(f"own-{number}", f"Own {number}", "state") for number in range(len(snapshot.organizations))]
    number_of = {row.slug: number for number, row in enumerate(snapshot.organizations)}
    services = tuple(
        replace(
            row,
            areas=frozenset({own[number_of[row.organization]].code}),
            minimum_age=place % 100,
            maximum_age=place % 100 + 1,
            limits_known=True,
            accepts=frozenset({"packet"}) if place % 2 else row.accepts,
            accepts_from=frozenset({snapshot.organizations[place % len(own)].slug}),
        )
        for place, row in enumerate(snapshot.services)
    )
    areas = (*snapshot.areas.values(), *own)
    of_all = [routing.Agreement("of-all", tuple(number_of))] if is_joined else []
    joined = {row.slug: policies.Agreement(row.slug, row.between, type="mou", status="signed") for row in of_all}
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
    names = replace(directory.names, areas={area.code: area.name for area in areas})
    names = replace(names, promises={**names.promises, **{row.slug: ExchangeTerms({}, {}) for row in of_all}})
    policy = replace(directory.policy, agreements={**joined, **directory.policy.agreements})
    return replace(directory, snapshot=routing.build_snapshot(worst), names=names, policy=policy)


def measure(database: str, shape: str, answer: str) -> dict[str, Any]:
    """Return the processor time, the memory, and the size of an answer, or that it was ended at its bound."""
    visible = visible_directory_of(directory(database, shape), None)
    list(visible.organizations.values())
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew: to read a coalition takes more than it holds
    before, begun, size_of = _memory_mb(), time.process_time(), 0

    def check() -> None:
        if time.process_time() - begun > COALITION_S:
            raise routing.WorkStopped

    ended = False
    try:
        with routing.checked_by(check):
            size_of = len(ANSWERS[answer](visible))
    except routing.WorkStopped:
        ended = True
    took = time.process_time() - begun
    return {"cpu_s": round(took, 2), "memory_mb": _memory_mb() - before, "bytes": size_of, "ended": ended}


def _memory_mb() -> int:
    """Return the most memory that the process has held since its peak began anew."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) // 1024


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure(*sys.argv[1:])))
