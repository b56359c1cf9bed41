"""The ranking of paths for one request: in no more of the graph than certainty needs."""

from __future__ import annotations

from dataclasses import replace

from routing.budget import OutOfTime, TimeIsUp, never
from routing.client.scenario import Scenario
from routing.handoffs.gateways import Gateways
from routing.handoffs.hops import Hops
from routing.handoffs.offers import ENDLESS
from routing.ports import HopRules
from routing.pruning.feasibility import Needed
from routing.pruning.offer_filter import Narrowing
from routing.ranking.alternatives import Ranking, Without, rank
from routing.ranking.plain_paths_first import Beside
from routing.search.best_path import Bar
from routing.search.graph import HopGraph, hop_graph_of
from routing.search.tables import points


def search_paths(
    scenario: Scenario, rules: HopRules, *, out_of_time: OutOfTime = never, with_sole_providers: bool = True
) -> tuple[HopGraph, Ranking]:
    """Return the ranking of paths, and the graph in which it was found: no more of the graph than certainty needs.

    Pure; the same ranking as in the whole graph.

    Raises:
        UnknownArea: the client's area is not in the snapshot.
    """
    narrowing, gateways, limit = Narrowing(scenario), Gateways(scenario, Hops(scenario, rules)), scenario.profile.limit
    candidates = None if with_sole_providers else frozenset[int]()
    if narrowing.is_plainly_short:
        whole = Without(hop_graph_of(gateways))
        return whole.hop_graph, rank(whole, limit, out_of_time=out_of_time, candidates=candidates)
    plain, within = _plain(narrowing, gateways)
    found = rank(plain, limit, out_of_time=out_of_time, candidates=candidates)
    if not found.complete:
        return _first_path(narrowing, gateways, found)
    beside, without, most = Beside(narrowing, plain, found, within, out_of_time), plain, narrowing.most(found.plans)
    if most is not None and not narrowing.is_plain(most):
        narrowing = narrowing.closer(gateways, narrowing.within(most))
    if most is not None and not (most <= within and narrowing.is_plain(most)):
        within, candidates = most, found.sole_providers
        without = Without(hop_graph_of(gateways, scope=narrowing.up_to(within)))
        found = beside.rank(without, candidates, Bar(sum(narrowing.least_open), within + 1))
    if found.complete and not narrowing.is_settled(found.plans, within):
        whole = Without(hop_graph_of(gateways))
        return whole.hop_graph, beside.rank(whole, candidates)
    return without.hop_graph, _with_sole_providers(narrowing, gateways, found, out_of_time)


def _plain(narrowing: Narrowing, gateways: Gateways) -> tuple[Without, int]:
    """Return the plain paths (no prerequisite added, no gateway) up to a cost in points, and the cost."""
    most = None
    if narrowing.is_worth_it:
        glance = Without(hop_graph_of(gateways, scope=narrowing.first()))
        most = narrowing.most(rank(glance, narrowing.scenario.profile.limit, candidates=frozenset()).plans)
        if most is not None and narrowing.is_first(most):
            return glance, most
    within = ENDLESS if most is None else most
    return Without(hop_graph_of(gateways, scope=narrowing.plainly_within(within))), within


def _first_path(narrowing: Narrowing, gateways: Gateways, plain: Ranking) -> tuple[HopGraph, Ranking]:
    """Return the path owed when time has run out, with additions where the path needs additions."""
    first, scope = plain.plans[0], None
    if first.open_required == narrowing.least_open:
        most = points(first.value)
        if not narrowing.is_plain(most):
            narrowing = narrowing.closer(gateways, narrowing.within(most))
        scope = narrowing.up_to(most)
    hop_graph = hop_graph_of(gateways, scope=scope)
    best = Without(hop_graph).best(frozenset())
    sole = narrowing.surely_needed(best, plain.sole_providers)
    return hop_graph, Ranking(() if best is None else (best,), sole, complete=False)


def _with_sole_providers(narrowing: Narrowing, gateways: Gateways, found: Ranking, out_of_time: OutOfTime) -> Ranking:
    """Return the ranking with only the sole providers for which no organization outside the graph could stand in."""
    needed = {one: narrowing.is_needed(one) for one in sorted(found.sole_providers)}
    sole, unsure = ({one for one, known in needed.items() if known is said} for said in (True, None))
    if not unsure or not found.complete:
        return replace(found, sole_providers=frozenset(sole))
    try:
        with narrowing.scenario.patience.until(out_of_time):
            sole |= _needed(gateways, unsure, sum(narrowing.least_open))
    except TimeIsUp:
        return replace(found, sole_providers=frozenset(sole), complete=False)
    return replace(found, sole_providers=frozenset(sole))


def _needed(gateways: Gateways, organizations: set[int], most_open: int) -> set[int]:
    """Return which of the organizations are needed: without a needed one, every path leaves more needs open."""
    unpriced = Needed(gateways, most_open)
    found = {one: unpriced.is_needed(one) for one in sorted(organizations)}
    if None in found.values():
        whole = Without(hop_graph_of(gateways))
        unsure = [one for one, known in found.items() if known is None]
        found.update({one: not whole.exists(frozenset({one}), most_open) for one in unsure})
    return {one for one, is_needed in found.items() if is_needed}
