"""The lower bound on the cost of a plan of prerequisites, so that plans that cannot win are never solved.

The bound lets every holder hand over to any recipient at the best price of any holder, and drops every prerequisite:
one small programme over sets of bits and organizations prices every plan at once. With many bits it falls back to a sum
over bits, each bit paying its share of a hand-off.

Plans {}, {assessment} and {assessment, interpreter}: if the best path of {} costs 300 and the bound of the second is
340, the second is solved only once no path below 340 is left to find.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routing.costs import URGENCIES, URGENCY_WEIGHT
from routing.directory.arrays import begins
from routing.pruning.detours import Key
from routing.search.best_path import Bar
from routing.search.graph import HopGraph
from routing.search.programme import Graph, Programme
from routing.search.tables import UNREACHABLE, Values, left_open, packed

MOST_BITS = 12
"""Beyond this many bits, the sum over the bits bounds a plan, and no programme over their sets."""


_NONE: Key = (1 << 10,) * len(URGENCIES), UNREACHABLE
"""A key above every path's key: no path."""


@dataclass(frozen=True, slots=True)
class _LeastOfEach:
    """The least costs of each organization: reaching it (packed points, hours), and each bit met at it."""

    points: Values
    hours: Values
    price: Values


def bound_plans(hop_graph: HopGraph, plans: list[int], unasked: int, bar: Bar | None = None) -> list[Key]:
    """Return, for each plan (a global mask), a lower bound (a key) on its paths that pass the bar; pure."""
    used = [bit for bit in range(len(hop_graph.bits)) if (unasked | _all(plans)) >> bit & 1]
    place = _places(hop_graph, used)
    ways = _ways(hop_graph, place)
    weights = np.full(len(ways.price), UNREACHABLE, dtype=np.int64)
    for bit in used:
        weight = hop_graph.scenario.lens.hour * URGENCY_WEIGHT[hop_graph.bits[bit].urgency]
        weights[place[bit]] = min(int(weights[place[bit]]), weight)
    price = _programme(ways, weights) if len(weights) <= MOST_BITS else _sums(ways, weights)
    prices, found = _Prices(hop_graph, unasked, place, price), dict[int, Key]()
    for kept, alike in _by_needs(hop_graph, plans).items():
        found.update(zip(alike, prices.bounds(kept, alike, bar), strict=True))
    return [found[plan] for plan in plans]


def bound_plan(graph: Graph, plan: int, bar: Bar | None = None) -> Key | None:
    """Return a lower bound (a key) on the paths of one plan that pass the bar, or `None`; pure, and nearly exact.

    The bound is the key of the best path that meets every planned prerequisite, asked for on the path or not, and that
    passes every gateway at the gateway's best price.
    """
    return _least(Programme(graph.hop_graph, plan, graph=graph, must_ask=False, easy=True), bar)


def bound_group(graph: Graph, added: int, bar: Bar | None = None) -> Key | None:
    """Return a lower bound (a key) on paths that add at least the given types, or `None`.

    A type is given by the first bit of the type.
    """
    return _least(Programme(graph.hop_graph, added, graph=graph, must_ask=False, easy=True, kind=True), bar)


def _least(programme: Programme, bar: Bar | None) -> Key | None:
    starts = programme.run(frozenset()).starts
    return next((start.key for start in starts if bar is None or bar.is_passed_by(start)), None)


def _places(hop_graph: HopGraph, used: list[int]) -> dict[int, int]:
    """Return a number for each bit: added prerequisites of a type share a number, so the lowest of their prices."""
    numbers: dict[object, int] = {}
    kinds: dict[int, object] = {bit: bit if bit < hop_graph.needs else hop_graph.bits[bit].type for bit in used}
    return {bit: numbers.setdefault(kind, len(numbers)) for bit, kind in kinds.items()}


def _all(plans: list[int]) -> int:
    found = 0
    for plan in plans:
        found |= plan
    return found


def _ways(hop_graph: HopGraph, place: dict[int, int]) -> _LeastOfEach:
    owners = {
        organization: number for number, organization in enumerate({p.organization: None for p in hop_graph.ports})
    }
    points = np.full(len(owners), UNREACHABLE, dtype=np.int64)
    hours = np.full(len(owners), 1 << 20, dtype=np.int64)
    price = np.full((len(set(place.values())), len(owners)), UNREACHABLE, dtype=np.int64)
    for edge in (*hop_graph.shared, *hop_graph.own, *hop_graph.own_services):
        number = owners[hop_graph.ports[edge.port].organization]
        points[number] = min(points[number], packed(edge.hop.price, 0 if edge.hop.mode == "internal" else 1))
        hours[number] = min(hours[number], edge.hop.hours)
    for port, passage in hop_graph.passages:
        number = owners[hop_graph.ports[port].organization]
        points[number] = min(points[number], packed(passage.price, 2))
        hours[number] = min(hours[number], passage.hours)
    for one in hop_graph.ports:
        for offer in one.offers:
            if offer.bit in place:
                cell = place[offer.bit], owners[one.organization]
                price[cell] = min(price[cell], packed(offer.price, 0))
    return _LeastOfEach(points, hours, price)


