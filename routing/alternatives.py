"""And if they say no? Each later path is the best that does without an organization of every earlier one.

A hitting-set tree: a node leaves some organizations out, its best path is exact, and children leave out one more
organization of a path that stands in the way. Nodes come off the heap best first, so the first path that clashes
with none accepted is the next one.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from routing.bounds import bound_plans
from routing.budget import OutOfTime, never
from routing.detours import Detours, Doors, Key, TooFar
from routing.plans import Bar, Plan, best_plan
from routing.problem import Problem
from routing.search import Programme, plans_of, unasked_needs
from routing.tables import UNREACHABLE


class BestPaths(Protocol):
    """Anything that finds the best path without given organizations: of one problem, or of many worlds."""

    def best(self, excluded: frozenset[int], most_open: int | None = None) -> Plan | None:
        """Return the best path that uses none of these organizations, or None."""
        ...


@dataclass
class Without:
    """The best path without given organizations, each set solved once; for one request.

    A plan of prerequisites is solved only once it could win, and then with nobody left out: the way round whoever is
    left out is looked for in its tables. Where that takes too long, the plan is solved anew.
    With a `bar`, only paths that pass it count.
    """

    problem: Problem
    bar: Bar | None = None
    _solved: dict[tuple[frozenset[int], int | None], Plan | None] = field(default_factory=dict)
    _detours: dict[int, dict[frozenset[int], Detours]] = field(default_factory=dict)
    _programmes: dict[int, Programme] = field(default_factory=dict)

    @cached_property
    def _plans(self) -> list[tuple[Key | None, int]]:
        """The plans, each with a key that none of its paths can be less than, least first."""
        plans = plans_of(self.problem)
        if len(plans) == 1:
            return [(None, plans[0])]
        return sorted(zip(bound_plans(self.problem, plans, unasked_needs(self.problem)), plans, strict=True))

    def best(self, excluded: frozenset[int], most_open: int | None = None) -> Plan | None:
        """Return the best path that uses none of these organizations, or None."""
        key = excluded, most_open
        if key not in self._solved:
            self._solved[key] = self._find(excluded, most_open)
        return self._solved[key]

    def _find(self, excluded: frozenset[int], most_open: int | None) -> Plan | None:
        best: Plan | None = None
        if most_open is not None and self._surely_open(excluded) > most_open:
            return None
        for bound, plan in self._plans:
            if bound is not None and bound[1] >= UNREACHABLE:
                break
            if best is not None and bound is not None and bound > (best.open_required, best.value):
                break
            found = self._around(plan, excluded, most_open, None if best is None else (best.open_required, best.value))
            if found is not None and (best is None or found.key < best.key):
                best = found
        return best

    @cached_property
    def _doors(self) -> Doors:
        return Doors(self.problem)

    def _surely_open(self, excluded: frozenset[int]) -> int:
        """Return how many required needs nobody else can meet."""
        needs = self.problem.case.profile.needs
        return sum(need.required and self._providers[place] <= excluded for place, need in enumerate(needs))

    @cached_property
    def _providers(self) -> list[set[int]]:
        """Who could meet each need."""
        found: list[set[int]] = [set() for _ in self.problem.bits]
        for port in self.problem.ports:
            for offer in port.offers:
                found[offer.bit].add(port.organization)
        return found

    def _around(self, plan: int, excluded: frozenset[int], most_open: int | None, at_most: Key | None) -> Plan | None:
        """Return the best path of one plan, from the tables of those that leave out most of the same."""
        solved = self._detours.setdefault(plan, {})
        nearest = max((left_out for left_out in solved if left_out <= excluded), key=len, default=None)
        if nearest is not None:
            try:
                return solved[nearest].best(excluded, most_open, at_most)
            except TooFar:
                pass
        if plan not in self._programmes:
            self._programmes[plan] = Programme(self.problem, plan)
        tables = self._programmes[plan].run(frozenset() if nearest is None else excluded)
        solved[tables.excluded] = Detours(tables, self._doors, self.bar)
        try:
            return solved[tables.excluded].best(excluded, most_open, at_most)
        except TooFar:
            return best_plan((self._programmes[plan].run(excluded),), most_open, self.bar)


@dataclass(frozen=True, slots=True)
class Ranking:
    """The best path and its alternatives, best first, and the organizations (indices) without which none is as good.

    Not `complete`: time ran out; what is here is exact as far as it goes, and there may be more of both.
    """

    plans: tuple[Plan, ...] = ()
    sole_providers: frozenset[int] = frozenset()
    complete: bool = True


def rank(without: Without, limit: int, *, out_of_time: OutOfTime = never) -> Ranking:
    """Return the best path and its alternatives, at most `limit`, and the sole providers; pure.

    An alternative leaves no more required needs open than the first path does. A sole provider is an organization
    without which no path leaves as few open.
    """
    first = without.best(frozenset())
    if first is None:
        return Ranking()
    # Whoever cannot be done without comes first: it says more than a fifth path, and the tree asks for the same.
    most_open, sole = sum(first.open_required), set[int]()
    for organization in sorted(first.organizations):
        if out_of_time():
            return Ranking((first,), frozenset(sole), complete=False)
        if without.best(frozenset({organization}), most_open) is None:
            sole.add(organization)
    plans, complete = alternatives(without, first, limit, out_of_time)
    return Ranking(tuple(plans), frozenset(sole), complete)


def alternatives(without: BestPaths, first: Plan, limit: int, out_of_time: OutOfTime) -> tuple[list[Plan], bool]:
    """Return the ranked paths from the `first` on, at most `limit`, and whether the list is as long as it can be."""
    most_open = sum(first.open_required)
    heap = [(first.key, 0, frozenset[int](), first)]
    seen = {frozenset[int]()}
    accepted: list[Plan] = []
    while heap:
        _, _, excluded, plan = heapq.heappop(heap)
        clash = next((a for a in accepted if a.covering <= plan.organizations), None)
        if clash is None:
            accepted.append(plan)
            if len(accepted) == limit:
                break
        for organization in sorted((clash or plan).covering):
            more = excluded | {organization}
            if more in seen:
                continue
            if out_of_time():
                return accepted, False
            seen.add(more)
            found = without.best(more, most_open)
            if found is not None:
                heapq.heappush(heap, (found.key, len(seen), more, found))
    return accepted, True
