"""The best paths that pass a bar, found in no more of a graph than certainty needs.

A conditional path leaves fewer required needs open than today's best path, or as many for fewer points, and has a
condition at one step at least. So most offers are too dear for such a path before any hop is built, and where only
today's offers are left, there is no search. Otherwise offers on cheap paths are searched first, then more offers: a
path is certain once it covers every need that can be covered, and no path left out costs less.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

import numpy as np

from routing.client.scenario import Scenario
from routing.costs import ASKS, MODES, URGENCIES
from routing.directory.arrays import are_among
from routing.handoffs.gateways import Gateways
from routing.handoffs.offers import ENDLESS, Flags, Points, Scope
from routing.kept import cached_property
from routing.pruning.best_first import rising
from routing.pruning.offer_filter import VERY_FEW, OfferFilter
from routing.ranking.alternatives import Without
from routing.search.best_path import Approach, Key
from routing.search.graph import HopGraph, hop_graph_of
from routing.search.ranked_path import Bar, RankedPath
from routing.search.tables import packed

_WARM, _SELF = 1 << MODES.index("warm"), 1 << MODES.index("self")

_STEPS = (450, 900, 1_500)
"""The points above the least cost of any path up to which paths are searched: first, second, third."""


class RegionSearch:
    """The best paths of some worlds without given organizations, better than a bar; for one request.

    The scenario of the `gateways` opens every service that any of the worlds opens, `today` the services open as things
    stand; with `must_mark` only paths that meet a marked offer count.
    """

    def __init__(self, gateways: Gateways, today: Scenario, bar: Bar, *, must_mark: bool) -> None:
        self._gateways, self._must_mark = gateways, must_mark
        self._scenario, self._today, self._bar = gateways.hops.scenario, today, bar
        self._searched: dict[int, Without] = {}
        self._found_in: dict[int, HopGraph] = {}
        self._dearer: dict[frozenset[int], int] = {}

    def approach(self, excluded: frozenset[int], most_open: int | None = None) -> Approach:
        """Yield rising lower bounds (keys) on the best path that passes the bar; last the path itself, or `None`.

        The path uses none of the `excluded` organizations. No graph is built before its turn.
        """
        most = self._bar.open_required if most_open is None else min(most_open, self._bar.open_required)
        left = self._least_open(excluded)
        found: Approach = iter((None,))
        if sum(left) <= most:
            found = self._by_levels(left, excluded, most_open)
        return rising(found)

    def _by_levels(self, left: tuple[int, ...], excluded: frozenset[int], most_open: int | None) -> Approach:
        """Yield what `approach` does, where no path leaves fewer required needs open than are `left`."""
        covers_all, no_fewer = left == self._filter.least_open, sum(left) == self._bar.open_required
        yield left, packed(self._dearer_than(excluded) + 1, 0) if covers_all else 0
        if covers_all:  # then no path covers more, and the cheapest path covers as much
            for at_most in self._levels(excluded, self._bar.total - 1 if no_fewer else ENDLESS):
                beyond = left, packed(at_most + 1, 0)
                for found in self._within(at_most, excluded, most_open):
                    if found is None or _key(found) >= beyond:
                        break
                    yield found
                    if isinstance(found, RankedPath):
                        return
                self._dearer[excluded] = at_most
                yield beyond
            if no_fewer:
                yield None
                return
        yield from self._within(None, excluded, most_open)

    def _dearer_than(self, excluded: frozenset[int]) -> int:
        """Return points below which no path without the excluded organizations is known to exist."""
        return max((known for fewer, known in self._dearer.items() if fewer <= excluded), default=self._least - 1)

    def hop_graph_of(self, ranked_path: RankedPath) -> HopGraph:
        """Return the graph in which a path yielded by `approach` was found."""
        return self._found_in[id(ranked_path)]  # ranked paths live as long as the search that found them

    @cached_property
    def _filter(self) -> OfferFilter:
        return OfferFilter(self._scenario)

    @cached_property
    def _least(self) -> int:
        """The least that any path can cost that asks for something at one step."""
        return int(self._filter.least[self._asked_for].min(initial=ENDLESS)) + ASKS

    def _levels(self, excluded: frozenset[int], at_most: int) -> Iterator[int]:
        """Yield the highest costs of paths to search, rising, to `at_most` where `at_most` is not endless."""
        steps = (self._least + step for step in _STEPS)
        levels = [*(level for level in steps if level < at_most), *([at_most] if at_most < ENDLESS else [])]
        while len(levels) > 1 and self._are_few(levels[1]):
            del levels[0]
        return (level for level in levels if level > self._dearer_than(excluded))

    def _are_few(self, at_most: int) -> bool:
        """Say whether so few offers fit on a path of `at_most` points that a smaller search is not worthwhile."""
        return int((self._least_with <= at_most - ASKS).sum()) <= VERY_FEW

    def _within(self, at_most: int | None, excluded: frozenset[int], most_open: int | None) -> Approach:
        """Yield the keys of `approach` in the graph of paths of at most `at_most` points, `None` for any."""
        key = -1 if at_most is None else at_most
        if key not in self._searched:
            self._searched[key] = Without(self._build(None if at_most is None else self._scope(at_most)), self._bar)
        without = self._searched[key]
        if not self._asks(without.hop_graph):
            yield None
            return
        for found in without.approach(excluded, most_open):
            if isinstance(found, RankedPath):
                self._found_in[id(found)] = without.hop_graph
            yield found

    def _build(self, scope: Scope | None) -> HopGraph:
        return hop_graph_of(self._gateways, must_mark=self._must_mark, scope=scope)

    @staticmethod
    def _asks(hop_graph: HopGraph) -> bool:
        """Say whether any hop of a graph has a condition; without such a hop today allows every path of the graph."""
        edges = chain(hop_graph.shared, hop_graph.own, hop_graph.own_services, hop_graph.onward)
        return any(edge.hop.asked for edge in edges)

    def _scope(self, at_most: int) -> Scope:
        scope = replace(self._filter.through(self._least_with, at_most - ASKS), most=at_most)
        return self._filter.narrower(self._gateways, scope)

    @cached_property
    def _least_with(self) -> Points:
        """The least of a path through each offer, `ASKS` aside, that asks for something."""
        return self._filter.relaxed.least_with(self._asked_for)

    @cached_property
    def _asked_for(self) -> Flags:
        """Every offer except the offers open today to any holder, the origin included: those need no condition.

        A path of such exceptions alone could be taken today, at the same cost or less.
        """
        table, columns = self._filter.table, self._scenario.snapshot.columns
        opened = np.ones(len(table.row), dtype=np.bool_)
        for bit, need in enumerate(self._scenario.profile.needs):
            mine = table.bit == bit
            opened[mine] = ~are_among(table.row[mine], self._today.takers_of(need.type))
        alone = _SELF | (_WARM if self._today.profile.client_present is True else 0)
        by_word = (columns.modes[table.row] & alone) > 0
        at_home = table.owner == self._scenario.origin
        found: Flags = ~(table.free & table.open & (by_word | at_home | table.told)) | opened
        return found

    def _least_open(self, excluded: frozenset[int]) -> tuple[int, ...]:
        """Return how many required needs, by urgency, only excluded organizations can meet."""
        needs = self._scenario.profile.needs
        pairs = zip(needs, self._providers, strict=True)
        left = [need.urgency for need, who in pairs if need.required and who <= excluded]
        return tuple(left.count(urgency) for urgency in URGENCIES)

    @cached_property
    def _providers(self) -> list[set[int]]:
        """Who could meet each need."""
        table = self._filter.table
        return [set(table.owner[table.bit == place].tolist()) for place in range(len(self._scenario.profile.needs))]


def _key(found: Key | RankedPath) -> Key:
    return found.key[:2] if isinstance(found, RankedPath) else found
