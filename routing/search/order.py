"""Needs met the wrong way round, each pair counted at the step that meets the later need while the earlier stays open.

A need met by a report makes no pair, so one that can be met both ways has a bit of its own for being handed over
(`Order.split`). Within one step needs are met one by one, those of earlier rows first, unless a service of an earlier
row asks for one of a later row: such needs are met together (`Order.circles`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from itertools import combinations, product
from operator import or_

from routing.cached_property import cached_property
from routing.handoffs.hop import CandidateService, has_an_order
from routing.search.graph import HopGraph, Port

Circle = tuple[CandidateService, ...]


class Order:
    """The pairs of a graph's needs: for each need (a bit) the needs that should come `before` it, as a mask."""

    def __init__(self, hop_graph: HopGraph) -> None:
        self.hop_graph = hop_graph
        reported = _bits_of(port for port in hop_graph.ports if port.back >= 0)
        handed = _bits_of(port for port in hop_graph.ports if port.back < 0)
        masks = hop_graph.scenario.prices.out_of_order
        self.before = tuple(mask & handed if handed >> bit & 1 else 0 for bit, mask in enumerate(masks))
        paired = reduce(or_, (mask | 1 << bit for bit, mask in enumerate(self.before) if mask), 0)
        self.split = tuple(bit for bit in range(len(masks)) if (reported & paired) >> bit & 1)
        self._reported = reported
        self._circles: dict[tuple[Circle, tuple[Circle, ...]], tuple[Circle, ...]] = {}

    @cached_property
    def before_relaxed(self) -> tuple[int, ...]:
        """The pairs that count for all prerequisites, and for any way to meet a need."""
        place: dict[str, int] = {}
        for number, requirement in enumerate(self.hop_graph.requirements):
            place.setdefault(requirement.type, number)
        before_types = dict.fromkeys(place.values(), 0) | dict(enumerate(self.before))
        for offer in {offer for port in self.hop_graph.ports for offer in port.offers if offer.requires}:
            for number, requirement in enumerate(self.hop_graph.requirements):
                if offer.requires >> number & 1:
                    before_types[place[offer.type]] |= 1 << place[requirement.type]
        after = _closed(before_types)
        sure = [0 if self._reported >> bit & 1 else mask & ~self._reported for bit, mask in enumerate(self.before)]
        return tuple(
            sum(1 << earlier for earlier in range(len(sure)) if mask >> earlier & 1 and not after[earlier] >> bit & 1)
            for bit, mask in enumerate(sure)
        )

    def circles(self, offers: Sequence[CandidateService], marked: tuple[Circle, ...]) -> tuple[Circle, ...]:
        """Return the sets of offers of a port to be met together, those of a `marked` set in any case."""
        key = tuple(offers), marked
        if key not in self._circles:
            port_mask = sum({1 << offer.bit for offer in offers})
            paired = any(mask & port_mask for bit, mask in enumerate(self.before) if port_mask >> bit & 1)
            self._circles[key] = tuple(dict.fromkeys(self._find(*key))) if paired else ()
        return self._circles[key]

    def _find(self, offers: Sequence[CandidateService], marked: Iterable[Circle]) -> Iterator[Circle]:
        by_bit: dict[int, list[CandidateService]] = {}
        for offer in offers:
            by_bit.setdefault(offer.bit, []).append(offer)
        together = [circle for circle in marked if len(circle) > 1]
        if not together and not any(offer.requires >> bit & 1 for offer in offers for bit in by_bit):
            return
        for size in range(2, len(by_bit) + 1):
            for combination in combinations(by_bit, size):
                for circle in product(*(by_bit[bit] for bit in combination)):
                    self.hop_graph.scenario.time_budget.check()
                    if any(self._is_circle(circle, core) for core in ((), *together)) and has_an_order(circle):
                        yield circle

    def _is_circle(self, circle: Circle, together: Circle) -> bool:
        """Return whether each of the offers must come before each other, as those of `together` do; all are needed."""
        if not {*together} <= {*circle}:
            return False
        before = dict(enumerate(self.before))
        masks = {offer.bit: before.get(offer.bit, 0) | offer.requires for offer in circle}
        for offer in together:
            masks[offer.bit] |= sum(1 << partner.bit for partner in together)
        full_mask = sum(1 << bit for bit in masks)
        return all(mask & full_mask == full_mask for mask in _closed(masks).values())


def _bits_of(ports: Iterable[Port]) -> int:
    return reduce(or_, (1 << offer.bit for port in ports for offer in port.offers), 0)


def _closed(masks: dict[int, int]) -> dict[int, int]:
    """Return, for each bit, the mask of bits that come before it by one or more steps; bits without an entry end it.

    >>> _closed({0: 0b10, 1: 0b100, 2: 0})
    {0: 6, 1: 4, 2: 0}
    """
    closure, before = dict(masks), dict[int, int]()
    while closure != before:
        before = closure
        closure = {
            bit: reduce(or_, (before[earlier] for earlier in before if mask >> earlier & 1), mask)
            for bit, mask in before.items()
        }
    return closure
