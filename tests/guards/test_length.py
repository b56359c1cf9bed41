"""The three lengths of a run, what each leaves out, and the seed of random draws."""

from __future__ import annotations

import ast
import os
import re
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
from length import (
    GATE,
    LONG,
    MOST_SECONDS,
    QUICK,
    SECONDS,
    Seconds,
    choose_length,
    draws,
    file_and_test,
    known_seconds,
    quick_run,
    sample,
    spread,
)
from rooms import ROOT
from seeds import WITHOUT_GIT, seed_of_commit

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
    cases = quick_run(items, seconds)  # type: ignore[type-var]
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
    """Draws are rounded up and loops take each fifth item, unless the run is long."""
    for length in (QUICK, GATE):
        monkeypatch.setenv("RUN_LENGTH", length)
        assert (draws(100), draws(101), [*sample(range(11))]) == (20, 21, [0, 5, 10])

    monkeypatch.setenv("RUN_LENGTH", LONG)
    assert (draws(101), [*sample(range(11))]) == (101, [*range(11)])


@pytest.mark.parametrize(
    ("environment", "named", "length"),
    [
        ({}, False, QUICK),
        ({}, True, GATE),
        ({"MUTANT_UNDER_TEST": "x"}, True, QUICK),
        ({"GATE": "1"}, False, GATE),
        ({"TIMED": "1"}, False, GATE),
        ({"AT_LENGTH": "1"}, False, LONG),
        ({"AT_LENGTH": "1"}, True, LONG),
        ({"RUN_LENGTH": LONG}, True, LONG),  # a worker of xdist
    ],
)
def test_the_length_of_a_run(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], named: bool, length: str
) -> None:
    for name in ("RUN_LENGTH", "AT_LENGTH", "GATE", "TIMED", "MUTANT_UNDER_TEST"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    choose_length(named=named)

    assert os.environ["RUN_LENGTH"] == length


CONFTEST = """\
import os, length, seeds
from pathlib import Path
length.FILE = Path(__file__).with_name("seconds.yaml")
def pytest_configure(config):
    length.choose_length(named=False)
    config.addinivalue_line("markers", "at_length: long run only")
    for plugin in (seeds.Seeds(), length.Selection(), length.FolderTimes()):
        config.pluginmanager.register(plugin)
    if "TIMED" in os.environ:
        config.pluginmanager.register(length.Stopwatch())
"""


def run(folder: Path, *arguments: str, **variables: str) -> str:
    """Return what pytest prints in a folder with this project's selection and seeds, in two processes."""
    (folder / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-n", "2", "-p", "no:cacheprovider", *arguments]
    ours = ("RUN_LENGTH", "AT_LENGTH", "GATE", "TIMED", "SEED")
    environment = {name: value for name, value in os.environ.items() if name not in ours}
    environment |= {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")]), **variables}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done.stdout


def test_a_timed_run_writes_what_a_quick_run_goes_by(tmp_path: Path) -> None:
    """In two processes: what a file shares isn't a test's time, and each run says what it leaves out."""
    (tmp_path / "seconds.yaml").write_text("gone.py: {test_gone: 9.0}\ntest_it.py: {test_quick: 9.0}\n")
    (tmp_path / "test_it.py").write_text(
        "import time, pytest\n"
        "@pytest.fixture(scope='module', autouse=True)\ndef shared(): time.sleep(1.1)\n"
        "def test_quick(): pass\n"
        "@pytest.mark.at_length\ndef test_long(): pass\n"
        "@pytest.mark.parametrize('number', range(6))\ndef test_slow(number): time.sleep(0.3)\n"
    )
    timed = run(tmp_path, TIMED="1")
    written = yaml.safe_load((tmp_path / "seconds.yaml").read_text())
    quick, gate, long = run(tmp_path), run(tmp_path, GATE="1"), run(tmp_path, AT_LENGTH="1")

    assert "7 passed" in timed
    assert written["gone.py"] == {"test_gone": 9.0}  # of what did not run, what is known stays
    assert {*written["test_it.py"]} == {"test_slow"}
    assert written["test_it.py"]["test_slow"] >= 0.3
    left_out = 6 - int(SECONDS / written["test_it.py"]["test_slow"])
    assert f"{left_out} cases left out; GATE=1 pytest runs them" in quick
    assert "7 passed" in gate
    assert "1 cases left out; AT_LENGTH=1 pytest runs them" in gate
    assert "GATE=1" not in gate
    assert "8 passed" in long
    assert "left out" not in long
    assert re.search(r" [2-4] s +8 cases  $", long, re.MULTILINE)


def test_a_failure_prints_the_seed_that_repeats_it(tmp_path: Path) -> None:
    """The draws of `random` and of Hypothesis: equal for equal seeds, in any process, and else different."""
    (tmp_path / "seconds.yaml").write_text("{}")
    (tmp_path / "test_it.py").write_text(
        "from hypothesis import given, settings, strategies as st\nfrom seeds import fresh_random\ndrawn = []\n"
        "@settings(max_examples=5, database=None)\n@given(st.integers())\ndef test_hypothesis(n): drawn.append(n)\n"
        "def test_fails(): assert not ('drew', fresh_random(1).random(), drawn)\n"
    )
    first, again, other = (run(tmp_path, "-n0", SEED=seed) for seed in ("41", "41", "42"))

    assert "repeat them with SEED=41" in first
    assert "SEED=41 pytest" in first
    draws_of = [re.findall(r"^E .*drew.*$", text, re.MULTILINE) for text in (first, again, other)]
    assert draws_of[0] == draws_of[1] != draws_of[2]
    assert draws_of[0]


def test_the_seed_is_the_commits(tmp_path: Path) -> None:
    """Without a repository of its own a folder has the fixed seed, even inside another repository."""

    def git(*arguments: str) -> str:
        author = ("-c", "user.name=T", "-c", "user.email=t@example.org")
        return subprocess.run(
            ["git", *author, *arguments], cwd=tmp_path, capture_output=True, check=True, text=True
        ).stdout

    git("init", "--quiet")
    assert seed_of_commit(tmp_path) == WITHOUT_GIT  # no commit yet
    git("commit", "--quiet", "--allow-empty", "--message", "one")
    one = seed_of_commit(tmp_path)
    git("commit", "--quiet", "--allow-empty", "--message", "two")
    (tmp_path / "inside").mkdir()

    assert one == int(git("rev-parse", "HEAD~1")[:8], 16)
    assert seed_of_commit(tmp_path) == int(git("rev-parse", "HEAD")[:8], 16)
    assert seed_of_commit(tmp_path / "inside") == WITHOUT_GIT
