"""Claims about a pack: provable over the space, refutable by a point of the space.

A claim speaks of the points of a region. A claim may compare a point with itself after a change ("the same, with one
more signature"). Each claim has two readings which share only the formulas: as a term for the solver, which finds a
refuting point or shows that no point refutes; and as arrays, which say of given points whether each refutes the claim.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import NamedTuple

import numpy as np
import z3

from policies.engine.compile import Formula, Space
from policies.engine.evaluate import Answers, Codes, evaluate
from policies.engine.pack import Pack

from .solver import Change, Solver, Term, changed


class RuleFormula(NamedTuple):
    """A rule as evaluated: its id, `permit` or `forbid` (tasks are permits), and its formula."""

    id: str
    effect: str
    formula: Formula


@dataclass(frozen=True)
class PackReading:
    """The rules of a pack: deciding rules, and rules which bring tasks. Immutable."""

    space: Space
    deciding: tuple[RuleFormula, ...]
    tasks: tuple[RuleFormula, ...]

    def without(self, rule_id: str) -> PackReading:
        """Return the same rules without a named rule."""
        return replace(
            self,
            deciding=tuple(rule for rule in self.deciding if rule.id != rule_id),
            tasks=tuple(rule for rule in self.tasks if rule.id != rule_id),
        )

    def formula(self, rule_id: str) -> Formula:
        """Return the formula of a rule; an absent rule holds nowhere.

        >>> from policies import read_pack
        >>> reading_of(read_pack(["federal"])).formula("no-such-rule")
        False
        """
        return next((rule.formula for rule in (*self.deciding, *self.tasks) if rule.id == rule_id), False)


def reading_of(pack: Pack) -> PackReading:
    """Return the reading of a pack's rules."""
    return PackReading(
        space=pack.space,
        deciding=tuple(RuleFormula(rule.id, rule.effect, pack.formulas[rule.id]) for rule in pack.deciding),
        tasks=tuple(RuleFormula(rule.id, "permit", pack.formulas[rule.id]) for rule in pack.advising),
    )


class Quantifier(Enum):
    """How a claim reads, of every point of its region."""

    NEVER = "is denied"
    ALWAYS = "is allowed"
    BRINGS = "brings the task"
    SPARES = "does not bring the task"
    NEVER_CLOSES = "stays allowed after the change, if it was allowed"
    SAME = "has the same answer after the change"
    ALIKE = "meets the same rules after the change"


TASK_QUANTIFIERS = frozenset({Quantifier.BRINGS, Quantifier.SPARES})


@dataclass(frozen=True)
class Claim:
    """A claim. `without` names rules left out on both sides; `task` the task of a claim about tasks.

    `anywhere`: proven for every point of the space, possible or not.
    """

    quantifier: Quantifier
    region: Formula
    change: Change = ()
    without: frozenset[str] = frozenset()
    task: str = ""
    anywhere: bool = False


@dataclass(frozen=True)
class Promise:
    """Claims that together keep a promise. `number` is the property's number in section 4 of the catalogue, if any."""

    id: str
    number: str
    plain: str
    claims: tuple[Claim, ...]


def refute(claim: Claim, reading: PackReading, solver: Solver) -> Codes | None:
    """Return a refuting point, None for a proven claim."""
    terms = [] if claim.anywhere else [solver.term(solver.possible), solver.term(solver.possible, claim.change)]
    return solver.find(*terms, solver.term(claim.region), _against(claim, reading, solver))


def refuting(claim: Claim, reading: PackReading, possible: Formula, codes: Codes) -> Answers:
    """Return, for each point (a column), whether the point refutes the claim."""
    after = changed(codes, claim.change)
    inside = evaluate(reading.space, [claim.region], codes)[0]
    if not claim.anywhere:
        inside &= evaluate(reading.space, [possible], codes)[0] & evaluate(reading.space, [possible], after)[0]
    if claim.quantifier in TASK_QUANTIFIERS:
        task = evaluate(reading.space, [reading.formula(claim.task)], codes)[0]
        return _intersection(inside, ~task if claim.quantifier is Quantifier.BRINGS else task)
    if claim.quantifier is Quantifier.ALIKE:
        formulas = [rule.formula for rule in (*reading.deciding, *reading.tasks) if rule.id not in claim.without]
        differ = evaluate(reading.space, formulas, codes) != evaluate(reading.space, formulas, after)
        return _intersection(inside, differ.any(axis=0))
    before = allows(reading, codes, claim.without)
    if claim.quantifier in (Quantifier.NEVER, Quantifier.ALWAYS):
        return _intersection(inside, before if claim.quantifier is Quantifier.NEVER else ~before)
    then = allows(reading, after, claim.without)
    return _intersection(inside, (before & ~then) if claim.quantifier is Quantifier.NEVER_CLOSES else (before ^ then))


def _intersection(left: Answers, right: Answers) -> Answers:
    answers: Answers = left & right
    return answers


def allows(reading: PackReading, codes: Codes, without: frozenset[str] = frozenset()) -> Answers:
    """Return, for each point (a column), whether the rules allow the point."""
    rules = [rule for rule in reading.deciding if rule.id not in without]
    answers = evaluate(reading.space, [rule.formula for rule in rules], codes)
    permit = np.array([rule.effect == "permit" for rule in rules], dtype=np.bool_)
    return np.asarray(answers[permit].any(axis=0) & ~answers[~permit].any(axis=0), dtype=np.bool_)


def allowing(reading: PackReading, solver: Solver, change: Change = (), without: frozenset[str] = frozenset()) -> Term:
    """Return the term "the rules allow the point", after a change."""
    sides: dict[str, list[Term]] = {"permit": [], "forbid": []}
    for rule in reading.deciding:
        if rule.id not in without:
            sides[rule.effect].append(solver.term(rule.formula, change))
    return z3.And(z3.Or(sides["permit"]), z3.Not(z3.Or(sides["forbid"])))


def _against(claim: Claim, reading: PackReading, solver: Solver) -> Term:
    if claim.quantifier in TASK_QUANTIFIERS:
        task = solver.term(reading.formula(claim.task))
        return z3.Not(task) if claim.quantifier is Quantifier.BRINGS else task
    if claim.quantifier is Quantifier.ALIKE:
        rules = [rule for rule in (*reading.deciding, *reading.tasks) if rule.id not in claim.without]
        return z3.Or([solver.term(rule.formula) != solver.term(rule.formula, claim.change) for rule in rules])
    before = allowing(reading, solver, (), claim.without)
    match claim.quantifier:
        case Quantifier.NEVER:
            return before
        case Quantifier.ALWAYS:
            return z3.Not(before)
    after = allowing(reading, solver, claim.change, claim.without)
    return z3.And(before, z3.Not(after)) if claim.quantifier is Quantifier.NEVER_CLOSES else before != after
