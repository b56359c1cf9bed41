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
from .claims import TASK_QUANTIFIERS, PackReading, Promise, Quantifier, RuleFormula
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


class MutationTester:
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
        was = next((candidate for candidate in self._reading.deciding if candidate.id == rule), None)
        effect = "permit" if mutant.policy is None else mutant.policy.effect
        variant = RuleFormula(rule, effect if was is None or mutant.policy is not None else was.effect, formula)
        effect_changed = was is not None and was.effect != variant.effect
        answers = self._pool.answers_of(parts)
        checks = (*self._cases.catches(variant, effect_changed), *self._pool.catches(variant, answers, effect_changed))
        if self._off_scope(variant, answers, effect_changed):
            checks = (*checks, f"reach {rule}")
        is_equal = not checks and not effect_changed and self._are_equal(formula, self._reading.formula(rule))
        return Outcome(mutant, checks, is_equal)

    def _off_scope(self, variant: RuleFormula, answers: Answers, effect_changed: bool) -> bool:
        scope = self._scopes.get(variant.id)
        if scope is None:
            return False
        return (
            effect_changed
            or self._pool.differs(scope.formula, answers)
            or not self._are_equal(variant.formula, scope.formula)
        )

    def _are_equal(self, formula: Formula, twin: Formula) -> bool:
        """Return whether two formulas are the same at every point, possible or not."""
        if formula == twin:
            return True
        return self._solver.find(z3.Xor(self._solver.term(formula), self._solver.term(twin))) is None


class _Cases:
    """The examples as arrays: each example's expected decision, and its expected tasks."""

    def __init__(self, reading: PackReading, examples: Sequence[Example]) -> None:
        encoder = Encoder(reading.space)
        facts = [facts_of(example.case, example.share) for example in examples]
        rows = [encoder.row(request) for several in facts for request in several]
        self._codes = np.frombuffer(b"".join(rows), dtype=np.int8).reshape(len(rows), -1).T
        self._spans = np.cumsum([0, *(len(several) for several in facts)])
        self._owner = np.repeat(np.arange(len(examples)), [len(several) for several in facts])
        self._reading = reading
        self._examples = tuple(examples)
        self._index = {rule.id: row for row, rule in enumerate((*reading.deciding, *reading.tasks))}
        self._answers = evaluate(
            reading.space, [rule.formula for rule in (*reading.deciding, *reading.tasks)], self._codes
        )
        self._permit = np.array([rule.effect == "permit" for rule in reading.deciding], dtype=np.bool_)
        self._varied: dict[str, list[tuple[bytes, bool]]] = {
            example.rule: [] for example in examples if example.variations
        }
        for example in examples:
            for variation in example.variations:
                self._varied[example.rule].append(
                    (encoder.row(facts_of(variation.case, variation.share)[-1]), variation.applies)
                )

    def strays(self, variant: RuleFormula) -> bool:
        """Return whether a rule departs from a case of its own with one fact changed."""
        varied = self._varied.get(variant.id, [])
        codes = np.frombuffer(b"".join(row for row, _ in varied), dtype=np.int8).reshape(len(varied), -1).T
        applies = [applies for _, applies in varied]
        return bool(varied) and evaluate(self._reading.space, [variant.formula], codes)[0].tolist() != applies

    def catches(self, variant: RuleFormula, effect_changed: bool) -> Iterator[str]:
        """Yield the examples that no longer read as written after a rule changed."""
        row = self._index[variant.id]
        answers = evaluate(self._reading.space, [variant.formula], self._codes)[0]
        if self.strays(variant):
            yield f"example {variant.id}"
        numbers = np.unique(
            self._owner[answers | self._answers[row] if effect_changed else answers ^ self._answers[row]]
        )
        if not numbers.size:
            return
        table, permit = self._answers.copy(), self._permit.copy()
        table[row] = answers
        if row < len(permit):
            permit[row] = variant.effect == "permit"
        allowed, deciders = _deciders(table[: len(permit)], permit)
        for number in numbers:
            start, end = self._spans[number], self._spans[number + 1]
            openings = np.flatnonzero(allowed[start:end])
            column = start + (int(openings[0]) if openings.size else min(1, int(end - start) - 1))
            example = self._examples[number]
            if not self._fits_example(example, bool(allowed[column]), deciders[:, column], table[:, column]):
                yield f"example {example.rule}"

    def _fits_example(self, example: Example, allow: bool, deciders: Answers, answers: Answers) -> bool:
        expect = example.expect
        deciding = {rule.id for rule, holds in zip(self._reading.deciding, deciders, strict=True) if holds}
        tasks = {rule.id for rule, holds in zip(self._reading.tasks, answers[len(deciders) :], strict=True) if holds}
        return (
            allow is expect["allow"]
            and deciding == set(expect["by"])
            and set(expect.get("tasks", ())) <= tasks
            and not set(expect.get("without_tasks", ())) & tasks
        )


def _deciders(answers: Answers, permit: Answers) -> tuple[Answers, Answers]:
    """Return, per point, whether the point is allowed, and which rules are named as deciding."""
    allowed = np.array(answers[permit].any(axis=0) & ~answers[~permit].any(axis=0), dtype=np.bool_)
    return allowed, answers & (permit[:, None] == allowed[None, :])


