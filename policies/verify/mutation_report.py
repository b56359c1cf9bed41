"""Which check catches which fault: every mutant of a pack against the pack's examples, promises and scopes.

A fault is caught where an example no longer reads as written, where a drawn point refutes a promise, or where the rule
no longer applies in its stated scope. Promises are tried over drawn points only, so the count of faults caught by
promises is a lower bound. Whether a fault changes any answer is decided exactly, by the solver, over every request.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TypeAlias

import numpy as np
import z3
from numpy.typing import NDArray

from policies.engine.compile import Formula, can_hold, compile_parts, conjoin
from policies.engine.encode_facts import Encoder
from policies.engine.evaluate import Answers, Codes, evaluate
from policies.examples import Example
from policies.facts import facts_of

from .catalogue_scope import RuleScope
from .claims import TASK_QUANTIFIERS, PackReading, Promise, Quantifier, Stated
from .mutants import Mutant
from .sample_points import draw_possible
from .solver import Change, Solver, changed

Places: TypeAlias = NDArray[np.intp]

POINTS = 2500
SEED = 20
REFUSED = "refused: can never hold"


@dataclass(frozen=True)
class Outcome:
    """The result for a mutant: the checks that caught the fault, or the proof that no answer changes, or neither."""

    mutant: Mutant
    caught_by: tuple[str, ...] = ()
    equivalent: bool = False

    @property
    def survives(self) -> bool:
        """Whether no check saw a fault that changes an answer."""
        return not self.caught_by and not self.equivalent


class Hunt:
    """The checks of a pack, ready to be held against its mutants. Not for use by several threads at once."""

    def __init__(
        self,
        reading: PackReading,
        promises: Sequence[Promise],
        examples: Sequence[Example],
        scopes: Sequence[RuleScope],
    ) -> None:
        self._reading = reading
        self._scopes = {scope.rule: scope for scope in scopes}
        self._solver = Solver(reading.space)
        self._cases = _Cases(reading, examples)
        self._pool = _Pool(reading, promises, self._solver)

    def outcomes(self, mutants: Sequence[Mutant]) -> Iterator[Outcome]:
        """Yield the result for each mutant, in order, with every check that catches it. Quickest rule by rule."""
        return (self._outcome(mutant) for mutant in mutants)

    def _outcome(self, mutant: Mutant) -> Outcome:
        space, rule = self._reading.space, mutant.rule.id
        parts = (False,) if mutant.policy is None else compile_parts(space, mutant.policy)
        start: Formula = True
        formula = reduce(conjoin, parts, start)
        if mutant.policy is not None and not can_hold(space, formula):
            return Outcome(mutant, (REFUSED,))
        was = next((one for one in self._reading.deciding if one.id == rule), None)
        effect = "permit" if mutant.policy is None else mutant.policy.effect
        stated = Stated(rule, effect if was is None or mutant.policy is not None else was.effect, formula)
        flipped = was is not None and was.effect != stated.effect
        held = self._pool.held(parts)
        caught = (*self._cases.caught(stated, flipped), *self._pool.caught(stated, held, flipped))
        if self._off_scope(stated, held, flipped):
            caught = (*caught, f"reach {rule}")
        same = not caught and not flipped and self._are_one(formula, self._reading.formula(rule))
        return Outcome(mutant, caught, same)

    def _off_scope(self, stated: Stated, held: Answers, flipped: bool) -> bool:
        scope = self._scopes.get(stated.id)
        if scope is None:
            return False
        return flipped or self._pool.differs(scope.formula, held) or not self._are_one(stated.formula, scope.formula)

    def _are_one(self, one: Formula, other: Formula) -> bool:
        """Say whether two formulas are the same at every point, possible or not."""
        if one == other:
            return True
        return self._solver.find(z3.Xor(self._solver.term(one), self._solver.term(other))) is None


class _Cases:
    """The examples as arrays: each example's expected decision, and its expected tasks."""

    def __init__(self, reading: PackReading, examples: Sequence[Example]) -> None:
        encoder = Encoder(reading.space)
        facts = [facts_of(example.case, example.share) for example in examples]
        rows = [encoder.row(one) for several in facts for one in several]
        self._codes = np.frombuffer(b"".join(rows), dtype=np.int8).reshape(len(rows), -1).T
        self._spans = np.cumsum([0, *(len(several) for several in facts)])
        self._owner = np.repeat(np.arange(len(examples)), [len(several) for several in facts])
        self._reading = reading
        self._examples = tuple(examples)
        self._index = {one.id: row for row, one in enumerate((*reading.deciding, *reading.tasks))}
        self._held = evaluate(reading.space, [one.formula for one in (*reading.deciding, *reading.tasks)], self._codes)
        self._permit = np.array([one.effect == "permit" for one in reading.deciding], dtype=np.bool_)
        self._varied: dict[str, list[tuple[bytes, bool]]] = {
            example.rule: [] for example in examples if example.variations
        }
        for example in examples:
            for one in example.variations:
                self._varied[example.rule].append((encoder.row(facts_of(one.case, one.share)[-1]), one.applies))

    def strays(self, stated: Stated) -> bool:
        """Say whether a rule departs from a case of its own with one fact changed, by applying or by not applying."""
        varied = self._varied.get(stated.id, [])
        codes = np.frombuffer(b"".join(row for row, _ in varied), dtype=np.int8).reshape(len(varied), -1).T
        applies = [applies for _, applies in varied]
        return bool(varied) and evaluate(self._reading.space, [stated.formula], codes)[0].tolist() != applies

    def caught(self, stated: Stated, flipped: bool) -> Iterator[str]:
        """Yield the examples that no longer read as written after a rule changed."""
        row = self._index[stated.id]
        now = evaluate(self._reading.space, [stated.formula], self._codes)[0]
        if self.strays(stated):
            yield f"example {stated.id}"
        touched = np.unique(self._owner[now | self._held[row] if flipped else now ^ self._held[row]])
        if not touched.size:
            return
        held, permit = self._held.copy(), self._permit.copy()
        held[row] = now
        if row < len(permit):
            permit[row] = stated.effect == "permit"
        allowed, told = _told(held[: len(permit)], permit)
        for number in touched:
            start, end = self._spans[number], self._spans[number + 1]
            opened = np.flatnonzero(allowed[start:end])
            chosen = start + (int(opened[0]) if opened.size else min(1, int(end - start) - 1))
            example = self._examples[number]
            if not self._as_written(example, bool(allowed[chosen]), told[:, chosen], held[:, chosen]):
                yield f"example {example.rule}"

    def _as_written(self, example: Example, allow: bool, told: Answers, held: Answers) -> bool:
        expect = example.expect
        deciding = {one.id for one, holds in zip(self._reading.deciding, told, strict=True) if holds}
        tasks = {one.id for one, holds in zip(self._reading.tasks, held[len(told) :], strict=True) if holds}
        return (
            allow is expect["allow"]
            and deciding == set(expect["by"])
            and set(expect.get("tasks", ())) <= tasks
            and not set(expect.get("without_tasks", ())) & tasks
        )


