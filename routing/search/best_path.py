"""The best path of a solved programme, also around excluded organizations: A* with the tables as lower bounds.

To exclude organizations makes no path cheaper, so the tables stay consistent lower bounds. Of equal values the path
whose steps come first comes off first. Hart, Nilsson and Raphael 1968, with lazily made successors.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.handoffs.hop import CandidateService
from routing.search.graph import Edge, HopGraph
from routing.search.ranked_path import Bar, RankedPath, RankedStep, StepKey, in_order, passing_key, step_key
from routing.search.tables import UNREACHABLE, Meeting, Start, Tables, packed, packed_hop

MOST_POPS = 250
"""How many entries may come off a heap before solving anew is the shorter way."""


_CHECKED_EACH = 256
"""How many meetings at a port are gone through between two checks of the time."""

Key = tuple[tuple[int, ...], int]
"""Required needs left open by urgency, and the packed value: what the ranking compares before steps."""

Approach = Iterator[Key | RankedPath | None]
"""Keys that the best path is not less than, rising; last that path, or None where there is none."""

_Way = tuple[int, int, int]
"""A hand-off: the least of all that follows, the edge's number, and the organization that sends."""

_MeetingOption = tuple[int, int, tuple[CandidateService, ...], StepKey]
"""A way to meet something at a port: its price, what is open then, the offers, and their key."""

_Onward = tuple[int, int, int, int, tuple[StepKey, ...], tuple[RankedStep, ...]]
"""Where a way can lead: price, the least of all that follows, what is open then, who holds, and the steps taken."""

_Trail = tuple[Any, tuple[RankedStep, ...]]
"""The trail before (None at the origin), and the steps after it."""

_Entry = tuple[tuple[int, ...], int, tuple[StepKey, ...], int, int, int, int, _Trail | None, list[_Way] | None, int]
"""A point of the search: key and steps so far, a ticket, what is open, who holds, the points spent, the trail.

With a list of ways it stands for the one at a place in it, and for all after that.
"""


class TooFar(Exception):
    """The way round is longer than solving without the left-out organizations."""


