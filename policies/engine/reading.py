"""What a set of rules reads of a request: requests that differ in nothing it reads are answered alike.

Most facts matter to few rules. Once action, class of data and purpose of a request are known, most rules can no longer
hold or no longer fail, and what is left of the others reads few facts, of which it tells few words apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from policies.facts import Facts

from .compile import Formula, Space, assume, dimensions_of, value_sets
from .encode_facts import Encoder

KNOWN_FIRST = ("action", "context.data", "context.purpose")
"""The dimensions that a request has in common with many others, and that decide which rules are left."""

Key: TypeAlias = tuple[int, bytes]
_Table: TypeAlias = tuple[int, NDArray[np.intp], NDArray[np.intp], NDArray[np.int8]]


Name = TypeVar("Name")
Held = TypeVar("Held")


class RulesReading:
    """Keys of requests by what formulas read: of one key, all formulas hold alike. Safe to share between threads."""

    def __init__(self, space: Space, formulas: Iterable[Formula]) -> None:
        self._space = space
        self._encoder = Encoder(space)
        self._formulas = tuple(dict.fromkeys(formulas))
        self._first = [space.index[name] for name in KNOWN_FIRST]
        self._residues: dict[tuple[Formula, ...], int] = {}
        self._tables: dict[tuple[int, ...], _Table] = {}

    def key(self, facts: Facts) -> Key:
        """Return the key of a request. Raises KeyError where a fact is no word of the vocabulary."""
        row = self._encoder.row(facts)
        first = tuple(row[number] for number in self._first)
        if first not in self._tables:
            self._tables[first] = self._read(dict(zip(self._first, first, strict=True)))
        residue, dimensions, places, classes = self._tables[first]
        return residue, classes[places, np.frombuffer(row, dtype=np.int8)[dimensions]].tobytes()

    def _read(self, known: Mapping[int, int]) -> _Table:
        """Return a number for what is left of the formulas, the dimensions read there, and the class of each code."""
        left = tuple(
            reduce(lambda rest, of: assume(self._space, rest, *of), known.items(), formula)
            for formula in self._formulas
        )
        residue = self._residues.setdefault(left, len(self._residues))
        dimensions = sorted(frozenset[int]().union(*map(dimensions_of, left)))
        classes = np.zeros((len(dimensions), max(len(one.values) for one in self._space.dimensions)), dtype=np.int8)
        for place, number in enumerate(dimensions):
            sets = sorted(frozenset[frozenset[int]]().union(*(value_sets(one, number) for one in left)), key=sorted)
            seen: dict[tuple[bool, ...], int] = {}
            for code in range(len(self._space.dimensions[number].values)):
                classes[place, code] = seen.setdefault(tuple(code in one for one in sets), len(seen))
        return residue, np.array(dimensions, dtype=np.intp), np.arange(len(dimensions)), classes


def keep(memory: dict[Name, Held], new: Mapping[Name, Held], most: int) -> None:
    """Remember results; a memory that would hold more than `most` starts anew."""
    if len(memory) + len(new) > most:
        memory.clear()
    memory.update(new)
