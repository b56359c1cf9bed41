"""The exact backward programme over sets of open bits, one for each plan of prerequisites (SEARCH.md, 4).

`V[m, h]` is the least price of meeting the bits of `m` from holder `h`; `W[m, p]` the least price once port `p` is
reached and at least one bit of `m` is met there. A prerequisite that is not a need has a second bit, closed once a
service of the path has asked for it: otherwise it would be a way round a closed door.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.cached_property import cached_property
from routing.costs import OUT_OF_ORDER, URGENCY_WEIGHT
from routing.handoffs.hop import MOST_ADDED, CandidateService, closure
from routing.search.edges import Fan, OpenSets, Shared, least
from routing.search.graph import ANY_HOLDER, HopGraph, Port
from routing.search.levels import Level, levels_of
from routing.search.order import Order
from routing.search.tables import UNREACHABLE, Layout, Meeting, Tables, Values, packed

_CELLS = 65_536
"""The most cells of an array of edges, or a single row: the array fits a cache."""


def _asking(hop_graph: HopGraph) -> set[tuple[int, int]]:
    """Return the offers and gateways with prerequisites, as two masks: the bits met and the bits asked for."""
    offers = {(1 << offer.bit, offer.requires) for port in hop_graph.ports for offer in port.offers if offer.requires}
    return offers | {(port.gate.requires, port.gate.requires) for port in hop_graph.ports if port.gate is not None}


def _joined(masks: Iterable[int]) -> int:
    union = 0
    for mask in masks:
        union |= mask
    return union


def unasked_needs(hop_graph: HopGraph) -> int:
    """Return the needs that are no prerequisite of any service: every plan may meet such a need."""
    return ~_joined(requires for _, requires in _asking(hop_graph)) & ((1 << hop_graph.needs) - 1)


def _subsets(numbers: list[int], most: int) -> Iterator[int]:
    for size in range(min(most, len(numbers)) + 1):
        for combination in combinations(numbers, size):
            yield sum(1 << bit for bit in combination)


class Edges(NamedTuple):
    """The edges of a graph by kind, as in `HopGraph`."""

    shared: Shared
    own: Fan
    own_services: Fan
    onward: Fan


class Graph:
    """A hop graph's edges as arrays, shared by every programme of the graph."""

    def __init__(self, hop_graph: HopGraph, ways: Sequence[tuple[int, int, int]] = ()) -> None:
        """Lay out what no plan changes; `ways` in are open to any holder when relaxed: port, packed price, hours."""
        self.hop_graph, self._ways = hop_graph, ways
        ports = hop_graph.ports
        self.port_holder = np.array([hop_graph.holder_at(port) for port in range(len(ports))], dtype=np.int64)
        self.after = np.minimum(self.port_holder, hop_graph.home)  # nothing is met at a gate, so nothing follows
        self.gates = np.array([number for number, port in enumerate(ports) if port.gate is not None], dtype=np.int64)
        self.unasked = unasked_needs(hop_graph)
        self.order = Order(hop_graph)
        self._firsts: dict[int, int] = {}
        self._edges: dict[frozenset[int], Edges] = {}

    def without(self, excluded: frozenset[int]) -> Edges:
        """Return the edges that do not lead to an excluded organization."""
        if excluded not in self._edges:
            hop_graph = self.hop_graph
            shared, *fans = (
                least(edges, excluded)
                for edges in (hop_graph.shared, hop_graph.own, hop_graph.own_services, hop_graph.onward)
            )
            shared += [(ANY_HOLDER, *way) for way in self._ways]
            self._edges[excluded] = Edges(Shared(hop_graph, self.port_holder, shared), *map(Fan, fans))
        return self._edges[excluded]

    @cached_property
    def plans(self) -> dict[int, int]:
        """The sets of prerequisite bits that a path may plan, each with what it could then meet, as global masks.

        No type is added twice, what is added is asked for by a service of the plan, and all of it can be met in some
        order, hand-offs aside.
        """
        hop_graph = self.hop_graph
        if hop_graph.must_mark and not any(port.marked or (port.gate and port.gate.marked) for port in hop_graph.ports):
            return {}
        asking, offers = _asking(hop_graph), {(o.bit, o.requires) for port in hop_graph.ports for o in port.offers}
        required = _joined(requires for _, requires in asking)
        required_bits = [bit for bit in range(len(hop_graph.requirements)) if required >> bit & 1]
        needs, added = (
            [bit for bit in required_bits if bit < hop_graph.needs],
            [bit for bit in required_bits if bit >= hop_graph.needs],
        )
        plans = dict[int, int]()
        types = [requirement.type for requirement in hop_graph.requirements]
        for added_mask in _subsets(added, MOST_ADDED):
            hop_graph.scenario.time_budget.check()
            if added_mask.bit_count() > len({types[bit] for bit in added if added_mask >> bit & 1}):
                continue
            for need_mask in _subsets(needs, len(needs)):
                planned = added_mask | need_mask
                within = [mask for own, mask in asking if own & (planned | self.unasked) and not mask & ~planned]
                if _joined(within) & added_mask == added_mask:
                    meetable = closure(offers, planned | self.unasked)
                    if not planned & ~meetable:
                        plans[planned] = meetable
        return plans

    def first_of_types(self, mask: int) -> int:
        """Return a mask of bits with each added prerequisite replaced by the first of its type."""
        if mask not in self._firsts:
            self._firsts[mask] = sum({1 << self.first_of[bit] for bit in range(mask.bit_length()) if mask >> bit & 1})
        return self._firsts[mask]

    @cached_property
    def first_of(self) -> tuple[int, ...]:
        """For each bit the first added bit of its type; a need stands for itself."""
        needs, requirements = self.hop_graph.needs, self.hop_graph.requirements
        types = [requirement.type for requirement in requirements[needs:]]
        return (*range(needs), *(needs + types.index(service_type) for service_type in types))

    @cached_property
    def stones(self) -> tuple[NDArray[np.int64], int]:
        """The places of providers of added prerequisites, and the least cost of going to such a provider."""
        needs, home = self.hop_graph.needs, self.hop_graph.home
        places = {
            int(self.port_holder[number])
            for number, port in enumerate(self.hop_graph.ports)
            if any(offer.bit >= needs for offer in port.offers)
        }
        price = 0 if home in places else packed(self.hop_graph.scenario.weights.handoff, 1)
        return np.array(sorted(places), dtype=np.int64), price


