"""The use of every rule: whether each rule applies and is named, whether two rules are equal, which rules overlap."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import z3

from .claims import PackReading, RuleFormula
from .solver import Solver, Term


def useless_rules(reading: PackReading, solver: Solver) -> Iterator[str]:
    """Yield a sentence for each rule without use, over every possible point.

    A permit must be named at a point (where no forbid holds), every further rule must hold at a point, and no two
    permits or forbids may hold at exactly the same points. Two tasks may: a request can bring two tasks.
    """
    possible = solver.term(solver.possible)
    forbidden = z3.Or([solver.term(rule.formula) for rule in reading.deciding if rule.effect == "forbid"])
    for rule in (*reading.deciding, *reading.tasks):
        terms = [possible, solver.term(rule.formula)]
        if rule in reading.deciding and rule.effect == "permit":
            terms.append(z3.Not(forbidden))
        if solver.find(*terms) is None:
            yield f"{rule.id}: never applies to anything that can be asked"
    for rule, twin in combinations(reading.deciding, 2):
        if rule.effect == twin.effect and _are_equal(solver, possible, rule, twin):
            yield f"{rule.id}, {twin.id}: decide exactly the same requests"


def silent_rules(reading: PackReading, solver: Solver) -> tuple[str, ...]:
    """Return the rules that change no answer and only name a reason more exactly, beside deciding rules."""
    possible = solver.term(solver.possible)
    ids = []
    for rule in reading.deciding:
        peers = [peer for peer in reading.deciding if peer != rule]
        allies = [solver.term(peer.formula) for peer in peers if peer.effect == rule.effect]
        opponents = [solver.term(peer.formula) for peer in peers if peer.effect != rule.effect]
        # It decides where none of its kind applies, and where what it is up against would have the say without it.
        up_against = z3.Not(z3.Or(opponents)) if rule.effect == "permit" else z3.Or(opponents)
        if solver.find(possible, solver.term(rule.formula), z3.Not(z3.Or(allies)), up_against) is None:
            ids.append(rule.id)
    return tuple(ids)


def overlaps(reading: PackReading, solver: Solver) -> tuple[tuple[str, str], ...]:
    """Return every pair of a forbid and a permit that can apply to the same request; the forbid wins."""
    possible = solver.term(solver.possible)
    permits = [rule for rule in reading.deciding if rule.effect == "permit"]
    forbids = [rule for rule in reading.deciding if rule.effect == "forbid"]
    return tuple(
        (forbid.id, permit.id)
        for forbid in forbids
        for permit in permits
        if solver.find(possible, solver.term(forbid.formula), solver.term(permit.formula)) is not None
    )


def _are_equal(solver: Solver, possible: Term, rule: RuleFormula, twin: RuleFormula) -> bool:
    return solver.find(possible, z3.Xor(solver.term(rule.formula), solver.term(twin.formula))) is None
