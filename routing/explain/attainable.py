"""Whether some path of a profile meets something at all, whatever it costs: what the reasons ask where they doubt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from routing.client.request import Case
from routing.handoffs.hops import Offer
from routing.model import Need
from routing.ports import HopRules
from routing.ranking.alternatives import Without
from routing.search.graph import Port, Problem, build_problem

_ANYBODY: frozenset[int] = frozenset()

_REQUIRED = 0
"""The bit of what is required: `Case.requiring` puts it first."""


class Attainable:
    """What the paths of one profile can meet, its needs all asked for: one may be met only on the way to another."""

    def __init__(self, case: Case, rules: HopRules) -> None:
        self._case, self._rules = case, rules
        self._problems: dict[tuple[Need, frozenset[str]], Problem] = {}

    def is_met(self, need: Need) -> bool:
        """Say whether some path meets a need of the profile, or what may have to come first as one more need."""
        return Without(self._asking_for(need)).exists(_ANYBODY, 0)

    def is_met_by(self, need: Need, row: int, done: frozenset[str] = frozenset()) -> bool:
        """Say whether some path meets a need by one service (row), as if these types had been met for the client."""
        problem = self._asking_for(need, done)
        ports = tuple(Port(port.organization, tuple(_but_others(port, row))) for port in problem.ports)
        return Without(replace(problem, ports=ports)).exists(_ANYBODY, 0)

    def _asking_for(self, need: Need, done: frozenset[str] = frozenset()) -> Problem:
        if (need, done) not in self._problems:
            self._problems[need, done] = build_problem(self._case.requiring(need, done), self._rules)
        return self._problems[need, done]


def _but_others(port: Port, row: int) -> Iterator[Offer]:
    return (offer for offer in port.offers if offer.bit != _REQUIRED or offer.service == row)
