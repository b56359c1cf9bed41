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

from routing.budget import OutOfTime, never
from routing.plans import Bar, Plan, best_plan
from routing.problem import Problem
from routing.search import Programme, prepare, solve


class BestPaths(Protocol):
    """Anything that finds the best path without given organizations: of one problem, or of many worlds."""

    def best(self, excluded: frozenset[int], most_open: int | None = None) -> Plan | None:
        """Return the best path that uses none of these organizations, or None."""
        ...


@dataclass
class Without:
    """The best path without given organizations, each set solved once; for one request.

    With a `bar`, only paths that pass it count.
    """

    problem: Problem
    bar: Bar | None = None
    _solved: dict[tuple[frozenset[int], int | None], Plan | None] = field(default_factory=dict)

    @cached_property
    def _programmes(self) -> tuple[Programme, ...]:
        return prepare(self.problem)

    def best(self, excluded: frozenset[int], most_open: int | None = None) -> Plan | None:
        """Return the best path that uses none of these organizations, or None."""
        key = excluded, most_open
        if key not in self._solved:
            self._solved[key] = best_plan(solve(self._programmes, excluded), most_open, self.bar)
        return self._solved[key]


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
