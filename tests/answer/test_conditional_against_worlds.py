"""Conditional paths held against brute force over worlds (`tests/oracle/worlds.py`), which shares no line with them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import count

import pytest
from length import draws
from loaded import Loader
from oracle import brute
from oracle.instances import make_instance
from possible_worlds import compare_in_worlds

FIRST_SEED = 50_000
INSTANCES = int(os.environ.get("ORACLE_N", draws(60)))
"""How many instances are compared; the suite takes few. What is too large for brute force is drawn again."""
MOST_SIZE = 1_500


@pytest.fixture(scope="module")
def loader() -> Iterator[Loader]:
    with Loader() as loader:
        yield loader


def test_conditional_paths_are_those_of_brute_force(loader: Loader, say: Callable[[str], None]) -> None:
    """Value, price, hand-offs and organizations of every conditional path, in order, on random coalitions."""
    compared = with_some = 0
    for seed in count(FIRST_SEED):
        if compared == INSTANCES:
            break
        bundle, profile = make_instance(seed)
        if brute.size(bundle, profile, MOST_SIZE) >= MOST_SIZE:
            continue
        held = compare_in_worlds(loader, bundle, profile, seed)
        if held is None:
            continue
        compared += 1
        with_some += bool(held[2])
    say(f"{compared} instances held against worlds, {with_some} with conditional paths")
    assert with_some >= INSTANCES // 10
