"""A process of its own that runs tests on mutants: `python worker.py ROOT`, a request on standard input.

It collects the tests once, then forks for every mutant; the child gives the functions that differ their faulty code and
runs the tests until one fails, those first that noticed earlier mutants. A fault outside of functions (a constant, a
field of a class) works from the moment of import: its child imports and collects everything anew. Files are never
touched. Each line of standard output is one outcome, as JSON: the mutant's number (null for the module as it is) and
what noticed it.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import inspect
import json
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FunctionType

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
OPTIONS = ("-x", "-q", "-n", "0", "-p", "no:cacheprovider", "--assert=plain")  # that it fails, not why
Judge = Callable[[int | None, float], tuple[str | None, float]]
"""What noticed a mutant (by number; None: the module as it is) within so many seconds, and the seconds it took."""


class Module:
    """One module of this project, and what its code would be with each of its faults."""

    def __init__(self, name: str, file: Path) -> None:
        self.name, self.file, self.source = name, file, file.read_text(encoding="utf-8")
        self.found = mutator.mutants_of(self.source)
        self._code = compile(self.source, str(file), "exec", dont_inherit=True)

    def harmed(self, number: int) -> CodeType:
        """Return the whole module with a fault."""
        return mutator.code_of(self.source, self.found[number], str(self.file))

    def harmed_functions(self, number: int) -> dict[tuple[str, int], CodeType]:
        """Return the code of each function with a fault, by name and line; empty for a fault outside of functions."""
        harmed, before = self.harmed(number), dict(_functions(self._code))
        if _around_functions(harmed) != _around_functions(self._code):
            return {}
        return {place: code for place, code in _functions(harmed) if code != before[place]}


def _functions(code: CodeType) -> Iterator[tuple[tuple[str, int], CodeType]]:
    """Yield the functions of a module's or class's code, those within functions not apart."""
    for inner in filter(inspect.iscode, code.co_consts):
        if inner.co_flags & inspect.CO_OPTIMIZED:
            yield (inner.co_qualname, inner.co_firstlineno), inner
        else:
            yield from _functions(inner)


def _around_functions(code: CodeType) -> tuple[object, ...]:
    """Return what runs when a module is imported, in a form that can be compared."""
    inner = [
        (type(value), value)
        if not inspect.iscode(value)
        else None
        if value.co_flags & inspect.CO_OPTIMIZED
        else _around_functions(value)
        for value in code.co_consts
    ]
    return code.co_code, code.co_names, code.co_varnames, inner


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


class Collected(FirstFailure):
    """A pytest plugin: judges many mutants by the tests that were collected once."""

    def __init__(self, module: Module, numbers: list[int], tell: Callable[[int | None, str | None], None]) -> None:
        super().__init__()
        self._module, self._numbers, self._tell = module, numbers, tell
        self._tests: list[pytest.Item] = []

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Judge each mutant in the place of running the tests."""
        self._tests = list(session.items)
        judge_each(self._judge, self._numbers, self._tell)
        return True

    def _judge(self, number: int | None, limit: float) -> tuple[str | None, float]:
        noticed, seconds = in_child(lambda: self._first_failure(number), limit)
        for test in [test for test in self._tests if test.nodeid == noticed]:
            self._tests.remove(test)
            self._tests.insert(0, test)
        return noticed, seconds

    def _first_failure(self, number: int | None) -> str | None:
        harmed = {} if number is None else self._module.harmed_functions(number)
        for function in (one for one in gc.get_objects() if isinstance(one, FunctionType)):
            code = function.__code__
            if code.co_filename == str(self._module.file):
                function.__code__ = harmed.get((code.co_qualname, code.co_firstlineno), code)
        for test, following in zip(self._tests, [*self._tests[1:], None], strict=True):
            test.config.hook.pytest_runtest_protocol(item=test, nextitem=following)
            if self.name is not None:
                break
        return self.name


def run_tests(tests: list[str]) -> str | None:
    """Return the first test that fails, None if all pass."""
    failure = FirstFailure()
    status = pytest.main([*OPTIONS, *tests], plugins=[failure])
    return failure.name if status in (0, 1) else failure.name or f"pytest, exit status {int(status)}"


def run_tests_anew(module: Module, number: int | None, tests: list[str]) -> str | None:
    """Return the first test that fails where the module is imported with a fault."""
    if number is not None:
        sys.meta_path.insert(0, Harmed(module.name, module.file, module.harmed(number)))
    return run_tests(tests)


def in_child(work: Callable[[], str | None], limit: float) -> tuple[str | None, float]:
    """Return what a child process says of its work, and the processor seconds that it took."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        resource.setrlimit(resource.RLIMIT_CPU, (int(limit), int(limit) + 1))
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
        signal.alarm(int(limit * 10))  # what waits uses no processor time
        noticed: str | None = "while being compiled or loaded"
        try:
            noticed = work()
        finally:
            os.write(writing, json.dumps([noticed]).encode())
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        answer = pipe.read()
    _, _, used = os.wait4(child, 0)
    noticed = json.loads(answer)[0] if answer else "it never ended"
    return noticed, used.ru_utime + used.ru_stime


def judge_each(judge: Judge, numbers: list[int], tell: Callable[[int | None, str | None], None]) -> None:
    """Judge the module as it is, then each mutant; nothing is said of mutants where the module itself fails."""
    noticed, seconds = judge(None, ONE_HOUR)
    tell(None, noticed)
    limit = max(LEAST_SECONDS, FAR_TOO_LONG * seconds)
    for number in numbers if noticed is None else []:
        tell(number, judge(number, limit)[0])


def main() -> None:
    """Judge the module as it is, then every mutant that was asked for."""
    request = json.load(sys.stdin)
    os.chdir(sys.argv[1])
    for name in OUTSIDE:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    answers = os.fdopen(os.dup(1), "w")
    tests, module = request["tests"], Module(request["module"], Path(request["file"]))

    def tell(number: int | None, noticed: str | None) -> None:
        print(json.dumps({"mutant": number, "noticed": noticed}), file=answers, flush=True)

    within = [number for number in request["mutants"] if module.harmed_functions(number)]
    around = [number for number in request["mutants"] if number not in within]
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
        if around:
            judge_each(
                lambda number, limit: in_child(lambda: run_tests_anew(module, number, tests), limit), around, tell
            )
        collected = Collected(module, within, tell)
        status = pytest.main([*OPTIONS, *tests], plugins=[collected])
        if status != 0:  # the tests were not even collected
            tell(None, collected.name or f"pytest, exit status {int(status)}")


if __name__ == "__main__":
    main()
