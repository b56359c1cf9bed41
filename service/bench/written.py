"""The figures of all sizes, written into routing/README.md between two markers, with a picture of how they grow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import routing
from service.bench.measure import report

SIZES = (300, 20_000, 300_000)
BESIDE = ((300, 5), (10_000, 3), (10_000, 5))
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
README = Path(routing.__file__).parent / "README.md"
PICTURE = README.with_name("growth.svg")


def write_report(readme: Path = README, picture: Path = PICTURE) -> None:
    """Measure every size, and write the table and the picture in place of the last ones.

    Raises:
        ValueError: the README has no place for them.
    """
    sizes = [report(agencies, None, compare=False, decisions=0) for agencies in SIZES]
    picture.write_text(growth(sizes), encoding="utf-8")
    _write(readme, table(sizes, []))  # the rest takes far longer, and may be stopped
    _write(readme, table(sizes, [report(agencies, needs, decisions=0) for agencies, needs in BESIDE]))


def _write(readme: Path, figures: str) -> None:
    text = readme.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    readme.write_text(f"{before}{BEGIN}\n{figures}\n{END}{after}", encoding="utf-8")


def table(sizes: list[dict[str, Any]], beside: list[dict[str, Any]]) -> str:
    """Return both tables in Markdown."""
    first = sizes[0]
    libraries = ", ".join(f"{name} {number}" for name, number in first["versions"].items())
    lines = [
        f"Measured on {first['machine']}; {libraries}; seed {first['seed']}. One to eight needs, five paths, warm.",
        "",
        "| Agencies | Services | Paths p50 ms | p99 ms | Candidates p50 ms | Times that | Bytes a service | Built ms |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {one['agencies']} | {one['services']} | {one['paths']['p50_ms']} | {one['paths']['p99_ms']} "
        f"| {one['floor']['p50_ms']} | {one['floor']['times']} | {one['bytes_per_service']} | {one['build_ms']} |"
        for one in sizes
    ]
    lines += [
        "",
        "| Agencies | Needs | Paths p50 ms | networkx p50 ms | Times as long | SQL filter p50 ms |",
        "|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {one['agencies']} | {one['needs']} | {one['paths']['p50_ms']} | {one['networkx']['p50_ms']} "
        f"| {one['networkx']['ratio']} | {one['sql']['p50_ms']} |"
        for one in beside
        if one["networkx"] is not None
    ]
    return "\n".join([*lines, "", "![Milliseconds against agencies](growth.svg)"])


def growth(sizes: list[dict[str, Any]]) -> str:
    """Return a picture of the median and the 99th percentile against the number of agencies, as SVG."""
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
