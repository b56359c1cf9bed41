"""Writes the figures that documents quote into routing/FIGURES.md, between two markers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

import routing
from service.bench.everyday import measure_everyday, table_of
from service.bench.measure import NETWORKX_S, report, table
from service.bench.over_http import WORKERS
from service.bench.stored import measure_stored

BESIDE, ASKED_BESIDE = ((300, 5), (10_000, 3), (10_000, 5)), 20
STORED, SQLITE = (300, 20_000), "sqlite"
READ, SERVED = ("agencies", "load_ms", "rows_ms"), ("peak_per_second", "p50_ms", "p99_ms")
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
FIGURES = Path(routing.__file__).parent / "FIGURES.md"


def write_report(document: Path = FIGURES, *, database: str | None = None) -> None:
    """Measure, and write each table in place of the earlier ones as soon as it is measured.

    `database`: the URL of an empty database, whose rows are then measured beside the rows of SQLite.

    Raises:
        ValueError: the document lacks the markers.
        NotEmpty: the database holds a coalition.
    """
    tables: list[str] = []
    for measured in _tables(database):
        tables.append(measured)
        before, rest = document.read_text(encoding="utf-8").split(BEGIN)
        figures = "\n\n".join(tables)
        document.write_text(f"{before}{BEGIN}\n{figures}\n{END}{rest.split(END)[1]}", encoding="utf-8")


def _tables(database: str | None) -> Iterator[str]:
    yield table_of(measure_everyday())
    beside = [report(agencies, needs, asked=ASKED_BESIDE, decisions=0) for agencies, needs in BESIDE]
    libraries = ", ".join(f"{name} {number}" for name, number in beside[0]["versions"].items())
    yield f"Measured on {beside[0]['machine']}; {libraries}; seed {beside[0]['seed']}.\n\n{_table_beside(beside)}"
    rows = [(SQLITE, measure_stored(agencies)) for agencies in STORED]
    if database is not None:
        rows.append((make_url(database).get_backend_name(), measure_stored(STORED[-1], database=database)))
    yield _table_of_rows(rows)


def _table_beside(beside: list[dict[str, Any]]) -> str:
    """Return the figures of networkx on the same questions as text and a table in Markdown."""
    heads = ["Agencies", "Needs", "Paths p50 ms", "networkx p50 ms", "Finished", "Times as long"]
    rows = [
        (row["agencies"], row["needs"], row["paths"]["p50_ms"], theirs["p50_ms"], finished, theirs["ratio"])
        for row in beside if (theirs := row["networkx"])
        for finished in [f"{theirs['finished']} of {theirs['questions']}"]
    ]  # fmt: skip
    return (
        "networkx is given the hops and looks for the same five paths, gateways and prerequisites included. Where it\n"
        f"does not finish in {NETWORKX_S:g} s, it counts as that: times are at least these.\n\n{table(heads, rows, 0)}"
    )


def _table_of_rows(rows: list[tuple[str, dict[str, Any]]]) -> str:
    """Return the figures of stored coalitions and of their servers under load as text and a table in Markdown."""
    heads = ["Database", "Agencies", "Loaded ms", "Read ms", "Processes", "Most a second", "p50 ms at half", "p99 ms"]
    cells = [
        (database, *(figures[key] for key in READ), number, *(figures[name][key] for key in SERVED))
        for database, figures in rows
        for number, name in WORKERS.items()
        if name in figures
    ]
    about = "From rows, over HTTP: the most that is answered in a second, and the whole time at half of that."
    return f"{about}\n\n{table(heads, cells)}"
