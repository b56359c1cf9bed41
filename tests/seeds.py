"""The seed of all random draws: another one for each commit, the same for everybody who tests that commit.

CI therefore draws what the gate run on the commit drew before it. `SEED=… pytest …` repeats a run's draws.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from random import Random

import hypothesis
import pytest

PROJECT = Path(__file__).resolve().parents[1]
WITHOUT_GIT = 0
FAR_APART = 1_000_000
"""More than any test adds to a seed of its own, so that no two runs share a draw."""


def seed_of_commit(project: Path) -> int:
    """Return a number that the checked-out commit determines; `WITHOUT_GIT` outside of a repository."""
    if not (project / ".git").exists():  # git itself would go on to the folders above
        return WITHOUT_GIT
    command = ["git", "-C", str(project), "rev-parse", "HEAD"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return int(done.stdout[:8], 16) if done.returncode == 0 else WITHOUT_GIT


def fresh(seed: int) -> int:
    """Return the seed to draw with in this run, given the test's own: at `SEED=0` that one itself."""
    return seed + int(os.environ["SEED"]) * FAR_APART


def fresh_random(seed: int) -> Random:
    """Return a generator whose draws differ from run to run."""
    return Random(fresh(seed))


class Seeds:
    """Chooses the seed, also for Hypothesis and the workers of xdist, and prints it when a test fails."""

    def pytest_configure(self) -> None:
        os.environ.setdefault("SEED", str(seed_of_commit(PROJECT)))
        hypothesis.core.global_force_seed = int(os.environ["SEED"])

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self) -> object:
        report = yield
        if report.failed:
            report.sections.append(("Random draws", f"repeat them with SEED={os.environ['SEED']}"))
        return report

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if terminalreporter.stats.get("failed") or terminalreporter.stats.get("error"):
            terminalreporter.write_line(f"SEED={os.environ['SEED']} pytest … repeats these draws")
