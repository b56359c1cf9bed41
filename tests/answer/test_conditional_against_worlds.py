"""Conditional paths held against brute force over worlds (`tests/oracle/worlds.py`), which shares no line with them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from answer.invented import invented
from loaded import Loader
from oracle import brute, worlds
from oracle.reading import URGENCIES, Case

from service.profile import read_profile
from service.usecases.find_paths import find_paths

Document = dict[str, Any]

FIRST_SEED = 50_000
INSTANCES = int(os.environ.get("ORACLE_N", "60"))
"""How many instances are compared; the suite takes few. What is too large for brute force is drawn again."""
MOST_SIZE = 1_500


@pytest.fixture(scope="module")
def loader() -> Iterator[Loader]:
    with Loader() as loader:
        yield loader


def key_of(path: Document, case: Case) -> tuple[Any, ...]:
    """Return the contract's ranking key of a path of the answer document."""
    left = [case.needs[code]["urgency"] for code in path["uncovered"] if case.needs[code]["required"]]
    return (
        tuple(left.count(urgency) for urgency in URGENCIES),
        path["cost"]["total"],
        sum(step["mode"] != "internal" for step in path["steps"]),
        tuple((step["to"]["slug"], tuple(sorted(s["slug"] for s in step["services"]))) for step in path["steps"]),
    )


def test_conditional_paths_are_those_of_brute_force(loader: Loader, say: Callable[[str], None]) -> None:
    """Value, price, hand-offs and organizations of every conditional path, in order, on random coalitions."""
    compared = with_some = 0
    for seed in count(FIRST_SEED):
        if compared == INSTANCES:
            break
        bundle, served, sent, profile = invented(loader, seed)
        if brute.size(bundle, profile, MOST_SIZE) >= MOST_SIZE:
            continue
        try:
            expected = [path.key for path in worlds.conditional_paths(bundle, profile)]
        except worlds.TooManyWorlds:
            continue

        answer = find_paths(served, read_profile(json.dumps(sent).encode()), questions_within_ms=0)

        assert answer["complete"]["conditional_paths"], seed
        case = Case(bundle, profile)
        assert [key_of(path, case) for path in answer["conditional_paths"]] == expected, seed
        compared += 1
        with_some += bool(expected)
    say(f"{compared} instances held against worlds, {with_some} with conditional paths")
    assert with_some >= INSTANCES // 10
