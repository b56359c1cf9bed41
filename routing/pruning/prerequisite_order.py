"""The plans of prerequisites in order of a lower bound, each worked out once and only when a search needs it.

A group of plans adds at least a given set of types, and is bounded as a whole, by the least key of a `relaxed`
programme; when its bound is the least, its subgroups and the plans with exactly its types inherit it. Of these plans,
those that differ in urgencies alone are bounded together once more, by a `merged` programme.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from itertools import count

import numpy as np

from routing.cached_property import cached_property
from routing.costs import URGENCIES
from routing.search.best_path import Key
from routing.search.programme import Graph, Programme
from routing.search.ranked_path import Bar
from routing.search.tables import UNREACHABLE, left_open, packed

_GROUP, _GROUP_TOLD, _GROUP_BOUNDED, _ALIKE, _ALIKE_TOLD, _PLAN = range(6)
"""Where a bound stands: inherited by a group, or by plans alike; told to the search; worked out anew; or of a plan.

What was told comes right after what was not.
"""

_Item = tuple[Key, int, int]
"""A bound, where it stands, and the types of a group (a mask with the first bit of each) or a plan's bits.

Plans alike have, beside the needs planned, the first bit of each type.
"""

LEAST: Key = (), 0
NEVER: Key = (1 << 10,) * len(URGENCIES), UNREACHABLE


def bound_group(graph: Graph, added: int, bar: Bar | None = None) -> Key | None:
    """Return a lower bound on the keys of the paths that add at least the given types and pass the bar; pure."""
    return _least_key(Programme(graph.hop_graph, added, graph=graph, relaxed=True), bar)


def bound_alike(graph: Graph, planned: int, bar: Bar | None = None) -> Key | None:
    """Return the same for the plans with the given types added, in any urgency, and the given needs; pure."""
    return _least_key(Programme(graph.hop_graph, planned, graph=graph, merged=True), bar)


def _least_key(programme: Programme, bar: Bar | None) -> Key | None:
    starts = programme.run(frozenset()).starts
    return next((start.key for start in starts if bar is None or bar.lets_by(*start.key)), None)


class InOrder:
    """Iterates over the plans of a graph, each with a lower bound on the keys of its paths; the bounds never fall.

    A bound without a plan (None) comes before a closer bound is worked out: a search with a path no dearer stops there.
    Iterable any number of times, also after time was up.
    """

    def __init__(self, graph: Graph, bar: Bar | None = None) -> None:
        self._graph, self._bar = graph, bar
        self._entries: list[tuple[Key, int | None]] = []
        # The groups and plans still to come; first the group of every plan, which needs no bound.
        self._heap: list[_Item] = [(LEAST, _GROUP_BOUNDED, 0)]

    def __iter__(self) -> Iterator[tuple[Key, int | None]]:
        """Yield keys and plans (global masks)."""
        for place in count():
            if place == len(self._entries) and not self._step():
                return
            yield self._entries[place]

    def _step(self) -> bool:
        """Work out the next entries, False after the last plan; can be called again after `TimeBudgetExceeded`."""
        heap = self._heap
        while heap:
            bound, stage, mask = heap[0]
            if stage in (_GROUP, _ALIKE):
                heapq.heapreplace(heap, (bound, stage + 1, mask))
                self._entries.append((bound, None))
                return True
            closer: Key | None = bound
            if stage in (_GROUP_TOLD, _ALIKE_TOLD):
                closer = (bound_group if stage == _GROUP_TOLD else bound_alike)(self._graph, mask, self._bar)
            within = [] if closer is None else [*self._within(stage, mask, max(bound, closer))]
            heapq.heappop(heap)  # once nothing can take long any more
            if stage == _PLAN:
                self._entries.append((bound, mask))
                return True
            for item in within:
                heapq.heappush(heap, item)
        return False

    def _within(self, stage: int, mask: int, bound: Key) -> Iterator[_Item]:
        """Yield what inherits the bound of a group or of plans alike."""
        if stage == _GROUP_TOLD:
            yield bound, _GROUP_BOUNDED, mask
        elif stage == _GROUP_BOUNDED:
            yield from self._groups_within(mask, bound)
            yield from self._plans_of(mask, bound)
        elif stage == _ALIKE_TOLD:
            for plan in self._alike[mask]:
                yield max(bound, self._needs_open[plan]), _PLAN, plan

    @cached_property
    def _alike(self) -> dict[int, list[int]]:
        """The plans that differ in urgencies alone, by the needs planned and the first bit of each type added."""
        plans = dict[int, list[int]]()
        for plan in self._graph.plans:
            plans.setdefault(self._graph.first_of_types(plan), []).append(plan)
        return plans

    @cached_property
    def _by_types(self) -> dict[int, list[int]]:
        """The plans alike, by the types added (a mask with the first bit of each)."""
        needs, plans = self._graph.hop_graph.needs, dict[int, list[int]]()
        for plan in self._alike:
            plans.setdefault(plan >> needs << needs, []).append(plan)
        return plans

    def _groups_within(self, group: int, bound: Key) -> list[_Item]:
        """Return the groups with a further type, later than the types of the given group."""
        width = group.bit_length()
        later = {types: types >> width << width for types in self._by_types}
        groups = {group | more & -more for types, more in later.items() if more and types ^ more == group}
        return [(bound, _GROUP, types) for types in groups]

    def _plans_of(self, group: int, bound: Key) -> Iterator[_Item]:
        """Yield the plans with exactly the types of a group; each bound counts the needs surely left open."""
        for alike in self._by_types.get(group, ()):
            plans = self._alike[alike]
            least = max(bound, min(self._needs_open[plan] for plan in plans))
            yield (least, _ALIKE, alike) if len(plans) > 1 else (least, _PLAN, plans[0])

    @cached_property
    def _needs_open(self) -> dict[int, Key]:
        """A lower bound on the keys of each plan's paths, by the needs that none of these can meet."""
        scenario, plans = self._graph.hop_graph.scenario, self._graph.plans
        open_required, optional = left_open(scenario.profile, np.array([*plans.values()], dtype=np.int64))
        packed_points = packed(scenario.weights.optional_uncovered, 0) * optional
        keys = zip(map(tuple, open_required.T.tolist()), packed_points.tolist(), strict=True)
        return dict(zip(plans, keys, strict=True))