class _Pool:
    """Drawn points, as drawn and after every change named in a promise, with every answer worked out.

    Only results moved by a fault are worked out anew: of a rule the changed parts, of the points the points where the
    rule now holds and did not, or did and does not.
    """

    def __init__(self, reading: PackReading, promises: Sequence[Promise], solver: Solver) -> None:
        self._reading = reading
        self._claims = [(promise, claim) for promise in promises for claim in promise.claims]
        self._table, slots = _points_after_changes(reading, [claim.change for _, claim in self._claims])
        self._after = np.array([slots[claim.change] for _, claim in self._claims])
        self._inside = self._regions(solver)
        rules = (*reading.deciding, *reading.tasks)
        self._answers = dict(
            zip([rule.id for rule in rules], self._evaluate([rule.formula for rule in rules]), strict=True)
        )
        left_out = list(dict.fromkeys(claim.without for _, claim in self._claims))
        self._without = np.array([left_out.index(claim.without) for _, claim in self._claims])
        self._counts = [self._count(without) for without in left_out]
        self._rules_without = left_out
        self._by_quantifier = {
            quantifier: np.array([claim.quantifier is quantifier for _, claim in self._claims])
            for quantifier in Quantifier
        }
        self._effects = {rule.id: rule.effect for rule in reading.deciding}
        self._parts: dict[Formula, Answers] = {}

    def _evaluate(self, formulas: Sequence[Formula]) -> Answers:
        return evaluate(self._reading.space, formulas, self._table)

    def _regions(self, solver: Solver) -> Answers:
        """Return, claim by claim, the points of the claim's region."""
        possible = self._evaluate([solver.possible])[0].reshape(-1, POINTS)
        regions = evaluate(self._reading.space, [claim.region for _, claim in self._claims], self._table[:, :POINTS])
        anywhere = np.array([claim.anywhere for _, claim in self._claims])[:, None]
        inside: Answers = regions & (anywhere | (possible[0] & possible[self._after]))
        return inside

    def _count(self, without: frozenset[str]) -> dict[str, Codes]:
        counts = {effect: np.zeros(self._table.shape[1], dtype=np.int8) for effect in ("permit", "forbid")}
        for rule in self._reading.deciding:
            if rule.id not in without:
                counts[rule.effect] += self._answers[rule.id]
        return counts

    def answers_of(self, parts: Sequence[Formula]) -> Answers:
        """Return the points where every part of a rule holds. Parts shared with the fault before are not done again."""
        new_parts = [part for part in dict.fromkeys(parts) if part not in self._parts]
        answers = self._parts | dict(zip(new_parts, self._evaluate(new_parts), strict=True))
        self._parts = {part: answers[part] for part in parts}
        conjunction: Answers = np.logical_and.reduce([answers[part] for part in parts])
        return conjunction

    def differs(self, formula: Formula, answers: Answers) -> bool:
        """Return whether a formula differs from the present result at a point as drawn."""
        as_drawn = evaluate(self._reading.space, [formula], self._table[:, :POINTS])[0]
        return bool((as_drawn != answers[:POINTS]).any())

    def catches(self, variant: RuleFormula, answers: Answers, effect_changed: bool) -> tuple[str, ...]:
        """Return the promises that a drawn point refutes after a rule changed."""
        before = self._answers[variant.id]
        points = np.unique(np.flatnonzero(answers | before if effect_changed else answers ^ before) % POINTS)
        if not points.size:
            return ()
        at_points = answers.reshape(-1, POINTS)[:, points]
        refuted = self._inside[:, points] & self._against(variant, at_points, points)
        claims = np.flatnonzero(refuted.any(axis=1))
        return tuple(dict.fromkeys(f"promise {self._claims[number][0].id}" for number in claims))

    def _against(self, variant: RuleFormula, at_points: Answers, points: Places) -> Answers:
        """Return, claim by claim, the points that refute the claim: `at_points` says where the changed rule holds."""
        against = np.zeros((len(self._claims), points.size), dtype=np.bool_)
        if variant.id in self._effects:
            allowed = self._permissions(variant, at_points, points)
            before, after = allowed[self._without, 0], allowed[self._without, self._after]
            against |= self._by_quantifier[Quantifier.NEVER][:, None] & before
            against |= self._by_quantifier[Quantifier.ALWAYS][:, None] & ~before
            against |= self._by_quantifier[Quantifier.NEVER_CLOSES][:, None] & before & ~after
            against |= self._by_quantifier[Quantifier.SAME][:, None] & (before ^ after)
        for number, (_, claim) in enumerate(self._claims):
            if claim.quantifier in TASK_QUANTIFIERS and claim.task == variant.id:
                against[number] = at_points[0] ^ (claim.quantifier is Quantifier.BRINGS)
            if claim.quantifier is Quantifier.ALIKE and variant.id not in claim.without:
                against[number] = at_points[0] ^ at_points[self._after[number]]
        return against

    def _permissions(self, variant: RuleFormula, at_points: Answers, points: Places) -> Answers:
        """Return whether the points are allowed: by rules left out, by change, by point."""
        before = self._answers[variant.id].reshape(-1, POINTS)[:, points]
        answers = []
        for without, counts in zip(self._rules_without, self._counts, strict=True):
            sums = {effect: count.reshape(-1, POINTS)[:, points] for effect, count in counts.items()}
            if variant.id not in without:
                sums[self._effects[variant.id]] = sums[self._effects[variant.id]] - before
                sums[variant.effect] = sums[variant.effect] + at_points
            answers.append((sums["permit"] > 0) & (sums["forbid"] == 0))
        return np.array(answers)


def _points_after_changes(reading: PackReading, candidates: Sequence[Change]) -> tuple[Codes, dict[Change, int]]:
    """Return the drawn points after each change side by side, first as drawn, and which change stands where."""
    points = draw_possible(reading.space, POINTS, SEED)
    changes: list[Change] = list(dict.fromkeys([(), *candidates]))
    table = np.concatenate([changed(points, change) for change in changes], axis=1)
    return table, {change: place for place, change in enumerate(changes)}
