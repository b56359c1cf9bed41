"""Strings that must be found nowhere, and the search for them: planted by tests, looked for after every test and run.

Whatever a test sends with such a mark in it, the mark may be in no captured log, and in no database file that the run
leaves behind.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

CANARY = "zqcanary"
DATABASES = (".db", ".db-wal", ".db-shm", ".db-journal", ".sqlite")
_PLACES: list[str] = []

Place = tuple[str | int, ...]


def places(document: Any, at: Place = ()) -> Iterator[Place]:
    """Yield the place of everything in a document."""
    if at:
        yield at
    if isinstance(document, dict | list):
        for key, value in document.items() if isinstance(document, dict) else enumerate(document):
            yield from places(value, (*at, key))


def put_at(document: Any, place: Place, value: Any) -> Any:
    """Return a copy of a document with another value at a place, which need not be there yet."""
    body = json.loads(json.dumps(document))
    within = body
    for key in place[:-1]:
        within = within[key]
    within[place[-1]] = value
    return body


def planted(document: Any) -> Iterator[Any]:
    """Yield a document with a canary of its own for each value, and for a key beside every key."""
    number = 0
    for place in places(document):
        for canary in (f"{CANARY}{number}x", f"{CANARY} {number} Said aloud!", [f"{CANARY}{number}"]):
            yield put_at(document, place, canary)
        number += 1
    objects = [(), *(place for place in places(document) if isinstance(value_at(document, place), dict))]
    for place in objects:
        for key in (f"{CANARY}_{number}", f"{CANARY} {number} as a key!"):
            yield put_at(document, (*place, key), True)
        number += 1


def value_at(document: Any, place: Place) -> Any:
    """Return what stands at a place."""
    for key in place:
        document = document[key]
    return document


def files_with_canaries(folder: Path) -> list[str]:
    """Return the database files below a folder that hold a canary."""
    files = (file for file in folder.rglob("*") if file.name.endswith(DATABASES) and file.is_file())
    return [str(file) for file in files if CANARY.encode() in file.read_bytes()]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Fail a test in whose captured log or output a canary stands, or in a database of its own folder.

    That folder is searched before pytest deletes it, as it does with the folder of each test that passed.
    """
    report = yield
    if any(CANARY in text for _, text in report.sections):
        report.outcome = "failed"
        report.longrepr = f"a canary came out in what {item.nodeid} logged or printed"
    folder = getattr(item, "funcargs", {}).get("tmp_path") if report.when == "call" else None
    if folder is not None and (databases := files_with_canaries(folder)):
        report.outcome = "failed"
        report.longrepr = f"a canary is in {databases}"
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Search the databases that the run made, and fail the run where a canary is in one.

    First of all: pytest deletes the folder of a run that passed. Processes of xdist make theirs below the folder of the
    one that steers, which is done last and searches for all.
    """
    base = getattr(getattr(session.config, "_tmp_path_factory", None), "_basetemp", None)
    if base is None or hasattr(session.config, "workeroutput"):
        return
    _PLACES.extend(files_with_canaries(base))
    if _PLACES:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def what_was_found() -> list[str]:
    """Return the lines that tell of it at the end of a run."""
    clean = "no canary in any captured log, nor in any database that is left"
    return [f"a canary is in {place}" for place in _PLACES] or [clean]
