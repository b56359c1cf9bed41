"""The paths after a refusal: each later path is the best that does without an organization of every earlier path.

A hitting-set tree: a node leaves some organizations out, its best path is exact, and children leave out one further
organization of a path in the way. Nodes come off the heap best first, so the first path without a clash with the
accepted paths is the next path of the list.

Best path hotline → `hope` → `detox`: the children leave out `hope` and `detox`; the better of their best paths is
second.
"""

from __future__ import annotations

import heapq
from copy import copy
from dataclasses import dataclass, field
from itertools import count
from typing import Protocol

from routing.budget import OutOfTime, TimeIsUp, never
from routing.kept import cached_property
from routing.pruning.best_first import Node, best_of, push
from routing.pruning.detours import Approach, Detours, Doors, Key, TooFar
from routing.pruning.feasibility import Feasible
from routing.pruning.prerequisite_order import LEAST, NEVER, InOrder
from routing.search.best_path import Bar, RankedPath, best_plan
from routing.search.graph import HopGraph
from routing.search.programme import Graph, Programme, plans_of

LARGE = 150
"""With more ports and edges, no further plan of a graph is solved once services close: searching anew is quicker."""


class BestPaths(Protocol):
    """A finder of the best path without given organizations: in one graph, or over many worlds."""

    def approach(self, excluded: frozenset[int], most_open: int | None = None) -> Approach:
        """Yield rising lower bounds (keys) on the best path without the excluded organizations; last the path.

        The last item is `None` without a path. A path leaves at most `most_open` required needs open, `None`: any
        number.
        """
        ...


class Rankable(BestPaths, Protocol):
    """A finder whose paths can be ranked: the best paths of one graph."""

    @property
    def hop_graph(self) -> HopGraph:
        """The graph."""
        ...

    def best(self, excluded: frozenset[int], most_open: int | None = None) -> RankedPath | None:
        """Return the best path without the excluded organizations, or `None`."""
        ...

    def exists(self, excluded: frozenset[int], most_open: int) -> bool:
        """Say whether any path without the excluded organizations leaves at most `most_open` required needs open."""
        ...

    def ranked(self, first: RankedPath, limit: int) -> tuple[list[RankedPath], bool]:
        """Return the same as `alternatives`."""
        ...


