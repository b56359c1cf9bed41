"""A record is read and changed by few files and functions, and by as many statements in a directory of any size.

Counted for real: the demo's first service is read and put, through the use cases that HTTP calls.
"""

from __future__ import annotations

import json
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import pytest
from benchmarks.coalitions import draw_bundle
from loaded import Loader
from sqlalchemy import Connection, event
from sqlalchemy.engine import Engine
from test_walk import module_of

from service.demo import coalition_bytes
from service.directory.use_cases.load_bundle import load_bundle
from service.directory.use_cases.read_directory import get_object
from service.directory.use_cases.record_body import read_body
from service.directory.use_cases.write_directory import put_object
from service.documents.document import parse_document
from service.documents.entity_tags import Condition, TaggedDocument
from service.security import Caller

HOTLINE = "juniper-bridge-hotline"
RECORDS = {  # resource -> a record of the demo, who reads and changes it, and a field that may be any text
    "services": ("ah-detox", "alderwell-hospital", "description"),
    "organizations": ("anchor-loom-house", HOTLINE, "description"),  # a private house: it is opened, and sealed again
    "agreements": ("mou-anchor", HOTLINE, "offers"),
    "release-forms": ("roi-youth", HOTLINE, "name"),
    "vocabulary": ("lantern-row:safe house", HOTLINE, "decided_by"),
}
MOST = {  # files, functions and statements of a read and of a change, and never more
    "services": ((11, 89, 8), (29, 400, 33)),
    "organizations": ((15, 118, 10), (31, 432, 44)),
    "agreements": ((10, 54, 6), (27, 304, 31)),
    "release-forms": ((10, 50, 5), (27, 277, 26)),
    "vocabulary": ((12, 52, 6), (27, 285, 38)),
}
"""Of a service's read 7 files are the store (3 of them the gate and the transaction), of its change 12; 7 more of a
change are the checks of a bundle, which it shares with `load`; one compares what is shown before and after. Some 15
functions of a change say who sees it, and up to 3 statements count it for those who alone see it."""
Walk = dict[str, set[str]]
"""The functions that ran, by file."""


def walked(work: Callable[[], object]) -> Walk:
    """Return the functions of ours that ran while `work` did, but for what files do when they are imported."""
    walk: defaultdict[str, set[str]] = defaultdict(set)

    def note(frame: FrameType, kind: str, _: object) -> None:
        code = frame.f_code
        if kind == "call" and code.co_name != "<module>" and (name := module_of(code)):
            walk[name].add(code.co_qualname)

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return dict(walk)


@pytest.fixture(scope="module")
def loaded(loader: Loader) -> Loader:
    """A store that holds the demo."""
    load_bundle(loader.unit_of_work(), coalition_bytes(), replace=True)
    return loader


def acts(loader: Loader, resource: str) -> dict[str, Callable[[], object]]:
    """Return a read of a demo's record and a change of it, each done once: nothing is done at first."""
    slug, organization, field = RECORDS[resource]
    caller = Caller(organization, frozenset({"directory:read", "directory:write", "directory:admin"}), "guard")

    def show() -> TaggedDocument:
        return get_object(loader.unit_of_work(writes=False), caller, resource, slug)

    def changed(text: str) -> Callable[[], object]:
        now = show()
        value = {now.document["between"][0]: text} if field == "offers" else text
        body = read_body(resource, json.dumps({**now.document, field: value}).encode())
        condition = Condition(frozenset({now.etag}))
        return lambda: put_object(loader.unit_of_work(), caller, resource, slug, body=body, condition=condition)

    changed("Once.")()
    return {"read": show, "change": changed("Twice.")}


@contextmanager
def statements() -> Iterator[Counter[str]]:
    """Count the statements that any database is given in a `with` block."""
    counted: Counter[str] = Counter()

    def note(connection: Connection, cursor: object, statement: str, *_: object) -> None:
        counted[statement] += 1

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield counted
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@pytest.mark.parametrize("act", ["read", "change"])
@pytest.mark.parametrize("resource", RECORDS)
def test_a_record_goes_through_few_files(resource: str, act: str, loaded: Loader, say: Callable[[str], None]) -> None:
    """If this fails: let a file that is on the way do the work, or join what always goes together."""
    walk = walked(acts(loaded, resource)[act])
    rooms = Counter(name.rpartition(".")[0] for name in walk)
    functions = sum(map(len, walk.values()))
    say(f"{act} of {resource}: {len(walk)} files, {functions} functions, by room {dict(sorted(rooms.items()))}")

    most_files, most_functions, _ = MOST[resource][act == "change"]
    assert len(walk) <= most_files, sorted(walk)
    assert functions <= most_functions


def test_statements_are_as_many_in_a_directory_of_any_size(loaded: Loader, say: Callable[[str], None]) -> None:
    """If this fails: ask for all rows in one statement, or keep what was read for the rest of the transaction."""
    took: list[dict[str, list[int]]] = []
    for agencies in (0, 200):
        if agencies:
            demo, _ = parse_document(coalition_bytes())
            further = {**json.loads(draw_bundle(agencies)), "coalition": demo["coalition"]}
            load_bundle(loaded.unit_of_work(), json.dumps(further).encode(), replace=False)
        took.append({})
        for resource in RECORDS:
            for work in acts(loaded, resource).values():
                with statements() as counted:
                    work()
                took[-1].setdefault(resource, []).append(counted.total())
    say(f"statements of a read and of a change: {took[0]}")

    assert took[0] == took[1]
    assert all(took[0][resource][at] <= MOST[resource][at][-1] for resource in RECORDS for at in (0, 1)), took[0]
