"""Who could come to hold the client, and who is needed: found without a graph, the same as in the whole graph."""

from __future__ import annotations

from dataclasses import replace

from length import draws
from loaded import Loader
from oracle.instances import make_instance

from routing.client.scenario import Scenario
from routing.pruning.feasibility import Needed, reachable_holders
from routing.ranking.alternatives import Without
from routing.search.graph import HopGraph, build_hop_graph


def holders_reached(hop_graph: HopGraph) -> frozenset[int]:
    """Return the organizations that can be come to in a graph, the origin among them, by fixed point over its edges."""
    bits_met, places, before = 0, {0}, (-1, 0)
    while before != (bits_met, len(places)):
        before = bits_met, len(places)
        groups = {number for number, group in enumerate(hop_graph.groups) if places.intersection(group)}
        ports = {edge.port for edge in hop_graph.own_services}
        ports |= {edge.port for edge in hop_graph.shared if edge.source in groups}
        ports |= {edge.port for edge in hop_graph.own if edge.source in places}
        gates = {port for port in ports if (gate := hop_graph.ports[port].gate) and not gate.requires & ~bits_met}
        ports |= {edge.port for edge in hop_graph.onward if edge.source in gates}
        for port in ports:
            for offer in hop_graph.ports[port].offers:
                if not offer.requires & ~bits_met:
                    bits_met |= 1 << offer.bit
                    places.add(hop_graph.place_of(hop_graph.holder_at(port)))
    return frozenset(hop_graph.holders[place] for place in places)


def test_who_is_reached_is_the_same_with_a_graph_and_without(loader: Loader) -> None:
    """On drawn instances with every feature: nobody more and nobody less, gateways and prerequisites included."""
    only_through_a_gateway = 0
    for seed in range(61_000, 61_000 + draws(240)):
        question = loader.ask(*make_instance(seed))
        hop_graph = build_hop_graph(Scenario(question.snapshot, question.profile), question.sharing)

        holders = reachable_holders(hop_graph.hops, hop_graph.gateways)

        assert frozenset(holders.all) == holders_reached(hop_graph), seed
        without_gateways = holders_reached(replace(hop_graph, onward=()))
        only_through_a_gateway += without_gateways != holders_reached(hop_graph)
    assert only_through_a_gateway > draws(5)


def test_who_is_needed_is_said_without_a_graph_as_with_it(loader: Loader) -> None:
    """What is sure is what the best path without an organization says; gateways and prerequisites take its place."""
    verdicts: dict[bool | None, int] = {True: 0, False: 0, None: 0}
    for seed in range(63_000, 63_000 + draws(80, 2)):
        question = loader.ask(*make_instance(seed))
        without = Without(build_hop_graph(Scenario(question.snapshot, question.profile), question.sharing))
        for most_open in range(len(question.profile.needs)):
            needed = Needed(without.hop_graph.gateways, most_open)
            for organization in without.hop_graph.holders:
                is_needed, verdict = (
                    without.best(frozenset({organization}), most_open) is None,
                    needed.is_needed(organization),
                )

                assert verdict in (is_needed, None), seed
                verdicts[verdict] += 1
    assert min(verdicts.values()) > draws(5), verdicts
