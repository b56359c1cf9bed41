"""A path of the search, in indices, with its ranking key."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from routing.handoffs.gateways import Gateway
from routing.handoffs.hop import Hop, Offer
from routing.handoffs.hops import Hops
from routing.search.tables import points

StepKey = tuple[int, tuple[int, ...]]
"""An organization and its services, as indices: these compare as their slugs do."""

FullKey = tuple[tuple[int, ...], int, tuple[StepKey, ...]]
"""All that the ranking compares: required needs left open by urgency, the packed value, the slugs of each step."""


@dataclass(frozen=True, slots=True)
class RankedStep:
    """A step in indices: the holder, the hop, and the offers met, or the `gateway` passed."""

    holder: int
    hop: Hop
    offers: tuple[Offer, ...]
    gateway: Gateway | None = None

    def met_or_passed(self, hops: Hops) -> tuple[Offer, ...]:
        """Return the offers met, or the offer of the gateway's service, with the matters to confirm there."""
        if self.gateway is None:
            return self.offers
        return (hops.passing_by(self.gateway.service, self.hop.organization),)


def services_of(offers: Iterable[Offer]) -> tuple[int, ...]:
    """Return the services (rows) of offers, rising."""
    return tuple(sorted({offer.service for offer in offers}))


def in_order(offers: Iterable[Offer]) -> tuple[Offer, ...]:
    """Return offers in the order of a step."""
    return tuple(sorted(offers, key=lambda offer: (offer.bit, offer.service, offer.requires)))


@dataclass(frozen=True, slots=True)
class RankedPath:
    """A path in indices with its ranking key."""

    open_required: tuple[int, ...]
    value: int
    slugs: tuple[StepKey, ...]
    steps: tuple[RankedStep, ...]

    @property
    def key(self) -> FullKey:
        """The whole ranking key: less is better."""
        return self.open_required, self.value, self.slugs

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
        """Say whether a path with the given key (`value` is packed) is better."""
        return (sum(open_required), points(value)) < (self.open_required, self.total)
