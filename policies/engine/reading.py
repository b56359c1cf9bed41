"""What a set of rules reads of a request: requests that differ in nothing it reads are answered alike.

Most facts matter to few rules. Once action, class of data and purpose of a request are known, most rules can no longer
hold or no longer fail, and what is left of the others reads few facts, of which it tells few words apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from policies.facts import Facts

from .compile import Formula, Space, assume, atoms_of
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
        self._lefts: dict[tuple[int, ...], tuple[Formula, ...]] = {}
        self._residues: dict[tuple[Formula, ...], int] = {}
        self._tables: dict[tuple[int, ...], _Table] = {}

    def key(self, facts: Facts) -> Key:
        """Return the key of a request. Raises KeyError where a fact is no word of the vocabulary."""
        row = self._encoder.row(facts)
        first = tuple(row[number] for number in self._first)
        if first not in self._tables:
            self._tables[first] = self._read(first)
        residue, dimensions, places, classes = self._tables[first]
        return residue, classes[places, np.frombuffer(row, dtype=np.int8)[dimensions]].tobytes()

    def _left(self, first: tuple[int, ...]) -> tuple[Formula, ...]:
        """Return what is left of the formulas once the first dimensions have codes."""
        if not first:
            return self._formulas
        if first not in self._lefts:
            number, code = self._first[len(first) - 1], first[-1]
            self._lefts[first] = tuple(
                one if isinstance(one, bool) else assume(self._space, one, number, code)
                for one in self._left(first[:-1])
            )
        return self._lefts[first]

    def _read(self, first: tuple[int, ...]) -> _Table:
        """Return a number for what is left of the formulas, the dimensions read there, and the class of each code."""
        left = self._left(first)
        residue = self._residues.setdefault(left, len(self._residues))
        tested: dict[int, set[frozenset[int]]] = {}
        for atom in {atom for formula in left for atom in atoms_of(formula)}:
            tested.setdefault(atom.dimension, set()).add(atom.codes)
        dimensions = sorted(tested)
        classes = np.zeros((len(dimensions), max(len(one.values) for one in self._space.dimensions)), dtype=np.int8)
        for place, number in enumerate(dimensions):
            sets = sorted(tested[number], key=sorted)
            seen: dict[tuple[bool, ...], int] = {}
            for code in range(len(self._space.dimensions[number].values)):
                classes[place, code] = seen.setdefault(tuple(code in one for one in sets), len(seen))
        return residue, np.array(dimensions, dtype=np.intp), np.arange(len(dimensions)), classes


def keep(memory: dict[Name, Held], new: Mapping[Name, Held], most: int) -> None:
    """Remember results; a memory that would hold more than `most` starts anew."""
    if len(memory) + len(new) > most:
        memory.clear()
    memory.update(new)
