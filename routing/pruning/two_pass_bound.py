"""The least points of a path through each offer of the needs, on a graph of their own: closer than the relaxed bound.

Possible hand-offs and their closeness count here. Prerequisites are dropped; a client led in by a gateway comes by the
cheapest and the quickest; a provider of a prerequisite, from where the path may lead on, is reachable for the price of
a hand-off. Two passes over the sets of needs meet at each offer: the cost of coming to it, and the cost of the rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from routing.cached_property import cached_property
from routing.costs import LOOSEST, MODE_HOURS
from routing.directory.arrays import Ints, runs
from routing.directory.columns import Rows
from routing.handoffs.gateways import Gateways
from routing.handoffs.hop import CandidateService
from routing.handoffs.offers import ENDLESS, Flags, Points, Scope
from routing.search.graph import HopGraph, Port, hop_graph_of
from routing.search.programme import Graph, Programme
from routing.search.tables import UNREACHABLE, Meeting, Values, packed, packed_hop, points

_Key = tuple[int, int]
"""An offer of a need: its service (row) and its bit."""


class _Way(NamedTuple):
    """A way to a port open to any holder, in packed points and hours."""

    port: int
    price: int
    hours: int


class TwoPassBound:
    """Bounds on the paths within a scope that cover every `coverable` need. Pure.

    By entry of the scope's table: `least` points of a path through the offer, of one that comes to it by a gateway
    (`passing`), and `passing` less the cost of both hops (`beside`). The provider of a prerequisite is `spared` points
    of its hop: as many as it may save elsewhere, or as the bound has paid already.
    """

    def __init__(self, gateways: Gateways, scope: Scope, coverable: Flags) -> None:
        self._table, ways = scope.table, _Ways(gateways, hop_graph_of(gateways, scope=replace(scope, plain=True)))
        passes = _Passes(ways.hop_graph, ways.by_gateway, ways.beyond, coverable)
        self.spared = gateways.hops.scenario.weights.handoff if ways.beyond else LOOSEST
        by_gateway, price = passes.by_gateway(), {port: price for port, price, _ in ways.by_gateway}
        offers = [(port, (o.service, o.bit)) for port in price for o in ways.hop_graph.ports[port].offers]
        self.least = self._column(passes.through())
        self.passing = self._column({key: by_gateway[port] for port, key in offers})
        self.beside = self._column({key: by_gateway[port] - price[port] for port, key in offers})

    def _column(self, packed_points: Mapping[_Key, int]) -> Points:
        keys = zip(self._table.row.tolist(), self._table.bit.tolist(), strict=True)
        return np.array([min(points(packed_points.get(key, UNREACHABLE)), ENDLESS) for key in keys], dtype=np.int64)


class _Ways:
    """A graph of needs with additional ways in: `by_gateway`, and `beyond` a provider of prerequisites."""

    def __init__(self, gateways: Gateways, bare: HopGraph) -> None:
        self._gateways, self._hops, self._scenario = gateways, gateways.hops, gateways.hops.scenario
        self.by_gateway: list[_Way] = []
        self.beyond: list[_Way] = []
        ports, quickest = list(bare.ports), "warm" if self._scenario.profile.client_present is True else "self"
        for recipient, offers in bare.offers.items():
            self._scenario.time_budget.check()
            if recipient == self._scenario.origin:
                continue
            least = {o: gateways.least(o, bare.requirements[o.bit].urgency) for o in offers}
            bounds = {o: bound for o, bound in least.items() if bound is not None}
            if bounds:
                price, hours = (min(column) for column in zip(*bounds.values(), strict=True))
                self.by_gateway.append(_Way(len(ports), packed(price, 2), hours))
                ports.append(Port(recipient, tuple(bounds)))
            if self._may_lead_on(recipient, offers):
                price, hours = gateways.least_hop(offers)
                via_price = packed(self._scenario.weights.handoff + price, 2)
                self.beyond.append(_Way(len(ports), via_price, MODE_HOURS[quickest] + hours))
                ports.append(Port(recipient, offers))
        self.hop_graph = replace(bare, ports=tuple(ports))

    def _may_lead_on(self, recipient: int, offers: Sequence[CandidateService]) -> bool:
        """Return whether a provider of prerequisites may hand over to a recipient where the origin may not."""
        providers = self._providers[self._providers != recipient]
        return len(providers) > 0 and any(
            self._hops.may_send_only(offer.service)
            or not (
                self._hops.admits(offer.service, self._scenario.origin)
                or self._hops.refusals(offer.service, offer.type, providers).all()
            )
            for offer in offers
        )

    @cached_property
    def _providers(self) -> Rows:
        """The providers of any possible prerequisite, beside the needs."""
        scenario = self._scenario
        types = scenario.profile.client.completed | {need.type for need in scenario.profile.needs}
        service_types = [service_type for service_type in scenario.snapshot.asked_first if service_type not in types]
        rows = np.concatenate(
            [np.empty(0, dtype=np.int32), *(scenario.takers_of(service_type) for service_type in service_types)]
        )
        owners = scenario.snapshot.columns.organization[rows]
        return np.unique(owners[owners != scenario.origin])


class _Passes:
    """The cost of coming to each port with each set of needs open, and the cost of the rest; both packed."""

    def __init__(
        self, hop_graph: HopGraph, by_gateway: Sequence[_Way], beyond: Sequence[_Way], coverable: Flags
    ) -> None:
        self._hop_graph, self._by_gateway, self._ways = hop_graph, by_gateway, (*by_gateway, *beyond)
        self._graph = Graph(hop_graph, self._ways)
        self._programme = Programme(hop_graph, 0, graph=self._graph, relaxed=True)
        self._tables = self._programme.run(frozenset())
        self._masks = np.arange(1 << hop_graph.needs)
        self._wait = packed(1, 0) * self._tables.weight
        self._anyone = self._begun(coverable)
        self._here = np.full((len(self._masks), len(hop_graph.ports)), UNREACHABLE)
        self._fill()

    def _begun(self, coverable: Flags) -> Values:
        """Return the cost of setting out for no more than each set of needs, with the remaining needs left open."""
        cost = np.zeros(len(self._masks), dtype=np.int64)
        for place, need in enumerate(self._hop_graph.scenario.profile.needs):
            is_open = self._masks >> place & 1 == 0
            if not need.required:
                cost[is_open] += packed(self._hop_graph.scenario.weights.optional_uncovered, 0)
            elif coverable[place]:
                cost[is_open] = UNREACHABLE
        return cost

    def _fill(self) -> None:
        """Go from large sets to small sets; the origin may hand over for any holder, and also to the holder."""
        (port, source, price, hours), holders = self._edges(), self._graph.port_holder
        to, by_holder = runs(port), np.argsort(holders)
        owners, groups = runs(holders[by_holder]), [list(places) for places in self._hop_graph.groups]
        sizes = np.bitwise_count(self._masks)
        for size in range(self._hop_graph.needs, 0, -1):
            level = self._masks[sizes == size]
            costs = self._here[level]
            hold = np.full((len(level), self._hop_graph.home + 1), UNREACHABLE)
            hold[:, holders[by_holder][owners]] = np.minimum.reduceat(costs[:, by_holder], owners, axis=1)
            hold[:, 0] = np.minimum(hold.min(axis=1), self._anyone[level])
            of_groups = np.array([hold[:, places].min(axis=1) for places in groups]).T
            value = np.concatenate([hold, of_groups], axis=1)[:, source] + price + self._wait[level, None] * hours
            costs[:, port[to]] = np.minimum(costs[:, port[to]], np.minimum.reduceat(value, to, axis=1))
            self._anyone[level], self._here[level] = hold[:, 0], costs
            for meeting, at in zip(self._programme.meetings, self._programme.prices, strict=True):
                able = level[_may_meet(meeting, level)]
                after = able ^ meeting.closes
                costs = self._here[able] + self._programme.out_of_order(np.int64(meeting.mask), after)[:, None] + at
                self._here[after] = np.minimum(self._here[after], costs)

    def _edges(self) -> tuple[Ints, Ints, Ints, Ints]:
        """Return every edge by port: port, source, packed price and hours.

        A source is a holder's place, or a group's place after every holder's.
        """
        hop_graph, groups = self._hop_graph, self._hop_graph.home + 1
        rows = [(e.port, groups + e.source, packed_hop(e.hop), e.hop.hours) for e in hop_graph.shared]
        rows += [(e.port, e.source, packed_hop(e.hop), e.hop.hours) for e in (*hop_graph.own, *hop_graph.own_services)]
        rows += [(way.port, 0, way.price, way.hours) for way in self._ways]
        port, source, price, hours = np.array(sorted(rows), dtype=np.int64).reshape(-1, 4).T
        return port, source, price, hours

    def through(self) -> dict[_Key, int]:
        """Return the lower bound on paths through each offer."""
        onward = np.minimum(self._tables.reach, self._tables.cost[:, self._graph.port_holder])
        bounds: dict[_Key, int] = {}
        for meeting in self._programme.meetings:
            able = self._masks[_may_meet(meeting, self._masks)]
            after = able ^ meeting.closes
            order = self._programme.out_of_order(np.int64(meeting.mask), after)[:, None]
            least = (self._here[able] + order + onward[after]).min(axis=0).tolist()
            for value, port in zip(least, self._hop_graph.ports, strict=True):
                for offer in port.offers:
                    if (1 << offer.bit, offer.requires) == (meeting.mask, meeting.requires):
                        key = offer.service, offer.bit
                        bounds[key] = min(bounds.get(key, UNREACHABLE), value + packed(offer.price, 0))
        return bounds

    def by_gateway(self) -> dict[int, int]:
        """Return the lower bound on paths that come by a gateway to each port."""
        sums = self._anyone + self._wait * np.array([way.hours for way in self._by_gateway])[:, None]
        least = (sums + self._tables.reach[:, [way.port for way in self._by_gateway]].T).min(axis=1)
        return {way.port: way.price + int(bound) for way, bound in zip(self._by_gateway, least, strict=True)}


def _may_meet(meeting: Meeting, masks: Values) -> Flags:
    return (masks & meeting.mask == meeting.mask) & (masks & meeting.requires == 0)
