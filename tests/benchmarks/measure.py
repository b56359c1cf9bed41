"""Processor time of work, quantiles of times, and figures as tables."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

Result = TypeVar("Result")
Row = dict[str, Any]
SEED = 1


def cpu_ms(work: Callable[[], Result]) -> tuple[Result, float]:
    """Return the result of `work` and the processor milliseconds of the process that the work took."""
    start = time.process_time_ns()
    result = work()
    return result, (time.process_time_ns() - start) / 1e6


def machine() -> str:
    """Return what the figures were measured on."""
    return f"{platform.machine()}, {platform.system()}, {os.cpu_count()} processors"


def quantiles(spent_ms: Sequence[float], percents: Sequence[int], name: str = "p{}_ms") -> dict[str, float]:
    """Return the quantiles of milliseconds, zero of none, each by its `name`.

    >>> quantiles([10.0, 20.0, 30.0], (50, 90))
    {'p50_ms': 20.0, 'p90_ms': 28.0}
    """
    figures = np.percentile(spent_ms or [0.0], percents).round(3).tolist()
    return {name.format(percent): figure for percent, figure in zip(percents, figures, strict=True)}


def times(spent_ms: Sequence[float]) -> dict[str, float]:
    """Return quantiles and the worst of milliseconds, and how many of them one process does in a second."""
    rest = {"worst_ms": max(spent_ms), "per_second": 1000 * len(spent_ms) / sum(spent_ms)}
    return quantiles(spent_ms, (50, 90, 99)) | {name: round(figure, 3) for name, figure in rest.items()}


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
