"""Answers about a coalition of thousands cost no more than their bound, however it is made; figures are printed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import computed_answer
import pytest
from computed_answer import ANSWERS

from service.api.bounds import COALITION_S

QUIET = os.environ.get("QUIET") == "1"
LARGE, MOST_MB, MOST_S = 3_000, 200, 2.0
SCRIPT = Path(computed_answer.__file__)


@pytest.mark.parametrize("shape", ["usual", "worst"])
@pytest.mark.parametrize("answer", ANSWERS)
def test_an_answer_about_thousands_has_a_bound(answer: str, shape: str, say: Callable[[str], None]) -> None:
    """In at most 200 MB and the processor time of the table, the usual ones within two seconds where it is quiet."""
    done = subprocess.run(
        [sys.executable, "-P", str(SCRIPT), str(LARGE), shape, answer],
        check=True,
        capture_output=True,
        text=True,
        timeout=300,
    )
    took = json.loads(done.stdout)

    say(f"{answer}, {shape}, {LARGE} agencies: {took['cpu_s']} s, {took['memory_mb']} MB, {took['bytes']} bytes")
    assert took["memory_mb"] <= MOST_MB
    assert took["ended"] or 0 < took["bytes"] < 10_000_000
    assert shape == "worst" or not took["ended"]
    assert took["cpu_s"] < COALITION_S + 1
    assert not QUIET or shape == "worst" or took["cpu_s"] <= MOST_S
