"""Writes the figures that documents quote into routing/FIGURES.md, between two markers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import routing
from service.bench.everyday import measure_everyday
from service.bench.measure import tables
from service.bench.report import measure_coalition
from service.bench.stored import measure_stored

NETWORKX, NETWORKX_QUESTIONS = ((300, 5), (10_000, 3), (10_000, 5)), 20
STORED = (300, 20_000)
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
FIGURES = Path(routing.__file__).parent / "FIGURES.md"


def write_report(document: Path = FIGURES, *, database: str | None = None) -> None:
    """Measure, and write each table in place of the earlier ones as soon as it is measured.

    `database`: the URL of an empty database, whose rows are then measured beside the rows of SQLite.

    Raises:
        ValueError: the document lacks the markers.
        NotEmpty: the database holds a coalition.
    """
    figures: dict[str, Any] = {}
    for part in _parts(database):
        figures |= part
        before, rest = document.read_text(encoding="utf-8").split(BEGIN)
        document.write_text(f"{before}{BEGIN}\n{tables(figures)}\n{END}{rest.split(END)[1]}", encoding="utf-8")


def _parts(database: str | None) -> Iterator[dict[str, Any]]:
    """Yield the figures of the machine, what people ask, the comparison with networkx, and stored coalitions."""
    yield {"everyday": measure_everyday()}
    sizes = [measure_coalition(size, needs, count=NETWORKX_QUESTIONS, decisions=0) for size, needs in NETWORKX]
    columns = ("agencies", "needs", "paths", "networkx")
    yield {name: sizes[0][name] for name in ("machine", "versions", "seed")}
    yield {"networkx": [{name: figures[name] for name in columns} for figures in sizes]}
    rows = [row for size in STORED for row in measure_stored(size)]
    yield {"stored": rows if database is None else [*rows, *measure_stored(STORED[-1], database=database)]}