def _told(held: Answers, permit: Answers) -> tuple[Answers, Answers]:
    """Return, per point, whether the point is allowed, and which rules are told as deciding."""
    allowed = np.array(held[permit].any(axis=0) & ~held[~permit].any(axis=0), dtype=np.bool_)
    return allowed, held & (permit[:, None] == allowed[None, :])


class _Pool:
    """Drawn points, as drawn and after every change named in a promise, with every answer worked out.

    Only results moved by a fault are worked out anew: of a rule the changed parts, of the points the points where the
    rule now holds and did not, or did and does not.
    """

    def __init__(self, reading: PackReading, promises: Sequence[Promise], solver: Solver) -> None:
        self._reading = reading
        self._claims = [(promise, claim) for promise in promises for claim in promise.claims]
        self._table, slots = _after_each_change(reading, [claim.change for _, claim in self._claims])
        self._there = np.array([slots[claim.change] for _, claim in self._claims])
        self._inside = self._regions(solver)
        rules = (*reading.deciding, *reading.tasks)
        self._held = dict(zip([one.id for one in rules], self._evaluate([one.formula for one in rules]), strict=True))
        left_out = list(dict.fromkeys(claim.without for _, claim in self._claims))
        self._without = np.array([left_out.index(claim.without) for _, claim in self._claims])
        self._counts = [self._count(without) for without in left_out]
        self._left_out = left_out
        self._by_quantifier = {
            quantifier: np.array([claim.quantifier is quantifier for _, claim in self._claims])
            for quantifier in Quantifier
        }
        self._effects = {one.id: one.effect for one in reading.deciding}
        self._parts: dict[Formula, Answers] = {}

    def _evaluate(self, formulas: Sequence[Formula]) -> Answers:
        return evaluate(self._reading.space, formulas, self._table)

    def _regions(self, solver: Solver) -> Answers:
        """Return, claim by claim, the points of the claim's region."""
        possible = self._evaluate([solver.possible])[0].reshape(-1, POINTS)
        regions = evaluate(self._reading.space, [claim.region for _, claim in self._claims], self._table[:, :POINTS])
        anywhere = np.array([claim.anywhere for _, claim in self._claims])[:, None]
        inside: Answers = regions & (anywhere | (possible[0] & possible[self._there]))
        return inside

    def _count(self, without: frozenset[str]) -> dict[str, Codes]:
        counts = {effect: np.zeros(self._table.shape[1], dtype=np.int8) for effect in ("permit", "forbid")}
        for one in self._reading.deciding:
            if one.id not in without:
                counts[one.effect] += self._held[one.id]
        return counts

    def held(self, parts: Sequence[Formula]) -> Answers:
        """Return the points where every part of a rule holds. Parts shared with the fault before are not done again."""
        fresh = [part for part in dict.fromkeys(parts) if part not in self._parts]
        known = self._parts | dict(zip(fresh, self._evaluate(fresh), strict=True))
        self._parts = {part: known[part] for part in parts}
        held: Answers = np.logical_and.reduce([known[part] for part in parts])
        return held

    def differs(self, formula: Formula, held: Answers) -> bool:
        """Say whether a formula differs from the present result at a point as drawn."""
        as_drawn = evaluate(self._reading.space, [formula], self._table[:, :POINTS])[0]
        return bool((as_drawn != held[:POINTS]).any())

    def caught(self, stated: Stated, held: Answers, flipped: bool) -> tuple[str, ...]:
        """Return the promises that a drawn point refutes after a rule changed."""
        before = self._held[stated.id]
        touched = np.unique(np.flatnonzero(held | before if flipped else held ^ before) % POINTS)
        if not touched.size:
            return ()
        now = held.reshape(-1, POINTS)[:, touched]
        refuted = self._inside[:, touched] & self._against(stated, now, touched)
        claims = np.flatnonzero(refuted.any(axis=1))
        return tuple(dict.fromkeys(f"promise {self._claims[number][0].id}" for number in claims))

    def _against(self, stated: Stated, now: Answers, touched: Places) -> Answers:
        """Return, claim by claim, the touched points that refute the claim: `now` says where the changed rule holds."""
        against = np.zeros((len(self._claims), touched.size), dtype=np.bool_)
        if stated.id in self._effects:
            allowed = self._allowed(stated, now, touched)
            here, there = allowed[self._without, 0], allowed[self._without, self._there]
            against |= self._by_quantifier[Quantifier.NEVER][:, None] & here
            against |= self._by_quantifier[Quantifier.ALWAYS][:, None] & ~here
            against |= self._by_quantifier[Quantifier.NEVER_CLOSES][:, None] & here & ~there
            against |= self._by_quantifier[Quantifier.SAME][:, None] & (here ^ there)
        for number, (_, claim) in enumerate(self._claims):
            if claim.quantifier in TASK_QUANTIFIERS and claim.task == stated.id:
                against[number] = now[0] ^ (claim.quantifier is Quantifier.BRINGS)
            if claim.quantifier is Quantifier.ALIKE and stated.id not in claim.without:
                against[number] = now[0] ^ now[self._there[number]]
        return against

    def _allowed(self, stated: Stated, now: Answers, touched: Places) -> Answers:
        """Return whether the touched points are allowed: by rules left out, by change, by point."""
        before = self._held[stated.id].reshape(-1, POINTS)[:, touched]
        found = []
        for without, counts in zip(self._left_out, self._counts, strict=True):
            sums = {effect: count.reshape(-1, POINTS)[:, touched] for effect, count in counts.items()}
            if stated.id not in without:
                sums[self._effects[stated.id]] = sums[self._effects[stated.id]] - before
                sums[stated.effect] = sums[stated.effect] + now
            found.append((sums["permit"] > 0) & (sums["forbid"] == 0))
        return np.array(found)


def _after_each_change(reading: PackReading, wanted: Sequence[Change]) -> tuple[Codes, dict[Change, int]]:
    """Return the drawn points after each change side by side, first as drawn, and which change stands where."""
    points = draw_possible(reading.space, POINTS, SEED)
    changes: list[Change] = list(dict.fromkeys([(), *wanted]))
    table = np.concatenate([changed(points, change) for change in changes], axis=1)
    return table, {change: place for place, change in enumerate(changes)}
