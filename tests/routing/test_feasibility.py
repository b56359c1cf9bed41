"""Who could come to hold the client: found without a graph, the same as in the whole graph."""

from __future__ import annotations

from dataclasses import replace

from loaded import Loader
from oracle.instances import make_instance

from routing.client.scenario import Scenario
from routing.pruning.feasibility import Feasible, Needed, reached
from routing.ranking.alternatives import Without
from routing.search.graph import build_hop_graph


def test_who_is_reached_is_the_same_with_a_graph_and_without(loader: Loader) -> None:
    """On drawn instances with every feature: nobody more and nobody less, gateways and prerequisites included."""
    only_through_a_gateway = 0
    for seed in range(61_000, 61_240):
        asked = loader.ask(*make_instance(seed))
        hop_graph = build_hop_graph(Scenario(asked.snapshot, asked.profile), asked.sharing)

        found = reached(hop_graph.hops, hop_graph.gateways)

        assert frozenset(found.all) == Feasible(hop_graph).reach()[1], seed
        only_through_a_gateway += (
            Feasible(replace(hop_graph, passages=(), passing={})).reach() != Feasible(hop_graph).reach()
        )
    assert only_through_a_gateway > 5


def test_whether_enough_can_be_met_is_said_without_prices_as_with_them(loader: Loader) -> None:
    """What is sure is so, what cannot be is not, and what is left is what the best path says."""
    sure, impossible, searched = 0, 0, 0
    for seed in range(62_000, 62_080):
        asked = loader.ask(*make_instance(seed))
        without = Without(build_hop_graph(Scenario(asked.snapshot, asked.profile), asked.sharing))
        feasible = Feasible(without.hop_graph)
        for organization in without.hop_graph.holders:
            for most_open in range(len(asked.profile.needs)):
                gone = frozenset({organization})
                there_is = without.best(gone, most_open) is not None

                assert without.exists(gone, most_open) == there_is, seed
                assert there_is or not feasible.surely_leaves(most_open, gone), seed
                assert feasible.may_leave(most_open, gone) or not there_is, seed
                sure += feasible.surely_leaves(most_open, gone)
                impossible += not feasible.may_leave(most_open, gone)
                searched += there_is and not feasible.surely_leaves(most_open, gone)
    assert min(sure, impossible, searched) > 5, (sure, impossible, searched)


def test_who_is_needed_is_said_without_a_graph_as_with_it(loader: Loader) -> None:
    """As sure of it and as unsure, whether or not gateways and prerequisites have to take somebody's place."""
    found = {True: 0, False: 0, None: 0}
    for seed in range(63_000, 63_080):
        asked = loader.ask(*make_instance(seed))
        hop_graph = build_hop_graph(Scenario(asked.snapshot, asked.profile), asked.sharing)
        feasible = Feasible(hop_graph)
        for most_open in range(len(asked.profile.needs)):
            needed = Needed(hop_graph.gateways, most_open)
            for organization in hop_graph.holders:
                gone = frozenset({organization})
                is_sure = not feasible.may_leave(most_open, gone) or feasible.surely_leaves(most_open, gone)
                said = not feasible.may_leave(most_open, gone) if is_sure else None

                assert needed.is_needed(organization) == said, seed
                found[said] += 1
    assert min(found.values()) > 5, found
