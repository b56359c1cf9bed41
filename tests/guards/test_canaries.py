"""A run that leaves a canary in a database, or a test that logs one, fails: shown by a small run of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from canaries import CANARY
from servers import PROJECT

HARMLESS = "def test_something(tmp_path):\n    "
RUNS = {
    HARMLESS + "(tmp_path / 'router.db').write_text('nothing')": 0,
    HARMLESS + f"(tmp_path / 'router.db').write_text('{CANARY}7x')": 1,
    HARMLESS + f"(tmp_path / 'router.db-wal').write_text('{CANARY}7x')": 1,
    HARMLESS + f"print('{CANARY}7x')": 1,
    HARMLESS + f"__import__('logging').getLogger().warning('{CANARY}7x')": 1,
}


@pytest.mark.parametrize(("test", "status"), RUNS.items())
def test_a_canary_fails_the_run(test: str, status: int, tmp_path: Path) -> None:
    """Though every assertion of it passed."""
    (tmp_path / "test_it.py").write_text(test)
    (tmp_path / "pytest.ini").write_text("[pytest]\ntmp_path_retention_policy = failed\n")
    run = [sys.executable, "-m", "pytest", "-p", "canaries", "-p", "no:schemathesis", "--basetemp", "run", "test_it.py"]

    environment = {**os.environ, "PYTHONPATH": str(PROJECT / "tests")}
    done = subprocess.run(run, cwd=tmp_path, env=environment, capture_output=True, check=False)
    shutil.rmtree(tmp_path / "run", ignore_errors=True)  # or the run around this one would find it

    assert done.returncode == status
