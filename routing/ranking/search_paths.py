"""The ranking of the paths of a request, found in the smallest part of the graph that proves the ranking."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from routing.budget import IsExpired, TimeBudgetExceeded, never
from routing.client.scenario import Scenario
from routing.handoffs.gateways import Gateways
from routing.handoffs.hops import Hops
from routing.handoffs.offers import ENDLESS
from routing.ports import HopRules
from routing.pruning.feasibility import Needed
from routing.pruning.offer_filter import OfferFilter
from routing.ranking.alternatives import Ranking, Without, rank
from routing.search.graph import HopGraph, hop_graph_of
from routing.search.tables import points

_NOTHING = -1
"""Fewer points than any path costs."""


def search_paths(
    scenario: Scenario, rules: HopRules, *, is_expired: IsExpired = never, with_sole_providers: bool = True
) -> tuple[HopGraph, Ranking]:
    """Return the ranking of the paths, that of the whole graph, and the part of the graph that proves it; pure.

    Where the scenario has no patience left for a proof, the best path so far.

    Raises:
        UnknownArea: the client's area is not in the snapshot.
    """
    offer_filter, gateways = OfferFilter(scenario), Gateways(scenario, Hops.at(scenario, rules))
    hop_graph, result = None, Ranking()
    try:
        for without, ranking in _rankings(offer_filter, gateways, is_expired):
            hop_graph, result = without.hop_graph, ranking
    except TimeBudgetExceeded:
        result = Ranking(result.ranked_paths[:1], complete=False, is_optimal=False)
    if hop_graph is None:
        hop_graph = hop_graph_of(gateways, scope=offer_filter.plainly_within(_NOTHING))
    if with_sole_providers:
        result = _with_sole_providers(offer_filter, gateways, result, is_expired)
    return hop_graph, result


def _rankings(
    offer_filter: OfferFilter, gateways: Gateways, is_expired: IsExpired
) -> Iterator[tuple[Without, Ranking]]:
    """Yield rankings of the paths, in larger and larger parts of the graph; the last is exact."""
    limit = offer_filter.scenario.profile.limit
    for entry in _plain(offer_filter, gateways, is_expired):
        without, ranking, within = entry
        yield without, ranking
    if [ranked_path.open_required for ranked_path in ranking.ranked_paths[:1]] != [offer_filter.least_open]:
        offer_filter = offer_filter.meetable(gateways)
    if not ranking.complete:
        yield _first_path(offer_filter, gateways, ranking)
        return
    most = offer_filter.most(ranking.ranked_paths)
    if most is not None and not offer_filter.is_plain(most):
        offer_filter = offer_filter.closer(gateways, offer_filter.within(most))
    if most is not None and not (most <= within and offer_filter.is_plain(most)):
        without, within = Without(hop_graph_of(gateways, scope=offer_filter.up_to(most))), most
        ranking = rank(without, limit, is_expired=is_expired)
        yield without, ranking
    if ranking.complete and not offer_filter.is_settled(ranking.ranked_paths, within):
        without = Without(hop_graph_of(gateways, scope=offer_filter.whole()))
        yield without, rank(without, limit, is_expired=is_expired)


def _plain(
    offer_filter: OfferFilter, gateways: Gateways, is_expired: IsExpired
) -> Iterator[tuple[Without, Ranking, int]]:
    """Yield rankings of paths without added prerequisites and gateways, and the points of the dearest searched."""
    limit, within = offer_filter.scenario.profile.limit, ENDLESS
    if offer_filter.is_worth_it:
        without = Without(hop_graph_of(gateways, scope=offer_filter.first()))
        few = rank(without, limit)
        most = offer_filter.most(few.ranked_paths)
        within = ENDLESS if most is None else most
        yield without, few, within
    without = Without(hop_graph_of(gateways, scope=offer_filter.plainly_within(within)))
    yield without, rank(without, limit, is_expired=is_expired), within


def _first_path(offer_filter: OfferFilter, gateways: Gateways, plain: Ranking) -> tuple[Without, Ranking]:
    """Return the first path alone, which is guaranteed when time has run out, within the price of the first plain path.

    Where that leaves open what somebody could meet, within a guess, if the path is sure to be the best.
    """
    first, most = plain.ranked_paths[0], offer_filter.guess
    if first.open_required == offer_filter.least_open:
        most = points(first.value)
    scope = offer_filter.narrower(gateways, offer_filter.up_to(most))
    without = Without(hop_graph_of(gateways, scope=scope))
    best = without.best(frozenset())
    if best is None or best.open_required != offer_filter.least_open or points(best.value) > most:
        without = Without(hop_graph_of(gateways, scope=offer_filter.whole()))
    return without, replace(rank(without, limit=1), complete=False)


def _with_sole_providers(
    offer_filter: OfferFilter, gateways: Gateways, ranking: Ranking, is_expired: IsExpired
) -> Ranking:
    """Return the ranking with the sole providers: out of time, those that the offers alone prove."""
    if not ranking.ranked_paths:
        return ranking
    first = ranking.ranked_paths[0]
    on_all = first.organizations.intersection(*(ranked_path.organizations for ranked_path in ranking.ranked_paths))
    covers_all = first.open_required == offer_filter.least_open
    needed = {organization: offer_filter.is_needed(organization) if covers_all else None for organization in on_all}
    sole = {organization for organization, verdict in needed.items() if verdict}
    unsure = {organization for organization, verdict in needed.items() if verdict is None}
    if unsure and ranking.complete:
        try:
            with offer_filter.scenario.time_budget.until(is_expired):
                sole |= _needed(gateways, unsure, sum(first.open_required))
        except TimeBudgetExceeded:
            ranking = replace(ranking, complete=False)
    return replace(ranking, sole_providers=frozenset(sole))


def _needed(gateways: Gateways, organizations: set[int], most_open: int) -> set[int]:
    unpriced = Needed(gateways, most_open)
    verdicts = {organization: unpriced.is_needed(organization) for organization in organizations}
    if None in verdicts.values():
        without = Without(hop_graph_of(gateways))
        unsure = [organization for organization, verdict in verdicts.items() if verdict is None]
        verdicts.update(
            {organization: not without.exists(frozenset({organization}), most_open) for organization in unsure}
        )
    return {organization for organization, is_needed in verdicts.items() if is_needed}
