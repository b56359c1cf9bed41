"""The figures of an invented coalition, and of what people ask of directories as they are.

Some are written into a document, between two markers.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks import coalitions
from benchmarks.measure import SEED, Row, cpu_ms, machine, quantiles, tables, times
from benchmarks.networkx_paths import compare_with_networkx
from benchmarks.questions import (
    MOST,
    USUAL,
    WHOLE,
    QuestionSet,
    answer_from,
    draw_blank,
    draw_questions,
    paths_of,
    prepare,
)
from benchmarks.stored import measure_stored

import policies
import routing
from policies import CedarEngine, decode, evaluate
from policies.verify import draw_possible
from routing.client.scenario import Scenario
from service import demo
from service.answers.profile import ResolvedProfile
from service.directory.snapshot.directory_snapshot import DirectorySnapshot

LIBRARIES = ("numpy", "networkx", "cedarpy")
QUESTIONS, DECISIONS = 400, 2_000
"""The default numbers of questions, and of random decisions by both engines, compiled and Cedar."""
LARGE = 20_000
DIRECTORIES: Mapping[str, tuple[Callable[[], DirectorySnapshot], Mapping[str, int]]] = {
    "invented, 300": (coalitions.serve, {"usual": 200, "eight": 60}),
    "awkward, 300": (partial(coalitions.serve, shape=coalitions.AWKWARD), {"usual": 70, "eight": 30, "blank": 24}),
    "demo": (lambda: coalitions.serve_bundle(demo.coalition_bytes()), {"usual": 100, "eight": 40}),
    f"invented, {LARGE}": (partial(coalitions.serve, LARGE), {"usual": 60, "eight": 30}),
}
"""How each directory is made, and how many questions of each sort it is asked."""
SORTS: Mapping[str, Callable[[routing.Snapshot, int], Sequence[ResolvedProfile]]] = {
    "usual": partial(draw_questions, most=USUAL), "eight": partial(draw_questions, needs=MOST), "blank": draw_blank,
}  # fmt: skip
PARTS: Mapping[str, frozenset[str]] = {"first": frozenset(), "whole": WHOLE}
NETWORKX, NETWORKX_QUESTIONS, STORED = ((300, 5), (10_000, 5)), 20, (300, LARGE)
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
ROOT = Path(__file__).parents[2]
FIGURES, DEPLOYMENT = ROOT / "routing" / "FIGURES.md", ROOT / "service" / "deploy" / "README.md"


def write_report(document: Path = FIGURES, *, database: str | None = None) -> None:
    """Measure, and write each table in place of the earlier ones; rows of `database` (empty) beside those of SQLite.

    Raises:
        NotEmpty: the database holds a coalition.
    """
    figures: dict[str, Any] = {"everyday": measure_everyday()}
    sizes = [measure_coalition(size, needs, count=NETWORKX_QUESTIONS, decisions=0) for size, needs in NETWORKX]
    figures |= {name: sizes[0][name] for name in ("machine", "versions", "seed")}
    figures["networkx"] = [{name: row[name] for name in ("agencies", "needs", "paths", "networkx")} for row in sizes]
    figures["stored"] = [row for size in STORED for row in measure_stored(size)]
    figures["stored"] += measure_stored(STORED[-1], database=database) if database else []
    write_tables(document, figures)


def write_tables(document: Path, figures: Mapping[str, Any]) -> None:
    """Write figures as tables in place of what is between the markers of a document.

    Raises:
        ValueError: the document lacks the markers.
    """
    before, rest = document.read_text(encoding="utf-8").split(BEGIN)
    _, after = rest.split(END)
    document.write_text(f"{before}{BEGIN}\n{tables(figures)}\n{END}{after}", encoding="utf-8")


def measure_everyday() -> list[Row]:
    """Return a row for each directory, sort of question and part of the answer: first asked, and asked again."""
    rows = list[Row]()
    for name, (make, counts) in DIRECTORIES.items():
        directory = make()
        for sort, count in counts.items():
            question_set = QuestionSet(directory, SORTS[sort](directory.snapshot, count))
            for part, parts in PARTS.items():
                figures = question_set.first_and_again(partial(answer_from, parts=parts))
                rows.append({"directory": name, "questions": sort, "count": count, "part": part, **figures})
    return rows


def measure_coalition(
    agencies: int, needs: int | None, *, count: int = QUESTIONS, compare: bool = True, decisions: int = DECISIONS
) -> dict[str, Any]:
    """Return the documented figures, all questions asked once before; None for parts that were not run."""
    question_set = prepare(agencies, needs=needs, count=count)
    snapshot = question_set.directory.snapshot
    question_set.run(answer_from)
    records = routing.Directory(
        snapshot.version, str(snapshot.zone), tuple(snapshot.areas.values()), tuple(snapshot.organizations),
        tuple(snapshot.services), tuple(snapshot.agreements), snapshot.law, snapshot.service_types,
    )  # fmt: skip
    return {
        "machine": f"{machine()}, CPU time of one process",
        "versions": {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}},
        "seed": SEED,
        "agencies": agencies,
        "services": len(snapshot.services),
        "needs": needs,
        "paths": times(question_set.run(paths_of)),
        "whole_answer": times(question_set.run(answer_from)),
        "floor": quantiles(question_set.run(_candidates_of), (50,)),
        "networkx": compare_with_networkx(question_set) if compare else None,
        "rules": measure_decisions(question_set.directory.rulebook, decisions, SEED) if decisions else None,
        "http": None,
        "bytes_per_service": round(bytes_of(snapshot) / len(snapshot.services), 1),
        "build_ms": round(cpu_ms(partial(routing.build_snapshot, records))[1], 3),
    }


def _candidates_of(directory: DirectorySnapshot, question: ResolvedProfile) -> int:
    """Return the number of candidates, which take the client, in time, with room: every engine needs to find them."""
    scenario = Scenario(directory.snapshot, question.profile)
    return len(scenario.usable([(need.type, need.urgency) for need in question.profile.needs])[0])


def measure_decisions(rulebook: policies.Rulebook, count: int, seed: int) -> dict[str, Any]:
    """Return microseconds of CPU for a decision, compiled and in Cedar, over `count` random possible requests.

    Compiled: every rule over whole arrays of codes. Cedar: the call alone, with request and agencies ready and without
    a cache. A disagreement is a different answer, or the same answer by different rules.
    """
    pack = rulebook.pack
    engine, points = CedarEngine(pack, pack.deciding), draw_possible(pack.space, count, seed)
    requests = [decode(pack.space, point) for point in points.T]
    formulas = [pack.formulas[rule.id] for rule in pack.deciding]
    compiled_ms = cpu_ms(partial(evaluate, pack.space, formulas, points))[1]
    answers = [
        cpu_ms(partial(engine.answer, engine.request(request), engine.agencies(request))) for request in requests
    ]
    cedar_ms = sum(spent_ms for _, spent_ms in answers)
    pairs = zip((verdict for verdict, _ in answers), rulebook.verdicts(requests), strict=True)
    return {
        "requests": count,
        "compiled_us": round(compiled_ms / count * 1e3, 3),
        "cedar_us": round(cedar_ms / count * 1e3, 1),
        "ratio": round(cedar_ms / compiled_ms),
        "disagreements": sum(verdict != compiled for verdict, compiled in pairs),
    }


def bytes_of(snapshot: routing.Snapshot) -> int:
    """Return the bytes of every column and posting: the memory that a search needs, without the records for people."""
    columns = snapshot.columns, snapshot.organization_columns, snapshot.agreement_columns
    return sum(map(_bytes, (*columns, snapshot.by_place, snapshot.by_type, snapshot.doors, snapshot.weeks)))


def _bytes(value: object) -> int:
    if isinstance(value, np.ndarray):
        return value.nbytes
    return sum(_bytes(getattr(value, name)) for name in getattr(value, "__slots__", ()))
