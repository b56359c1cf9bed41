"""And if they say no? Each later path is the best that does without an organization of every earlier one.

A hitting-set tree: a node leaves some organizations out, its best path is exact, and children leave out one more
organization of a path that stands in the way. Nodes come off the heap best first, so the first path that clashes
with none accepted is the next one.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from functools import cached_property

from routing.plans import Plan, best_plan
from routing.problem import Problem
from routing.search import Programme, prepare, solve


@dataclass
class Without:
    """The best path without given organizations, each set solved once; for one request."""

    problem: Problem
    _solved: dict[tuple[frozenset[int], int | None], Plan | None] = field(default_factory=dict)

    @cached_property
    def _programmes(self) -> tuple[Programme, ...]:
        return prepare(self.problem)

    def best(self, excluded: frozenset[int], most_open: int | None = None) -> Plan | None:
        """Return the best path that uses none of these organizations, or None."""
        key = excluded, most_open
        if key not in self._solved:
            self._solved[key] = best_plan(solve(self._programmes, excluded), most_open)
        return self._solved[key]


def ranked_plans(without: Without, limit: int) -> list[Plan]:
    """Return the best path and its alternatives, best first, at most `limit`; pure.

    An alternative leaves no more required needs open than the first path does.
    """
    first = without.best(frozenset())
    if first is None:
        return []
    most_open = sum(first.open_required)
    heap = [(first.key, 0, frozenset[int](), first)]
    seen = {frozenset[int]()}
    accepted: list[Plan] = []
    while heap and len(accepted) < limit:
        _, _, excluded, plan = heapq.heappop(heap)
        clash = next((a for a in accepted if a.covering <= plan.organizations), None)
        if clash is None:
            accepted.append(plan)
        for organization in sorted((clash or plan).covering):
            more = excluded | {organization}
            if more in seen:
                continue
            seen.add(more)
            found = without.best(more, most_open)
            if found is not None:
                heapq.heappush(heap, (found.key, len(seen), more, found))
    return accepted


def sole_providers(without: Without, first: Plan) -> frozenset[int]:
    """Return the organizations without which no path leaves as few required needs open as the first path does."""
    most_open = sum(first.open_required)
    return frozenset(
        organization
        for organization in first.organizations
        if without.best(frozenset({organization}), most_open) is None
    )
