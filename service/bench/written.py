"""Writes the figures of every size into routing/FIGURES.md between two markers, with a picture of their growth."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

import routing
from service.bench.everyday import measure_everyday, table_of
from service.bench.measure import NETWORKX_S, report
from service.bench.over_http import WORKERS
from service.bench.stored import measure_stored

SIZES = {300: 400, 20_000: 200, 300_000: 30}
"""How many questions are asked, by the number of agencies: at the largest an answer may take seconds."""
BESIDE, ASKED_BESIDE = ((300, 5), (10_000, 3), (10_000, 5)), 20
STORED, SQLITE = (300, 20_000), "sqlite"
GOALS: dict[int, dict[str, float]] = {
    300: {"p50_ms": 8, "p99_ms": 80, "whole_p50_ms": 18, "whole_p99_ms": 150},
    20_000: {"p50_ms": 12, "p99_ms": 250, "build_ms": 30},
    300_000: {"p50_ms": 6, "p99_ms": 60, "build_ms": 500},
}
"""The goals, as upper limits: printed beside the measured figures, reached or not."""
TIMES_AS_LONG = {(300, 5): 36, (10_000, 3): 60, (10_000, 5): 800}
"""The least ratio of networkx's time to the engine's that is a goal, by numbers of agencies and needs."""
MOST_BYTES, MOST_GROWTH, MOST_TIMES, UNDER_LOAD_MS = 100, 4, 3, 50
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
FIGURES = Path(routing.__file__).parent / "FIGURES.md"
PICTURE = FIGURES.with_name("growth.svg")


def write_report(document: Path = FIGURES, picture: Path = PICTURE, *, database: str | None = None) -> None:
    """Measure every size, and write each table and the picture in place of the earlier ones as soon as it is measured.

    `database`: the URL of an empty database, whose rows are then measured beside the rows of SQLite.

    Raises:
        ValueError: the document lacks the markers.
        NotEmpty: the database holds a coalition.
    """
    sizes = [report(agencies, None, asked=asked, compare=False, decisions=0) for agencies, asked in SIZES.items()]
    picture.write_text(growth(sizes), encoding="utf-8")
    tables = [table_of_sizes(sizes)]
    _write(document, tables)
    beside = [report(agencies, needs, asked=ASKED_BESIDE, decisions=0) for agencies, needs in BESIDE]
    tables.append(table_beside(beside))
    _write(document, tables)
    rows = [(SQLITE, measure_stored(agencies)) for agencies in STORED]
    if database is not None:
        rows.append((make_url(database).get_backend_name(), measure_stored(STORED[-1], database=database)))
    tables.append(table_of_rows(rows))
    _write(document, tables)
    tables.append(table_of(measure_everyday()))
    _write(document, tables)


def _write(document: Path, tables: Iterable[str]) -> None:
    text = document.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    figures = "\n\n".join([*tables, "![Milliseconds against agencies](growth.svg)"])
    document.write_text(f"{before}{BEGIN}\n{figures}\n{END}{after}", encoding="utf-8")


def table_of_sizes(sizes: Sequence[dict[str, Any]]) -> str:
    """Return the figures of each size as text and a table in Markdown."""
    first, last = sizes[0], sizes[-1]
    libraries = ", ".join(f"{name} {number}" for name, number in first["versions"].items())
    asked = ", ".join(f"{number} questions at {agencies} agencies" for agencies, number in SIZES.items())
    times = _beside(f"{last['paths']['p50_ms'] / max(first['paths']['p50_ms'], 0.001):.1f}", MOST_GROWTH)
    return "\n".join(
        [
            f"Measured on {first['machine']}; {libraries}; seed {first['seed']}. One to eight needs, five paths, warm; "
            f"{asked}; from the smallest to the largest the median of the paths grows {times} times.",
            "",
            "| Agencies | Services | Paths p50 ms | p99 ms | Whole answer p50 ms | Times as long | p99 ms "
            "| Times as long | Candidates alone p50 ms | Bytes a service | Built ms |",
            "|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
            *(
                f"| {one['agencies']} | {one['services']} | {_beside(one['paths']['p50_ms'], goals.get('p50_ms'))} "
                f"| {_beside(one['paths']['p99_ms'], goals.get('p99_ms'))} "
                f"| {_beside(one['whole_answer']['p50_ms'], goals.get('whole_p50_ms'))} | {_times(one, 'p50_ms')} "
                f"| {_beside(one['whole_answer']['p99_ms'], goals.get('whole_p99_ms'))} | {_times(one, 'p99_ms')} "
                f"| {one['floor']['p50_ms']} "
                f"| {_beside(one['bytes_per_service'], MOST_BYTES)} "
                f"| {_beside(one['build_ms'], goals.get('build_ms'))} |"
                for one, goals in ((one, GOALS.get(one["agencies"], {})) for one in sizes)
            ),
        ]
    )


def _times(one: dict[str, Any], name: str) -> str:
    """Return the ratio of the time for a whole answer to the time for its paths alone, with the goal."""
    times = one["whole_answer"][name] / max(one["paths"][name], 0.001)
    return _beside(f"{times:.1f}", MOST_TIMES if one["agencies"] == min(SIZES) else None)


def table_beside(beside: Iterable[dict[str, Any]]) -> str:
    """Return the figures of networkx and SQL on the same questions as text and a table in Markdown."""
    return "\n".join(
        [
            "networkx is given the hops and looks for the same five paths, gateways and prerequisites included. Where "
            f"it does not finish in {NETWORKX_S:g} s, it counts as that: times are at least these. SQL only filters.",
            "",
            "| Agencies | Needs | Paths p50 ms | networkx p50 ms | Finished | Times as long | SQL filter p50 ms |",
            "|---:|---:|---:|---:|---:|---:|---:|",
            *(
                f"| {one['agencies']} | {one['needs']} | {one['paths']['p50_ms']} | {one['networkx']['p50_ms']} "
                f"| {one['networkx']['finished']} of {one['networkx']['questions']} "
                f"| {_beside(one['networkx']['ratio'], TIMES_AS_LONG.get((one['agencies'], one['needs'])))} "
                f"| {one['sql']['p50_ms']} |"
                for one in beside
                if one["networkx"] is not None
            ),
        ]
    )


def table_of_rows(rows: Iterable[tuple[str, dict[str, Any]]]) -> str:
    """Return the figures of stored coalitions and of their servers under load as text and a table in Markdown."""
    lines = [
        "From rows, over HTTP: the most that is answered in a second, and the whole time at half of that.",
        "",
        "| Agencies | Database | Loaded ms | Read from rows ms | Processes | Most a second | p50 ms at half | p99 ms |",
        "|---:|---|---:|---:|---:|---:|---:|---:|",
    ]
    for database, one in rows:
        lines += [
            f"| {one['agencies']} | {database} | {one['load_ms']} | {one['rows_ms']} | {number} "
            f"| {one[name]['peak_per_second']} | {one[name]['p50_ms']} "
            f"| {_beside(one[name]['p99_ms'], UNDER_LOAD_MS if one['agencies'] == STORED[0] else None)} |"
            for number, name in WORKERS.items()
            if name in one
        ]
    return "\n".join(lines)


def _beside(figure: float | str, goal: float | None) -> str:
    return f"{figure}" if goal is None else f"{figure} (goal {goal:g})"


def growth(sizes: list[dict[str, Any]]) -> str:
    """Return a picture (SVG) of the median and the 99th percentile against the number of agencies."""
    most = max(one["paths"]["p99_ms"] for one in sizes)
    across = [90 + 200 * place for place in range(len(sizes))]
    lines = []
    for name, color in (("p50_ms", "#0b5"), ("p99_ms", "#b50")):
        points = [(x, 260 - 220 * one["paths"][name] / most) for x, one in zip(across, sizes, strict=True)]
        path = " ".join(f"{x:.0f},{y:.1f}" for x, y in points)
        lines.append(f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2"/>')
        lines += [
            f'<text x="{x:.0f}" y="{y - 6:.1f}" font-size="12" fill="{color}">{one["paths"][name]} ms</text>'
            for (x, y), one in zip(points, sizes, strict=True)
        ]
    lines += [
        f'<text x="{x}" y="285" font-size="12" text-anchor="middle">{one["agencies"]}</text>'
        for x, one in zip(across, sizes, strict=True)
    ]
    title = '<text x="20" y="20" font-size="13">CPU milliseconds for five paths: median, 99th percentile</text>'
    size = 'width="640" height="300" font-family="sans-serif"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{title}{"".join(lines)}</svg>\n'
