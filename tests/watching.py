"""A real Prometheus beside a served program, what its answers say, and the dashboard's panels drawn from them."""

from __future__ import annotations

import math
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from api_builders import free_port
from deployment import DEPLOY, PROXY, wait_for

from service.coalition.svg import box, line, picture, shorten, text

COLORS = ("#1f5fa8", "#b3541e", "#3c7a3c", "#8a2f6b", "#6b6b12", "#2a7d86", "#a3283a", "#5a5a5a")
_COLUMN, _ROW, _LEGEND = 50, 30, 15
Series = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Prometheus:
    """A running Prometheus."""

    port: int

    def ask(self, expression: str) -> list[dict[str, Any]]:
        """The series that an expression gives now."""
        return list(self._get("query", query=expression)["result"])

    def ask_range(self, expression: str, start: float, end: float) -> list[tuple[Mapping[str, str], Series]]:
        """The series that an expression gives between two moments, each second, without what is no number."""
        rows = self._get("query_range", query=expression, start=str(start), end=str(end), step="1")["result"]
        series = [(row["metric"], [(float(at), float(value)) for at, value in row["values"]]) for row in rows]
        return [(labels, [point for point in points if math.isfinite(point[1])]) for labels, points in series]

    def rules(self) -> list[dict[str, Any]]:
        """The rules of the first group that was read."""
        return list(self._get("rules")["groups"][0]["rules"])

    def _get(self, path: str, **query: str) -> Mapping[str, Any]:
        url = f"http://{PROXY}:{self.port}/api/v1/{path}"
        answer = httpx.get(url, params=query, trust_env=False, timeout=30)
        assert answer.status_code == 200, answer.text
        return dict(answer.json()["data"])


@contextmanager
def watching(folder: Path, *targets: str) -> Iterator[Prometheus]:
    """Have a Prometheus read programs once a second, by the files that are shipped."""
    text_of = (DEPLOY / "prometheus.yml").read_text().replace("15s", "1s")
    (folder / "prometheus.yml").write_text(text_of.replace('"answer-1:8000", "answer-2:8000"', str([*targets])[1:-1]))
    (folder / "alerts.yml").write_text((DEPLOY / "alerts.yml").read_text())
    port = free_port()
    process = subprocess.Popen(
        ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
         f"--web.listen-address={PROXY}:{port}"],
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_for(f"http://{PROXY}:{port}/-/ready")
        yield Prometheus(port)
    finally:
        process.terminate()
        process.wait(30)


def draw(dashboard: Mapping[str, Any], prometheus: Prometheus, start: float, end: float, within: str) -> str:
    """Return a picture of every panel of a dashboard, with what Prometheus answers to its queries."""
    panels = dashboard["panels"]
    height = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in panels) * _ROW
    parts = [part for panel in panels for part in _panel(panel, prometheus, start, end, within)]
    return picture(24 * _COLUMN, height, str(dashboard["title"]), parts)


def _panel(panel: Mapping[str, Any], prometheus: Prometheus, start: float, end: float, within: str) -> Iterator[str]:
    place = panel["gridPos"]
    left, top = place["x"] * _COLUMN + 4, place["y"] * _ROW + 4
    width, height = place["w"] * _COLUMN - 8, place["h"] * _ROW - 8
    yield box(left, top, width, height, fill="#fafafa", stroke="#c8c8c8")
    yield text(left + 8, top + 18, shorten(panel["title"], width - 16), bold=True)
    lines: list[tuple[str, Series]] = []
    for target in panel["targets"]:
        expression = target["expr"].replace("$__rate_interval", within)
        for labels, points in prometheus.ask_range(expression, start, end):
            name = target["legendFormat"]
            for label, value in labels.items():
                name = name.replace(f"{{{{{label}}}}}", value)
            lines.append((name, points))
    if panel["type"] == "stat":
        figures = ", ".join(f"{_number(points[-1][1])} {name}" for name, points in lines if points)
        yield text(left + width // 2, top + height // 2 + 16, figures, size=20, anchor="middle")
        return
    drawn = [(name, points) for name, points in lines if points][: len(COLORS)]
    bottom = top + height - 10 - _LEGEND * -(-len(drawn) // 2)
    most = max((value for _, points in drawn for _, value in points), default=0) or 1.0
    yield line(f"M {left + 60} {top + 30} V {bottom} H {left + width - 8}", stroke="#8a8a8a")
    yield text(left + 56, top + 38, _number(most), size=11, anchor="end")
    yield text(left + 56, bottom, "0", size=11, anchor="end")
    for number, (name, points) in enumerate(drawn):
        across, up = (width - 72) / (end - start), (bottom - top - 30) / most
        path = " L ".join(f"{left + 60 + (at - start) * across:.0f} {bottom - value * up:.0f}" for at, value in points)
        yield line(f"M {path}", stroke=COLORS[number])
        x, y = left + 12 + number % 2 * (width // 2), bottom + _LEGEND * (number // 2 + 1)
        yield text(x, y, shorten(f"— {name}", width // 2 - 16, 11), size=11, fill=COLORS[number])


def _number(value: float) -> str:
    return f"{value:.3g}"
