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


class Stated(NamedTuple):
    """A rule as evaluated: its id, `permit` or `forbid` (tasks are permits), and its formula."""

    id: str
    effect: str
    formula: Formula


@dataclass(frozen=True)
class PackReading:
    """The rules of a pack: deciding rules, and rules which bring tasks. Immutable."""

    space: Space
    deciding: tuple[Stated, ...]
    tasks: tuple[Stated, ...]

    def without(self, rule_id: str) -> PackReading:
        """Return the same rules without a named rule."""
        return replace(
            self,
            deciding=tuple(one for one in self.deciding if one.id != rule_id),
            tasks=tuple(one for one in self.tasks if one.id != rule_id),
        )

    def formula(self, rule_id: str) -> Formula:
        """Return the formula of a rule; an absent rule holds nowhere.

        >>> from policies import read_pack
        >>> reading_of(read_pack(["federal"])).formula("no-such-rule")
        False
        """
        return next((one.formula for one in (*self.deciding, *self.tasks) if one.id == rule_id), False)


def reading_of(pack: Pack) -> PackReading:
    """Return the reading of a pack's rules."""
    return PackReading(
        space=pack.space,
        deciding=tuple(Stated(rule.id, rule.effect, pack.formulas[rule.id]) for rule in pack.deciding),
        tasks=tuple(Stated(rule.id, "permit", pack.formulas[rule.id]) for rule in pack.advising),
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


TASK_KINDS = frozenset({Quantifier.BRINGS, Quantifier.SPARES})


@dataclass(frozen=True)
class Claim:
    """A claim. `without` names rules left out on both sides; `task` the task of a claim about tasks.

    `anywhere`: proven for every point of the space, possible or not.
    """

    kind: Quantifier
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
    """Say of each point (a column) whether the point refutes the claim."""
    after = changed(codes, claim.change)
    inside = evaluate(reading.space, [claim.region], codes)[0]
    if not claim.anywhere:
        inside &= evaluate(reading.space, [possible], codes)[0] & evaluate(reading.space, [possible], after)[0]
    if claim.kind in TASK_KINDS:
        told = evaluate(reading.space, [reading.formula(claim.task)], codes)[0]
        return _both(inside, ~told if claim.kind is Quantifier.BRINGS else told)
    if claim.kind is Quantifier.ALIKE:
        formulas = [one.formula for one in (*reading.deciding, *reading.tasks) if one.id not in claim.without]
        differ = evaluate(reading.space, formulas, codes) != evaluate(reading.space, formulas, after)
        return _both(inside, differ.any(axis=0))
    allowed = allows(reading, codes, claim.without)
    if claim.kind in (Quantifier.NEVER, Quantifier.ALWAYS):
        return _both(inside, allowed if claim.kind is Quantifier.NEVER else ~allowed)
    then = allows(reading, after, claim.without)
    return _both(inside, (allowed & ~then) if claim.kind is Quantifier.NEVER_CLOSES else (allowed ^ then))


def _both(left: Answers, right: Answers) -> Answers:
    answers: Answers = left & right
    return answers


def allows(reading: PackReading, codes: Codes, without: frozenset[str] = frozenset()) -> Answers:
    """Say of each point (a column) whether the rules allow the point."""
    asked = [one for one in reading.deciding if one.id not in without]
    held = evaluate(reading.space, [one.formula for one in asked], codes)
    permit = np.array([one.effect == "permit" for one in asked], dtype=np.bool_)
    return np.asarray(held[permit].any(axis=0) & ~held[~permit].any(axis=0), dtype=np.bool_)


def allowing(reading: PackReading, solver: Solver, change: Change = (), without: frozenset[str] = frozenset()) -> Term:
    """Return the term "the rules allow the point", after a change."""
    sides: dict[str, list[Term]] = {"permit": [], "forbid": []}
    for one in reading.deciding:
        if one.id not in without:
            sides[one.effect].append(solver.term(one.formula, change))
    return z3.And(z3.Or(sides["permit"]), z3.Not(z3.Or(sides["forbid"])))


def _against(claim: Claim, reading: PackReading, solver: Solver) -> Term:
    if claim.kind in TASK_KINDS:
        told = solver.term(reading.formula(claim.task))
        return z3.Not(told) if claim.kind is Quantifier.BRINGS else told
    if claim.kind is Quantifier.ALIKE:
        rules = [one for one in (*reading.deciding, *reading.tasks) if one.id not in claim.without]
        return z3.Or([solver.term(one.formula) != solver.term(one.formula, claim.change) for one in rules])
    allowed = allowing(reading, solver, (), claim.without)
    match claim.kind:
        case Quantifier.NEVER:
            return allowed
        case Quantifier.ALWAYS:
            return z3.Not(allowed)
    after = allowing(reading, solver, claim.change, claim.without)
    return z3.And(allowed, z3.Not(after)) if claim.kind is Quantifier.NEVER_CLOSES else allowed != after