class EdgeArrays:
    """The edges of a graph as arrays, each `to` an organization; `onward`: those that leave each gate (a port)."""

    def __init__(self, hop_graph: HopGraph) -> None:
        self.hop_graph = hop_graph
        self.edges = (*hop_graph.shared, *hop_graph.own, *hop_graph.own_services, *hop_graph.onward)
        self.port = np.array([edge.port for edge in self.edges], dtype=np.int64)
        self.price = np.array([packed_hop(edge.hop) for edge in self.edges], dtype=np.int64)
        self.hours = np.array([edge.hop.hours for edge in self.edges], dtype=np.int64)
        self.holder_at = [hop_graph.holder_at(port) for port in range(len(hop_graph.ports))]
        self.to = [edge.hop.organization for edge in self.edges]
        of_group = _by_source(hop_graph.shared, 0)
        self._shared: dict[int, list[int]] = {}
        for number, places in enumerate(hop_graph.groups):
            for place in places:
                self._shared.setdefault(place, []).extend(of_group.get(number, ()))
        self._own = _by_source(hop_graph.own, len(hop_graph.shared))
        self.onward = _by_source(hop_graph.onward, len(self.edges) - len(hop_graph.onward))
        self._leaving: dict[int, tuple[NDArray[np.int64], NDArray[np.int64]]] = {}

    def leaving(self, holder: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the edges that leave a holder (see `HopGraph.home`), and the organization that sends on each."""
        if holder not in self._leaving:
            self._leaving[holder] = self._find(holder)
        return self._leaving[holder]

    def _find(self, holder: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        hop_graph, edges, senders = self.hop_graph, list[int](), list[int]()
        # The origin first: of equal ways the first is taken, and where it may hand over itself, it does.
        for sender in dict.fromkeys((0, hop_graph.place_of(holder))):
            itself = hop_graph.holders[sender]
            edges += sorted(edge for edge in self._shared[sender] if self.to[edge] != itself)
            edges += self._own.get(sender, ())
            senders += [itself] * (len(edges) - len(senders))
        if holder != hop_graph.home:
            offset = len(hop_graph.shared) + len(hop_graph.own)
            edges += range(offset, offset + len(hop_graph.own_services))
            senders += [hop_graph.scenario.origin] * (len(edges) - len(senders))
        return np.array(edges, dtype=np.int64), np.array(senders, dtype=np.int64)


def _by_source(edges: Sequence[Edge], offset: int) -> dict[int, list[int]]:
    by_source: dict[int, list[int]] = {}
    for number, edge in enumerate(edges, start=offset):
        by_source.setdefault(edge.source, []).append(number)
    return by_source


class PathSearch:
    """The tables of a programme, and the hand-offs already expanded in its searches; for a single request."""

    def __init__(self, tables: Tables, arrays: EdgeArrays, bar: Bar | None = None) -> None:
        self.tables, self.arrays, self.bar = tables, arrays, bar
        self.hop_graph: HopGraph = tables.layout.hop_graph
        self._starts_of: dict[int | None, list[Start]] = {}
        self._ways_of: dict[tuple[int, int], list[_Way]] = {}
        self._onward: dict[tuple[int, int, int], list[_Onward]] = {}
        self._meetings: dict[tuple[int, int], list[_MeetingOption]] = {}
        self._options_at: dict[int, list[tuple[int, int, Meeting]]] = {}

    def approach(self, excluded: frozenset[int], most_open: int | None = None, *, has_end: bool = True) -> Approach:
        """Yield rising lower bounds on the key of the best path without `excluded`, then the path, or None without any.

        Raises:
            TooFar: `MOST_POPS` entries came off the heap; never with `has_end` False.
            TimeBudgetExceeded: time ran out first.
        """
        starts, ticket, at_least = self._starts(most_open), count(), None
        heap = self._start(starts, 0)
        visited: set[tuple[int, int]] = set()
        for _ in range(MOST_POPS) if has_end else count():
            if not heap:
                yield None
                return
            if heap[0][:2] != at_least:
                at_least = heap[0][:2]
                yield at_least
                self.hop_graph.scenario.time_budget.check()
            open_required, value, keys, _, mask, holder, spent, trail, ways, place = heapq.heappop(heap)
            if self.bar is not None and not self.bar.lets_by(open_required, value):
                continue
            if ways is None:
                for entry in self._start(starts, place) if place else ():
                    heapq.heappush(heap, entry)
                if mask == 0:
                    yield RankedPath(open_required, value, keys, _unrolled(trail))
                    return
                # Of two ways to one point, the way of the lesser key comes off first, and what follows is the same.
                if (mask, holder) in visited:
                    continue
                visited.add((mask, holder))
                ways, place = self._ways(mask, holder), -1
            else:
                for price, least, rest, there, stops, steps in self._through(mask, ways[place]):
                    now = spent + price
                    end = (
                        open_required,
                        now + least,
                        keys + stops,
                        next(ticket),
                        rest,
                        there,
                        now,
                        (trail, steps),
                        None,
                        0,
                    )
                    if stops[-1].organization not in excluded:
                        heapq.heappush(heap, end)
            place = self._next(ways, place, excluded)
            if place < len(ways):
                value = spent + ways[place][0]
                heapq.heappush(
                    heap, (open_required, value, keys, next(ticket), mask, holder, spent, trail, ways, place)
                )
        raise TooFar

    def _starts(self, most_open: int | None) -> list[Start]:
        if most_open not in self._starts_of:
            self._starts_of[most_open] = [
                start
                for start in self.tables.starts
                if (most_open is None or sum(start.open_required) <= most_open)
                and (self.bar is None or self.bar.lets_by(*start.key))
            ]
        return self._starts_of[most_open]

    def _start(self, starts: Sequence[Start], number: int) -> list[_Entry]:
        """Return the heap's entry for a start; the next start, its place, follows when it comes off."""
        if number == len(starts):
            return []
        open_required, value, mask = starts[number]
        spent = value - int(self.tables.cost[mask, 0])
        return [(open_required, value, (), number - len(starts), mask, 0, spent, None, None, number + 1)]

    def _ways(self, mask: int, holder: int) -> list[_Way]:
        if (mask, holder) not in self._ways_of:
            tables, arrays = self.tables, self.arrays
            edges, senders = arrays.leaving(holder)
            value = (
                tables.reach[mask, arrays.port[edges]]
                + arrays.price[edges]
                + packed(int(tables.weight[mask]), 0) * arrays.hours[edges]
            )
            order = np.argsort(value, kind="stable")[: np.count_nonzero(value < UNREACHABLE)]
            columns = (value[order].tolist(), edges[order].tolist(), senders[order].tolist())
            self._ways_of[mask, holder] = list(zip(*columns, strict=True))
        return self._ways_of[mask, holder]

    def _next(self, ways: list[_Way], place: int, excluded: frozenset[int]) -> int:
        to, place = self.arrays.to, place + 1
        while place < len(ways) and to[ways[place][1]] in excluded:
            place += 1
        return place

    def _through(self, mask: int, way: _Way) -> list[_Onward]:
        """Return the states after a way: an entry for each set of bits met at its end."""
        _, edge, sender = way
        if (mask, edge, sender) not in self._onward:
            self._onward[mask, edge, sender] = list(self._beyond(mask, edge, sender))
        return self._onward[mask, edge, sender]

    def _beyond(self, mask: int, edge: int, sender: int) -> Iterator[_Onward]:
        tables, (_, number, hop, gateway) = self.tables, self.arrays.edges[edge]
        gate, hop_price = self.hop_graph.ports[number].gate, packed_hop(hop)
        hop_price += packed(int(tables.weight[mask]) * hop.hours, 0)
        if gate is None or gateway is None:
            there = self.arrays.holder_at[number]
            for price, rest, offers, last in self._meet(number, mask):
                least = int(tables.cost[rest, there])
                if least < UNREACHABLE:
                    yield hop_price + price, least, rest, there, (last,), (RankedStep(sender, hop, offers),)
            return
        stop = passing_key(self.hop_graph.scenario, hop.organization, gateway.service)
        step = RankedStep(sender, hop, (), gateway)
        beyond = mask & ~tables.layout.closed_by(gate.requires, marked=gate.marked)
        for second in self.arrays.onward[number]:
            for price, least, rest, there, stops, steps in self._beyond(beyond, second, hop.organization):
                yield hop_price + price, least, rest, there, (stop, *stops), (step, *steps)

    def _meet(self, port: int, mask: int) -> list[_MeetingOption]:
        """Return (price, open bits after it, offers, key) for each set of bits to be met at a port."""
        if (port, mask) not in self._meetings:
            prices: dict[tuple[int, int], int] = {}
            stack, options, turn = [(mask, 0, 0)], self._options(port), count()
            while stack:
                at, met, price = stack.pop()
                if next(turn) % _CHECKED_EACH == 0:
                    self.hop_graph.scenario.time_budget.check()
                for offer_mask, cost, (met_mask, requires, closes) in options:
                    if at & met_mask == met_mask and not at & requires:
                        item = at & ~closes, met | offer_mask
                        if item not in prices:
                            prices[item] = price + cost
                            stack.append((*item, prices[item]))
            scenario, organization = self.hop_graph.scenario, self.hop_graph.ports[port].organization
            in_turn, meetings = in_order(self.hop_graph.ports[port].offers), []
            for (rest, met), price in prices.items():
                offers = tuple(offer for number, offer in enumerate(in_turn) if met >> number & 1)
                total = price + packed(self.tables.layout.out_of_order(mask & ~rest, rest), 0)
                meetings.append((total, rest, offers, step_key(scenario, organization, offers)))
            self._meetings[port, mask] = meetings
        return self._meetings[port, mask]

    def _options(self, port: int) -> list[tuple[int, int, Meeting]]:
        """Return the meetings of this plan at a port: offers (a mask, in their order), packed price, meeting."""
        if port not in self._options_at:
            target = self.hop_graph.ports[port]
            offers = in_order(target.offers)
            bit_of = {offer: 1 << number for number, offer in enumerate(offers)}
            self._options_at[port] = [
                (sum(bit_of[offer] for offer in offer_set), packed(sum(offer.price for offer in offer_set), 0), meeting)
                for offer_set, meeting in self.tables.layout.meetings(offers, target)
            ]
        return self._options_at[port]


def _unrolled(trail: _Trail | None) -> tuple[RankedStep, ...]:
    steps: tuple[RankedStep, ...] = ()
    while trail is not None:
        trail, latest = trail
        steps = latest + steps
    return steps
