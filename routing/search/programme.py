"""The exact backward programme over sets of open bits.

`V[m, h]` is the least price of meeting the bits of `m` from holder `h`; `W[m, p]` the least price once port `p` is
reached and at least one bit of `m` is met at the port. Every covering hop shrinks the set, so induction over its size
gives the optimum; each size is a few numpy calls. Delay needs no clock: the sum over needs of weight x time is the sum
over hops of hours x the weight of the bits still open.

A skipped prerequisite is not met, so the planned prerequisites are fixed first: one programme for each plan. A
prerequisite that is not a need belongs on a path only if a service of the path asks for it, otherwise it would be a way
round a closed door: each such prerequisite brings a second bit, closed once a service has asked for the prerequisite.
Prices and hand-offs are packed in one integer, so that of equal totals the path with fewer hand-offs is less.

Needs `detox` and `shelter`, open bits `0b11` at holder `hotline`: `V[0b11, hotline]` is the least over hops of the
hop's price plus `W[0b11, port]`, and `W` continues with `V[0b01, …]` or `V[0b10, …]`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from routing.costs import URGENCY_WEIGHT
from routing.handoffs.gateways import Passage
from routing.handoffs.hops import MOST_ADDED
from routing.kept import cached_property
from routing.search.edges import Fan, Now, Shared
from routing.search.graph import Edge, HopGraph
from routing.search.levels import Level, Meeting, levels_of
from routing.search.tables import UNREACHABLE, Layout, Tables, Values, packed, packed_hop

_CELLS = 65_536
"""The most cells of an array of edges, or a single row: the array fits a cache, and a pass takes little time."""


def plans_of(hop_graph: HopGraph) -> list[int]:
    """Return the sets of prerequisite bits that a path may plan, as global masks.

    No type is added twice: a type is met once, as urgently as any service of the path asks for the type. A plan with an
    added prerequisite for which no service of the plan asks is left out: no path fits the plan.
    """
    can_mark = any(port.marked for port in hop_graph.ports) or any(p.first.marked for _, p in hop_graph.passages)
    if hop_graph.must_mark and not can_mark:
        return []
    asking = _asking(hop_graph)
    asked = _joined(requires for _, requires in asking)
    unasked = _needs_but(hop_graph, asked)
    bits = [bit for bit in range(len(hop_graph.bits)) if asked >> bit & 1]
    needs, added = [bit for bit in bits if bit < hop_graph.needs], [bit for bit in bits if bit >= hop_graph.needs]
    plans = []
    types = [bit.type for bit in hop_graph.bits]
    for chosen in _subsets(added, MOST_ADDED):
        hop_graph.scenario.patience.check()
        if chosen.bit_count() > len({types[bit] for bit in added if chosen >> bit & 1}):
            continue
        for kept in _subsets(needs, len(needs)):
            planned = chosen | kept
            within = [mask for own, mask in asking if own & (planned | unasked) and not mask & ~planned]
            if _joined(within) & chosen == chosen:
                plans.append(planned)
    return plans


def _asking(hop_graph: HopGraph) -> set[tuple[int, int]]:
    """Return the offers and gateways with prerequisites, as two masks: the bits met, and the bits asked for.

    A gateway meets no bit; it may be on a path of every plan that meets its prerequisites.
    """
    offers = {(1 << offer.bit, offer.requires) for port in hop_graph.ports for offer in port.offers if offer.requires}
    return offers | {(passage.requires, passage.requires) for _, passage in hop_graph.passages}


def _joined(masks: Iterable[int]) -> int:
    found = 0
    for mask in masks:
        found |= mask
    return found


def unasked_needs(hop_graph: HopGraph) -> int:
    """Return the needs that are no prerequisite of any service: every plan may meet such a need.

    A prerequisite has to be planned.
    """
    return _needs_but(hop_graph, _joined(requires for _, requires in _asking(hop_graph)))


def _needs_but(hop_graph: HopGraph, bits: int) -> int:
    return ~bits & ((1 << hop_graph.needs) - 1)


def _subsets(bits: list[int], most: int) -> Iterator[int]:
    for size in range(min(most, len(bits)) + 1):
        for chosen in combinations(bits, size):
            yield sum(1 << bit for bit in chosen)


class Graph:
    """A hop graph's edges as arrays, shared by every programme of the graph."""

    def __init__(self, hop_graph: HopGraph, ways: Sequence[tuple[int, int, int]] | None = None) -> None:
        """Lay out the arrays that do not depend on a plan.

        `ways`: further ways in for a relaxed programme, open to any holder: port, packed price and hours. By default
        the cheapest and the quickest gateway to each port.
        """
        self.hop_graph, self._ways = hop_graph, ways
        ports = range(len(hop_graph.ports))
        self.port_holder = np.array([hop_graph.holder_at(port) for port in ports], dtype=np.int64)
        self.port_owner = np.array([port.organization for port in hop_graph.ports])
        self.shared = Shared(hop_graph, self.port_holder)
        self.own, self.own_services = _hops(hop_graph.own), _hops(hop_graph.own_services)
        self.unasked = unasked_needs(hop_graph)
        self._firsts: dict[int, int] = {}
        self.passages, self.alike = passages_by_source(hop_graph)

    def first_of_types(self, added: int) -> int:
        """Return a mask of bits with each added prerequisite replaced by the first of its type."""
        if added not in self._firsts:
            self._firsts[added] = sum(
                {1 << self.first_of[bit] for bit in range(added.bit_length()) if added >> bit & 1}
            )
        return self._firsts[added]

    @cached_property
    def first_of(self) -> tuple[int, ...]:
        """For each bit the first added bit of its type; a need stands for itself."""
        needs, bits = self.hop_graph.needs, self.hop_graph.bits
        types = [bit.type for bit in bits[needs:]]
        return (*range(needs), *(needs + types.index(service_type) for service_type in types))

    @cached_property
    def relaxed_shared(self) -> Shared:
        """The shared edges, and the further ways in that a relaxed programme takes from any holder."""
        if self._ways is not None:
            return Shared(self.hop_graph, self.port_holder, self._ways)
        least: dict[int, tuple[int, int]] = {}
        for port, passage in self.hop_graph.passages:
            price, hours = least.get(port, (UNREACHABLE, passage.hours))
            least[port] = min(price, packed(passage.price, 2)), min(hours, passage.hours)
        return Shared(self.hop_graph, self.port_holder, [(port, *of_port) for port, of_port in least.items()])

    @cached_property
    def stones(self) -> tuple[NDArray[np.int64], int]:
        """The places of providers of added prerequisites, and the least cost of going to such a provider."""
        needs, home = self.hop_graph.needs, self.hop_graph.home
        places = {
            int(self.port_holder[number])
            for number, port in enumerate(self.hop_graph.ports)
            if any(offer.bit >= needs for offer in port.offers)
        }
        price = 0 if home in places else packed(self.hop_graph.scenario.lens.handoff, 1)
        return np.array(sorted(places), dtype=np.int64), price


