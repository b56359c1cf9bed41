"""And if they say no? Each later path is the best that does without an organization of every earlier one.

A hitting-set tree: a node leaves some organizations out, its best path is exact, and children leave out one more
organization of a path that stands in the way. Nodes come off the heap best first, so the first path that clashes
with none accepted is the next one.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from typing import Protocol

from routing.bounds import bound_group, bound_plan, bound_plans
from routing.budget import OutOfTime, TimeIsUp, never
from routing.costs import URGENCIES
from routing.detours import Detours, Doors, Key, TooFar
from routing.feasible import Feasible
from routing.plans import Bar, FullKey, Plan, best_plan
from routing.problem import Problem
from routing.search import Graph, Programme, plans_of
from routing.tables import UNREACHABLE

_PLAN, _GROUP = 0, 1
_NEVER: Key = (1 << 10,) * len(URGENCIES), UNREACHABLE

Approach = Iterator[Key | Plan | None]
"""Keys that the best path is not less than, rising; last that path, or None where there is none."""


class BestPaths(Protocol):
    """Anything that finds the best path without given organizations: of one problem, or of many worlds."""

    def approach(self, excluded: frozenset[int], most_open: int | None = None) -> Approach:
        """Yield keys that the best path without these is not less than, rising; last that path, or None."""
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
    closed: frozenset[int] = frozenset()
    _solved: dict[tuple[frozenset[int], int | None], Plan | None] = field(default_factory=dict)
    _detours: dict[int, dict[frozenset[int], Detours]] = field(default_factory=dict)
    _programmes: dict[int, Programme] = field(default_factory=dict)
    _sharper: dict[int, Key] = field(default_factory=dict)
    _groups: dict[int, Key] = field(default_factory=dict)

    @cached_property
    def _fitting(self) -> list[int]:
        return plans_of(self.problem)

    @cached_property
    def _feasible(self) -> Feasible:
        return Feasible(self.problem)

    @cached_property
    def _plans(self) -> list[tuple[Key, int]]:
        """The plans that some path may fit, each with a key that none of its paths can be less than, least first."""
        plans = self._fitting
        if len(plans) == 1:
            return [(((0,) * len(URGENCIES), 0), plans[0])]
        bounds = bound_plans(self.problem, plans, self._graph.unasked)
        return sorted((bound, plan) for bound, plan in zip(bounds, plans, strict=True) if bound[1] < UNREACHABLE)

    def closing(self, rows: frozenset[int]) -> Without:
        """Return the same without these services, which the graph only supposes to be open (`Case.opened`).

        It looks for ways round them in the tables of this one, and raises `TooFar` where to search anew is shorter.
        """
        same = copy(self)
        same.closed, same._solved = self.closed | rows, {}
        return same

    def best(self, excluded: frozenset[int], most_open: int | None = None) -> Plan | None:
        """Return the best path that uses none of these organizations, or None."""
        *_, found = self.approach(excluded, most_open)
        return found if isinstance(found, Plan) else None

    def approach(self, excluded: frozenset[int], most_open: int | None = None) -> Approach:
        """Yield keys that the best path without these is not less than, rising; last that path, or None."""
        key = excluded, most_open
        if key not in self._solved:
            best: Plan | None = None
            if most_open is None or self._surely_open(excluded) <= most_open:
                for bound, plan in self._in_order():
                    if best is not None and bound > (best.open_required, best.value):
                        break
                    yield bound
                    at_most = None if best is None else (best.open_required, best.value)
                    found = self._around(plan, excluded, most_open, at_most)
                    if found is not None and (best is None or found.key < best.key):
                        best = found
            self._solved[key] = best
        yield self._solved[key]

    def exists(self, excluded: frozenset[int], most_open: int) -> bool:
        """Say whether some path without these organizations leaves no more required needs open.

        Nothing has to be best here, so most of it is said without prices; the programme has the last word.
        """
        feasible = self._feasible
        if feasible.surely_leaves(most_open, excluded):
            return True
        if not feasible.may_leave(most_open, excluded):
            return False
        for plan in sorted(self._fitting, key=int.bit_count):
            if feasible.may_leave(most_open, excluded, plan | self._graph.unasked):
                starts = self._programme(plan).run(excluded).starts
                if any(sum(start.open_required) <= most_open for start in starts):
                    return True
        return False

    def _in_order(self) -> Iterator[tuple[Key, int]]:
        """Yield the plans, the least bound first.

        Those that add prerequisites come in groups, all that add some of at least the same types, and only once the
        group's bound has its turn: then its plans that add no other type, and the groups within it, are bounded anew.
        """
        heap = [(bound, _PLAN, plan) for bound, plan in self._plans if not self._kinds(plan)]
        heap += self._groups_within(0)
        heapq.heapify(heap)
        while heap:
            bound, what, bits = heapq.heappop(heap)
            if bound >= _NEVER:
                return
            if what == _GROUP and bits not in self._groups:
                self._groups[bits] = max(bound, bound_group(self._graph, bits) or _NEVER)
                heapq.heappush(heap, (self._groups[bits], _GROUP, bits))
            elif what == _GROUP:
                own = [(key, plan) for key, plan in self._plans if self._kinds(plan) == bits]
                heap += [(self._sharper.get(plan, max(key, bound)), _PLAN, plan) for key, plan in own]
                heap += self._groups_within(bits)
                heapq.heapify(heap)
            elif self._kinds(bits) and bits not in self._sharper:
                self._sharper[bits] = max(bound, bound_plan(self._graph, bits) or _NEVER)
                heapq.heappush(heap, (self._sharper[bits], _PLAN, bits))
            else:
                yield bound, bits

    def _groups_within(self, group: int) -> list[tuple[Key, int, int]]:
        """Return the groups that add one more type, after the last of this one's."""
        found: dict[int, Key] = {}
        for key, plan in self._plans:
            kinds = self._kinds(plan)
            if kinds & group == group and (more := kinds >> group.bit_length() << group.bit_length()):
                for bit in range(more.bit_length()):
                    if more >> bit & 1:
                        added = group | 1 << bit
                        found[added] = min(found.get(added, _NEVER), key)
        above = self._groups.get(group, min(found.values(), default=_NEVER))
        return [(self._groups.get(added, max(key, above)), _GROUP, added) for added, key in found.items()]

    def _kinds(self, plan: int) -> int:
        """Return the first bit of each type that a plan adds."""
        return self._graph.first_of_types(plan >> self.problem.needs << self.problem.needs)

    @cached_property
    def _graph(self) -> Graph:
        return Graph(self.problem)

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
                return solved[nearest].best(excluded, most_open, at_most, self.closed)
            except TooFar:
                if self.closed:
                    raise
        tables = self._programme(plan).run(frozenset() if nearest is None else excluded)
        solved[tables.excluded] = Detours(tables, self._doors, self.bar)
        try:
            return solved[tables.excluded].best(excluded, most_open, at_most, self.closed)
        except TooFar:
            if self.closed:
                raise
            return best_plan((self._programme(plan).run(excluded),), most_open, self.bar)

    def _programme(self, plan: int) -> Programme:
        if plan not in self._programmes:
            self._programmes[plan] = Programme(self.problem, plan, graph=self._graph)
        return self._programmes[plan]


