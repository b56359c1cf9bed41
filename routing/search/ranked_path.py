"""A path of the search, in indices, with its ranking key."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from routing.client.scenario import Scenario
from routing.handoffs.gateways import Gateway
from routing.handoffs.hop import CandidateService, Hop
from routing.handoffs.hops import Hops
from routing.search.tables import points


class StepKey(NamedTuple):
    """The place of a step in the ranking: the row of its first type, that type's place among the needs, then slugs.

    `uncertain`: a report without a certain duty, which comes last. Indices compare as their slugs do.
    """

    uncertain: bool
    row: int
    need: int
    organization: int
    services: tuple[int, ...]


FullKey = tuple[tuple[int, ...], int, tuple[StepKey, ...]]
"""All that the ranking compares: required needs left open by urgency, the packed value, the key of each step."""


@dataclass(frozen=True, slots=True)
class RankedStep:
    """A step in indices: the holder, the hop, and the offers met, or the `gateway` passed."""

    holder: int
    hop: Hop
    offers: tuple[CandidateService, ...]
    gateway: Gateway | None = None

    def met_or_passed(self, hops: Hops) -> tuple[CandidateService, ...]:
        """Return the offers met, or the offer of the gateway's service, with the matters to confirm there."""
        if self.gateway is None:
            return self.offers
        return (hops.passing_by(self.gateway.service, self.hop.organization),)


def step_key(scenario: Scenario, organization: int, offers: Sequence[CandidateService]) -> StepKey:
    """Return the key of a step that meets offers: that of the type that stands first in the order."""
    needs, row_of = len(scenario.profile.needs), scenario.snapshot.order_row
    row, need = min((row_of(offer.type), min(offer.bit, needs)) for offer in offers)
    uncertain = scenario.is_uncertain_report(organization, (offer.type for offer in offers))
    return StepKey(uncertain, row, need, organization, tuple(sorted({offer.service for offer in offers})))


def passing_key(scenario: Scenario, organization: int, service: int) -> StepKey:
    """Return the key of a step through a gateway, which meets nothing: after every row and need."""
    return StepKey(False, scenario.snapshot.order_row(""), len(scenario.profile.needs), organization, (service,))


def in_order(offers: Iterable[CandidateService]) -> tuple[CandidateService, ...]:
    """Return offers in the order of a step."""
    return tuple(sorted(offers, key=lambda offer: (offer.bit, offer.service, offer.requires)))


@dataclass(frozen=True, slots=True)
class RankedPath:
    """A path in indices with its ranking key."""

    open_required: tuple[int, ...]
    value: int
    keys: tuple[StepKey, ...]
    steps: tuple[RankedStep, ...]

    @property
    def key(self) -> FullKey:
        """The whole ranking key: less is better."""
        return self.open_required, self.value, self.keys

    @property
    def covering(self) -> frozenset[int]:
        """The organizations that meet a need or a prerequisite."""
        return frozenset(step.hop.organization for step in self.steps if step.offers)

    @property
    def organizations(self) -> frozenset[int]:
        """The organizations of the path, gateways included."""
        return frozenset(step.hop.organization for step in self.steps)


@dataclass(frozen=True, slots=True)
class Bar:
    """The limit that a path has to be better than: the number of required needs left open, and points."""

    open_required: int
    total: int

    def lets_by(self, open_required: tuple[int, ...], value: int) -> bool:
        """Return whether a path with the given key (`value` is packed) is better."""
        return (sum(open_required), points(value)) < (self.open_required, self.total)
