"""The use of every rule: does each rule apply and get told, is no rule said twice, which rules overlap?"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import z3

from .claims import PackReading, Stated
from .solver import Solver, Term


def useless_rules(reading: PackReading, solver: Solver) -> Iterator[str]:
    """Yield a sentence for each rule without use, over every possible point.

    A permit must be told at a point (where no forbid holds), every further rule must hold at a point, and no two
    permits or forbids may hold at exactly the same points. Two tasks may: a request can bring two tasks.
    """
    possible = solver.term(solver.possible)
    forbidden = z3.Or([solver.term(one.formula) for one in reading.deciding if one.effect == "forbid"])
    for one in (*reading.deciding, *reading.tasks):
        terms = [possible, solver.term(one.formula)]
        if one in reading.deciding and one.effect == "permit":
            terms.append(z3.Not(forbidden))
        if solver.find(*terms) is None:
            yield f"{one.id}: never applies to anything that can be asked"
    for one, other in combinations(reading.deciding, 2):
        if one.effect == other.effect and _are_one(solver, possible, one, other):
            yield f"{one.id}, {other.id}: decide exactly the same requests"


def silent_rules(reading: PackReading, solver: Solver) -> tuple[str, ...]:
    """Return the rules that change no answer and only tell a reason more exactly, beside deciding rules."""
    possible = solver.term(solver.possible)
    found = []
    for one in reading.deciding:
        others = [other for other in reading.deciding if other != one]
        same = [solver.term(other.formula) for other in others if other.effect == one.effect]
        against = [solver.term(other.formula) for other in others if other.effect != one.effect]
        # It decides where none of its kind applies, and where what it is up against would have the say without it.
        up_against = z3.Not(z3.Or(against)) if one.effect == "permit" else z3.Or(against)
        if solver.find(possible, solver.term(one.formula), z3.Not(z3.Or(same)), up_against) is None:
            found.append(one.id)
    return tuple(found)


def overlaps(reading: PackReading, solver: Solver) -> tuple[tuple[str, str], ...]:
    """Return every pair of a forbid and a permit that can apply to the same request; the forbid wins."""
    possible = solver.term(solver.possible)
    permits = [one for one in reading.deciding if one.effect == "permit"]
    forbids = [one for one in reading.deciding if one.effect == "forbid"]
    return tuple(
        (forbid.id, permit.id)
        for forbid in forbids
        for permit in permits
        if solver.find(possible, solver.term(forbid.formula), solver.term(permit.formula)) is not None
    )


def _are_one(solver: Solver, possible: Term, one: Stated, other: Stated) -> bool:
    return solver.find(possible, z3.Xor(solver.term(one.formula), solver.term(other.formula))) is None
