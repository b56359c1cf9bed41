"""Whether any path of a profile meets a need, at any cost: the question behind doubtful reasons."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from routing.client.scenario import Scenario
from routing.handoffs.hops import Offer
from routing.model import Need
from routing.ports import HopRules
from routing.ranking.alternatives import Without
from routing.search.graph import HopGraph, Port, build_hop_graph

_ANYBODY: frozenset[int] = frozenset()

_REQUIRED = 0
"""The bit of the required need: `Scenario.requiring` puts the required need first."""


class Attainable:
    """The needs that paths of a profile can meet, with every need asked for.

    Every need is asked for because a need may be met only on the way to another need.
    """

    def __init__(self, scenario: Scenario, rules: HopRules) -> None:
        self._scenario, self._rules = scenario, rules
        self._problems: dict[tuple[Need, frozenset[str]], HopGraph] = {}

    def is_met(self, need: Need) -> bool:
        """Say whether a path meets a need of the profile, or a possible prerequisite asked for as a further need."""
        return Without(self._asking_for(need)).best(_ANYBODY, most_open=0) is not None

    def is_met_by(self, need: Need, row: int, done: frozenset[str] = frozenset()) -> bool:
        """Say whether a path meets a need by a given service (row), with the types `done` met beforehand."""
        hop_graph = self._asking_for(need, done)
        ports = tuple(port._replace(offers=tuple(_but_others(port, row))) for port in hop_graph.ports)
        return Without(replace(hop_graph, ports=ports)).best(_ANYBODY, most_open=0) is not None

    def _asking_for(self, need: Need, done: frozenset[str] = frozenset()) -> HopGraph:
        if (need, done) not in self._problems:
            self._problems[need, done] = build_hop_graph(self._scenario.requiring(need, done), self._rules)
        return self._problems[need, done]


def _but_others(port: Port, row: int) -> Iterator[Offer]:
    return (offer for offer in port.offers if offer.bit != _REQUIRED or offer.service == row)
