"""The plans of prerequisites, the least bound first: computed only as far as asked, and shared by every caller.

Every plan is bounded at once (`pruning/prerequisite_bound.py`). Plans that add prerequisites come in groups, each group
with the plans that add at least the same types, and only once a group's bound has its turn: then its plans without a
further type, and the groups within it, are bounded anew.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from itertools import count

from routing.costs import URGENCIES
from routing.kept import cached_property
from routing.pruning.detours import Key
from routing.pruning.prerequisite_bound import bound_group, bound_plan, bound_plans
from routing.search.best_path import Bar
from routing.search.programme import Graph
from routing.search.tables import UNREACHABLE

_PLAN, _GROUP = 0, 1
_ROUGH, _TOLD, _SHARP = 0, 1, 2

_Item = tuple[Key, int, int, int]
"""A bound, of a plan or a group, its bits, and whether the bound is rough, was yielded, or is sharp."""

LEAST: Key = (), 0
NEVER: Key = (1 << 10,) * len(URGENCIES), UNREACHABLE


class InOrder:
    """Iterates over the plans of one graph, each with a lower bound (a key) on its paths; the bounds never fall.

    A bound without a plan (`None`) announces that work may follow: a caller with a path no worse than the bound may
    stop. The object can be iterated any number of times, also after time was up. With a `bar`, plans without a path
    that passes the bar are left out.
    """

    def __init__(self, graph: Graph, plans: list[int], bar: Bar | None = None) -> None:
        self._graph, self._all, self._bar = graph, plans, bar
        self._known: list[tuple[Key, int | None]] = []

    def __iter__(self) -> Iterator[tuple[Key, int | None]]:
        """Yield keys and plans (global masks)."""
        for place in count():
            if place == len(self._known) and not self._step():
                return
            yield self._known[place]

    def _step(self) -> bool:
        """Compute the next item, False at the end; an interruption loses no work."""
        heap = self._heap
        while heap:
            bound, what, bits, stage = heap[0]
            if stage == _ROUGH:
                heapq.heapreplace(heap, (bound, what, bits, _TOLD))
                self._known.append((bound, None))
                return True
            if stage == _TOLD:
                sharper = (bound_plan if what == _PLAN else bound_group)(self._graph, bits, self._bar)
                heapq.heappop(heap)
                if sharper is not None:
                    heapq.heappush(heap, (max(bound, sharper), what, bits, _SHARP))
                continue
            heapq.heappop(heap)
            if what == _PLAN:
                self._known.append((bound, bits))
                return True
            for key, plan in self._groups.get(bits, []):
                heapq.heappush(heap, (max(key, bound), _PLAN, plan, _ROUGH))
            for item in self._groups_within(bits, bound):
                heapq.heappush(heap, item)
        return False

    @cached_property
    def _heap(self) -> list[_Item]:
        heap = [(key, _PLAN, plan, _SHARP) for key, plan in self._groups.get(0, [])]
        heap += self._groups_within(0, LEAST)
        heapq.heapify(heap)
        return heap

    @cached_property
    def _groups(self) -> dict[int, list[tuple[Key, int]]]:
        """The plans that some path may fit, with their bounds, the least first; by the first bit of each type added."""
        needs, found = self._graph.hop_graph.needs, dict[int, list[tuple[Key, int]]]()
        for key, plan in self._bounds():
            added = self._graph.first_of_types(plan >> needs << needs)
            found.setdefault(added, []).append((key, plan))
        return found

    def _bounds(self) -> list[tuple[Key, int]]:
        if len(self._all) == 1:
            return [(((0,) * len(URGENCIES), 0), self._all[0])]
        bounds = bound_plans(self._graph.hop_graph, self._all, self._graph.unasked, self._bar)
        return sorted((bound, plan) for bound, plan in zip(bounds, self._all, strict=True) if bound < NEVER)

    def _groups_within(self, group: int, bound: Key) -> list[_Item]:
        """Return the groups that add a further type, after the last type of the given group."""
        found: dict[int, Key] = {}
        for kinds, plans in self._groups.items():
            more = kinds >> group.bit_length() << group.bit_length()
            if more and kinds ^ more == group:
                added = group | more & -more
                found[added] = min(found.get(added, NEVER), plans[0][0])
        return [(max(key, bound), _GROUP, added, _ROUGH) for added, key in found.items()]
