"""Formulas answered for whole arrays: a table of facts in, a table of holding formulas out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import and_, or_, xor
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from .compile import And, Atom, Formula, Not, Or, Space

Codes: TypeAlias = NDArray[np.int8]
Answers: TypeAlias = NDArray[np.bool_]

NEVER, ALWAYS = 0, 1
"""The places of the two constants, before the atoms."""
AT_ONCE = 65_536
"""How many requests are worked out together: more would only take more memory."""


def evaluate(space: Space, formulas: Iterable[Formula], codes: Codes) -> Answers:
    """Return a row of answers per formula, a column per request.

    `codes` has a row per dimension of `space` and a column per request. Pure; a caller with the same formulas again
    keeps a `CompiledFormulas`.

    >>> from policies.vocabulary import load_vocabulary
    >>> space = Space(load_vocabulary())
    >>> codes = np.zeros((len(space.dimensions), 2), dtype=np.int8)
    >>> codes[space.index["context.age"]] = 0, 1  # a minor, an adult
    >>> evaluate(space, [space.atom("context.age", ["minor"]), space.atom("context.age", ["minor", "adult"])], codes)
    array([[ True, False],
           [ True,  True]])
    """
    return CompiledFormulas(space, formulas).run(codes)


class CompiledFormulas:
    """Formulas worked out part by part, a shared part once. Immutable; safe to share between threads.

    The answers of a part are a whole number, a bit for each request, so a part costs a single operation on numbers
    for any count of requests: a few requests cost little more than a single request, and many cost time linear in
    parts x requests.
    """

    def __init__(self, space: Space, formulas: Iterable[Formula]) -> None:
        self._atoms: dict[Atom, int] = {}
        self._places: dict[object, int] = {}
        self._parts: list[tuple[Callable[[int, int], int], int, int]] = []
        formulas = tuple(formulas)
        for formula in formulas:
            self._find_atoms(formula)
        self._rows = [self._place(formula) for formula in formulas]
        self._dimensions = np.array([atom.dimension for atom in self._atoms], dtype=np.intp)
        widest = max((len(dimension.values) for dimension in space.dimensions), default=0)
        self._tables = np.zeros((len(self._atoms), widest), dtype=np.bool_)
        for row, atom in enumerate(self._atoms):
            self._tables[row, list(atom.codes)] = True
        self._every_row = np.arange(len(self._atoms))[:, None]

    def run(self, codes: Codes) -> Answers:
        """Return a row of answers per formula, a column per request; `codes` as in `evaluate`."""
        width = codes.shape[1]
        if width > AT_ONCE:
            return np.hstack([self.run(codes[:, begin : begin + AT_ONCE]) for begin in range(0, width, AT_ONCE)])
        parts = [0, (1 << width) - 1, *_row_numbers(self._tables[self._every_row, codes[self._dimensions]])]
        for operator, left, right in self._parts:
            parts.append(operator(parts[left], parts[right]))
        return _answers([parts[place] for place in self._rows], width)

    def _find_atoms(self, formula: Formula) -> None:
        match formula:
            case Atom():
                self._atoms.setdefault(formula, ALWAYS + 1 + len(self._atoms))
            case Not(inner):
                self._find_atoms(inner)
            case And(left, right) | Or(left, right):
                self._find_atoms(left)
                self._find_atoms(right)

    def _place(self, formula: Formula) -> int:
        """Return the place of a part after the constants, the atoms and the part's own parts."""
        match formula:
            case bool():
                return ALWAYS if formula else NEVER
            case Atom():
                return self._atoms[formula]
            case Not(inner):
                return self._part(xor, self._place(inner), ALWAYS)
            case And(left, right):
                return self._part(and_, self._place(left), self._place(right))
            case Or(left, right):
                return self._part(or_, self._place(left), self._place(right))

    def _part(self, operator: Callable[[int, int], int], left: int, right: int) -> int:
        key = operator, left, right
        if key not in self._places:
            self._places[key] = ALWAYS + 1 + len(self._atoms) + len(self._parts)
            self._parts.append(key)
        return self._places[key]


def _row_numbers(rows: Answers) -> Iterator[int]:
    """Yield each row of answers as a number, the first answer in its lowest bit."""
    packed = np.packbits(rows, axis=1, bitorder="little")
    size, data = packed.shape[1], packed.tobytes()
    return (int.from_bytes(data[row * size : (row + 1) * size], "little") for row in range(len(packed)))


def _answers(rows: Sequence[int], width: int) -> Answers:
    """Return the rows of answers encoded in numbers."""
    size = (width + 7) // 8
    packed = np.frombuffer(b"".join(row.to_bytes(size, "little") for row in rows), dtype=np.uint8)
    return np.unpackbits(packed.reshape(len(rows), size), axis=1, count=width, bitorder="little").view(np.bool_)
