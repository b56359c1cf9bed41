"""The dashboard that is shipped: each of its queries answers from a real Prometheus that reads a served program."""

from __future__ import annotations

import json
import math
import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from deployment import DEPLOY
from loop_builders import LEGAL, Loop, coalition, loop_over, loop_settings, packet
from watching import Prometheus, draw, watching
from webhook_builders import eventually

from service.database import engine as engines

DASHBOARD = json.loads((DEPLOY / "dashboard.json").read_text())
TARGETS = [(panel["title"], target["expr"]) for panel in DASHBOARD["panels"] for target in panel["targets"]]
WITHIN, SECONDS = "20s", 30
QUIET = {"Alerts that ring", "Age of the directory", "Lateness of webhooks", "Webhooks that wait"}
"""Panels that may well show zero."""

pytestmark = pytest.mark.skipif(
    shutil.which("prometheus") is None, reason="Prometheus is not installed here; CI installs it"
)


@pytest.fixture
def busy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loop]:
    """A served coalition whose webhooks reach nobody, and that gives up waiting for its database at once."""
    monkeypatch.setattr(engines, "BUSY_TIMEOUT_S", 0.2)
    url = f"sqlite:///{tmp_path / 'router.db'}"
    reached = {"deliver": True, "webhook_http": True, "webhook_networks": "127.0.0.0/8", "metrics_open": True}
    with loop_over(loop_settings(url, tmp_path, **reached), coalition()) as loop:
        yield loop


def use(loop: Loop, until: float) -> None:
    """Ask, send, move, be refused and be told to wait, for a while; a receiver that is gone, a database held once."""
    consent = loop.consent()
    hook = {"url": "http://127.0.0.1:9/"}
    assert loop.call("POST", "/v1/webhook-endpoints", LEGAL, hook, scopes="webhook referral consent").status_code == 201
    moved = 0
    while time.time() < until:
        response = loop.send(packet(consent))
        if response.status_code == 201 and moved < 12:
            loop.move(response.json()["id"], LEGAL, "received")
            moved += 1
        profile = {**packet()["profile"], "needs": [{"type": "emergency_shelter", "urgency": "now"}]}
        assert loop.call("POST", "/v1/referral-paths", body=profile).status_code == 200
        assert loop.call("GET", "/v1/services/none").status_code == 404
        with closing(sqlite3.connect(str(loop.database.engine.url.database), isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            refusal = loop.call("DELETE", "/v1/release-forms/roi", if_match="*")
            other.execute("ROLLBACK")
        assert refusal.status_code == 503, refusal.text


def test_every_query_answers(busy: Loop, tmp_path: Path) -> None:
    """Each gives numbers, and those of what happens are above zero; `DASHBOARD_PICTURE` draws them into a file."""
    began = time.time()
    with watching(tmp_path, busy.client.base_url.netloc.decode()) as prometheus:
        eventually(lambda: prometheus.ask("up == 1"), within_s=60)
        use(busy, time.time() + SECONDS)
        answers = {(title, query): values(prometheus, query) for title, query in TARGETS}
        if file := os.environ.get("DASHBOARD_PICTURE"):
            Path(file).write_text(draw(DASHBOARD, prometheus, began, time.time(), WITHIN), encoding="utf-8")

    assert [key for key, numbers in answers.items() if not numbers] == []
    assert [key for key, numbers in answers.items() if key[0] not in QUIET and max(numbers) <= 0] == []


def test_no_label_of_the_dashboard_names_anybody() -> None:
    """Panels and legends show labels of the closed lists alone, and each panel has a place of its own."""
    labels = {part.split("}}")[0] for panel in DASHBOARD["panels"] for target in panel["targets"]
              for part in target["legendFormat"].split("{{")[1:]}  # fmt: skip
    cells = [(x, y) for place in (panel["gridPos"] for panel in DASHBOARD["panels"])
             for x in range(place["x"], place["x"] + place["w"])
             for y in range(place["y"], place["y"] + place["h"])]  # fmt: skip

    assert labels == {"status", "route", "class", "cause"}
    assert len(cells) == len(set(cells))
    assert {panel["id"] for panel in DASHBOARD["panels"]} == set(range(1, len(DASHBOARD["panels"]) + 1))


def values(prometheus: Prometheus, query: str) -> list[float]:
    """The numbers that a query gives, as Grafana would ask it."""
    series: list[Any] = prometheus.ask(query.replace("$__rate_interval", WITHIN))
    return [number for item in series if math.isfinite(number := float(item["value"][1]))]
