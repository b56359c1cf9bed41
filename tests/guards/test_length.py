"""What a short run leaves out: of each test what takes more than its share, of few files everything; and it says so."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from length import MOST_SECONDS, SECONDS, Seconds, draws, file_and_test, known_seconds, sample, short_run, spread
from rooms import ROOT

COUNTS, TIMES = st.integers(1, 40), st.none() | st.floats(0.01, 9)


class Case(NamedTuple):
    nodeid: str


def dead(seconds: Seconds) -> set[str]:
    """Return what is written down of tests that are in no file."""
    gone = set()
    for file, tests in seconds.items():
        text = (ROOT / file).read_text(encoding="utf-8") if (ROOT / file).is_file() else ""
        names = {node.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)}
        gone |= {f"{file}::{test}" for test in tests if test.rpartition("::")[2] not in names}
    return gone


def test_what_is_written_down_is_of_tests_that_exist() -> None:
    """If this fails: the test has another name or file now, or is gone; change or drop its line in that file."""
    assert dead(known_seconds()) == set()
    assert dead({"tests/guards/test_length.py": {"test_gone": 2.0}, "tests/gone.py": {"Group::test_it": 2.0}}) == {
        "tests/guards/test_length.py::test_gone",
        "tests/gone.py::Group::test_it",
    }


@given(st.lists(st.lists(st.tuples(COUNTS, TIMES), min_size=1, max_size=4), max_size=4))
def test_of_each_test_as_much_as_fits_and_of_each_file_something(files: list[list[tuple[int, float | None]]]) -> None:
    items, seconds = [], {}
    for number, tests in enumerate(files):
        seconds[f"{number}.py"] = {f"test_{at}": time for at, (_, time) in enumerate(tests) if time is not None}
        items += [Case(f"{number}.py::test_{at}[a::{n}]") for at, (count, _) in enumerate(tests) for n in range(count)]
    cases = short_run(items, seconds)  # type: ignore[type-var]
    counts = Counter(file_and_test(case.nodeid) for case in cases)

    assert cases == [item for item in items if item in cases]
    for number, tests in enumerate(files):
        here = [counts[f"{number}.py", f"test_{at}"] for at in range(len(tests))]
        fitting = [count if time is None else min(count, int(SECONDS / time)) for count, time in tests]
        quickest = min((time for _, time in tests if time is not None), default=0.0)
        if any(fitting) or quickest > MOST_SECONDS:
            assert here == fitting
        else:
            assert sum(here) == 1
            assert tests[here.index(1)][1] == quickest


@pytest.mark.parametrize("total", [1, 8, 9, 16, 714])
@pytest.mark.parametrize("count", [1, 2, 7, 8])
def test_what_is_taken_of_a_test_is_spread_over_its_cases(total: int, count: int) -> None:
    """Different cases in their order, the ends among them, the gaps alike."""
    cases = spread(range(total), count)
    gaps = {after - before for before, after in pairwise(cases)}

    assert len(cases) == min(count, total)
    assert cases[0] == 0
    assert count == 1 or cases[-1] == total - 1
    assert not gaps or min(gaps) >= max(1, max(gaps) - 1)


def test_a_short_run_draws_a_fifth(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draws are rounded up; a loop goes through each fifth; at length both are whole."""
    monkeypatch.setenv("AT_LENGTH", "0")
    assert (draws(100), draws(101), [*sample(range(11))]) == (20, 21, [0, 5, 10])

    monkeypatch.setenv("AT_LENGTH", "1")
    assert (draws(101), [*sample(range(11))]) == (101, [*range(11)])


def test_a_timed_run_writes_what_a_short_one_goes_by(tmp_path: Path) -> None:
    """In two processes: what a file shares is no test's time; what is left out is said once, as a number."""
    (tmp_path / "conftest.py").write_text(
        "import os, length\nfrom pathlib import Path\nlength.FILE = Path(__file__).with_name('seconds.yaml')\n"
        "def pytest_configure(config):\n"
        "    config.pluginmanager.register(length.Stopwatch() if 'TIMED' in os.environ else length.ShortRun())\n"
    )
    (tmp_path / "seconds.yaml").write_text("gone.py: {test_gone: 9.0}\ntest_it.py: {test_quick: 9.0}\n")
    (tmp_path / "test_it.py").write_text(
        "import time, pytest\n"
        "@pytest.fixture(scope='module', autouse=True)\ndef shared(): time.sleep(1.1)\n"
        "def test_quick(): pass\n"
        "@pytest.mark.parametrize('number', range(6))\ndef test_slow(number): time.sleep(0.3)\n"
    )

    def run(**variables: str) -> str:
        command = [sys.executable, "-m", "pytest", "-n", "2", "-p", "no:cacheprovider"]
        path = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
        environment = {**os.environ, "PYTHONPATH": path, "AT_LENGTH": "0", **variables}
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True).stdout

    timed = run(TIMED="1")
    written = yaml.safe_load((tmp_path / "seconds.yaml").read_text())
    short = run()

    assert "7 passed" in timed
    assert written["gone.py"] == {"test_gone": 9.0}  # of what did not run, what is known stays
    assert {*written["test_it.py"]} == {"test_slow"}
    assert written["test_it.py"]["test_slow"] >= 0.3
    assert short.count(f"a short run: {7 - 1 - int(SECONDS / written['test_it.py']['test_slow'])} more cases") == 1
