"""Limits for a rule as it stands now: as few as show every fault that could be seen.

For a person to read and to correct: what is written here says what the rule does, not whether that is right.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from .compile import Codes, Formula, Space, compile_rule, evaluate
from .limits import as_text, lines_from, write_limit
from .mutants import Mutant, mutants_of
from .pack import Pack
from .plain import plainest
from .points import draw_possible
from .solver import Solver

DRAWN = 20_000
SEED = 5


class Bounds:
    """Writes limits. Not for use by several threads at once."""

    def __init__(self, space: Space) -> None:
        self._space = space
        self._solver = Solver(space)
        self._drawn = draw_possible(space, DRAWN, SEED)

    def limits(self, rule_id: str, formula: Formula, mutants: list[Mutant]) -> Iterator[dict[str, Any]]:
        """Yield limits of a rule until no mutant is left that one of them could show."""
        left = [compile_rule(self._space, mutant.policy) for mutant in mutants if mutant.policy is not None]
        left = [other for other in left if other != formula]
        origin = self._plainest(formula, True)
        while origin is not None:
            yield write_limit(self._space, rule_id, formula, origin)
            near = _neighbours(self._space, origin)
            truth = evaluate(self._space, [formula], near)
            left = [other for other in left if (evaluate(self._space, [other], near) == truth).all()]
            origin = None
            while left and origin is None:
                origin = self._showing(formula, left[0])
                if origin is None:
                    left.pop(0)

    def _showing(self, formula: Formula, other: Formula) -> Codes | None:
        """Return a possible point at which the rule applies, and at or beside which the other formula differs."""
        point = self._plainest(formula, False, other)
        if point is not None:
            return point
        rows = evaluate(self._space, [formula, other], self._drawn)
        for column in np.flatnonzero(~rows[0] & rows[1])[:200]:
            beside = _neighbours(self._space, self._drawn[:, column])
            held = evaluate(self._space, [formula, self._solver.possible], beside).all(axis=0)
            for number in np.flatnonzero(held):
                start = beside[:, number]

                def shows(table: Codes) -> np.ndarray:
                    return np.array([self._shows(formula, other, one) for one in table.T])

                if self._shows(formula, other, start):
                    return plainest(self._space, start, shows)
        return None

    def _shows(self, formula: Formula, other: Formula, origin: Codes) -> bool:
        here = evaluate(self._space, [formula, self._solver.possible], origin[:, None])
        near = _neighbours(self._space, origin)
        rows = evaluate(self._space, [formula, other], near)
        return bool(here.all() and (rows[0] != rows[1]).any())

    def _plainest(self, formula: Formula, value: bool, other: Formula | None = None) -> Codes | None:
        """Return a plain possible point at which the formula holds and the other one does not."""
        terms = [self._solver.term(self._solver.possible), self._solver.term(formula)]
        asked: list[Formula] = [self._solver.possible, formula]
        if other is not None:
            terms.append(self._solver.term(other) == value)
            asked.append(other)
        point = self._solver.find(*terms)
        if point is None:
            return None
        wanted = np.array([True, True, value][: len(asked)])[:, None]
        return plainest(self._space, point, lambda table: (evaluate(self._space, asked, table) == wanted).all(axis=0))


def _neighbours(space: Space, origin: Codes) -> Codes:
    return np.array([origin, *(point for _, words in lines_from(space, origin) for point in words.values())]).T


HEAD = """\
# Where each rule of this pack begins and ends: from one request to which it applies (`from`; all else is plain),
# what may be changed, one thing at a time, with the rule applying still. What is not listed makes no difference.
# How to read a line: `policies/limits.py`. After a change of a rule: `referral-router policy limits PACK`.

"""


def limits_as_they_stand(pack: Pack, name: str) -> str:
    """Return the text of `limits.yaml` for one pack of several that are used together. Pure; takes seconds."""
    bounds, mutants = Bounds(pack.space), list(mutants_of(pack))
    rules = [rule for rule in (*pack.deciding, *pack.advising) if rule.pack == name]
    found = [
        limit
        for rule in rules
        for limit in bounds.limits(rule.id, pack.formulas[rule.id], [one for one in mutants if one.rule.id == rule.id])
    ]
    return HEAD + as_text(found)
