"""How long a run is: quick (the bare `pytest`), gate (`GATE=1`, as CI runs), or at length (`AT_LENGTH=1`).

Gate: every test, with a fifth of the random draws; those marked `one_database` on one of the two databases. At length:
all draws, both databases, and the tests marked `at_length` as well.
Quick: the gate's draws, and of each test as many cases as fit into half a second. How long a case takes is read from
`seconds.yaml`, which a timed run (`TIMED=1`) writes. Tests named on the command line run as in the gate.
"""

from __future__ import annotations

import os
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar
from zlib import crc32

import pytest
import yaml

QUICK, GATE, LONG = "quick", "gate", "long"
SHORT_SHARE, SECONDS, MOST_SECONDS = 5, 0.5, 5.0
"""Of how many draws a short run makes one. In a quick run: a test's time, and the most for the only test of a file."""
FILE = Path(__file__).with_name("seconds.yaml")
HEAD = """\
# Seconds per case, with the gate's draws, of each test that takes more than half a second in all its cases. The quick
# run chooses cases by them; a test that isn't listed runs whole. Written by `TIMED=1 pytest`, or for some files by
# `TIMED=1 pytest -n 0 tests/cli`.
"""
DATABASES = re.compile("sqlite|postgresql")
One = TypeVar("One")
Item = TypeVar("Item", bound=pytest.Item)
Seconds = Mapping[str, Mapping[str, float]]


def choose_length(*, named: bool) -> None:
    """Settle the length of this run and of the processes it starts, in `RUN_LENGTH`."""
    if os.environ.get("AT_LENGTH") == "1":
        length = LONG
    elif os.environ.get("GATE") == "1" or "TIMED" in os.environ:
        length = GATE
    else:
        length = GATE if named and "MUTANT_UNDER_TEST" not in os.environ else QUICK
    os.environ.setdefault("RUN_LENGTH", length)


def is_long() -> bool:
    """Return whether this run is the long one."""
    return os.environ["RUN_LENGTH"] == LONG


