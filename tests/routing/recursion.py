"""What a bound allows, as a recursion over single hops and meetings: no array, no order of filling."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, cached_property

import networkx as nx
from oracle.reading import row_of

from routing.costs import URGENCY_WEIGHT
from routing.search.graph import Edge, HopGraph
from routing.search.tables import UNREACHABLE, packed, packed_hop


class Recursion:
    """The least packed prices of one graph if nothing has to be asked for, nor met before a gateway.

    `planned` are the prerequisites that may be met (a global mask of bits). They stand for all of their types, nothing
    else has to come first, and whoever meets a prerequisite is at hand for the price of a hand-off. A pair of needs in
    the wrong order counts, unless a report may meet one, or what asks for what may force the order on a step.
    """

    def __init__(self, hop_graph: HopGraph, planned: int) -> None:
        self.hop_graph = hop_graph
        self.may_meet = {*range(hop_graph.needs)} | {
            bit for bit in range(len(hop_graph.requirements)) if planned >> bit & 1
        }
        self.adding = [
            place
            for place, port in enumerate(hop_graph.ports)
            if any(offer.bit >= hop_graph.needs for offer in port.offers)
        ]
        self.leaving, self.reaching, self.by_hop = map(cache, (self.leaving, self.reaching, self.by_hop))

    def leaving(self, mask: int, holder: int) -> int:
        """Return the least price of meeting these bits from here."""
        places = {self.hop_graph.holder_at(port) for port in self.adding}
        price = 0 if self.hop_graph.home in places else packed(self.hop_graph.scenario.weights.handoff, 1)
        return min(self.by_hop(mask, holder), *(self.by_hop(mask, place) + price for place in places), UNREACHABLE)

    def by_hop(self, mask: int, holder: int) -> int:
        if not mask:
            return 0
        wait = packed(sum(self.hour(bit) for bit in self.may_meet if mask >> bit & 1), 0)
        prices = [
            packed_hop(hop) + wait * hop.hours + self.reaching(mask, port) for _, port, hop, _ in self.ways(holder)
        ]
        return min(UNREACHABLE, *prices) if prices else UNREACHABLE

    def reaching(self, mask: int, port: int) -> int:
        """Return the least price of meeting these bits, at least one of them at the port, or next behind a gate."""
        if self.hop_graph.ports[port].gate is not None:
            return self.by_hop(mask, self.hop_graph.home + 1 + port)
        holder, prices = self.hop_graph.holder_at(port), [UNREACHABLE]
        for offer in self.hop_graph.ports[port].offers:
            own, requires = self.stands_for(offer.bit), self.requires(offer.requires)
            if own in self.may_meet and mask >> own & 1 and not mask & requires and self.can_meet(requires):
                open_mask = mask ^ 1 << own
                onward = min(self.reaching(open_mask, port), self.leaving(open_mask, holder)) if open_mask else 0
                prices.append(packed(offer.price + 40 * self.late(own, open_mask), 0) + onward)
        return min(prices)

    def late(self, bit: int, open_mask: int) -> int:
        """Return how many of the needs still open should have come before the one met."""
        return sum((need, bit) in self.pairs for need in range(self.hop_graph.needs) if open_mask >> need & 1)

    @cached_property
    def pairs(self) -> set[tuple[int, int]]:
        """The needs (bits) of which the first should come before the second."""
        needs = list(enumerate(self.hop_graph.scenario.profile.needs))
        reported = {offer.bit for port in self.hop_graph.ports if port.back >= 0 for offer in port.offers}
        pairs = {
            (first, then)
            for first, need in needs
            for then, later_need in needs
            if need.urgency == later_need.urgency and row_of(need.type) < row_of(later_need.type)
        }
        before = nx.DiGraph()
        before.add_nodes_from(need.type for _, need in needs)
        before.add_edges_from((needs[a][1].type, needs[b][1].type) for a, b in pairs if self.handed(a, b))
        for offer in (offer for port in self.hop_graph.ports for offer in port.offers):
            required = (bit for place, bit in enumerate(self.hop_graph.requirements) if offer.requires >> place & 1)
            before.add_edges_from((bit.type, offer.type) for bit in required)
        return {
            (first, then)
            for first, then in pairs
            if not {first, then} & reported and not nx.has_path(before, needs[then][1].type, needs[first][1].type)
        }

    def handed(self, *needs: int) -> bool:
        """Say whether each of the needs can be met without a report."""
        bits_met = {offer.bit for port in self.hop_graph.ports if port.back < 0 for offer in port.offers}
        return bits_met >= {*needs}

    def ways(self, holder: int) -> Iterator[Edge]:
        """Yield every hop that the holder or the origin can make, or from a gate."""
        hop_graph = self.hop_graph
        if holder > hop_graph.home:
            yield from (edge for edge in hop_graph.onward if edge.source == holder - hop_graph.home - 1)
            return
        yield from hop_graph.own_services if holder != hop_graph.home else ()
        for sender in {0, hop_graph.place_of(holder)}:
            yield from (edge for edge in hop_graph.own if edge.source == sender)
            for edge in hop_graph.shared:
                itself = edge.hop.organization == hop_graph.holders[sender]
                if sender in hop_graph.groups[edge.source] and not itself:
                    yield edge

    def hour(self, bit: int) -> int:
        """Return the points of an hour while this bit is open."""
        same_type = [
            requirement
            for place, requirement in enumerate(self.hop_graph.requirements)
            if self.stands_for(place) == bit
        ]
        return self.hop_graph.scenario.weights.hour * min(
            URGENCY_WEIGHT[requirement.urgency] for requirement in same_type
        )

    def stands_for(self, bit: int) -> int:
        """Return the first added bit of the same type, or the bit itself."""
        requirements, needs = self.hop_graph.requirements, self.hop_graph.needs
        if bit < needs:
            return bit
        return next(
            place for place in range(needs, len(requirements)) if requirements[place].type == requirements[bit].type
        )

    def requires(self, mask: int) -> int:
        """Return what has to be met before something that asks for these bits."""
        required = {self.stands_for(bit) for bit in range(mask.bit_length()) if mask >> bit & 1}
        return sum(1 << bit for bit in required if bit in self.may_meet)

    def can_meet(self, mask: int) -> bool:
        return all(bit in self.may_meet for bit in range(mask.bit_length()) if mask >> bit & 1)
