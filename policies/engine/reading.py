"""The facts of a request that a set of rules reads: requests with these facts in common are answered alike.

Most facts matter to few rules. Once action, class of data and purpose of a request are known, most rules can no longer
hold or no longer fail, and what is left of the others reads few facts, of which it tells few words apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import count
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from policies.facts import Facts

from .compile import Formula, Space, assume, atoms_of
from .encode_facts import Encoder
from .evaluate import Codes

KNOWN_FIRST = ("action", "context.data", "context.purpose")
"""The dimensions that a request has in common with many others, and that decide which rules are left."""

Key: TypeAlias = tuple[int, bytes]
_Table: TypeAlias = tuple[int, NDArray[np.intp], NDArray[np.intp], NDArray[np.int8]]


Name = TypeVar("Name")
Result = TypeVar("Result")


class RulesReading:
    """Keys of requests by the facts that formulas read: equal keys, equal answers. Safe to share between threads."""

    def __init__(self, space: Space, formulas: Iterable[Formula]) -> None:
        self._space = space
        self._encoder = Encoder(space)
        self._formulas = tuple(dict.fromkeys(formulas))
        self._first = [space.index[name] for name in KNOWN_FIRST]
        self._formulas_by_prefix: dict[tuple[int, ...], tuple[Formula, ...]] = {}
        self._residues: dict[tuple[Formula, ...], int] = {}
        self._numbers = count()
        self._tables: dict[tuple[int, ...], _Table] = {}

    def key(self, facts: Facts) -> Key:
        """Return the key of a request. Raises KeyError where a fact is no word of the vocabulary."""
        row = self._encoder.row(facts)
        residue, dimensions, places, classes = self._table(tuple(row[number] for number in self._first))
        return residue, classes[places, np.frombuffer(row, dtype=np.int8)[dimensions]].tobytes()

    def keys(self, codes: Codes) -> list[Key]:
        """Return the key of each request of a table of codes: a row per dimension, a column per request."""
        columns_by_prefix: dict[tuple[int, ...], list[int]] = {}
        for column, prefix in enumerate(zip(*codes[self._first].tolist(), strict=True)):
            columns_by_prefix.setdefault(prefix, []).append(column)
        keys: dict[int, Key] = {}
        for prefix, columns in columns_by_prefix.items():
            residue, dimensions, places, classes = self._table(prefix)
            read = classes[places, codes[np.ix_(dimensions, np.array(columns))].T].tobytes()
            size = len(dimensions)
            keys.update((column, (residue, read[n * size : (n + 1) * size])) for n, column in enumerate(columns))
        return [keys[column] for column in range(codes.shape[1])]

    def _table(self, prefix: tuple[int, ...]) -> _Table:
        if prefix not in self._tables:
            self._tables[prefix] = self._read(prefix)
        return self._tables[prefix]

    def _residual_formulas(self, prefix: tuple[int, ...]) -> tuple[Formula, ...]:
        """Return the formulas, reduced by the codes of the first dimensions."""
        if not prefix:
            return self._formulas
        if prefix not in self._formulas_by_prefix:
            number, code = self._first[len(prefix) - 1], prefix[-1]
            self._formulas_by_prefix[prefix] = tuple(
                formula if isinstance(formula, bool) else assume(self._space, formula, number, code)
                for formula in self._residual_formulas(prefix[:-1])
            )
        return self._formulas_by_prefix[prefix]

    def _read(self, prefix: tuple[int, ...]) -> _Table:
        """Return the number of the reduced formulas, the dimensions that they read, and the class of each code."""
        formulas = self._residual_formulas(prefix)
        residue = self._residues.setdefault(formulas, next(self._numbers))  # never one for two, whoever else reads
        codes_by_dimension: dict[int, set[frozenset[int]]] = {}
        for atom in {atom for formula in formulas for atom in atoms_of(formula)}:
            codes_by_dimension.setdefault(atom.dimension, set()).add(atom.codes)
        dimensions = sorted(codes_by_dimension)
        classes = np.zeros(
            (len(dimensions), max(len(dimension.values) for dimension in self._space.dimensions)), dtype=np.int8
        )
        for place, number in enumerate(dimensions):
            sets = sorted(codes_by_dimension[number], key=sorted)
            patterns: dict[tuple[bool, ...], int] = {}
            for code in range(len(self._space.dimensions[number].values)):
                classes[place, code] = patterns.setdefault(tuple(code in codes for codes in sets), len(patterns))
        return residue, np.array(dimensions, dtype=np.intp), np.arange(len(dimensions)), classes


def remaining(space: Space, formulas: Iterable[Formula], codes: Mapping[int, int]) -> tuple[Formula, ...]:
    """Return what is left of the formulas that may still hold once the codes of some dimensions (numbers) are known."""
    open_formulas = dict.fromkeys(formulas)
    for number, code in codes.items():
        open_formulas = dict.fromkeys(
            formula if isinstance(formula, bool) else assume(space, formula, number, code) for formula in open_formulas
        )
        open_formulas.pop(False, None)
    return tuple(open_formulas)


def keep(memory: dict[Name, Result], new: Mapping[Name, Result], most: int) -> None:
    """Remember results; a memory that would hold more than `most` starts anew."""
    if len(memory) + len(new) > most:
        memory.clear()
    memory.update(new)
