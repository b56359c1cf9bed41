"""Ways round a closed door: a gateway exists only because the next service admits neither origin nor holder.

A gateway is never a way round a consent, an agreement or a mode, and there is at most one gateway before a step.
Contract, "Steps".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.cached_property import cached_property
from routing.client.modes import BY_WORD, SELF, WARM, usable_modes
from routing.client.prices import Demand
from routing.client.scenario import Scenario
from routing.costs import EXPOSURES, LOOSEST, MODE_HOURS, MODES, URGENCIES
from routing.directory.arrays import Ints
from routing.directory.columns import Rows
from routing.directory.moment import Opening
from routing.handoffs.hop import CandidateService, Hop
from routing.handoffs.hops import Hops
from routing.handoffs.offers import Flags


class Gateway(NamedTuple):
    """A service (row) passed on the way; `urgency` is the most urgent that the next step may meet."""

    service: int
    urgency: str


class Least(NamedTuple):
    """The least points and the least hours of a hop or of two hops."""

    price: int
    hours: int


@dataclass(frozen=True, slots=True)
class Pool:
    """Services that could be gateways at one urgency: rows, owners, and the least points and hours of the first hop.

    `waiting` are the points of the service itself; `points` hold it, the first hop, and the least effect of closeness.
    """

    rows: Rows
    owners: Rows
    points: NDArray[np.int64]
    waiting: NDArray[np.int64]
    hours: NDArray[np.int64]


class Pools:
    """The pools of a request, by urgency, each made once; and the services of a pool that a recipient admits."""

    def __init__(self, scenario: Scenario, hops: Hops, *, by_choice: bool) -> None:
        self._scenario, self._hops, self._by_choice = scenario, hops, by_choice
        self._pools: dict[str, Pool] = {}
        self._admits: dict[tuple[int, str, str], NDArray[np.bool_]] = {}

    def at(self, urgency: str) -> Pool:
        """Return every possible gateway to needs of an urgency."""
        if urgency not in self._pools:
            self._pools[urgency] = self._make(urgency)
        return self._pools[urgency]

    def admitted(self, row: int, service_type: str, urgency: str) -> NDArray[np.bool_]:
        """Return which services of the pool belong to agencies that a service (row) admits with a client."""
        if (row, service_type, urgency) not in self._admits:
            owners = self.at(urgency).owners
            away = owners != self._scenario.owner(row)
            self._admits[row, service_type, urgency] = away & ~self._hops.refusals(row, service_type, owners)
        return self._admits[row, service_type, urgency]

    def _make(self, urgency: str) -> Pool:
        scenario, weights = self._scenario, self._scenario.weights
        rows, opening, modes = self._in_time(urgency)
        confirm = scenario.to_confirm_now.at(rows, "")
        owners = scenario.snapshot.columns.organization[rows]
        organizations, place = np.unique(owners, return_inverse=True)
        mode_index = np.where(modes & WARM, 0, np.where(modes & SELF, 1, 2))
        levels = np.array([weights.exposure(level, asked_for=False) for level in EXPOSURES])
        exposure = levels[scenario.snapshot.organization_columns.exposure[owners]]
        waiting = scenario.prices.gateway_prices(rows, opening, urgency)
        return Pool(
            rows=rows,
            owners=owners,
            points=weights.handoff
            + exposure
            + np.array([weights.mode(mode) for mode in MODES])[mode_index]
            + np.where(mode_index == 1, confirm.points(alone=True), confirm.points(alone=False))
            + waiting
            + np.where(scenario.moment.may_be_close(organizations), 0, 2 * LOOSEST)[place],
            waiting=waiting,
            hours=np.array([MODE_HOURS[mode] for mode in MODES])[mode_index],
        )

    def _in_time(self, urgency: str) -> tuple[Rows, Opening, Ints]:
        """Return the services open in time, with room, and able to take the client; with their openings and modes."""
        opening = self._scenario.moment.opening(self._takers)
        modes = usable_modes(self._scenario, self._takers, "")
        modes = np.where(self._scenario.to_confirm.at(self._takers, "").any, modes & BY_WORD, modes)
        soon = self._scenario.moment.in_time(opening, URGENCIES.index(urgency)) & (modes > 0)
        return self._takers[soon], opening.only(soon), modes[soon]

    @cached_property
    def _takers(self) -> Rows:
        scenario = self._scenario
        rows = scenario.gateway_takers
        owners = scenario.snapshot.columns.organization[rows]
        away = owners != scenario.origin
        if not self._by_choice:
            away &= ~scenario.snapshot.by_choice[owners]
        return rows[away]


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

    def least(self, offer: CandidateService, urgency: str) -> Least | None:
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

    def is_reached(self, row: int, senders: Iterable[int]) -> bool:
        """Return whether any of the organizations may hand over to a gateway's service (row)."""
        return any(self.first_hops(sender, row) for sender in senders)

    def first_hops(self, sender: int, row: int) -> list[Hop]:
        """Return the hops from an organization to a gateway's service (row): one at most."""
        return self.hops.through(sender, self._scenario.owner(row), row)

    def to(
        self,
        offers: Sequence[CandidateService],
        holders: Ints,
        demands: Sequence[Demand],
        points_left: Mapping[int, int],
    ) -> Iterator[tuple[Gateway, int, tuple[CandidateService, ...], Ints]]:
        """Yield the gateways to `offers`, which refuse the origin, by the offers that each opens and the senders.

        With each the points for passing through beside both hops, the offers that it opens, and the senders (places in
        `holders`) whom all of these refuse, and no others that it could open. `points_left`: the points that both hops
        to each of the recipients may cost.
        """
        shut = np.array([self.hops.refusals(offer.service, offer.type, holders) for offer in offers])
        urgencies = np.array([URGENCIES.index(demands[offer.bit].urgency) for offer in offers])
        for number in np.unique(urgencies).tolist():
            late, urgency = np.flatnonzero(urgencies >= number), URGENCIES[number]
            pool = self._pools.at(urgency)
            opens = np.array([self._opening(offers[place], urgency, points_left) for place in late.tolist()]).T
            candidates = np.flatnonzero(opens.any(axis=1))
            by_sender: dict[bytes, list[tuple[tuple[CandidateService, ...], Ints]]] = {}
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

    def _opening(self, offer: CandidateService, urgency: str, points_left: Mapping[int, int]) -> Flags:
        """Return which services of the pool may lead on to an offer, for the points that are left."""
        within = self._pools.at(urgency).points + self.least_hop((offer,)).price <= points_left[offer.organization]
        flags: Flags = self._pools.admitted(offer.service, offer.type, urgency) & within
        return flags

    def least_hop(self, offers: Sequence[CandidateService]) -> Least:
        """Return the least points and hours of a hop to any of the offers of one organization, closeness aside."""
        weights = self._scenario.weights
        modes = {mode for offer in offers for mode in self._scenario.referral(offer.service).accepts}
        if self._scenario.profile.client_present is not True:
            modes.discard("warm")
        if not self.hops.called(offers):
            modes.discard("self")
        asked_for = any(self.hops.asks_for_it((offer,)) for offer in offers)
        exposure = weights.exposure(self._scenario.exposure(offers[0].organization), asked_for=asked_for)
        price = weights.handoff + exposure + min((weights.mode(mode) for mode in modes), default=0)
        return Least(price, min((MODE_HOURS[mode] for mode in modes), default=0))


def _alike(columns: Flags) -> Iterator[tuple[Flags, Ints]]:
    """Yield the different columns of an array, each with the places of the equal columns.

    >>> [(column.tolist(), places.tolist()) for column, places in _alike(np.array([[True, False, True], 3 * [False]]))]
    [([False, False], [1]), ([True, False], [0, 2])]
    """
    packed = np.ascontiguousarray(np.packbits(columns, axis=0).T)  # whole bytes are compared, not flag by flag
    patterns = packed.view(f"V{packed.shape[1]}").ravel()
    _, places, pattern_index = np.unique(patterns, return_index=True, return_inverse=True)
    for number, place in enumerate(places.tolist()):
        yield columns[:, place], np.flatnonzero(pattern_index == number)
