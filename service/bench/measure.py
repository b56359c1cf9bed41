"""Processor time: of work, of questions first asked and asked again; figures as rows, and rows as tables."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

import numpy as np

import policies
from service.answers.profile import ResolvedProfile
from service.answers.schemas.answer import AnswerDocument
from service.answers.work.find_paths import answer_question
from service.bench import coalitions
from service.bench.questions import draw_questions
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.infrastructure.time_budget import starting_now
from service.settings import Settings
from service.words.vocabulary import ANSWER_PARTS

Result = TypeVar("Result")
Row = dict[str, Any]
SEED = 1
WHOLE = frozenset(ANSWER_PARTS)
PERCENTS = (50, 90, 99)


def cpu_ms(work: Callable[[], Result]) -> tuple[Result, float]:
    """Return the result of `work` and the processor milliseconds of the process that the work took."""
    start = time.process_time_ns()
    result = work()
    return result, (time.process_time_ns() - start) / 1e6


def answer_from(
    directory: DirectorySnapshot, question: ResolvedProfile, parts: frozenset[str] = WHOLE
) -> AnswerDocument:
    """Return parts of the answer to a question as over HTTP, its own reports and the limits of time included."""
    limits = Settings.model_fields
    stop, questions_ms = starting_now(limits["time_budget_ms"].default), limits["question_budget_ms"].default
    return answer_question(directory, question, parts=parts, out_of_time=stop, questions_within_ms=questions_ms)


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """A directory and the questions to ask it."""

    directory: DirectorySnapshot
    questions: Sequence[ResolvedProfile]

    def run(self, work: Callable[[DirectorySnapshot, ResolvedProfile], object]) -> list[float]:
        """Return the processor milliseconds of `work` for each question."""
        gc.collect()
        return [cpu_ms(partial(work, self.directory, question))[1] for question in self.questions]

    def first_and_again(
        self, work: Callable[[DirectorySnapshot, ResolvedProfile], object]
    ) -> dict[str, dict[str, float]]:
        """Return the times of `work`: `first`, by rules that were never asked, and `again`, by the same rules."""
        rulebook = policies.Rulebook(self.directory.rulebook.pack)
        fresh = replace(self, directory=replace(self.directory, rulebook=rulebook))
        return {when: times(fresh.run(work)) for when in ("first", "again")}


def prepare(agencies: int, *, needs: int | None, count: int, seed: int = SEED) -> QuestionSet:
    """Return an invented coalition with `count` questions, each of `needs` needs; None: of one to eight."""
    directory = coalitions.serve(agencies, seed)
    return QuestionSet(directory, draw_questions(directory.snapshot, count, needs=needs))


def times(spent_ms: Sequence[float]) -> dict[str, float]:
    """Return quantiles and the worst of milliseconds, and how many of them one process does in a second.

    >>> times([10.0, 20.0, 30.0])
    {'p50_ms': 20.0, 'p90_ms': 28.0, 'p99_ms': 29.8, 'worst_ms': 30.0, 'per_second': 50.0}
    """
    quantiles = dict(zip((f"p{percent}_ms" for percent in PERCENTS), np.percentile(spent_ms, PERCENTS), strict=True))
    figures = quantiles | {"worst_ms": max(spent_ms), "per_second": 1000 * len(spent_ms) / sum(spent_ms)}
    return {name: round(float(figure), 3) for name, figure in figures.items()}


def tables(document: Mapping[str, Any]) -> str:
    """Return a document of figures as tables in Markdown: one of its single figures, and one for each list of rows."""
    rows = [{"figure": name, "value": value} for name, value in _single_figures(document)]
    lists = (value for value in document.values() if isinstance(value, list))
    return "\n\n".join(table(rows) for rows in (rows, *lists) if rows)


def _single_figures(document: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in document.items():
        if isinstance(value, Mapping):
            yield from _single_figures(value, f"{path}{name}: ")
        elif not isinstance(value, list):
            yield f"{path}{name}".replace("_", " "), value


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows as a table in Markdown; the figures within a figure share its cell.

    >>> print(table([{"size": "small", "first": {"p50_ms": 3, "p99_ms": 4.5}, "rate": None}]))
    | size | first: p50 ms / p99 ms | rate |
    | --- | ---: | ---: |
    | small | 3 / 4.5 | - |
    """
    heads = [name + (f": {' / '.join(value)}" if isinstance(value, Mapping) else "") for name, value in rows[0].items()]
    rule = ["---" if isinstance(value, str) else "---:" for value in rows[0].values()]
    lines = ([name.replace("_", " ") for name in heads], rule, *([*map(_cell, row.values())] for row in rows))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(value: Any) -> str:
    if isinstance(value, Mapping):
        return " / ".join(map(_cell, value.values()))
    if isinstance(value, tuple):
        return f"{min(value)} to {max(value)}"
    return "-" if value is None else str(value)
