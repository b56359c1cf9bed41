"""A process of its own that runs tests on mutants: `python worker.py ROOT`, a request on standard input.

It imports the tests' outside libraries once and nothing of this project, then forks for every mutant; the child puts
the faulty module in the place of the real one and runs the tests until one fails. Files are never touched. Each line
of standard output is one outcome, as JSON: the mutant's number (null for the module as it is) and what noticed it.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import resource
import signal
import sys
from pathlib import Path
from types import CodeType

import mutator
import pytest
from hypothesis import Phase
from hypothesis import settings as hypothesis_settings

OUTSIDE = (
    *("hypothesis", "schemathesis.pytest.plugin", "anyio.pytest_plugin", "numpy", "sqlmodel", "alembic"),
    *("cedarpy", "networkx", "fastapi", "httpx", "jsonschema", "psycopg"),
)
FINDING = (Phase.explicit, Phase.generate)
FAR_TOO_LONG = 10  # times what the unharmed module takes: a fault that never ends is noticed, not waited for
LEAST_SECONDS = 10
ONE_HOUR = 3600
MOST_MEMORY = 8 << 30


class Harmed(importlib.abc.MetaPathFinder):
    """Finds one module of this project with a fault in it, and leaves all others to everyone else."""

    def __init__(self, name: str, file: Path, code: CodeType) -> None:
        self.name, self.file, self.code = name, file, code

    def find_spec(self, fullname, path, target=None):
        """Return a spec for the harmed module only."""
        if fullname != self.name:
            return None
        loader = _Loader(fullname, str(self.file))
        loader.code = self.code
        return importlib.util.spec_from_file_location(fullname, self.file, loader=loader)


class _Loader(importlib.machinery.SourceFileLoader):
    code: CodeType

    def get_code(self, fullname):
        return self.code


class FirstFailure:
    """A pytest plugin: remembers what failed first."""

    def __init__(self) -> None:
        self.name: str | None = None

    def pytest_configure(self) -> None:
        """That a property fails is all that is asked: no smaller example is looked for."""
        hypothesis_settings.register_profile("first failure", hypothesis_settings(), phases=FINDING)
        hypothesis_settings.load_profile("first failure")

    def pytest_runtest_logreport(self, report) -> None:
        """A test failed, or its fixtures did."""
        if report.failed and self.name is None:
            self.name = report.nodeid

    def pytest_collectreport(self, report) -> None:
        """A test module could not even be imported."""
        if report.failed and self.name is None:
            self.name = report.nodeid


def run_tests(tests: list[str]) -> str | None:
    """Return the first test that fails, None if all pass."""
    failure = FirstFailure()
    options = ["-x", "-q", "-n", "0", "-p", "no:cacheprovider", "--assert=plain"]  # that it fails, not why
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
        status = pytest.main([*options, *tests], plugins=[failure])
    return failure.name if status in (0, 1) else failure.name or f"pytest, exit status {int(status)}"


def outcome_in_child(request: dict, mutant: mutator.Mutant | None, limit: float) -> tuple[str | None, float]:
    """Return what noticed the fault (None: nothing), and the processor seconds that it took."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        resource.setrlimit(resource.RLIMIT_CPU, (int(limit), int(limit) + 1))
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
        signal.alarm(int(limit * 10))  # what waits uses no processor time
        noticed: str | None = "while being compiled or loaded"
        try:
            if mutant is not None:
                file, source = Path(request["file"]), Path(request["file"]).read_text(encoding="utf-8")
                sys.meta_path.insert(0, Harmed(request["module"], file, mutator.code_of(source, mutant, str(file))))
            noticed = run_tests(request["tests"])
        finally:
            os.write(writing, json.dumps([noticed]).encode())
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        answer = pipe.read()
    _, _, used = os.wait4(child, 0)
    noticed = json.loads(answer)[0] if answer else "it never ended"
    return noticed, used.ru_utime + used.ru_stime


def main() -> None:
    """Judge the module as it is, then every mutant that was asked for."""
    request = json.load(sys.stdin)
    os.chdir(sys.argv[1])
    for name in OUTSIDE:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    tell = sys.stdout
    found = mutator.mutants_of(Path(request["file"]).read_text(encoding="utf-8"))
    noticed, seconds = outcome_in_child(request, None, ONE_HOUR)
    print(json.dumps({"mutant": None, "noticed": noticed}), file=tell, flush=True)
    limit = max(LEAST_SECONDS, FAR_TOO_LONG * seconds)
    for number in request["mutants"] if noticed is None else []:
        noticed, _ = outcome_in_child(request, found[number], limit)
        print(json.dumps({"mutant": number, "noticed": noticed}), file=tell, flush=True)


if __name__ == "__main__":
    main()
