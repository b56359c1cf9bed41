"""What a search asks of arrays of a few dozen numbers: `isin`, `diff` and `unique` take longer to begin than to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[Any]


def begins(values: Ints) -> NDArray[np.bool_]:
    """Return where a value is another than the one before it; the first is. Pure."""
    found = np.ones(len(values), dtype=np.bool_)
    np.not_equal(values[1:], values[:-1], out=found[1:])
    return found


def runs(values: Ints) -> NDArray[np.int64]:
    """Return the place where each run of equal values begins. Pure."""
    return np.flatnonzero(begins(values))


def distinct(values: Ints) -> Ints:
    """Return each value once, rising. Pure."""
    ordered = np.sort(values)
    return ordered[begins(ordered)]


def repeated(values: Ints) -> NDArray[np.bool_]:
    """Return which values stand there more than once. Pure."""
    order = np.argsort(values, kind="stable")
    again = ~begins(values[order])
    found = np.zeros(len(values), dtype=np.bool_)
    found[order[1:]] = again[1:]
    found[order[:-1]] |= again[1:]
    return found


def are_among(values: Ints, some: Ints | Sequence[int]) -> NDArray[np.bool_]:
    """Return which values are some of these. Pure."""
    known = np.sort(np.asarray(some, dtype=np.int64))
    if not len(known):
        return np.zeros(len(values), dtype=np.bool_)
    found: NDArray[np.bool_] = known.take(np.searchsorted(known, values), mode="clip") == values
    return found
