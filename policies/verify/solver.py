"""Questions to the solver: is any possible point in a formula?

Every dimension becomes booleans (a boolean per value of an enumeration, exactly one true), so a question is plain
propositional logic: z3 answers exactly, over the whole space, and gives a point for every yes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import z3

from policies.engine.compile import And, Atom, Formula, Not, Or, Space
from policies.engine.evaluate import Codes

from .possible_facts import possible

Term = Any
"""A boolean term of z3, which ships without types."""

Change = tuple[tuple[int, int], ...]
"""Dimensions set to codes: how the second of two compared points differs from the first."""


class Solver:
    """The points of a space, ready to be asked about. Not for use by several threads at once."""

    def __init__(self, space: Space) -> None:
        self._space = space
        self._solver = z3.SolverFor("QF_FD")
        self._values: list[tuple[Term, ...]] = [
            self._dimension(f"{number}", len(dimension.values)) for number, dimension in enumerate(space.dimensions)
        ]
        self._terms: dict[tuple[Change, Formula], Term] = {}
        self.possible = possible(space)

    def _dimension(self, name: str, size: int) -> tuple[Term, ...]:
        if size == 2:
            yes = z3.Bool(name)
            return (z3.Not(yes), yes)
        values = tuple(z3.Bool(f"{name}:{code}") for code in range(size))
        self._solver.add(z3.PbEq([(value, 1) for value in values], 1))
        return values

    def term(self, formula: Formula, change: Change = ()) -> Term:
        """Return the solver's term for a formula at a point, or at the same point after a change."""
        key = (change, formula)
        term = self._terms.get(key)
        if term is None:
            term = self._terms[key] = self._build(formula, change)
        return term

    def _build(self, formula: Formula, change: Change) -> Term:
        match formula:
            case bool():
                return z3.BoolVal(formula)
            case Atom(number, codes):
                fixed = dict(change).get(number)
                if fixed is not None:
                    return z3.BoolVal(fixed in codes)
                values = self._values[number]
                return z3.Or([values[code] for code in sorted(codes)])
            case Not(inner):
                return z3.Not(self.term(inner, change))
            case And(left, right):
                return z3.And(self.term(left, change), self.term(right, change))
            case Or(left, right):
                return z3.Or(self.term(left, change), self.term(right, change))

    def find(self, *terms: Term) -> Codes | None:
        """Return a point of the space (a code per dimension) where every term holds, None without a point."""
        self._solver.push()
        try:
            self._solver.add(*terms)
            answer = self._solver.check()
            if answer == z3.unknown:
                raise ArithmeticError("the solver gave up on a question of finite logic")
            return None if answer == z3.unsat else self._point(self._solver.model())
        finally:
            self._solver.pop()

    def _point(self, model: Any) -> Codes:
        codes = [
            next(code for code, value in enumerate(values) if z3.is_true(model.eval(value, model_completion=True)))
            for values in self._values
        ]
        return np.array(codes, dtype=np.int8)


def changed(codes: Codes, change: Change) -> Codes:
    """Return a copy of a table of points (a row per dimension) after a change."""
    after = codes.copy()
    for number, code in change:
        after[number] = code
    return after


def change_of(space: Space, values: Mapping[str, str | bool]) -> Change:
    """Return the change that sets dimensions to the given values."""
    pairs: Sequence[tuple[int, int]] = [
        (space.index[name], space.dimensions[space.index[name]].values.index(value)) for name, value in values.items()
    ]
    return tuple(sorted(pairs))
