"""A need that services offer and no path meets: known at any cost first, so that its price leaves offers out."""

from __future__ import annotations

from dataclasses import replace

from length import draws

from routing.client.scenario import Scenario
from routing.handoffs.gateways import Gateways
from routing.handoffs.hops import Hops
from routing.handoffs.permits import Permits
from routing.pruning.offer_filter import OfferFilter
from routing.ranking.alternatives import Without, rank
from routing.ranking.search_paths import search_paths
from routing.search.graph import build_hop_graph
from service.bench import coalitions
from service.bench.questions import draw_questions
from service.directory.snapshot.sharing import Sharing


def test_needs_that_no_path_meets_are_left_out_and_no_others() -> None:
    """On awkward directories: the same first path as in the whole graph, found in a part of it."""
    served, unmeetable, least = coalitions.serve(60, shape=coalitions.AWKWARD), 0, 1.0
    for question in draw_questions(served.snapshot, draws(40), seed=5, needs=4):
        profile = replace(question.profile, limit=1)
        scenario = Scenario(served.snapshot, profile)
        sharing = Sharing(served.rulebook, served.policy, question.case)
        graph, found = search_paths(scenario, sharing, with_sole_providers=False)
        every = build_hop_graph(Scenario(served.snapshot, profile), sharing)
        whole = rank(Without(every), 1)

        assert [one.key for one in found.ranked_paths] == [one.key for one in whole.ranked_paths]
        offers = OfferFilter(scenario)
        meetable = offers.meetable(Gateways(scenario, Hops(scenario, Permits(sharing))))
        covered = {offer.bit for one in whole.ranked_paths for step in one.steps for offer in step.offers}
        assert all(meetable.coverable[bit] for bit in covered if bit < len(meetable.coverable))
        if whole.ranked_paths and meetable.least_open != offers.least_open:
            assert whole.ranked_paths[0].open_required >= meetable.least_open
            unmeetable += 1
            least = min(least, len(graph.ports) / len(every.ports))
    assert unmeetable
    assert least < 0.5
