"""Mutation: `mutmut` runs by the settings in `pyproject.toml`, the tests notice faults, and its lists name files."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

from rooms import ROOT

TOOL = Path(sys.executable).with_name("mutmut")
SETTINGS = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
NEEDED = ("policies", "routing", "service", "tests", "openapi", "CHANGELOG.md", "README.md")
MODULE, TESTS = "policies/records.py", "tests/policies/test_facts_each.py"
MEANS_THE_SAME = {"return hash(None)": "one hash for all agencies makes look-ups slow, and no two of them equal"}
"""Faults of the module that no test can notice, by the line that each leaves, and the reason."""


def run(*command: str, folder: Path) -> str:
    """Return what `mutmut` prints in a folder with the program's settings."""
    environ = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTEST_", "RUN_LENGTH", "AT_LENGTH", "GATE"))
    }
    done = subprocess.run([TOOL, *command], cwd=folder, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr)[-2000:]
    return done.stdout


def narrowed(settings: str, name: str, value: str) -> str:
    """Return the settings with one entry in a list."""
    changed, times = re.subn(rf"^{name} = \[.*?^\]", f'{name} = ["{value}"]', settings, flags=re.MULTILINE | re.DOTALL)
    assert times == 1
    return changed


def test_every_fault_of_a_module_is_noticed(tmp_path: Path, say: Callable[[str], None]) -> None:
    """If this fails: write the test that notices the fault, or say above why none can."""
    for name in NEEDED:
        (tmp_path / name).symlink_to(ROOT / name)
    settings = narrowed(SETTINGS, "only_mutate", MODULE)
    settings = narrowed(settings, "pytest_add_cli_args_test_selection", TESTS)
    (tmp_path / "pyproject.toml").write_text(settings, encoding="utf-8")

    run("run", folder=tmp_path)

    status = dict(re.findall(r"^ *(\S+): (.+)$", run("results", "--all", "1", folder=tmp_path), re.MULTILINE))
    survivors = {
        line.strip()
        for name, how in status.items()
        if how != "killed"
        for line in re.findall(r"^\+(?!\+)(.*)$", run("show", name, folder=tmp_path), re.MULTILINE)
    }
    say(f"mutation: {len(status)} faults in {MODULE}, {len(survivors)} unnoticed, with reason: {MEANS_THE_SAME}")
    assert len(status) > 10
    assert survivors == MEANS_THE_SAME.keys()


def test_what_is_mutated_and_by_what_it_is_held_is_there() -> None:
    """If this fails: give `[tool.mutmut]` in `pyproject.toml` the file's new name."""
    listed = tomllib.loads(SETTINGS)["tool"]["mutmut"]
    names = [*listed["only_mutate"], *listed["also_copy"], *listed["pytest_add_cli_args_test_selection"]]

    assert [name for name in names if not (ROOT / name).exists()] == []
