"""The figures of an invented coalition: paths and answers, networkx on the same questions, rules, memory.

They are also written into routing/FIGURES.md, between two markers, with what people ask and what is stored.
"""

from __future__ import annotations

import os
import platform
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

import policies
import routing
from policies import CedarEngine, decode, evaluate
from routing.client.scenario import Scenario
from routing.ranking.search_paths import search_paths
from routing.search.describe import describe_all
from service.answers.profile import ResolvedProfile
from service.bench.everyday import LARGE, measure_everyday
from service.bench.measure import SEED, answer_from, cpu_ms, prepare, tables, times
from service.bench.stored import measure_stored
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.directory.snapshot.sharing import Sharing

LIBRARIES = ("numpy", "networkx", "cedarpy")
QUESTIONS, DECISIONS = 400, 2_000
"""The default numbers of questions, and of random decisions by both engines, compiled and Cedar."""
NETWORKX, NETWORKX_QUESTIONS, STORED = ((300, 5), (10_000, 3), (10_000, 5)), 20, (300, LARGE)
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
FIGURES = Path(routing.__file__).parent / "FIGURES.md"


def write_report(document: Path = FIGURES, *, database: str | None = None) -> None:
    """Measure, and write each table in place of the earlier ones.

    `database`: the URL of an empty database, whose rows are then measured beside the rows of SQLite.

    Raises:
        ValueError: the document lacks the markers.
        NotEmpty: the database holds a coalition.
    """
    before, rest = document.read_text(encoding="utf-8").split(BEGIN)
    figures: dict[str, Any] = {"everyday": measure_everyday()}
    sizes = [measure_coalition(size, needs, count=NETWORKX_QUESTIONS, decisions=0) for size, needs in NETWORKX]
    figures |= {name: sizes[0][name] for name in ("machine", "versions", "seed")}
    figures["networkx"] = [{name: row[name] for name in ("agencies", "needs", "paths", "networkx")} for row in sizes]
    figures["stored"] = [row for size in STORED for row in measure_stored(size)]
    figures["stored"] += measure_stored(STORED[-1], database=database) if database else []
    document.write_text(f"{before}{BEGIN}\n{tables(figures)}\n{END}{rest.split(END)[1]}", encoding="utf-8")


def measure_coalition(
    agencies: int, needs: int | None, *, count: int | None = None, compare: bool = True, decisions: int = DECISIONS
) -> dict[str, Any]:
    """Return the contract's figures, all questions asked once before; None for parts that were not run.

    `count`: how many questions, None for `QUESTIONS`. `decisions` 0 leaves out the rules.
    """
    from service.bench.networkx_paths import compare_with_networkx  # noqa: PLC0415 - networkx is slow to import

    question_set = prepare(agencies, needs=needs, count=count or QUESTIONS)
    snapshot = question_set.directory.snapshot
    question_set.run(answer_from)
    records = routing.Directory(
        snapshot.version, str(snapshot.zone), tuple(snapshot.areas.values()), tuple(snapshot.organizations),
        tuple(snapshot.services), tuple(snapshot.agreements), snapshot.law, snapshot.service_types,
    )  # fmt: skip
    return {
        "machine": f"{platform.machine()}, {platform.system()}, {os.cpu_count()} processors, CPU time of one process",
        "versions": {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}},
        "seed": SEED,
        "agencies": agencies,
        "services": len(snapshot.services),
        "needs": needs,
        "paths": times(question_set.run(paths_of)),
        "whole_answer": times(question_set.run(answer_from)),
        "floor": {"p50_ms": times(question_set.run(_candidates_of))["p50_ms"]},
        "networkx": compare_with_networkx(question_set) if compare else None,
        "rules": measure_decisions(question_set.directory.rulebook, decisions, SEED) if decisions else None,
        "http": None,
        "bytes_per_service": round(bytes_of(snapshot) / len(snapshot.services), 1),
        "build_ms": round(cpu_ms(partial(routing.build_snapshot, records))[1], 3),
    }


def paths_of(directory: DirectorySnapshot, question: ResolvedProfile) -> tuple[routing.Path, ...]:
    """Return the paths that answer a question: search, rules and prices, without explanations and document."""
    hop_graph, result = search_paths(Scenario(directory.snapshot, question.profile), sharing_of(directory, question))
    return describe_all(hop_graph, result.ranked_paths)


def sharing_of(directory: DirectorySnapshot, question: ResolvedProfile) -> Sharing:
    """Return the rules of a directory for the case of a question."""
    return Sharing(directory.rulebook, directory.policy, question.case)


def _candidates_of(directory: DirectorySnapshot, question: ResolvedProfile) -> int:
    """Return the number of candidates, which take the client, in time, with room: every engine needs to find them."""
    scenario = Scenario(directory.snapshot, question.profile)
    return len(scenario.usable([(need.type, need.urgency) for need in question.profile.needs])[0])


def measure_decisions(rulebook: policies.Rulebook, count: int, seed: int) -> dict[str, Any]:
    """Return microseconds of CPU for a decision, compiled and in Cedar, over `count` random possible requests.

    Compiled: every rule over whole arrays of codes. Cedar: the call alone, with request and agencies ready and without
    a cache. A disagreement is a different answer, or the same answer by different rules.
    """
    from policies.verify import draw_possible  # noqa: PLC0415 - the solver beside it takes long to import

    pack = rulebook.pack
    engine, points = CedarEngine(pack, pack.deciding), draw_possible(pack.space, count, seed)
    permits = np.array([rule.effect == "permit" for rule in pack.deciding])

    def compiled() -> tuple[np.ndarray, np.ndarray]:
        holds = evaluate(pack.space, [pack.formulas[rule.id] for rule in pack.deciding], points)
        return holds, holds[permits].any(axis=0) & ~holds[~permits].any(axis=0)

    (rules, verdicts), compiled_ms = cpu_ms(compiled)
    cedar_ms, disagreements = 0.0, 0
    for point, holds, allow in zip(points.T, rules.T, verdicts, strict=True):
        request = decode(pack.space, point)
        verdict, spent_ms = cpu_ms(partial(engine.answer, engine.request(request), engine.agencies(request)))
        cedar_ms += spent_ms
        deciding = frozenset(pack.deciding[at].id for at in np.flatnonzero(holds & (permits == allow)))
        disagreements += (verdict.allow, verdict.deciding, verdict.faults) != (allow, deciding, ())
    return {
        "requests": count,
        "compiled_us": round(compiled_ms / count * 1e3, 3),
        "cedar_us": round(cedar_ms / count * 1e3, 1),
        "ratio": round(cedar_ms / compiled_ms),
        "disagreements": disagreements,
    }


def bytes_of(snapshot: routing.Snapshot) -> int:
    """Return the bytes of every column and posting: the memory that a search needs, without the records for people."""
    columns = snapshot.columns, snapshot.organization_columns, snapshot.agreement_columns
    return sum(map(_bytes, (*columns, snapshot.by_place, snapshot.by_type, snapshot.doors, snapshot.weeks)))


def _bytes(value: object) -> int:
    if isinstance(value, np.ndarray):
        return value.nbytes
    return sum(_bytes(getattr(value, name)) for name in getattr(value, "__slots__", ()))
