"""Conditions for a better path: the facts, consents and choices that stand between the client and the path."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from routing.budget import IsExpired, TimeBudgetExceeded
from routing.conditional.world_regions import RegionsAsked, WorldsWithout
from routing.conditional.worlds import build_worlds
from routing.handoffs.hops import Hops
from routing.handoffs.offers import ENDLESS
from routing.model import ConditionalPath
from routing.ports import AskRules
from routing.ranking.alternatives import alternatives
from routing.search.describe import describe
from routing.search.ranked_path import Bar, RankedPath
from routing.search.tables import points

_ANY = Bar(open_required=1 << 30, total=0)
"""The bar without a path of today."""


@dataclass(frozen=True, slots=True)
class ConditionalPaths:
    """Conditional paths, best first. Not `complete`: some worlds, or some paths, were not searched."""

    paths: Sequence[ConditionalPath]
    complete: bool


def find_conditional(
    today: Hops, first: RankedPath | None, rules: AskRules, *, limit: int, is_expired: IsExpired
) -> ConditionalPaths:
    """Return the best paths that a world allows and the present does not, at most `limit`, each with conditions.

    `first` is today's best path: a conditional path leaves fewer required needs open, or as many for fewer points. Pure
    and deterministic; order, ties and "does without" as for today's paths.

    Raises:
        SearchDefect: the search contradicts its own prices.
    """
    try:
        with today.scenario.time_budget.until(is_expired):
            return _search(today, first, rules, limit)
    except TimeBudgetExceeded:
        return ConditionalPaths((), complete=False)


def _search(today: Hops, first: RankedPath | None, rules: AskRules, limit: int) -> ConditionalPaths:
    """Return the paths within a guess, which are the best; where too few, the best of all in the time left."""
    today.scenario.time_budget.check()
    worlds = build_worlds(today.scenario, rules.age_bounds())
    bar = _ANY if first is None else Bar(sum(first.open_required), points(first.value))
    question = RegionsAsked(today, worlds, rules, bar)
    without = whole = WorldsWithout(question)
    ranked_paths = list[RankedPath]()
    if (guess := whole.guess) < ENDLESS:
        without = WorldsWithout(replace(question, most=guess))
        ranked_paths, to_the_end = _ranked(without, limit)
        ranked_paths = [ranked_path for ranked_path in ranked_paths if points(ranked_path.value) <= guess]
    if len(ranked_paths) < limit:
        all_paths, to_the_end = _ranked(whole, limit)
        if len(all_paths) >= len(ranked_paths):
            without, ranked_paths = whole, all_paths
    paths = []
    for rank, ranked_path in enumerate(ranked_paths, start=1):
        region, conditions = without.entry_of(ranked_path)
        hop_graph = region.without.hop_graph
        path = describe(hop_graph.hops, hop_graph.requirements, ranked_path, rank)
        paths.append(ConditionalPath(path, conditions))
    return ConditionalPaths(tuple(paths), complete=worlds.complete and without.complete and to_the_end)


def _ranked(without: WorldsWithout, limit: int) -> tuple[list[RankedPath], bool]:
    """Return the best paths, and whether time sufficed for the whole list."""
    try:
        best = without.best(frozenset())
    except TimeBudgetExceeded:
        return [], False
    return ([], True) if best is None else alternatives(without, best, limit)
