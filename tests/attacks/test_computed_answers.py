"""Answers about a coalition of thousands cost no more than their bound, however it is made; figures are printed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import computed_answer
import pytest
from benchmarks.coalitions import draw_bundle
from computed_answer import ANSWERS

from service.database.database import open_database
from service.directory.use_cases.load_bundle import load_bundle
from service.maintenance.tables import all_tables
from service.settings import Settings
from service.web.bounds import COALITION_S

QUIET = os.environ.get("QUIET") == "1"
LARGE, MOST_MB, MOST_S = 3_000, 200, 2.0
SHAPES = (*(pytest.param(shape, marks=pytest.mark.at_length) for shape in ("usual", "worst")), "joined")
MOST_TIMES = 1.8
SCRIPT = Path(computed_answer.__file__)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database with a coalition of thousands."""
    url = f"sqlite:///{tmp_path_factory.mktemp('large') / 'large.db'}"
    with open_database(Settings(database=url)) as opened:
        opened.upgrade(all_tables)
        load_bundle(opened.unit_of_work(), draw_bundle(LARGE), replace=False)
    return url


def costs_of(answers: Iterable[str], shape: str, database: str) -> dict[str, dict[str, Any]]:
    """Return what answers about thousands take, each in a process of its own."""
    command = [sys.executable, "-P", str(SCRIPT), database, shape, *answers]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=600)
    took: dict[str, dict[str, Any]] = json.loads(done.stdout)
    return took


@pytest.mark.parametrize("shape", SHAPES)
def test_answers_about_thousands_have_a_bound(shape: str, database: str, say: Callable[[str], None]) -> None:
    """In at most 200 MB and the processor time of the table; within two seconds where it is quiet."""
    costs = costs_of(ANSWERS, shape, database)
    for answer, took in costs.items():
        say(f"{answer}, {shape}, {LARGE} agencies: {took['cpu_s']} s, {took['memory_mb']} MB, {took['bytes']} bytes")

    assert {answer: took for answer, took in costs.items() if not is_within_bounds(took)} == {}


def is_within_bounds(took: dict[str, Any]) -> bool:
    most_s = MOST_S if QUIET else COALITION_S + 1
    return (
        not took["ended"]
        and took["memory_mb"] <= MOST_MB
        and 0 < took["bytes"] < 10_000_000
        and took["cpu_s"] <= most_s
    )


@pytest.mark.parametrize("shape", SHAPES[1:])
def test_the_worst_map_costs_little_more_than_a_usual_one(
    shape: str, database: str, say: Callable[[str], None]
) -> None:
    """Areas, doors and agreements of all with all are counted in arrays, not one pair after the other."""
    usual, worst = (
        min(costs_of(["map"], form, database)["map"]["cpu_s"] for _ in range(2)) for form in ("usual", shape)
    )

    say(f"map of {LARGE} agencies: {usual} s, {shape} {worst} s")
    assert worst < MOST_TIMES * usual