def _programme(ways: _LeastOfEach, weights: Values) -> Values:
    """Return the least price of meeting each set of bits."""
    bits, owners = ways.price.shape
    masks = np.arange(1 << bits)
    weight = ((masks[:, None] >> np.arange(bits) & 1) * weights).sum(axis=1)
    least = np.full(len(masks), UNREACHABLE, dtype=np.int64)
    least[0] = 0
    reach = np.full((len(masks), owners), UNREACHABLE, dtype=np.int64)
    reach[0] = 0
    sizes = np.bitwise_count(masks)
    for size in range(1, bits + 1):
        level = np.flatnonzero(sizes == size)
        best = np.full((len(level), owners), UNREACHABLE, dtype=np.int64)
        for bit in range(bits):
            has = np.flatnonzero(level >> bit & 1)
            rest = level[has] ^ (1 << bit)
            best[has] = np.minimum(best[has], np.minimum(reach[rest], least[rest][:, None]) + ways.price[bit])
        reach[level] = best
        leaving = best + ways.points + packed(1, 0) * weight[level, None] * ways.hours
        least[level] = np.minimum(leaving.min(axis=1, initial=UNREACHABLE), UNREACHABLE)
    return least


def _sums(ways: _LeastOfEach, weights: Values) -> Values:
    """Return, for each set of bits, the sum over its bits of price, share of a hand-off and hours."""
    bits, _ = ways.price.shape
    width = np.maximum((ways.price < UNREACHABLE).sum(axis=0), 1)
    each = ways.price + ways.points // width + packed(1, 0) * weights[:, None] * ways.hours
    least = np.minimum(each.min(axis=1, initial=UNREACHABLE), UNREACHABLE)
    masks = np.arange(1 << bits)
    found = np.zeros(len(masks), dtype=np.int64)
    for bit in range(bits):
        found += (masks >> bit & 1) * least[bit]
    return np.minimum(found, UNREACHABLE)


def _by_needs(hop_graph: HopGraph, plans: list[int]) -> dict[int, list[int]]:
    """Return plans by their planned needs: such plans may cover the same needs."""
    found: dict[int, list[int]] = {}
    for plan in plans:
        found.setdefault(plan & (1 << hop_graph.needs) - 1, []).append(plan)
    return found


@dataclass(frozen=True, slots=True)
class _Prices:
    """The least `price` of meeting each set of bits, at the set's mask of numbers (`place`)."""

    hop_graph: HopGraph
    unasked: int
    place: dict[int, int]
    price: Values

    def bounds(self, kept: int, plans: list[int], bar: Bar | None) -> list[Key]:
        """Return, for each of some plans with the same planned needs, the least key over every possible cover."""
        needs, profile, lens = self.hop_graph.needs, self.hop_graph.scenario.profile, self.hop_graph.scenario.lens
        covers = _covers(kept, self.unasked, needs)
        covers = covers[covers > 0]
        if not len(covers):
            return [_NONE] * len(plans)
        left, optional = left_open(profile, covers)
        added = np.array([plan >> needs << needs for plan in plans], dtype=np.int64)
        value = self.price[_placed(covers, self.place)[:, None] | _placed(added, self.place)]
        is_met = value < UNREACHABLE
        value = value + packed(lens.optional_uncovered, 0) * optional[:, None]
        if bar is not None:
            is_met &= bar.let_by(left.sum(axis=0)[:, None], value)
        order = np.lexsort(left[::-1])  # by what is left open, as the ranking is
        kinds = np.flatnonzero(np.logical_or.reduce([begins(row[order]) for row in left]))
        least = np.minimum.reduceat(np.where(is_met, value, UNREACHABLE)[order], kinds, axis=0)
        fewest, keys = (least < UNREACHABLE).argmax(axis=0).tolist(), [*map(tuple, left.T[order[kinds]].tolist())]
        found = [(keys[row], int(least[row, column])) for column, row in enumerate(fewest)]
        return [key if key[1] < UNREACHABLE else _NONE for key in found]


def _placed(masks: Values, place: dict[int, int]) -> Values:
    """Return masks of bits as masks of their numbers."""
    found = np.zeros(len(masks), dtype=np.int64)
    for bit, number in place.items():
        found |= (masks >> bit & 1) << number
    return found


def _covers(planned: int, unasked: int, needs: int) -> NDArray[np.int64]:
    masks = np.arange(1 << needs)
    found: NDArray[np.int64] = masks[(masks & planned == planned) & (masks & ~(planned | unasked) == 0)]
    return found
