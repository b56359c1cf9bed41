"""Paths beside the plain paths: paths searched before are not searched again.

A path is plain without an added prerequisite and without a gateway. Once the plain paths are ranked, the remaining
paths are searched in a graph in which plain paths do not count; mostly no remaining path is cheap enough, and the
ranking stands.
"""

from __future__ import annotations

from dataclasses import dataclass

from routing.budget import OutOfTime, TimeIsUp
from routing.handoffs.offers import ENDLESS
from routing.pruning.best_first import best_of
from routing.pruning.detours import Approach
from routing.pruning.offer_filter import Narrowing
from routing.pruning.prerequisite_order import LEAST
from routing.ranking.alternatives import Ranking, Without, alternatives, rank
from routing.search.best_path import Bar, RankedPath
from routing.search.graph import HopGraph


@dataclass(frozen=True)
class _Together:
    """The better of the best paths of two parts of a `whole` graph; for one request. Plays `Rankable`."""

    plain: Without
    others: Without
    whole: Without

    @property
    def hop_graph(self) -> HopGraph:
        return self.whole.hop_graph

    def approach(self, excluded: frozenset[int], most_open: int | None = None) -> Approach:
        parts = ((LEAST, part.approach(excluded, most_open)) for part in (self.plain, self.others))
        yield (yield from best_of(parts))

    def best(self, excluded: frozenset[int], most_open: int | None = None) -> RankedPath | None:
        *_, found = self.approach(excluded, most_open)
        return found if isinstance(found, RankedPath) else None

    def exists(self, excluded: frozenset[int], most_open: int) -> bool:
        return self.whole.exists(excluded, most_open)

    def ranked(self, first: RankedPath, limit: int) -> tuple[list[RankedPath], bool]:
        return alternatives(self, first, limit)


@dataclass(frozen=True)
class Beside:
    """The ranking of `plain` paths, complete up to a cost of `within`; for one request."""

    narrowing: Narrowing
    plain: Without
    found: Ranking
    within: int
    out_of_time: OutOfTime

    def rank(self, whole: Without, candidates: frozenset[int] | None, bar: Bar | None = None) -> Ranking:
        """Return the ranking of a graph's paths that pass a bar, `None` for any; as `alternatives.rank`. Pure."""
        limit, most = self.narrowing.scenario.profile.limit, ENDLESS if bar is None else bar.total - 1
        if most > self.within:
            return rank(whole, limit, out_of_time=self.out_of_time, candidates=candidates)
        others = Without(whole.hop_graph.but_plain(), bar)
        together = _Together(self.plain, others, whole)
        try:
            with self.narrowing.scenario.patience.until(self.out_of_time):
                if others.best(frozenset()) is None:
                    return self.found
        except TimeIsUp:
            first = together.best(frozenset())  # which is owed all the same
            sole = self.narrowing.surely_needed(first, self.found.sole_providers)
            return Ranking(() if first is None else (first,), sole, complete=False)
        return rank(together, limit, out_of_time=self.out_of_time, candidates=candidates)
