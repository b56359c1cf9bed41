"""The alternatives: each later path is the best path that avoids an organization of every earlier path.

A hitting-set tree: a node excludes a set of organizations, its best path is exact, and each child excludes a further
organization of the path in the way. The first path off the heap that clashes with none accepted is the next.
"""

from __future__ import annotations

import heapq
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from itertools import count

from routing.budget import IsExpired, TimeBudgetExceeded, never
from routing.cached_property import cached_property
from routing.pruning.best_first import Node, best_of, push
from routing.pruning.prerequisite_order import InOrder
from routing.search.best_path import Approach, EdgeArrays, PathSearch, TooFar
from routing.search.graph import HopGraph
from routing.search.programme import Graph, Programme
from routing.search.ranked_path import Bar, RankedPath


class BestPaths(ABC):
    """A search for the best path without given organizations: in a single graph, or over many worlds."""

    @abstractmethod
    def approach(self, excluded: frozenset[int], most_open: int | None = None) -> Approach:
        """Yield rising lower bounds on the key of the best path without `excluded`, last the path, or None."""

    def best(self, excluded: frozenset[int], most_open: int | None = None) -> RankedPath | None:
        """Return the best path without the excluded organizations, or None."""
        *_, result = self.approach(excluded, most_open)
        return result if isinstance(result, RankedPath) else None


@dataclass
class Without(BestPaths):
    """The best path without given organizations, each set solved once; for a single request.

    A plan of prerequisites is solved only when its bound is the least, and first with no organization excluded: a path
    around excluded organizations is searched in the same tables, up to `MOST_POPS` steps, else the plan is solved anew.
    """

    hop_graph: HopGraph
    bar: Bar | None = None
    _solved: dict[tuple[frozenset[int], int | None], RankedPath | None] = field(default_factory=dict)
    _searches: dict[int, dict[frozenset[int], PathSearch]] = field(default_factory=dict)
    _programmes: dict[int, Programme] = field(default_factory=dict)

    @cached_property
    def _in_order(self) -> InOrder:
        return InOrder(self._graph, self.bar)

    def exists(self, excluded: frozenset[int], most_open: int) -> bool:
        """Return whether any path without the excluded organizations leaves so few required needs open."""
        if self._surely_open(excluded) > most_open:
            return False
        plans = (plan for _, plan in self._in_order if plan is not None)
        return any(
            sum(start.open_required) <= most_open
            for plan in plans
            for start in self._programme(plan).run(excluded).starts
        )

    def approach(self, excluded: frozenset[int], most_open: int | None = None) -> Approach:
        """As `BestPaths.approach`, in one graph."""
        key = excluded, most_open
        if key not in self._solved:
            is_hopeless = most_open is not None and self._surely_open(excluded) > most_open
            plans = (
                (bound, None if plan is None else self._around(plan, excluded, most_open))
                for bound, plan in self._in_order
            )
            self._solved[key] = None if is_hopeless else (yield from best_of(plans))
        yield self._solved[key]

    @cached_property
    def _graph(self) -> Graph:
        return Graph(self.hop_graph)

    @cached_property
    def _arrays(self) -> EdgeArrays:
        return EdgeArrays(self.hop_graph)

    def _surely_open(self, excluded: frozenset[int]) -> int:
        """Return how many required needs only the excluded organizations can meet."""
        needs = self.hop_graph.scenario.profile.needs
        return sum(need.required and self._providers[place] <= excluded for place, need in enumerate(needs))

    @cached_property
    def _providers(self) -> list[set[int]]:
        """The organizations that could meet each bit."""
        providers: list[set[int]] = [set() for _ in self.hop_graph.requirements]
        for port in self.hop_graph.ports:
            for offer in port.offers:
                providers[offer.bit].add(port.organization)
        return providers

    def _around(self, plan: int, excluded: frozenset[int], most_open: int | None) -> Approach:
        """Yield the entries of `approach` for a single plan, from its tables with the largest part of `excluded`."""
        if plan not in self._searches:
            self._searches[plan] = {frozenset(): self._search_in(plan, frozenset())}
        solved = self._searches[plan]
        nearest = max((left_out for left_out in solved if left_out <= excluded), key=len)
        try:
            yield from solved[nearest].approach(excluded, most_open, has_end=nearest != excluded)
        except TooFar:
            solved[excluded] = self._search_in(plan, excluded)
            yield from solved[excluded].approach(excluded, most_open, has_end=False)

    def _search_in(self, plan: int, excluded: frozenset[int]) -> PathSearch:
        return PathSearch(self._programme(plan).run(excluded), self._arrays, self.bar)

    def _programme(self, plan: int) -> Programme:
        if plan not in self._programmes:
            self._programmes[plan] = Programme(self.hop_graph, plan, graph=self._graph)
        return self._programmes[plan]


@dataclass(frozen=True, slots=True)
class Ranking:
    """The best path and its alternatives, best first, and the sole providers (organizations, indices).

    Not `complete`: time ran out; further paths and sole providers may be missing. Not `is_optimal`: time ran out
    before that was proven; the one path is the best so far, or there is none so far.
    """

    ranked_paths: tuple[RankedPath, ...] = ()
    sole_providers: frozenset[int] = frozenset()
    complete: bool = True
    is_optimal: bool = True


def rank(without: Without, limit: int, *, is_expired: IsExpired = never, open_more: bool = False) -> Ranking:
    """Return the best path and its `alternatives`, at most `limit`. Pure."""
    first = without.best(frozenset())
    if first is None:
        return Ranking()
    try:
        with without.hop_graph.scenario.time_budget.until(is_expired):
            ranked_paths, complete = alternatives(without, first, limit, open_more=open_more)
    except TimeBudgetExceeded:
        return Ranking((first,), complete=False)
    return Ranking(tuple(ranked_paths), complete=complete)


def alternatives(
    without: BestPaths, first: RankedPath, limit: int, *, open_more: bool = False
) -> tuple[list[RankedPath], bool]:
    """Return the ranked paths from the `first` on, at most `limit`, and whether time sufficed for the whole list.

    `open_more`: later paths may leave more required needs open than the first.
    """
    most_open, ticket = None if open_more else sum(first.open_required), count()
    start: Approach = iter((first,))
    heap: list[Node[frozenset[int]]] = [(first.key, next(ticket), frozenset(), start, first)]
    exclusions = {frozenset[int]()}
    accepted: list[RankedPath] = []
    while heap:
        key, _, excluded, approach, ranked_path = heapq.heappop(heap)
        if ranked_path is None:
            try:
                push(heap, next(ticket), excluded, approach, key[:2])
            except TimeBudgetExceeded:
                return accepted, False
            continue
        clash = next((a for a in accepted if a.covering <= ranked_path.organizations), None)
        if clash is None:
            accepted.append(ranked_path)
            if len(accepted) == limit:
                break
        for organization in sorted((clash or ranked_path).covering):
            more = excluded | {organization}
            if more not in exclusions:
                exclusions.add(more)
                heapq.heappush(
                    heap, ((*ranked_path.key[:2], ()), next(ticket), more, without.approach(more, most_open), None)
                )
    return accepted, True
