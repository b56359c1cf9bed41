"""Best paths around left-out organizations, by A* on tables that were solved with nobody left out.

What a table says of "everything that follows" can only be too low once somebody is left out, and falls by no more than
an edge costs, so the first path off the heap is the best there is. Of equal values the one whose steps come first by
slugs comes off first, since slugs ride in the key. Hart, Nilsson and Raphael 1968, with lazily made successors.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from itertools import count
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.gateways import WHOEVER, Passage
from routing.hops import Offer
from routing.plans import Bar, Plan, PlanStep, StepKey
from routing.problem import ANY_HOLDER, Problem
from routing.tables import UNREACHABLE, Tables, packed, packed_hop

MOST_POPS = 250
"""How many entries may come off a heap before solving anew is the shorter way."""


Key = tuple[tuple[int, ...], int]
"""What the ranking compares before it looks at slugs: required needs left open by urgency, and the packed value."""

_Met = tuple[int, int, tuple[Offer, ...], StepKey]


class TooFar(Exception):
    """The way round is longer than solving without the left-out organizations."""


class _Way(NamedTuple):
    """A hand-off: the least of all that follows, the edge's number, who sends, where to, and what is open then."""

    value: int
    edge: int
    sender: int
    port: int
    mask: int


class Doors:
    """The edges of a problem as arrays, and which of them leave whom; shared by all its programmes."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.edges = (*problem.shared, *problem.own, *problem.own_services)
        self.passages = [passage for _, _, passage in problem.passages]
        self.port = np.array([e.port for e in self.edges] + [port for _, port, _ in problem.passages], dtype=np.int64)
        self.price = np.array([packed_hop(e.hop) for e in self.edges] + [packed(p.price, 2) for p in self.passages])
        self.hours = np.array([e.hop.hours for e in self.edges] + [p.hours for p in self.passages], dtype=np.int64)
        self.owner = np.array([problem.ports[port].organization for port in self.port.tolist()], dtype=np.int64)
        self._shared = np.array([edge.source for edge in problem.shared], dtype=np.int64)
        self._own = np.array([edge.source for edge in problem.own], dtype=np.int64)
        self._through = np.array([source for source, _, _ in problem.passages], dtype=np.int64)
        self._leaving: dict[int, tuple[NDArray[np.int64], NDArray[np.int64]]] = {}

    def leaving(self, holder: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the edges that leave a holder (see `Problem.home`), and the place of whoever sends along each."""
        if holder not in self._leaving:
            self._leaving[holder] = self._find(holder)
        return self._leaving[holder]

    def _find(self, holder: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        problem, place = self.problem, self.problem.place_of(holder)
        found, senders = [], []
        # The origin first: of equal ways the first is taken, and where it may hand over itself, it does.
        for sender in dict.fromkeys((0, place)):
            mine = (self._shared == ANY_HOLDER) | (self._shared == problem.group_of[sender])
            mine &= self.owner[: len(mine)] != problem.holders[sender]
            numbers = [np.flatnonzero(mine), np.flatnonzero(self._own == sender) + len(mine)]
            found += numbers
            senders += [np.full(len(some), sender) for some in numbers]
        if holder != problem.home:
            own = len(problem.own_services)
            found.append(np.arange(len(self.edges) - own, len(self.edges)))
            senders.append(np.zeros(own, dtype=np.int64))
        through = np.flatnonzero(self._through == place) + len(self.edges)
        return np.concatenate([*found, through]), np.concatenate([*senders, np.full(len(through), place)])

    def passage(self, edge: int) -> Passage | None:
        """Return the way through a gateway that an edge stands for, None for a plain hop."""
        return None if edge < len(self.edges) else self.passages[edge - len(self.edges)]


class _Trail(NamedTuple):
    """Steps so far, the last one first."""

    before: _Trail | None
    step: PlanStep


class _Entry(NamedTuple):
    """A point of the search. With `ways` it stands for the hand-off `way` and all after it in that list."""

    left: tuple[int, ...]
    value: int
    slugs: tuple[StepKey, ...]
    ticket: int
    mask: int
    holder: int
    spent: int
    trail: _Trail | None
    ways: Iterator[_Way] | None = None
    way: _Way | None = None


class Detours:
    """One programme's tables, and the ways that were looked at in them; for one request."""

    def __init__(self, tables: Tables, doors: Doors, bar: Bar | None = None) -> None:
        self.tables, self.doors, self.bar = tables, doors, bar
        self.problem: Problem = tables.layout.problem
        layout, passages = tables.layout, doors.passages
        plain = [0] * len(doors.edges)
        keys = [(passage.requires, bool(passage.first.marked)) for passage in passages]
        asked = {key: layout.local(key[0]) for key in set(keys)}
        closes = {key: layout.closed_by(key[0], marked=key[1]) for key in set(keys)}
        local = {key: -1 if mask is None else mask for key, mask in asked.items()}
        self._requires = np.array([*plain, *(local[key] for key in keys)], dtype=np.int64)
        self._closes = np.array([*plain, *(closes[key] for key in keys)], dtype=np.int64)
        self._ways_of: dict[tuple[int, int], list[_Way]] = {}
        self._meetings: dict[tuple[int, int], list[_Met]] = {}

    def best(
        self, excluded: frozenset[int], most_open: int | None, at_most: Key | None, closed: frozenset[int] = frozenset()
    ) -> Plan | None:
        """Return the best path of this programme without these organizations and services, or None if there is none.

        None beyond `at_most` is looked for.

        Raises:
            TooFar: it takes too long to find out.
            TimeIsUp: there is no time to find out.
        """
        ticket, seen = count(), dict[tuple[tuple[int, ...], int, int], tuple[StepKey, ...]]()
        heap = [
            _Entry(
                *start.key, (), next(ticket), start.mask, 0, start.value - int(self.tables.cost[start.mask, 0]), None
            )
            for start in self.tables.starts
            if most_open is None or sum(start.open_required) <= most_open
        ]
        heapq.heapify(heap)
        for _ in range(MOST_POPS):
            if not heap:
                return None
            self.problem.case.patience.check()
            at = heapq.heappop(heap)
            if at_most is not None and (at.left, at.value) > at_most:
                return None
            if self.bar is not None and not self.bar.lets_by(at.left, at.value):
                continue
            ways = at.ways
            if ways is None:
                if at.mask == 0:
                    return Plan(at.left, at.value, at.slugs, tuple(_unrolled(at.trail)))
                earlier = seen.get((at.left, at.mask, at.holder))
                # A tie that another way to the same point has not yet decided stays open.
                if earlier is not None and (at.slugs == earlier or at.slugs[: len(earlier)] != earlier):
                    continue
                seen[at.left, at.mask, at.holder] = at.slugs
                ways = iter(self._ways(at.mask, at.holder))
            elif at.way is not None:
                for following in self._through(at.way, at, ticket, closed):
                    heapq.heappush(heap, following)
            way = next((way for way in ways if not self._leads_to(way, excluded, closed)), None)
            if way is not None:
                heapq.heappush(heap, at._replace(value=at.spent + way.value, ticket=next(ticket), ways=ways, way=way))
        raise TooFar

    def _leads_to(self, way: _Way, excluded: frozenset[int], closed: frozenset[int]) -> bool:
        """Say whether a way leads to one of these organizations, or through one of these services of a gateway."""
        if excluded and int(self.doors.owner[way.edge]) in excluded:
            return True
        passage = self.doors.passage(way.edge)
        return passage is not None and (passage.gateway in excluded or passage.service in closed)

    def _ways(self, mask: int, holder: int) -> list[_Way]:
        """Return the ways to leave a holder, the least first."""
        if (mask, holder) not in self._ways_of:
            tables, doors = self.tables, self.doors
            edges, senders = doors.leaving(holder)
            beyond, ports = mask & ~self._closes[edges], doors.port[edges]
            value = (
                tables.reach[beyond, ports]
                + doors.price[edges]
                + packed(int(tables.weight[mask]), 0) * doors.hours[edges]
            )
            value[(self._requires[edges] & mask) != 0] = UNREACHABLE  # a mask of -1, never met, shares a bit with any
            order = np.argsort(value, kind="stable")
            order = order[value[order] < UNREACHABLE]
            columns = (some[order].tolist() for some in (value, edges, senders, ports, beyond))
            self._ways_of[mask, holder] = [_Way(*row) for row in zip(*columns, strict=True)]
        return self._ways_of[mask, holder]

    def _through(self, way: _Way, at: _Entry, ticket: Iterator[int], closed: frozenset[int]) -> Iterator[_Entry]:
        """Yield where a way can lead: one entry for each set of bits met at its end."""
        problem, tables, plain = self.problem, self.tables, len(self.doors.edges)
        place, wait = problem.holder_at(way.port), int(tables.weight[at.mask])
        before: tuple[PlanStep, ...] = ()
        if way.edge < plain:
            hop = self.doors.edges[way.edge].hop
            spent, sender = at.spent + packed_hop(hop) + packed(wait * hop.hours, 0), problem.holders[way.sender]
        else:
            passage = self.doors.passages[way.edge - plain]
            spent = at.spent + packed(passage.price + wait * passage.hours, 2)
            hop, sender = passage.second, passage.gateway
            first = problem.holders[way.sender] if passage.holder == WHOEVER else passage.holder
            before = (PlanStep(first, passage.first, (), passage),)
        gateway = tuple(map(self._key, before))
        for price, rest, offers, slug in self._meet(way.port, way.mask):
            if closed and any(offer.service in closed for offer in offers):
                continue
            onward = int(tables.cost[rest, place])
            if onward < UNREACHABLE:
                steps = (*before, PlanStep(sender, hop, offers))
                slugs = (*at.slugs, *gateway, slug)
                value, trail = spent + price + onward, _extended(at.trail, steps)
                yield _Entry(at.left, value, slugs, next(ticket), rest, place, spent + price, trail)

    def _meet(self, port: int, mask: int) -> list[_Met]:
        """Return (price, what is open then, offers, slugs) for each set of bits to be met at a port, cheapest first."""
        if (port, mask) not in self._meetings:
            found: dict[tuple[int, frozenset[Offer]], int] = {}
            stack: list[tuple[int, frozenset[Offer], int]] = [(mask, frozenset(), 0)]
            options = self._options(port)
            while stack:
                at, met, price = stack.pop()
                for offer, bit, requires, closes in options:
                    if at >> bit & 1 and not at & requires:
                        item = at & ~closes, met | {offer}
                        if item not in found:
                            found[item] = price + packed(offer.price, 0)
                            stack.append((*item, found[item]))
            self._meetings[port, mask] = [
                (price, rest, tuple(sorted(met, key=lambda o: (o.bit, o.service, o.requires))), self._slugs(port, met))
                for (rest, met), price in sorted(found.items(), key=lambda entry: entry[1])
            ]
        return self._meetings[port, mask]

    def _options(self, port: int) -> list[tuple[Offer, int, int, int]]:
        layout, found = self.tables.layout, []
        for offer in self.problem.ports[port].offers:
            requires = layout.local(offer.requires)
            if offer.bit in layout.bits and requires is not None:
                bit = layout.bits.index(offer.bit)
                closes = layout.closed_by(offer.requires, marked=offer in self.problem.ports[port].marked)
                found.append((offer, bit, requires, 1 << bit | closes))
        return found

    def _slugs(self, port: int, met: frozenset[Offer]) -> StepKey:
        case, organization = self.problem.case, self.problem.ports[port].organization
        return case.organization(organization).slug, tuple(sorted({case.service(o.service).slug for o in met}))

    def _key(self, gateway: PlanStep) -> StepKey:
        case, passage = self.problem.case, gateway.passage
        row = -1 if passage is None else passage.service
        return case.organization(gateway.hop.organization).slug, (case.service(row).slug,)


def _extended(trail: _Trail | None, steps: tuple[PlanStep, ...]) -> _Trail | None:
    for step in steps:
        trail = _Trail(trail, step)
    return trail


def _unrolled(trail: _Trail | None) -> list[PlanStep]:
    steps: list[PlanStep] = []
    while trail is not None:
        steps.append(trail.step)
        trail = trail.before
    return steps[::-1]
