"""How long a run is: short (the bare `pytest`), or at length (`AT_LENGTH=1`, or tests named on the command line).

A short run makes a fifth of the draws, and gives each test half a second: of its cases it takes as many as fit. What a
test takes is read from `seconds.yaml`, which a timed run (`TIMED=1`) writes.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import pytest
import yaml

SHORT_SHARE, SECONDS, MOST_SECONDS = 5, 0.5, 5.0
"""Of how many draws one is made; what a test has, and what the only one of a file may take, in a short run."""
FILE = Path(__file__).with_name("seconds.yaml")
HEAD = """\
# Seconds that one case takes, with the draws of a short run, of each test that takes more than half a second in all its
# cases: by these a short run leaves out what does not fit. A test that is not here runs whole. Written by a timed run,
# `TIMED=1 pytest`, or of some files `TIMED=1 pytest -n 0 tests/cli`.
"""
One = TypeVar("One")
Item = TypeVar("Item", bound=pytest.Item)
Seconds = Mapping[str, Mapping[str, float]]


def draws(at_length: int, share: int = SHORT_SHARE) -> int:
    """Return how many draws to make: `at_length` of them in a run at length, one of `share`, rounded up, in a short."""
    return at_length if os.environ["AT_LENGTH"] == "1" else -(-at_length // share)


def sample(every: Sequence[One]) -> Sequence[One]:
    """Return what to go through of what is listed: `every` one in a run at length, each fifth in a short run."""
    return every if os.environ["AT_LENGTH"] == "1" else every[::SHORT_SHARE]


def spread(every: Sequence[One], count: int) -> Sequence[One]:
    """Return so many of a sequence, as far apart as they can be: the first, the last, and what lies between."""
    if count >= len(every):
        return every
    return [every[round(number * (len(every) - 1) / max(count - 1, 1))] for number in range(count)]


def short_run(items: Sequence[Item], seconds: Seconds) -> list[Item]:
    """Return what a short run takes: of each test the cases that fit, of a file where none do the quickest one."""
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
    """Return the file of a case and its test there, without what tells one case of a test from another."""
    file, _, test = nodeid.partition("[")[0].partition("::")
    return file, test


def known_seconds() -> dict[str, dict[str, float]]:
    """Return what is written down: by file, the tests that take more than `SECONDS`."""
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


class ShortRun:
    """Leaves out what does not fit, and says once how much that was."""

    left_out = 0

    @pytest.hookimpl(trylast=True)  # of what `-k` selects
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        short = short_run(items, known_seconds())
        self.left_out = len(items) - len(short)
        if hasattr(config, "workeroutput"):
            config.workeroutput["left_out"] = self.left_out
        items[:] = short

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: object) -> None:
        """Learn from a process of xdist, each of which collects the same, what it left out."""
        self.left_out = getattr(node, "workeroutput", {}).get("left_out", self.left_out)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.write_line(f"a short run: {self.left_out} more cases are run by AT_LENGTH=1, or by their name")


class Stopwatch:
    """Adds up what each test takes, whichever process it runs in, and writes down those that take long.

    What a file shares is made for the first of its tests in each process, and counted to none.
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
        """Write, unless this is a process of xdist: the one that steers is told what each took."""
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