@dataclass
class Without:
    """The best path without given organizations, each set solved once; for one request.

    A plan of prerequisites is solved only once the plan could win, and then without exclusions: detours around excluded
    organizations are searched in the plan's tables, no further than a detour could be the best. Where the detour takes
    too long, the plan is solved anew. With a `bar`, only paths that pass the bar count.
    """

    hop_graph: HopGraph
    bar: Bar | None = None
    closed: frozenset[int] = frozenset()
    _solved: dict[tuple[frozenset[int], int | None], RankedPath | None] = field(default_factory=dict)
    _ranked: dict[int, list[RankedPath]] = field(default_factory=dict)
    _detours: dict[int, dict[frozenset[int], Detours]] = field(default_factory=dict)
    _programmes: dict[int, Programme] = field(default_factory=dict)

    @cached_property
    def _fitting(self) -> list[int]:
        return plans_of(self.hop_graph)

    @cached_property
    def _feasible(self) -> Feasible:
        return Feasible(self.hop_graph)

    @cached_property
    def _in_order(self) -> InOrder:
        return InOrder(self._graph, self._fitting, self.bar)

    def closing(self, rows: frozenset[int]) -> Without:
        """Return the same finder with the given services no longer counted as open (services of `Scenario.opened`).

        The finder looks for ways round closed services in the tables of the original, and raises `TooFar` where
        searching anew is shorter: the way round is long, or the graph is large and its tables of other plans would have
        to be solved.
        """
        _ = self._in_order  # shared, as all that is worked out
        same = copy(self)
        same.closed, same._solved, same._ranked = self.closed | rows, {}, {}
        return same

    def best(self, excluded: frozenset[int], most_open: int | None = None) -> RankedPath | None:
        """Return the best path without the excluded organizations, or `None`."""
        *_, found = self.approach(excluded, most_open)
        return found if isinstance(found, RankedPath) else None

    def ranked(self, first: RankedPath, limit: int) -> tuple[list[RankedPath], bool]:
        """Return the same as `alternatives`, computed once."""
        if limit in self._ranked:
            return self._ranked[limit], True
        plans, complete = alternatives(self, first, limit)
        if complete:
            self._ranked[limit] = plans
        return plans, complete

    def approach(self, excluded: frozenset[int], most_open: int | None = None) -> Approach:
        """Yield rising lower bounds (keys) on the best path without the excluded organizations; last the path.

        The last item is `None` without a path.
        """
        key = excluded, most_open
        if key not in self._solved:
            at_least = self._at_least(excluded, most_open)
            if LEAST < at_least < NEVER:
                yield at_least
            plans = (
                (bound, None if one is None else self._around(one, excluded, most_open))
                for bound, one in self._in_order
            )
            self._solved[key] = (yield from best_of(plans, told=at_least)) if at_least < NEVER else None
        yield self._solved[key]

    def _at_least(self, excluded: frozenset[int], most_open: int | None) -> Key:
        """Return a lower bound (a key) on the best path without the excluded organizations.

        Fewer exclusions never make a path dearer, so the best path with fewer exclusions is a lower bound.
        """
        if most_open is not None and self._surely_open(excluded) > most_open:
            return NEVER
        fewer = [(frozenset[int](), None), *((excluded - {one}, most_open) for one in excluded)]
        known = [self._solved[less] for less in fewer if less in self._solved]
        return max((NEVER if plan is None else plan.key[:2] for plan in known), default=LEAST)

    def exists(self, excluded: frozenset[int], most_open: int) -> bool:
        """Say whether any path without the excluded organizations leaves at most `most_open` required needs open.

        The path need not be the best, so most of the answer is found without prices; the programme has the last word.
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

    @cached_property
    def _graph(self) -> Graph:
        return Graph(self.hop_graph)

    @cached_property
    def _is_large(self) -> bool:
        """Whether solving a further plan takes longer than searching anew with few services open."""
        hop_graph = self.hop_graph
        return len(hop_graph.ports) + len(hop_graph.passages) + len(hop_graph.shared) + len(hop_graph.own) > LARGE

    @cached_property
    def _doors(self) -> Doors:
        return Doors(self.hop_graph)

    def _surely_open(self, excluded: frozenset[int]) -> int:
        """Return how many required needs only excluded organizations can meet."""
        needs = self.hop_graph.scenario.profile.needs
        return sum(need.required and self._providers[place] <= excluded for place, need in enumerate(needs))

    @cached_property
    def _providers(self) -> list[set[int]]:
        """The organizations that could meet each need."""
        found: list[set[int]] = [set() for _ in self.hop_graph.bits]
        for port in self.hop_graph.ports:
            for offer in port.offers:
                found[offer.bit].add(port.organization)
        return found

    def _around(self, plan: int, excluded: frozenset[int], most_open: int | None) -> Approach:
        """Yield the keys of `approach` for one plan, from the solved tables with the most of the same exclusions."""
        solved = self._detours.get(plan, {})
        nearest = max((left_out for left_out in solved if left_out <= excluded), key=len, default=None)
        if nearest is None:
            if self.closed and self._detours and self._is_large:
                raise TooFar
            nearest = frozenset()
            solved = self._detours[plan] = {nearest: self._detours_in(plan, nearest)}
        try:
            yield from solved[nearest].approach(excluded, most_open, self.closed)
            return
        except TooFar:
            if self.closed:
                raise
        if nearest != excluded:
            solved[excluded] = self._detours_in(plan, excluded)
            try:
                yield from solved[excluded].approach(excluded, most_open)
                return
            except TooFar:
                pass
        yield best_plan((solved[excluded].tables,), most_open, self.bar)

    def _detours_in(self, plan: int, excluded: frozenset[int]) -> Detours:
        return Detours(self._programme(plan).run(excluded), self._doors, self.bar)

    def _programme(self, plan: int) -> Programme:
        if plan not in self._programmes:
            self._programmes[plan] = Programme(self.hop_graph, plan, graph=self._graph)
        return self._programmes[plan]


@dataclass(frozen=True, slots=True)
class Ranking:
    """The best path and its alternatives, best first, and the sole providers.

    Sole providers are organizations (indices) without which no path is as good. Not `complete`: time ran out; the
    content is exact as far as the search went, and more paths and sole providers may exist.
    """

    plans: tuple[RankedPath, ...] = ()
    sole_providers: frozenset[int] = frozenset()
    complete: bool = True


def rank(
    without: Rankable, limit: int, *, out_of_time: OutOfTime = never, candidates: frozenset[int] | None = None
) -> Ranking:
    """Return the best path and its alternatives, at most `limit`, and the sole providers; pure.

    An alternative leaves no more required needs open than the first path does. A sole provider is an organization
    without which no path leaves as few open; with `candidates`, only candidates can be sole providers.
    """
    first = without.best(frozenset())
    if first is None:
        return Ranking()
    # Sole providers come first: they say more than a fifth path, and the tree asks for the same.
    most_open, sole = sum(first.open_required), set[int]()
    try:
        with without.hop_graph.scenario.patience.until(out_of_time):
            for organization in sorted(first.organizations if candidates is None else candidates):
                if not without.exists(frozenset({organization}), most_open):
                    sole.add(organization)
            plans, complete = without.ranked(first, limit)
    except TimeIsUp:
        return Ranking((first,), frozenset(sole), complete=False)
    return Ranking(tuple(plans), frozenset(sole), complete)


def alternatives(without: BestPaths, first: RankedPath, limit: int) -> tuple[list[RankedPath], bool]:
    """Return the ranked paths from the `first` on, at most `limit`, and whether time allowed to find every path."""
    most_open, ticket = sum(first.open_required), count()
    start: Approach = iter((first,))
    heap: list[Node[frozenset[int]]] = [(first.key, next(ticket), frozenset(), start, first)]
    seen = {frozenset[int]()}
    accepted: list[RankedPath] = []
    while heap:
        key, _, excluded, approach, plan = heapq.heappop(heap)
        if plan is None:
            try:
                push(heap, next(ticket), excluded, approach, key[:2])
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
