"""What people ask of directories as they are: the processor time of an answer first asked, and asked again."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import policies
from service import demo
from service.answers.profile import ResolvedProfile
from service.bench import coalitions
from service.bench.measure import WHOLE, answer_from, cpu_ms, quantiles_ms, table
from service.bench.questions import MOST, USUAL, draw_questions
from service.directory.snapshot.directory_snapshot import DirectorySnapshot

Questions = Sequence[ResolvedProfile]
LARGE = 20_000


DIRECTORIES: Mapping[str, tuple[Callable[[], DirectorySnapshot], Mapping[str, int]]] = {
    "invented, 300": (coalitions.serve, {"usual": 200, "eight": 60}),
    "awkward, 300": (partial(coalitions.serve, shape=coalitions.AWKWARD), {"usual": 70, "eight": 30}),
    "demo": (lambda: coalitions.serve_bundle(demo.coalition_bytes()), {"usual": 100, "eight": 40}),
    f"invented, {LARGE}": (partial(coalitions.serve, LARGE), {"usual": 60, "eight": 30}),
}
"""How each directory is made, and how many questions it is asked: usual ones, and ones of eight needs."""
NEEDS: Mapping[str, dict[str, int]] = {"usual": {"most": USUAL}, "eight": {"needs": MOST}}
PARTS: Mapping[str, frozenset[str]] = {"first": frozenset(), "whole": WHOLE}
QUANTILES = (50, 90, 99)


def measure_everyday() -> list[dict[str, Any]]:
    """Return the figures of each directory, sort of question and part of the answer, first asked and asked again."""
    return [row for name in DIRECTORIES for row in _rows(name)]


def _rows(name: str) -> Iterator[dict[str, Any]]:
    make, counts = DIRECTORIES[name]
    served = make()
    for sort, count in counts.items():
        asked = draw_questions(served.snapshot, count, **NEEDS[sort])
        for part, parts in PARTS.items():
            yield {"directory": name, "questions": sort, "asked": count, "part": part, **times(served, asked, parts)}


def times(served: DirectorySnapshot, asked: Questions, parts: frozenset[str]) -> dict[str, dict[str, float]]:
    """Return `figures` of answers: `first`, by rules that were never asked, and `again`, by the same rules."""
    fresh = replace(served, rulebook=policies.Rulebook(served.rulebook.pack))
    gc.collect()
    return {
        when: figures([cpu_ms(partial(answer_from, fresh, question, parts))[1] for question in asked])
        for when in ("first", "again")
    }


def figures(spent: Sequence[float]) -> dict[str, float]:
    """Return quantiles and the worst of milliseconds, and the answers a second of one process.

    >>> figures([10.0, 20.0, 30.0])
    {'p50_ms': 20.0, 'p90_ms': 28.0, 'p99_ms': 29.8, 'worst_ms': 30.0, 'per_second': 50.0}
    """
    rate = round(1000 * len(spent) / sum(spent), 1)
    return {**quantiles_ms(spent, QUANTILES), "worst_ms": round(max(spent), 1), "per_second": rate}


def table_of(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the figures as a table in Markdown."""
    quantiles = " / ".join(f"p{percent}" for percent in QUANTILES)
    first = f"First asked: CPU ms, {quantiles} / worst"
    heads = ["Directory", "Questions", "Part", first, "a second", "Asked again", "a second"]
    cells = [
        [row["directory"], questions, row["part"], *_cells(row["first"]), *_cells(row["again"])]
        for row in rows
        for questions in [f"{row['asked']} {row['questions']}"]
    ]
    return table(heads, cells, texts=3)


def _cells(spent: Mapping[str, float]) -> tuple[str, float]:
    *times, rate = spent.values()
    return " / ".join(f"{time:g}" for time in times), rate
