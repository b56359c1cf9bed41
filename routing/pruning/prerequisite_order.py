"""The plans of prerequisites in order of a lower bound, each worked out once and only when a search needs it.

A group of plans adds at least a given set of types, and is bounded as a whole, by the least key of a `relaxed`
programme; when its bound is the least, its subgroups and the plans with exactly its types inherit it.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from itertools import count

import numpy as np

from routing.costs import URGENCIES
from routing.kept import cached_property
from routing.search.best_path import Key
from routing.search.programme import Graph, Programme
from routing.search.ranked_path import Bar
from routing.search.tables import UNREACHABLE, left_open, packed

_INHERITED, _TOLD, _WORKED_OUT, _PLAN = range(4)
"""Where a bound stands: inherited by a group, told to the search, worked out anew for the group; or of a plan."""

_Item = tuple[Key, int, int]
"""A bound, where it stands, and the types of the group (a mask with the first bit of each) or the plan's bits."""

LEAST: Key = (), 0
NEVER: Key = (1 << 10,) * len(URGENCIES), UNREACHABLE


def bound_group(graph: Graph, added: int, bar: Bar | None = None) -> Key | None:
    """Return a lower bound on the keys of the paths that add at least the given types and pass the bar; pure."""
    starts = Programme(graph.hop_graph, added, graph=graph, relaxed=True).run(frozenset()).starts
    return next((start.key for start in starts if bar is None or bar.lets_by(*start.key)), None)


class InOrder:
    """Iterates over the plans of a graph, each with a lower bound on the keys of its paths; the bounds never fall.

    A bound without a plan (None) comes before a closer bound is worked out: a search with a path no dearer stops there.
    Iterable any number of times, also after time was up.
    """

    def __init__(self, graph: Graph, plans: list[int], bar: Bar | None = None) -> None:
        self._graph, self._plans, self._bar = graph, plans, bar
        self._entries: list[tuple[Key, int | None]] = []
        # The groups and plans still to come; first the group of every plan, which needs no bound.
        self._heap: list[_Item] = [(LEAST, _WORKED_OUT, 0)]

    def __iter__(self) -> Iterator[tuple[Key, int | None]]:
        """Yield keys and plans (global masks)."""
        for place in count():
            if place == len(self._entries) and not self._step():
                return
            yield self._entries[place]

    def _step(self) -> bool:
        """Work out the next entries, False after the last plan; can be called again after `TimeIsUp`."""
        heap = self._heap
        while heap:
            bound, stage, mask = heap[0]
            if stage == _INHERITED:
                heapq.heapreplace(heap, (bound, _TOLD, mask))
                self._entries.append((bound, None))
                return True
            closer = bound_group(self._graph, mask, self._bar) if stage == _TOLD else bound
            heapq.heappop(heap)
            if stage == _PLAN:
                self._entries.append((bound, mask))
                return True
            if stage == _TOLD:
                within = [] if closer is None else [(max(bound, closer), _WORKED_OUT, mask)]
            else:
                within = [*self._groups_within(mask, bound), *self._plans_of(mask, bound)]
            for item in within:
                heapq.heappush(heap, item)
        return False

    @cached_property
    def _by_types(self) -> dict[int, list[int]]:
        """The plans, by the types added (a mask with the first bit of each)."""
        needs, plans = self._graph.hop_graph.needs, dict[int, list[int]]()
        for plan in self._plans:
            plans.setdefault(self._graph.first_of_types(plan >> needs << needs), []).append(plan)
        return plans

    def _groups_within(self, group: int, bound: Key) -> list[_Item]:
        """Return the groups with a further type, later than the types of the given group."""
        width = group.bit_length()
        later = {types: types >> width << width for types in self._by_types}
        groups = {group | more & -more for types, more in later.items() if more and types ^ more == group}
        return [(bound, _INHERITED, types) for types in groups]

    def _plans_of(self, group: int, bound: Key) -> list[_Item]:
        """Return the plans with exactly the types of a group; each bound counts the needs left open."""
        scenario, plans = self._graph.hop_graph.scenario, self._by_types.get(group, [])
        open_required, optional = left_open(scenario.profile, np.array(plans, dtype=np.int64) | self._graph.unasked)
        keys = zip(
            map(tuple, open_required.T.tolist()),
            (packed(scenario.weights.optional_uncovered, 0) * optional).tolist(),
            strict=True,
        )
        return [(max(bound, key), _PLAN, plan) for key, plan in zip(keys, plans, strict=True)]
