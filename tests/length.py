"""How long a run is: short (the bare `pytest`), or at length (`AT_LENGTH=1`, or tests named on the command line)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TypeVar

SHORT_SHARE, ROWS = 5, 8
One = TypeVar("One")


def draws(at_length: int, share: int = SHORT_SHARE) -> int:
    """Return how many draws to make: `at_length` of them in a run at length, one of `share`, rounded up, in a short."""
    return at_length if os.environ["AT_LENGTH"] == "1" else -(-at_length // share)


def sample(every: Sequence[One]) -> Sequence[One]:
    """Return what to go through of what is listed: `every` one in a run at length, each fifth in a short run."""
    return every if os.environ["AT_LENGTH"] == "1" else every[::SHORT_SHARE]


def rows(every: Sequence[One]) -> Sequence[One]:
    """Return the cases of a table to run: all in a run at length, in a short run `ROWS`, first and last among them."""
    last = len(every) - 1
    if os.environ["AT_LENGTH"] == "1" or last < ROWS:
        return every
    return [every[round(number * last / (ROWS - 1))] for number in range(ROWS)]
