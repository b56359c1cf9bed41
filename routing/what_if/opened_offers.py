"""Paths that newly opened services could bring, and the lower bound on their costs: computed without a graph.

A service is on a path because it meets a need, because it meets what something there asks to come first, or because it
is a way in to somebody there. Whatever asks, and whoever is led in to, is there on account of some offer of the needs,
in turn. So the path costs at least the lower bound of that offer (`pruning/relaxed_bound.py`), and what the service
adds to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routing.client.prices import Wanted
from routing.costs import EXPOSURES, MODE_HOURS, MODES, URGENCIES
from routing.directory.arrays import Ints, are_among
from routing.directory.columns import Rows
from routing.handoffs.offers import ENDLESS, Flags, Points, table_of
from routing.kept import cached_property
from routing.pruning.offer_filter import OfferFilter

_ALONE = 1 << MODES.index("self") | 1 << MODES.index("packet")
_MODE_HOURS = np.array([MODE_HOURS[mode] for mode in MODES])


@dataclass(frozen=True)
class Openings:
    """The additions that open services (`opens`, rows, rising) could make to paths of at most `most` points.

    The case of `offer_filter` counts them as open. Certain is only that nothing else could. Pure; for one request.
    """

    offer_filter: OfferFilter
    opens: Rows
    most: int

    @cached_property
    def services(self) -> frozenset[int]:
        """The services of `opens` that could be on such a path."""
        found = [self.offer_filter.table.row[self._own], *self._beside]
        return frozenset(np.concatenate(found).tolist())

    @cached_property
    def _own(self) -> Flags:
        own: Flags = are_among(self.offer_filter.table.row, self.opens) & (self.offer_filter.least <= self.most)
        return own

    @cached_property
    def _beside(self) -> list[Rows]:
        """The roots and services of paths on which an opened service meets no need."""
        return [*self._first(), *self._ways_in()] if len(self._roots) else []

    @cached_property
    def _roots(self) -> NDArray[np.int64]:
        """The offers (places) that could bring a prerequisite or a way in onto a path, within the points."""
        offer_filter = self.offer_filter
        return np.flatnonzero((offer_filter.table.refuses | offer_filter.asks) & (offer_filter.least <= self.most))

    @cached_property
    def _least(self) -> Points:
        """The lower bound on paths through each root."""
        least: Points = self.offer_filter.least[self._roots]
        return least

    @cached_property
    def _asked(self) -> list[frozenset[str]]:
        """The types that each root requires in turn, types met or needed aside."""
        scenario = self.offer_filter.scenario
        known = scenario.profile.client.completed | {need.type for need in scenario.profile.needs}
        numbers = scenario.snapshot.columns.requires[self.offer_filter.table.row[self._roots]].tolist()
        return [scenario.snapshot.asked_in_turn[number] - known for number in numbers]

    @cached_property
    def _urgencies(self) -> list[str]:
        return list(dict.fromkeys(need.urgency for need in self.offer_filter.scenario.profile.needs))

    @cached_property
    def _urgency(self) -> Ints:
        """The urgency of each root (a place in `_urgencies`)."""
        needs = self.offer_filter.scenario.profile.needs
        of_needs = np.array([self._urgencies.index(need.urgency) for need in needs])
        found: Ints = of_needs[self.offer_filter.table.bit[self._roots]]
        return found

    # -- what comes first --------------------------------------------------------------------------------------

    def _first(self) -> Iterator[Rows]:
        """Yield services that could meet a prerequisite of a root, or of a way in to a root."""
        scenario, service_types = self.offer_filter.scenario, self._service_types
        if not service_types:
            return
        wanted = [Wanted(service_type, urgency, False) for service_type in service_types for urgency in self._urgencies]
        first = table_of(scenario, wanted)
        first = first.only(are_among(first.row, self.opens))
        service_type, urgency = np.divmod(first.bit, len(self._urgencies))
        asked = np.array([[one in some for one in service_types] for some in self._asked], dtype=np.bool_)
        by_gateway = np.where(asked[:, service_type], 0, scenario.lens.by_gateway)
        least = self.offer_filter.with_first(
            self._least[:, None] + by_gateway, first, self.offer_filter.least <= self.most
        )
        pairs = (least <= self.most) & (self._urgency[:, None] == urgency)
        yield first.row[pairs.any(axis=0)]

    @cached_property
    def _service_types(self) -> list[str]:
        """The types of opened services that serve as prerequisites and are neither met nor needed."""
        snapshot, profile = self.offer_filter.scenario.snapshot, self.offer_filter.scenario.profile
        numbers = np.unique(snapshot.columns.types.at(self.opens)[0]).tolist()
        asked = {snapshot.words.types[number] for number in numbers} & {*snapshot.asked_first}
        return sorted(asked - profile.client.completed - {need.type for need in profile.needs})

    # -- ways in -----------------------------------------------------------------------------------------------

    def _ways_in(self) -> Iterator[Rows]:
        """Yield services that could be a way in to a root, or to a provider of a root's prerequisite.

        A path uses a gateway only where the organization is closed otherwise, so a hop to a provider of prerequisites
        is a hop of its own unless the provider meets a root as well.
        """
        table, by_gateway = self.offer_filter.table, self.offer_filter.scenario.lens.by_gateway
        everyone = np.arange(len(self._roots))
        if self._any_within(0):
            for roots, admitted in self._admitted(table.row[self._roots]):
                yield from self._led_to(roots, admitted, 0)
        if self._any_within(by_gateway):
            admitted = np.zeros(len(self._gateways), dtype=np.bool_)
            for _, some in self._admitted(self._closed):
                admitted |= some
            yield from self._led_to(everyone, admitted, by_gateway)

    def _led_to(self, roots: Ints, admitted: Flags, more: int) -> Iterator[Rows]:
        """Yield which of the roots (places) and admitted gateways a path could pass at `more` further points."""
        for urgency, added in enumerate(self._added):
            some = roots[self._urgency[roots] == urgency]
            if not len(some) or not admitted.any():
                continue
            least, room = self._least[some], self.most - more
            gateways = admitted & (int(least.min()) + added <= room)
            if gateways.any():
                yield self._gateways[gateways]

    def _any_within(self, more: int) -> bool:
        """Say whether any gateway could be on a path at `more` further points, were every gateway admitted."""
        everyone, every = np.arange(len(self._roots)), np.ones(len(self._gateways), dtype=np.bool_)
        return any(True for _ in self._led_to(everyone, every, more))

    @cached_property
    def _closed(self) -> Rows:
        """Services that turn the origin away and meet a prerequisite of any service."""
        latest = max(self._urgencies, key=URGENCIES.index)  # who is in time for anything is for this
        wanted = [
            Wanted(service_type, latest, False) for service_type in self.offer_filter.scenario.snapshot.asked_first
        ]
        if not wanted:
            return self.opens[:0]
        first = table_of(self.offer_filter.scenario, wanted)
        return first.row[first.refuses]

    @cached_property
    def _gateways(self) -> Rows:
        """The services of `opens` that could be passed as a gateway."""
        scenario = self.offer_filter.scenario
        owners = scenario.snapshot.columns.organization[self.opens]
        passable = (owners != scenario.origin) & ~scenario.snapshot.by_choice[owners]
        found: Rows = self.opens[passable & (self._modes(self.opens) > 0)]
        return found

    def _modes(self, rows: Rows) -> Ints:
        may = (1 << len(MODES)) - 1 if self.offer_filter.scenario.profile.client_present is True else _ALONE
        modes: Ints = self.offer_filter.scenario.snapshot.columns.modes[rows] & may
        return modes

    @cached_property
    def _added(self) -> Points:
        """The least that each gateway adds to a path at each of the urgencies (rows of the array).

        It may stand closer to whoever is next than the lower bound supposes, once.
        """
        scenario, rows, modes = self.offer_filter.scenario, self._gateways, self._modes(self._gateways)
        mode = np.where(modes & 1, 0, np.where(modes & 2, 1, 2))
        exposure = scenario.snapshot.organization_columns.exposure[scenario.snapshot.columns.organization[rows]]
        levels = np.array([scenario.lens.exposure(level, asked_for=False) for level in EXPOSURES])
        hop = scenario.lens.by_gateway + levels[exposure] + np.array([scenario.lens.mode(one) for one in MODES])[mode]
        opening = scenario.moment.opening(rows)
        return np.array(
            [
                hop
                + _MODE_HOURS[mode] * scenario.lens.waiting(urgency, 1)
                + scenario.prices.gateway_prices(rows, opening, urgency)
                + np.where(scenario.moment.in_time(opening, URGENCIES.index(urgency)), 0, ENDLESS)
                for urgency in self._urgencies
            ]
        )

    def _admitted(self, targets: Rows) -> Iterator[tuple[Ints, Flags]]:
        """Yield services (places in `targets`) that refuse the origin, and the gateways whose owners they may admit.

        Services with the same admissions come together.
        """
        scenario, columns = self.offer_filter.scenario, self.offer_filter.scenario.snapshot.columns
        owners, door = columns.organization[self._gateways], columns.door[targets]
        alike: dict[tuple[int, int], list[int]] = {}
        for place in np.flatnonzero(~scenario.moment.opens_to(scenario.origin)[door]).tolist():
            by_agreement = "agreement" in scenario.snapshot.words.doors[door[place]]
            owner = scenario.owner(targets[place]) if by_agreement else -1
            alike.setdefault((int(door[place]), owner), []).append(place)
        for (number, owner), places in alike.items():
            partners = list(scenario.moment.partners(owner)) if owner >= 0 else []
            yield np.array(places), scenario.moment.let_in(number, owners) | are_among(owners, partners)
