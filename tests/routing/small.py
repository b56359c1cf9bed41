"""Small coalitions as graphs, with every feasible path in them by brute force."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from length import draws, enough
from loaded import Loader
from oracle import brute
from oracle.instances import make_instance

from routing.client.scenario import Scenario
from routing.search.graph import HopGraph, build_hop_graph
from routing.search.programme import Graph


@dataclass(frozen=True)
class Small:
    """A small coalition as a graph, and every feasible path in it, best first."""

    hop_graph: HopGraph
    paths: list[Any]


def small_coalitions(loader: Loader, first_seed: int, at_length: int) -> list[Small]:
    """Draw with every feature, as many seeds as `draws` says, and keep what has something to find out.

    Prerequisites, gateways, or services at home.
    """
    coalitions = []
    for seed in range(first_seed, first_seed + draws(at_length)):
        bundle, profile = make_instance(seed)
        question = loader.ask(bundle, profile)
        hop_graph = build_hop_graph(Scenario(question.snapshot, question.profile), question.sharing)
        if len(Graph(hop_graph).plans) > 1 or hop_graph.own_services or hop_graph.onward:
            coalitions.append(Small(hop_graph, brute.best_paths(bundle, profile)))
    assert enough(len(coalitions), at_length // 4)
    return coalitions
