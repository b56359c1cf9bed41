"""Faults seeded one at a time: the tests notice each, or it is listed as one that changes nothing.

`MUTATE=policies/facts.py pytest tests/mutation` runs the tests of one module on every mutant of it (several modules
apart by commas, `all` for every one in `targets.yaml`); `MUTATE_EVERY=10` takes each tenth only. The whole is a matter
of minutes to hours, so nothing runs unless asked for.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from mutator import Mutant, mutants_of

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
TARGETS: dict[str, dict[str, Any]] = yaml.safe_load((HERE / "targets.yaml").read_text(encoding="utf-8"))
ASKED = [name for name in os.environ.get("MUTATE", "").split(",") if name]
EVERY = int(os.environ.get("MUTATE_EVERY", "1"))


def mutants(target: str) -> list[Mutant]:
    return mutants_of((ROOT / target).read_text(encoding="utf-8"))


def key(mutant: Mutant) -> tuple[str, str, str]:
    return mutant.where, mutant.text, mutant.change


def told(mutant: Mutant) -> str:
    return f"{mutant.line}, in {mutant.where}: {mutant.text}\n    {mutant.change}"


def listed(target: str) -> list[tuple[str, str, str]]:
    return [(entry["in"], entry["line"], entry["change"]) for entry in TARGETS[target]["equivalent"]]


def outcomes(root: Path, target: str, tests: list[str], numbers: list[int]) -> dict[int | None, str | None]:
    """Return what noticed each mutant (None: nothing did), and under None what fails without any."""
    module = target.removesuffix(".py").replace("/", ".")
    request = {"file": str(root / target), "module": module, "tests": tests, "mutants": numbers}
    done = subprocess.run(
        [sys.executable, str(HERE / "worker.py"), str(root)],
        input=json.dumps(request),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"},
    )
    return {one["mutant"]: one["noticed"] for one in map(json.loads, done.stdout.splitlines())}


@pytest.mark.parametrize("target", TARGETS)
def test_every_listed_fault_is_one_that_can_be_made(target: str) -> None:
    """A fault listed as meaning the same names a line, an operator and a change that exist, once, with its reason."""
    possible = Counter(key(mutant) for mutant in mutants(target))

    assert [entry for entry in listed(target) if entry not in possible] == []
    assert [entry for entry, times in Counter(listed(target)).items() if times > 1] == []
    assert all(len(entry["because"]) > 20 for entry in TARGETS[target]["equivalent"])
    assert possible


def test_a_fault_is_noticed_only_by_a_test_that_holds_it(tmp_path: Path) -> None:
    """A module with a tested constant, a tested and an untested line: each is told for what it is."""
    (tmp_path / "toy.py").write_text(
        "ONE = 1\n\ndef held(n):\n    return n > ONE\n\ndef loose(n):\n    return n < ONE\n"
    )
    (tmp_path / "test_toy.py").write_text("import toy\n\ndef test_toy():\n    assert toy.held(2) and not toy.held(1)\n")
    made = mutants_of((tmp_path / "toy.py").read_text())
    numbers = [place for place, mutant in enumerate(made) if mutant.operator in ("comparison", "boundary", "constant")]

    noticed = outcomes(tmp_path, "toy.py", ["test_toy.py"], numbers)

    assert noticed.pop(None) is None
    assert {made[n].text: seen for n, seen in noticed.items()} == {
        "ONE = 1": "test_toy.py::test_toy",
        "return n > ONE": "test_toy.py::test_toy",
        "return n < ONE": None,
    }
    assert len(noticed) == 6


def test_tests_that_do_not_run_are_told_and_notice_nothing(tmp_path: Path) -> None:
    """Neither tests that are not there, nor tests that cannot be imported, count as a fault noticed."""
    (tmp_path / "toy.py").write_text("def held(n):\n    return n > 1\n")
    (tmp_path / "test_toy.py").write_text("import absent\n")

    assert outcomes(tmp_path, "toy.py", ["test_absent.py"], [0]) == {None: "pytest, exit status 4"}
    assert outcomes(tmp_path, "toy.py", ["test_toy.py"], [0]) == {None: "test_toy.py"}


@pytest.mark.parametrize("target", TARGETS)
def test_every_fault_is_noticed(target: str, say: Callable[[str], None]) -> None:
    """Each mutant makes a test fail, or is listed as one that changes nothing; nothing listed is noticed."""
    if target not in ASKED and ASKED != ["all"]:
        pytest.skip(f"asked for with MUTATE={target}; takes minutes")
    made = mutants(target)
    numbers = list(range(0, len(made), EVERY))
    same = set(listed(target))

    noticed = outcomes(ROOT, target, TARGETS[target]["tests"], numbers)

    assert noticed[None] is None, "the tests fail on the module as it is"
    missed = [made[n] for n in numbers if noticed[n] is None and key(made[n]) not in same]
    wrongly_listed = [made[n] for n in numbers if noticed[n] is not None and key(made[n]) in same]
    say(f"{target}: {len(numbers)} of {len(made)} faults seeded, {len(missed)} not noticed")
    assert not missed, "\n".join(["not noticed:", *map(told, missed)])
    assert not wrongly_listed, "\n".join(["listed, but noticed:", *map(told, wrongly_listed)])
