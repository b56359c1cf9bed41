"""Operations on arrays of a few dozen numbers, where `isin`, `diff` and `unique` take longer to start than to run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[Any]


def begins(values: Ints) -> NDArray[np.bool_]:
    """Return where a value differs from its predecessor; the first place is True. Pure.

    >>> begins(np.array([4, 4, 7, 4])).tolist()
    [True, False, True, True]
    """
    flags = np.ones(len(values), dtype=np.bool_)
    np.not_equal(values[1:], values[:-1], out=flags[1:])
    return flags


def runs(values: Ints) -> NDArray[np.int64]:
    """Return the place where each run of equal values begins. Pure.

    >>> runs(np.array([4, 4, 7, 4])).tolist()
    [0, 2, 3]
    """
    return np.flatnonzero(begins(values))


def distinct(values: Ints) -> Ints:
    """Return each value once, rising. Pure."""
    ordered = np.sort(values)
    return ordered[begins(ordered)]


def repeated(values: Ints) -> NDArray[np.bool_]:
    """Return, for each place, whether its value stands at another place as well. Pure.

    >>> repeated(np.array([4, 4, 7, 9])).tolist()
    [True, True, False, False]
    """
    order = np.argsort(values, kind="stable")
    again = ~begins(values[order])
    flags = np.zeros(len(values), dtype=np.bool_)
    flags[order[1:]] = again[1:]
    flags[order[:-1]] |= again[1:]
    return flags


def are_among(values: Ints, members: Ints | Sequence[int]) -> NDArray[np.bool_]:
    """Return, for each value, whether `members` contains the value. Pure.

    >>> are_among(np.array([4, 7, 9]), [9, 4]).tolist()
    [True, False, True]
    """
    ordered = np.sort(np.asarray(members, dtype=np.int64))
    if not len(ordered):
        return np.zeros(len(values), dtype=np.bool_)
    return ordered.take(np.searchsorted(ordered, values), mode="clip") == values
