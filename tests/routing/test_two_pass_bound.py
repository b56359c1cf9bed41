"""Bounds from a graph of the needs alone: no path is less than they say, and none is left out by them."""

from __future__ import annotations

from collections.abc import Iterator

from length import draws
from loaded import Loader
from oracle.instances import make_instance

from routing.client.scenario import Scenario
from routing.handoffs.offers import ENDLESS
from routing.pruning.offer_filter import OfferFilter
from routing.ranking.alternatives import Without
from routing.search.graph import build_hop_graph, hop_graph_of
from routing.search.ranked_path import RankedPath
from routing.search.tables import points

ANY = ENDLESS - 1


def best_paths(loader: Loader, seeds: range) -> Iterator[tuple[Without, OfferFilter, frozenset[int], RankedPath]]:
    """Yield the best paths of drawn instances without each organization, as far as they cover all that can be."""
    for seed in seeds:
        question = loader.ask(*make_instance(seed))
        whole = Without(build_hop_graph(Scenario(question.snapshot, question.profile), question.sharing))
        offer_filter = OfferFilter(whole.hop_graph.scenario)
        for excluded in (
            frozenset[int](),
            *(frozenset({organization}) for organization in whole.hop_graph.holders[1:]),
        ):
            ranked_path = whole.best(excluded)
            if ranked_path is not None and ranked_path.open_required == offer_filter.least_open:
                yield whole, offer_filter, excluded, ranked_path


def test_no_path_is_less_than_what_is_said_of_its_offers(loader: Loader) -> None:
    """Neither through an offer, nor by a gateway to it; and mostly it is more than the relaxed bound."""
    offers_compared, by_gateway, closer = 0, 0, 0
    for whole, offer_filter, _, ranked_path in best_paths(loader, range(64_000, 64_000 + draws(160, 2))):
        bounds, table = offer_filter.closer(whole.hop_graph.gateways, offer_filter.within(ANY)), offer_filter.table
        at = {key: place for place, key in enumerate(zip(table.row.tolist(), table.bit.tolist(), strict=True))}
        total = points(ranked_path.value)
        for before, step in zip((None, *ranked_path.steps), ranked_path.steps, strict=False):
            for place in (at[o.service, o.bit] for o in step.offers if o.bit < whole.hop_graph.needs):
                assert bounds.least[place] <= total
                offers_compared, closer = (
                    offers_compared + 1,
                    closer + int(bounds.least[place] > offer_filter.least[place]),
                )
                if before is not None and before.gateway is not None:
                    assert bounds.passing[place] <= total
                    assert bounds.beside[place] <= total - before.hop.price - step.hop.price
                    by_gateway += 1
    assert offers_compared > draws(500)
    assert closer > draws(100)
    assert by_gateway > draws(5)


def test_within_its_own_price_every_best_path_is_left(loader: Loader) -> None:
    """Whoever is left out, and whatever has to come first or be passed on the way."""
    added, by_gateway = 0, 0
    for whole, offer_filter, excluded, ranked_path in best_paths(loader, range(65_000, 65_000 + draws(200, 3))):
        gateways, total = whole.hop_graph.gateways, points(ranked_path.value)

        best = Without(
            hop_graph_of(gateways, scope=offer_filter.closer(gateways, offer_filter.within(total)).up_to(total))
        ).best(excluded)

        assert best is not None
        assert best.key == ranked_path.key
        added += any(o.bit >= whole.hop_graph.needs for step in ranked_path.steps for o in step.offers)
        by_gateway += any(step.gateway is not None for step in ranked_path.steps)
    assert added > draws(20)
    assert by_gateway > draws(4)