@dataclass(frozen=True, slots=True)
class Ranking:
    """The best path and its alternatives, best first, and the organizations (indices) without which none is as good.

    Not `complete`: time ran out; what is here is exact as far as it goes, and there may be more of both.
    """

    plans: tuple[Plan, ...] = ()
    sole_providers: frozenset[int] = frozenset()
    complete: bool = True


def rank(
    without: Without, limit: int, *, out_of_time: OutOfTime = never, candidates: frozenset[int] | None = None
) -> Ranking:
    """Return the best path and its alternatives, at most `limit`, and the sole providers; pure.

    An alternative leaves no more required needs open than the first path does. A sole provider is an organization
    without which no path leaves as few open; with `candidates`, only those can be.
    """
    first = without.best(frozenset())
    if first is None:
        return Ranking()
    # Whoever cannot be done without comes first: it says more than a fifth path, and the tree asks for the same.
    most_open, sole = sum(first.open_required), set[int]()
    try:
        with without.problem.case.patience.until(out_of_time):
            for organization in sorted(first.organizations if candidates is None else candidates):
                if not without.exists(frozenset({organization}), most_open):
                    sole.add(organization)
            plans, complete = alternatives(without, first, limit)
    except TimeIsUp:
        return Ranking((first,), frozenset(sole), complete=False)
    return Ranking(tuple(plans), frozenset(sole), complete)


def alternatives(without: BestPaths, first: Plan, limit: int) -> tuple[list[Plan], bool]:
    """Return the ranked paths from the `first` on, at most `limit`, and whether there was time to find them all."""
    most_open, ticket = sum(first.open_required), count()
    start: Approach = iter((first,))
    heap: list[_Node] = [(first.key, next(ticket), frozenset(), start, first)]
    seen = {frozenset[int]()}
    accepted: list[Plan] = []
    while heap:
        _, _, excluded, approach, plan = heapq.heappop(heap)
        if plan is None:
            try:
                _push(heap, next(ticket), excluded, approach)
            except TimeIsUp:
                return accepted, False
            continue
        clash = next((a for a in accepted if a.covering <= plan.organizations), None)
        if clash is None:
            accepted.append(plan)
            if len(accepted) == limit:
                break
        for organization in sorted((clash or plan).covering):
            more = excluded | {organization}
            if more not in seen:
                seen.add(more)
                heapq.heappush(heap, ((*plan.key[:2], ()), next(ticket), more, without.approach(more, most_open), None))
    return accepted, True


_Node = tuple[FullKey, int, frozenset[int], Approach, Plan | None]
"""What its paths are not less than, a ticket, who is left out, the way to its best path, and that path once found."""


def _push(heap: list[_Node], ticket: int, excluded: frozenset[int], approach: Approach) -> None:
    """Go one step further towards a best path, and put it back where it now belongs; nothing where there is none."""
    found = next(approach)
    if isinstance(found, Plan):
        heapq.heappush(heap, (found.key, ticket, excluded, approach, found))
    elif found is not None:
        heapq.heappush(heap, ((*found, ()), ticket, excluded, approach, None))
