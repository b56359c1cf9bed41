"""Ways round a closed door: a gateway exists only because the next service admits neither origin nor holder.

A gateway is never a way round a consent, an agreement or a mode, and there is at most one gateway before a step.
Contract, "Steps".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from routing.client.scenario import Scenario
from routing.costs import MODE_HOURS, URGENCIES
from routing.directory.arrays import Ints
from routing.handoffs.gateway_candidates import Pools
from routing.handoffs.hop import Hop, Offer
from routing.handoffs.hops import Hops
from routing.handoffs.offers import Flags


class Gateway(NamedTuple):
    """A service (row) passed on the way; `urgency` is the most urgent that the next step may meet."""

    service: int
    urgency: str


class Urgent(Protocol):
    """An object with an urgency: a bit."""

    @property
    def urgency(self) -> str:
        """now, today, this_week or later."""
        ...


class Least(NamedTuple):
    """The least points and the least hours of a hop or of two hops."""

    price: int
    hours: int


class Gateways:
    """Finds gateways for one request; `by_choice` includes those that the client would have to choose."""

    def __init__(self, scenario: Scenario, hops: Hops, *, by_choice: bool = False) -> None:
        self.hops = hops
        self._scenario, self._pools = scenario, Pools(scenario, hops, by_choice=by_choice)

    def rows(self, row: int, service_type: str, urgency: str) -> list[int]:
        """Return the services (rows) whose holder a service lets in; empty where the service lets in the origin."""
        if not self.hops.refuses(row, service_type, self._scenario.origin):
            return []
        rows: list[int] = self._pools.at(urgency).rows[self._pools.admitted(row, service_type, urgency)].tolist()
        return rows

    def asks(self, row: int, service_type: str, urgency: str) -> list[frozenset[str]]:
        """Return the different sets of prerequisites of the services returned by `rows`."""
        snapshot = self._scenario.snapshot
        numbers = snapshot.columns.requires[self.rows(row, service_type, urgency)]
        return [snapshot.words.requires[number] for number in np.unique(numbers).tolist()]

    def least(self, offer: Offer, urgency: str) -> Least | None:
        """Return the least points and hours of both hops to an offer by any gateway, which need not be of one gateway.

        `None` where there is no gateway, or where the origin is let in.
        """
        if not self.hops.refuses(offer.service, offer.type, self._scenario.origin):
            return None
        admitted = self._pools.admitted(offer.service, offer.type, urgency)
        if not admitted.any():
            return None
        pool, second = self._pools.at(urgency), self.least_hop((offer,))
        return Least(int(pool.points[admitted].min()) + second.price, int(pool.hours[admitted].min()) + second.hours)

    def leads_to(self, row: int, offer: Offer) -> bool:
        """Return whether the owner of a gateway's service (row) may hand over for an offer."""
        return self.hops.may_hand_over(self._scenario.owner(row), offer)

    def is_reached(self, row: int, senders: Iterable[int]) -> bool:
        """Return whether any of the organizations may hand over to a gateway's service (row)."""
        return any(self.first_hops(sender, row) for sender in senders)

    def ask_ahead(self, pairs: Iterable[tuple[int, int]]) -> None:
        """Ask the rules at once about the hops from many organizations to gateways' services (rows)."""
        owner, passing_by = self._scenario.owner, self.hops.passing_by
        self.hops.ask_ahead((sender, owner(row), (passing_by(row, owner(row)),)) for sender, row in pairs)

    def first_hops(self, sender: int, row: int) -> list[Hop]:
        """Return the hops from an organization to a gateway's service (row): one at most."""
        return self.hops.through(sender, self._scenario.owner(row), row)

    def to(
        self, offers: Sequence[Offer], holders: Ints, requirements: Sequence[Urgent], points_left: Mapping[int, int]
    ) -> Iterator[tuple[Gateway, int, tuple[Offer, ...], Ints]]:
        """Yield the gateways to `offers`, which refuse the origin, by the offers that each opens and the senders.

        With each the points for passing through beside both hops, the offers that it opens, and the senders (places in
        `holders`) whom all of these refuse, and no others that it could open. `points_left`: the points that both hops
        to each of the recipients may cost.
        """
        shut = np.array([self.hops.refusals(offer.service, offer.type, holders) for offer in offers])
        urgencies = np.array([URGENCIES.index(requirements[offer.bit].urgency) for offer in offers])
        for number in np.unique(urgencies).tolist():
            late, urgency = np.flatnonzero(urgencies >= number), URGENCIES[number]
            pool = self._pools.at(urgency)
            opens = np.array([self._opening(offers[place], urgency, points_left) for place in late.tolist()]).T
            candidates = np.flatnonzero(opens.any(axis=1))
            by_sender: dict[bytes, list[tuple[tuple[Offer, ...], Ints]]] = {}
            self.hops.look_ahead(pool.rows[candidates])
            for place in candidates.tolist():
                key = opens[place].tobytes()
                if key not in by_sender:
                    late_offers = late[opens[place]]
                    by_sender[key] = [
                        (tuple(offers[at] for at in late_offers[pattern].tolist()), senders)
                        for pattern, senders in _alike(shut[late_offers])
                        if (urgencies[late_offers[pattern]] == number).any()
                    ]
                for open_offers, senders in by_sender[key]:
                    yield Gateway(int(pool.rows[place]), urgency), int(pool.waiting[place]), open_offers, senders

    def _opening(self, offer: Offer, urgency: str, points_left: Mapping[int, int]) -> Flags:
        """Return which services of the pool may lead on to an offer, for the points that are left."""
        within = self._pools.at(urgency).points + self.least_hop((offer,)).price <= points_left[offer.organization]
        flags: Flags = self._pools.admitted(offer.service, offer.type, urgency) & within
        return flags

    def least_hop(self, offers: Sequence[Offer]) -> Least:
        """Return the least points and hours of a hop to any of the offers of one organization, closeness aside."""
        weights, modes = (
            self._scenario.weights,
            {mode for o in offers for mode in self._scenario.referral(o.service).accepts},
        )
        if self._scenario.profile.client_present is not True:
            modes.discard("warm")
        if not self.hops.called(offers):
            modes.discard("self")
        asked_for = any(self.hops.asks_for_it((offer,)) for offer in offers)
        exposure = weights.exposure(self._scenario.exposure(offers[0].organization), asked_for=asked_for)
        price = weights.handoff + exposure + min((weights.mode(mode) for mode in modes), default=0)
        return Least(price, min((MODE_HOURS[mode] for mode in modes), default=0))


def _alike(columns: Flags) -> Iterator[tuple[Flags, Ints]]:
    """Yield the different columns of an array, each with the places of the equal columns."""
    patterns, pattern_index = np.unique(columns, axis=1, return_inverse=True)
    for number, column in enumerate(patterns.T):
        yield column, np.flatnonzero(pattern_index == number)