def _hops(edges: Iterable[Edge]) -> Fan:
    """Return edges without prerequisites, marks and gateways."""
    return Fan([(edge.source, edge.port, packed_hop(edge.hop), edge.hop.hours, 0, 0, -1) for edge in edges])


class Programme:
    """One plan's programme: the graph as arrays, then the induction over sizes.

    A `relaxed` programme has fewer conditions, so its prices bound from below all plans that add at least the same
    types: each holder may pass the best gateway to each port; the urgencies of a type are one bit; nothing else has to
    come first; what is planned need not be asked for, nor a marked offer met; and the organizations that meet an added
    prerequisite are at hand for the price of a hand-off.
    """

    def __init__(self, hop_graph: HopGraph, planned: int, *, graph: Graph | None = None, relaxed: bool = False) -> None:
        """Lay out the arrays of a plan: a global mask of prerequisites, of a relaxed one the first bit of each type."""
        self._hop_graph, self._relaxed = hop_graph, relaxed
        self._graph = graph or Graph(hop_graph)
        every_need = (1 << hop_graph.needs) - 1
        may_meet = planned | (every_need if relaxed else self._graph.unasked)
        self._layout = Layout(
            hop_graph=hop_graph,
            bits=tuple(b for b in range(len(hop_graph.bits)) if may_meet >> b & 1),
            asked=tuple(b for b in range(hop_graph.needs, len(hop_graph.bits)) if not relaxed and planned >> b & 1),
            planned=planned,
            must_mark=hop_graph.must_mark and not relaxed,
        )
        self._weight = self._weights()
        self.meetings, self.prices = self._offer_prices()
        self._passages = Fan(() if relaxed else self._open_passages(self._graph.passages))

    def _weights(self) -> Values:
        hour, masks = self._hop_graph.scenario.lens.hour, np.arange(self._layout.masks)
        weight = np.zeros(len(masks), dtype=np.int64)
        for place, bit in enumerate(self._layout.bits):
            alike = [b for b, first in enumerate(self._graph.first_of) if first == bit] if self._relaxed else [bit]
            least = min(URGENCY_WEIGHT[self._hop_graph.bits[one].urgency] for one in alike)
            weight += (masks >> place & 1) * hour * least
        return weight

    def _offer_prices(self) -> tuple[list[Meeting], Values]:
        """Return every meeting, and the least price of each meeting at each port."""
        found: dict[Meeting, dict[int, int]] = {}
        layout = self._layout
        may_meet = sum(1 << bit for bit in layout.bits)
        for number, port in enumerate(self._hop_graph.ports):
            for offer in port.offers:
                asked, own = offer.requires, offer.bit
                if self._relaxed:
                    asked, own = self._graph.first_of_types(asked) & may_meet, self._graph.first_of[own]
                requires = layout.local(asked)
                if requires is None or own not in layout.bits:
                    continue
                bit = layout.bits.index(own)
                closes = 1 << bit | layout.closed_by(offer.requires, marked=offer in port.marked)
                at_ports = found.setdefault(Meeting(bit, requires, closes), {})
                at_ports[number] = min(at_ports.get(number, UNREACHABLE), packed(offer.price, 0))
        prices = np.full((len(found), len(self._hop_graph.ports)), UNREACHABLE)
        for row, at_ports in enumerate(found.values()):
            prices[row, list(at_ports)] = list(at_ports.values())
        return list(found), prices

    def _open_passages(
        self, passages: list[tuple[int, int, Passage]]
    ) -> list[tuple[int, int, int, int, int, int, int]]:
        local: dict[tuple[int, bool], tuple[int | None, int]] = {}
        rows = []
        for source, port, passage in passages:
            key = passage.requires, bool(passage.first.marked)
            if key not in local:
                local[key] = self._layout.local(key[0]), self._layout.closed_by(key[0], marked=key[1])
            requires, closes = local[key]
            if requires is not None:
                price = packed(passage.price, 2)
                rows.append((source, port, price, passage.hours, requires, closes, passage.gateway))
        return rows

    def run(self, excluded: frozenset[int]) -> Tables:
        """Return filled tables, sets of one bit first, without the excluded organizations."""
        layout, home = self._layout, self._hop_graph.home
        reach = np.full((layout.masks, len(self._hop_graph.ports)), UNREACHABLE)
        cost = np.full((layout.masks, home + 1), UNREACHABLE)
        cost[0] = 0
        onward = np.full_like(reach, UNREACHABLE)
        onward[0] = 0
        price, passages = self.prices, self._passages
        if excluded:
            gone = np.array(sorted(excluded))
            price = np.where(np.isin(self._graph.port_owner, gone), UNREACHABLE, price)
            passages = passages.without(gone)
        for level in self._levels:
            self._hop_graph.scenario.patience.check()
            if len(level.met):
                best = np.minimum.reduceat(onward[level.after] + price[level.meeting], level.starts)
                reach[level.met] = np.minimum(best, UNREACHABLE)
            here = reach[level.masks]
            leaving = self._leaving(reach, here, level.masks, passages)
            cost[level.masks] = leaving
            onward[level.masks] = np.minimum(here, leaving[:, self._graph.port_holder])
        return Tables(layout=layout, reach=reach, cost=cost, weight=self._weight, excluded=excluded)

    @cached_property
    def _levels(self) -> tuple[Level, ...]:
        hop_graph, layout, passages = self._hop_graph, self._layout, self._passages
        edges = max(len(hop_graph.shared), len(hop_graph.own), len(passages.port), len(hop_graph.holders))
        width = max(edges, len(self.meetings) * len(hop_graph.ports))
        size, passing = layout.masks, int(np.bitwise_or.reduce(passages.closes))
        asked = tuple((layout.asking(1 << bit), 1 << layout.bits.index(bit)) for bit in layout.asked)
        return levels_of(size, tuple(self.meetings), asked, passing, min(size, _CELLS // width or 1))

    def _leaving(self, reach: Values, here: Values, masks: Values, passages: Fan) -> Values:
        """Return the price of leaving each holder: by a hop from the holder or the origin, or through a gateway."""
        home, at = self._hop_graph.home, Now(masks, packed(1, 0) * self._weight[masks, None], reach, here)
        shared = self._graph.relaxed_shared if self._relaxed else self._graph.shared
        best: Values = np.full((len(here), home + 1), UNREACHABLE)
        self._graph.own.lower(best, at)
        best[:, :home] = np.minimum(best[:, :home], shared.best(at))
        from_origin = best[:, 0].copy()
        best[:, home] = from_origin
        at_origin = from_origin[:, None].copy()
        self._graph.own_services.lower(at_origin, at)
        # The origin hands over to the current holder, too: only a holder never hands over to itself.
        best[:, :home] = np.minimum(best[:, :home], np.minimum(at_origin, from_origin[:, None]))
        if passages:
            through = np.full_like(best, UNREACHABLE)
            passages.lower(through, at)
            through[:, self._graph.alike[0]] = through[:, self._graph.alike[1]]
            np.minimum(best, through, out=best)
        if self._relaxed:
            stones, price = self._graph.stones
            at_hand = best[:, stones].min(axis=1, initial=UNREACHABLE) + price
            np.minimum(best, at_hand[:, None], out=best)
        return np.minimum(best, UNREACHABLE)


def passages_by_source(hop_graph: HopGraph) -> tuple[list[tuple[int, int, Passage]], NDArray[np.int64]]:
    """Return the passages of holders with their own, and pairs of a place and the place whose passages it shares.

    The sender makes no difference here, only the port and the cost of a passage.
    """
    values = [(port, p.price, p.hours, p.requires, bool(p.first.marked), p.gateway) for port, p in hop_graph.passages]
    alike = {value: number for number, value in enumerate(values)}
    same = [alike[value] for value in values]
    by_source = {source: [same[number] for number in numbers] for source, numbers in hop_graph.passing.items()}
    first: dict[frozenset[int], int] = {}
    pairs = [(hop_graph.home, 0)]
    for source, numbers in sorted(by_source.items()):
        key = frozenset(numbers)
        if first.setdefault(key, source) != source:
            pairs.append((source, first[key]))
    shared = {source for source, _ in pairs}
    kept = [
        (source, *hop_graph.passages[number])
        for source, numbers in by_source.items()
        if source not in shared
        for number in dict.fromkeys(numbers)
    ]
    return kept, np.array(pairs).T
