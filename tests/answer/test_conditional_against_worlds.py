"""Conditional paths held against brute force over worlds (`tests/oracle/worlds.py`), which shares no line with them."""

from __future__ import annotations

import os
from collections.abc import Callable

from length import draws, enough
from loaded import Loader
from oracle.instances import make_instance
from possible_worlds import compare_drawn

FIRST_SEED = 50_000
INSTANCES = int(os.environ.get("ORACLE_N", draws(60)))
"""How many instances are compared; the suite takes few. What is too large for brute force is drawn again."""


def test_conditional_paths_are_those_of_brute_force(loader: Loader, say: Callable[[str], None]) -> None:
    """Value, price, hand-offs and organizations of every conditional path, in order, on random coalitions."""
    comparisons = with_some = 0
    for _, _, expected in compare_drawn(loader, lambda seed: make_instance(FIRST_SEED + seed), INSTANCES):
        comparisons += 1
        with_some += bool(expected)
    say(f"{comparisons} instances held against worlds, {with_some} with conditional paths")
    assert comparisons == INSTANCES
    assert enough(with_some, INSTANCES // 4)