def draws(at_length: int, share: int = SHORT_SHARE) -> int:
    """Return how many draws to make: `at_length` of them in the long run, else one of `share`, rounded up."""
    return at_length if is_long() else -(-at_length // share)


def draws_until(at_length: int, seen: Callable[[], bool]) -> Iterator[int]:
    """Yield draw numbers. A short run continues, up to `at_length`, until `seen()` is true."""
    for number in range(at_length):
        if number >= draws(at_length) and seen():
            return
        yield number


def enough(count: int, at_length: int) -> bool:
    """Return whether a case came up often enough among random draws for the test to mean something.

    The long run must meet it in a third of `at_length` draws; the few draws of a shorter run, other ones for each
    commit, may miss it.
    """
    return not is_long() or count > at_length // 3


def sample(every: Sequence[One]) -> Sequence[One]:
    """Return `every` item in the long run, else each fifth."""
    return every if is_long() else every[::SHORT_SHARE]


def spread(every: Sequence[One], count: int) -> Sequence[One]:
    """Return so many of a sequence, as far apart as they can be: the first, the last, and some between."""
    if count >= len(every):
        return every
    return [every[round(number * (len(every) - 1) / max(count - 1, 1))] for number in range(count)]


def gate_run(items: Sequence[Item]) -> list[Item]:
    """Return the cases of a gate run: none marked `at_length`, and each marked `one_database` on one of the two.

    The seed chooses the database, so that commits take turns. A test of which one database alone was selected, as by
    `-k`, runs on that one.
    """
    pairs: defaultdict[str, list[Item]] = defaultdict(list)
    for item in items:
        pairs[DATABASES.sub("", item.nodeid) if item.get_closest_marker("one_database") else item.nodeid].append(item)
    chosen = {
        pair[(crc32(key.encode()) + int(os.environ["SEED"])) % len(pair)].nodeid
        for key, pair in pairs.items()
        if pair[0].get_closest_marker("at_length") is None
    }
    return [item for item in items if item.nodeid in chosen]


def quick_run(items: Sequence[Item], seconds: Seconds) -> list[Item]:
    """Return the cases of a quick run: those of each test that fit, or a file's quickest one if none fits."""
    files: defaultdict[str, defaultdict[str, list[Item]]] = defaultdict(lambda: defaultdict(list))
    for item in items:
        file, test = file_and_test(item.nodeid)
        files[file][test].append(item)
    ids: set[str] = set()
    for file, tests in files.items():
        durations = seconds.get(file, {})
        fitting = [
            case
            for test, cases in tests.items()
            for case in spread(cases, int(SECONDS / durations[test]) if test in durations else len(cases))
        ]
        if not fitting and durations[quickest := min(tests, key=durations.__getitem__)] <= MOST_SECONDS:
            fitting = tests[quickest][:1]
        ids |= {case.nodeid for case in fitting}
    return [item for item in items if item.nodeid in ids]


def file_and_test(nodeid: str) -> tuple[str, str]:
    """Return the file of a case and its test there, without its parameters."""
    file, _, test = nodeid.partition("[")[0].partition("::")
    return file, test


def known_seconds() -> dict[str, dict[str, float]]:
    """Return the seconds per case, by file and test, of the tests that take more than `SECONDS`."""
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


class Selection:
    """Leaves out the cases that only a longer run has, and prints their number and how to run them."""

    def __init__(self) -> None:
        self._left_out: Mapping[str, int] = {}

    @pytest.hookimpl(trylast=True)  # after `-k` and `-m` have made their choice
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        in_gate = items if is_long() else gate_run(items)
        chosen = quick_run(in_gate, known_seconds()) if os.environ["RUN_LENGTH"] == QUICK else in_gate
        self._left_out = {"GATE": len(in_gate) - len(chosen), "AT_LENGTH": len(items) - len(in_gate)}
        if hasattr(config, "workeroutput"):
            config.workeroutput["left_out"] = self._left_out
        items[:] = chosen

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: object) -> None:
        """Take the numbers from a worker of xdist, each of which collects the same cases."""
        self._left_out = getattr(node, "workeroutput", {}).get("left_out", self._left_out)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for variable, count in self._left_out.items():
            if count:
                terminalreporter.write_line(f"{count} cases left out; {variable}=1 pytest runs them")


class Stopwatch:
    """Adds up how long each test takes, in whichever process, and writes down those that take long.

    What the tests of a file share is built for the first of them in each process, and isn't counted.
    """

    def __init__(self) -> None:
        self._seconds: Counter[tuple[str, str]] = Counter()
        self._cases: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        self._entered: set[tuple[str, str]] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        file, test = file_and_test(report.nodeid)
        entry = (getattr(report, "worker_id", ""), file)
        self._cases[file, test].add(report.nodeid)
        if report.when == "call" or (report.when == "setup" and entry in self._entered):
            self._seconds[file, test] += report.duration
        self._entered.add(entry)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write, in the process that hears of all tests (not a worker of xdist)."""
        if hasattr(session.config, "workerinput"):
            return
        written = known_seconds()
        for (file, test), cases in self._cases.items():
            tests, seconds = written.setdefault(file, {}), self._seconds[file, test]
            tests.pop(test, None)
            if seconds > SECONDS:
                tests[test] = max(round(seconds / len(cases), 2), 0.01)
        files = {file: tests for file, tests in written.items() if tests}
        FILE.write_text(HEAD + yaml.safe_dump(files, width=200), encoding="utf-8")


class FolderTimes:
    """Prints after a gate or long run how much time the tests of each folder took, setup and teardown included."""

    def __init__(self) -> None:
        self._seconds: Counter[str] = Counter()
        self._cases: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        file, _ = file_and_test(report.nodeid)
        folder = "/".join(Path(file).parent.parts[:2])
        self._seconds[folder] += report.duration
        self._cases[folder] += report.when == "call"

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.section("time per folder, added up over all processes")
        for folder, seconds in self._seconds.most_common():
            terminalreporter.write_line(f"{seconds:7.0f} s  {self._cases[folder]:6} cases  {folder}")
