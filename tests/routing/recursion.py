"""What a bound allows, as a recursion over single hops and meetings: no array, no order of filling."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from routing.costs import URGENCY_WEIGHT
from routing.handoffs.gateway_edges import Passage
from routing.search.graph import ANY_HOLDER, Problem
from routing.search.tables import UNREACHABLE, packed, packed_hop


class Recursion:
    """The least packed prices of one problem if gateways are open to everyone, and nothing has to be asked for.

    `planned` are the prerequisites that may be met (a global mask of bits). If `kind`, they stand for all of their
    types, nothing else has to come first, and whoever meets a prerequisite is at hand for the price of a hand-off.
    """

    def __init__(self, problem: Problem, planned: int, *, kind: bool) -> None:
        self.problem, self.kind = problem, kind
        asked = [offer.requires for port in problem.ports for offer in port.offers]
        asked += [passage.requires for _, passage in problem.passages]
        needs = {bit for bit in range(problem.needs) if kind or not any(requires >> bit & 1 for requires in asked)}
        self.may_meet = needs | {bit for bit in range(len(problem.bits)) if planned >> bit & 1}
        self.adding = [
            place
            for place, port in enumerate(problem.ports)
            if any(offer.bit >= problem.needs for offer in port.offers)
        ]
        self.leaving, self.reaching, self.by_hop = map(cache, (self.leaving, self.reaching, self.by_hop))

    def leaving(self, mask: int, holder: int) -> int:
        """Return the least price of meeting these bits from here."""
        found = [self.by_hop(mask, holder)]
        if self.kind:
            places = {self.problem.holder_at(port) for port in self.adding}
            price = 0 if self.problem.home in places else packed(self.problem.case.lens.handoff, 1)
            found += [self.by_hop(mask, place) + price for place in places]
        return min(found)

    def by_hop(self, mask: int, holder: int) -> int:
        if not mask:
            return 0
        wait = packed(sum(self.hour(bit) for bit in self.may_meet if mask >> bit & 1), 0)
        found = [price + wait * hours + self.reaching(mask, port) for port, price, hours in self.ways(holder)]
        return min(UNREACHABLE, *found) if found else UNREACHABLE

    def reaching(self, mask: int, port: int) -> int:
        """Return the least price of meeting these bits, at least one of them at the port."""
        there, found = self.problem.holder_at(port), [UNREACHABLE]
        for offer in self.problem.ports[port].offers:
            own, requires = self.stands_for(offer.bit), self.requires(offer.requires)
            if own in self.may_meet and mask >> own & 1 and not mask & requires and self.can_meet(requires):
                rest = mask ^ 1 << own
                onward = min(self.reaching(rest, port), self.leaving(rest, there)) if rest else 0
                found.append(packed(offer.price, 0) + onward)
        return min(found)

    def ways(self, holder: int) -> Iterator[tuple[int, int, int]]:
        """Yield port, price and hours of every hop that the holder or the origin can make, and of every gateway."""
        problem = self.problem
        edges = [edge for edge in problem.own_services if holder != problem.home]
        for sender in {0, problem.place_of(holder)}:
            edges += [edge for edge in problem.own if edge.source == sender]
            edges += [
                edge
                for edge in problem.shared
                if edge.source in (ANY_HOLDER, problem.group_of[sender])
                and problem.ports[edge.port].organization != problem.holders[sender]
            ]
        for edge in edges:
            yield edge.port, packed_hop(edge.hop), edge.hop.hours
        passages: dict[int, list[Passage]] = {}
        for port, passage in problem.passages:
            passages.setdefault(port, []).append(passage)
        for port, some in passages.items():
            yield port, packed(min(one.price for one in some), 2), min(one.hours for one in some)

    def hour(self, bit: int) -> int:
        """Return the points of an hour while this bit is open."""
        alike = [one for place, one in enumerate(self.problem.bits) if self.stands_for(place) == bit]
        return self.problem.case.lens.hour * min(URGENCY_WEIGHT[one.urgency] for one in alike)

    def stands_for(self, bit: int) -> int:
        """Return the first added bit of the same type, or the bit itself."""
        bits, needs = self.problem.bits, self.problem.needs
        if not self.kind or bit < needs:
            return bit
        return next(place for place in range(needs, len(bits)) if bits[place].type == bits[bit].type)

    def requires(self, mask: int) -> int:
        """Return what has to be met before something that asks for these bits."""
        asked = {self.stands_for(bit) for bit in range(mask.bit_length()) if mask >> bit & 1}
        return sum(1 << bit for bit in asked if not self.kind or bit in self.may_meet)

    def can_meet(self, mask: int) -> bool:
        return all(bit in self.may_meet for bit in range(mask.bit_length()) if mask >> bit & 1)