class Programme:
    """One plan's programme: the graph as arrays, then the induction over sizes.

    A `merged` one bounds from below all plans that add the same types: the urgencies of a type are one bit. A `relaxed`
    one bounds those that add at least these types: nothing, too, has to come first, be asked for or be marked, and
    providers of an added prerequisite cost a hand-off.
    """

    def __init__(
        self,
        hop_graph: HopGraph,
        planned: int,
        *,
        graph: Graph | None = None,
        merged: bool = False,
        relaxed: bool = False,
    ) -> None:
        self._hop_graph, self._merged, self._relaxed = hop_graph, merged or relaxed, relaxed
        self._graph = graph or Graph(hop_graph)
        every_need = (1 << hop_graph.needs) - 1
        self._may_meet = planned | (every_need if relaxed else self._graph.unasked)
        self._layout = Layout.of(self._graph.order, planned, self._may_meet, relaxed=relaxed)
        self._weight = self._weights()
        self.meetings, self.prices = self._offer_prices()
        self._asked_at, self._closed_at = self._gates()

    def _weights(self) -> Values:
        hour, masks = self._hop_graph.scenario.weights.hour, np.arange(self._layout.masks)
        weight = np.zeros(len(masks), dtype=np.int64)
        for place, bit in enumerate(self._layout.requirements):
            alike = [b for b, first in enumerate(self._graph.first_of) if first == bit] if self._merged else [bit]
            least = min(URGENCY_WEIGHT[self._hop_graph.requirements[number].urgency] for number in alike)
            weight += (masks >> place & 1) * hour * least
        return weight

    def _offer_prices(self) -> tuple[list[Meeting], Values]:
        price_tables: dict[Meeting, dict[int, int]] = {}
        for number, port in enumerate(map(self._merge, self._hop_graph.ports)):
            circles = () if self._relaxed else self._graph.order.circles(port.offers, port.marked)
            for offers, meeting in self._layout.meetings(port.offers, port, circles):
                at_ports = price_tables.setdefault(meeting, {})
                price = packed(sum(offer.price for offer in offers), 0)
                at_ports[number] = min(at_ports.get(number, UNREACHABLE), price)
        prices = np.full((len(price_tables), len(self._hop_graph.ports)), UNREACHABLE)
        for row, at_ports in enumerate(price_tables.values()):
            prices[row, list(at_ports)] = list(at_ports.values())
        return list(price_tables), prices

    def _merge(self, port: Port) -> Port:
        """Return a port, in a merged programme with the first bit of each type for every urgency."""
        if not self._merged:
            return port
        marked = tuple(tuple(map(self._merge_offer, offers)) for offers in port.marked)
        return port._replace(offers=tuple(map(self._merge_offer, port.offers)), marked=marked)

    def _merge_offer(self, offer: CandidateService) -> CandidateService:
        requires = self._graph.first_of_types(offer.requires) & (self._may_meet if self._relaxed else -1)
        return offer._replace(bit=self._graph.first_of[offer.bit], requires=requires)

    def _gates(self) -> tuple[Values, Values]:
        """Return the local masks that each gate asks for, and closes; all bits where the plan meets too little."""
        gate_masks, layout = [], self._layout
        for gate in (port.gate for port in self._hop_graph.ports if port.gate is not None):
            requires = self._graph.first_of_types(gate.requires) if self._merged else gate.requires
            requires &= 0 if self._relaxed else -1
            mask = layout.local(requires)
            gate_masks.append((-1, 0) if mask is None else (mask, layout.closed_by(requires, marked=gate.marked)))
        asked_at, closed_at = np.array(gate_masks, dtype=np.int64).reshape(-1, 2).T
        return asked_at, closed_at

    def run(self, excluded: frozenset[int]) -> Tables:
        """Return filled tables, sets of one bit first, without the excluded organizations."""
        layout, home = self._layout, self._hop_graph.home
        reach = np.full((layout.masks, len(self._hop_graph.ports)), UNREACHABLE)
        cost = np.full((layout.masks, home + 1), UNREACHABLE)
        cost[0] = 0
        onward, beyond = np.full_like(reach, UNREACHABLE), np.full_like(reach, UNREACHABLE)
        onward[0] = 0
        edges = self._graph.without(excluded)
        for level in self._levels:
            self._hop_graph.scenario.time_budget.check()
            if len(level.met):
                value = onward[level.after] + self.prices[level.meeting]
                if self._layout.pairs:
                    value += self.out_of_order(self._meeting_masks[level.meeting], level.after)[:, None]
                best = np.minimum.reduceat(value, level.starts)
                reach[level.met] = np.minimum(best, UNREACHABLE)
            level_reach, wait = reach[level.masks], packed(1, 0) * self._weight[level.masks, None]
            if len(self._graph.gates):
                edges.onward.lower(ahead := np.full_like(level_reach, UNREACHABLE), OpenSets(wait, level_reach))
                beyond[level.masks] = ahead
                level_reach[:, self._graph.gates] = self._passing(beyond, level.masks)
            leaving = self._leaving(edges, OpenSets(wait, level_reach))
            reach[level.masks], cost[level.masks] = level_reach, leaving
            onward[level.masks] = np.minimum(level_reach, leaving[:, self._graph.after])
        return Tables(layout=layout, reach=reach, cost=cost, weight=self._weight, excluded=excluded)

    def out_of_order(self, mask: Values | np.int64, after: Values) -> Values:
        """Return the packed points for meetings of the bits `met` (local masks) with the sets `after` still open."""
        pairs = np.zeros(len(after), dtype=np.int64)
        for bit, before in self._layout.pairs:
            pairs += np.where(mask & bit, np.bitwise_count(after & before), 0)
        return pairs * packed(OUT_OF_ORDER, 0)

    @cached_property
    def _meeting_masks(self) -> Values:
        return np.array([meeting.mask for meeting in self.meetings], dtype=np.int64)

    def _passing(self, beyond: Values, masks: Values) -> Values:
        """Return the price of going on from each gateway with each set open; `beyond` has it once the gateway asked."""
        prices: Values = beyond[masks[:, None] & ~self._closed_at, self._graph.gates]
        prices[masks[:, None] & self._asked_at != 0] = UNREACHABLE
        return prices

    @cached_property
    def _levels(self) -> tuple[Level, ...]:
        hop_graph, layout, graph = self._hop_graph, self._layout, self._graph
        edges = (len(edges) for edges in (hop_graph.own, hop_graph.onward, hop_graph.holders))
        width = max(len(graph.without(frozenset()).shared.port), *edges, len(self.meetings) * len(hop_graph.ports))
        size, passing = layout.masks, int(np.bitwise_or.reduce(self._closed_at))
        prerequisites = tuple(
            (layout.asking(1 << bit), 1 << layout.requirements.index(bit)) for bit in layout.prerequisites
        )
        return levels_of(size, tuple(self.meetings), prerequisites, passing, min(size, _CELLS // width or 1))

    def _leaving(self, edges: Edges, at: OpenSets) -> Values:
        home = self._hop_graph.home
        best: Values = np.full((len(at.reach), home + 1), UNREACHABLE)
        edges.own.lower(best, at)
        best[:, :home] = np.minimum(best[:, :home], edges.shared.best(at))
        from_origin = best[:, 0].copy()
        best[:, home] = from_origin
        at_origin = from_origin[:, None].copy()
        edges.own_services.lower(at_origin, at)
        # The origin hands over to the current holder, too: only a holder never hands over to itself.
        best[:, :home] = np.minimum(best[:, :home], np.minimum(at_origin, from_origin[:, None]))
        if self._relaxed:
            stones, price = self._graph.stones
            at_hand = best[:, stones].min(axis=1, initial=UNREACHABLE) + price
            np.minimum(best, at_hand[:, None], out=best)
        return np.minimum(best, UNREACHABLE)
