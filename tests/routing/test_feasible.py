"""Who could come to hold the client: found without a graph, the same as in the whole graph."""

from __future__ import annotations

from dataclasses import replace

from loaded import Loader
from oracle.instances import make_instance

from routing.case import Case
from routing.feasible import reach, reached
from routing.problem import build_problem


def test_who_is_reached_is_the_same_with_a_graph_and_without(loader: Loader) -> None:
    """On drawn instances with every feature: nobody more and nobody less, gateways and prerequisites included."""
    only_through_a_gateway = 0
    for seed in range(61_000, 61_240):
        asked = loader.ask(*make_instance(seed))
        problem = build_problem(Case(asked.snapshot, asked.profile), asked.sharing)

        found = reached(problem.hops, problem.gateways)

        assert frozenset(found.all) == reach(problem)[1], seed
        only_through_a_gateway += reach(replace(problem, passages=())) != reach(problem)
    assert only_through_a_gateway > 5
