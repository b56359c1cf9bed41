"""The exact backward programme over sets of open bits.

`V[m, h]` is the least price of meeting the bits of `m` from holder `h`; `W[m, p]` the least price once port `p` is
reached and at least one bit of `m` is met there. Every covering hop shrinks the set, so induction over its size gives
the optimum; each size is a few numpy calls. Delay needs no clock: the sum over needs of weight x time is the sum over
hops of hours x the weight of what is still open.

A skipped prerequisite is not met, so which of them are planned is fixed first: one programme for each such plan. A
prerequisite that is not a need belongs on a path only if a service of the path asks for it, or it would be a way round
a closed door: each brings a second bit, closed when it has been asked for.
Prices and hand-offs ride in one integer, so that of equal totals the one with fewer hand-offs is less.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from routing.costs import URGENCIES, URGENCY_WEIGHT
from routing.hops import Hop
from routing.problem import ANY_HOLDER, Problem

Values = NDArray[np.int64]

UNREACHABLE = 1 << 56
MOST_ADDED = 4
"""How many prerequisites that are not needs one path may add (contract, "Steps")."""

_HANDOFF_BITS = 6


def packed(points: int, handoffs: int) -> int:
    """Return points and hand-offs as one integer that orders by points first; a path has fewer than 64 hand-offs."""
    return points << _HANDOFF_BITS | handoffs


def packed_hop(hop: Hop) -> int:
    """Return a hop's fixed price, packed."""
    return packed(hop.price, 0 if hop.mode == "internal" else 1)


@dataclass(frozen=True, slots=True)
class Start:
    """Where a path of one plan begins: the local mask of all that it will meet, and its place in the ranking.

    `open_required` counts required needs left open by urgency, most urgent first; `value` is packed.
    """

    mask: int
    open_required: tuple[int, ...]
    value: int

    @property
    def key(self) -> tuple[tuple[int, ...], int]:
        """What the ranking compares before it looks at slugs."""
        return self.open_required, self.value


@dataclass(frozen=True)
class Tables:
    """One solved programme: `bits` are the global bits in local order, arrays as in the module's docstring.

    `asked` are the added prerequisites (global bits) whose being asked for is a local bit of its own, after `bits`.
    """

    problem: Problem
    bits: tuple[int, ...]
    asked: tuple[int, ...]
    planned: int
    reach: Values
    cost: Values
    weight: Values
    excluded: frozenset[int]

    def local(self, mask: int) -> int | None:
        """Return a global mask in local bits; None when it holds a bit that this plan never meets."""
        found = 0
        for place, bit in enumerate(self.bits):
            if mask >> bit & 1:
                found |= 1 << place
        return found if bin(found).count("1") == bin(mask).count("1") else None

    def asking(self, requires: int) -> int:
        """Return the local bits that a service closes by asking for these prerequisites (a global mask)."""
        return sum(1 << len(self.bits) + place for place, bit in enumerate(self.asked) if requires >> bit & 1)

    @cached_property
    def starts(self) -> tuple[Start, ...]:
        """All reachable sets of needs to cover under this plan, unordered; each covers at least one need."""
        return tuple(self._starts())

    def _starts(self) -> Iterator[Start]:
        profile = self.problem.case.profile
        must = self.local(self.planned) or 0
        unasked = self.asking(self.planned)
        for mask in range(1, 1 << len(self.bits)):
            value = int(self.cost[mask | unasked, 0])
            if mask & must != must or value >= UNREACHABLE:
                continue
            met = {self.problem.bits[bit].need for place, bit in enumerate(self.bits) if mask >> place & 1}
            left = [need for place, need in enumerate(profile.needs) if place not in met]
            if len(left) == len(profile.needs):
                continue
            open_required = tuple(sum(n.required and n.urgency == u for n in left) for u in URGENCIES)
            optional = sum(not n.required for n in left) * self.problem.case.lens.optional_uncovered
            yield Start(mask | unasked, open_required, value + packed(optional, 0))


def solve(problem: Problem, excluded: frozenset[int] = frozenset()) -> tuple[Tables, ...]:
    """Return one solved programme for each plan of prerequisites, without the excluded organizations (indices)."""
    return tuple(_Programme(problem, planned, excluded).run() for planned in _plans(problem))


def _plans(problem: Problem) -> list[int]:
    """Return the sets of prerequisite bits that a path may plan, as global masks.

    A plan that adds a prerequisite which nothing it can meet asks for is left out: no path fits it.
    """
    asked = _asked(problem)
    needs = [bit for bit in range(problem.needs) if asked >> bit & 1]
    added = [bit for bit in range(problem.needs, len(problem.bits)) if asked >> bit & 1]
    plans = []
    for chosen in _subsets(added, MOST_ADDED):
        for kept in _subsets(needs, len(needs)):
            planned = chosen | kept
            if _wanted(problem, planned, asked) & chosen == chosen:
                plans.append(planned)
    return plans


def _asked(problem: Problem) -> int:
    asked = 0
    for port in problem.ports:
        for offer in port.offers:
            asked |= offer.requires
    for _, _, passage in problem.passages:
        asked |= passage.requires
    return asked


def _wanted(problem: Problem, planned: int, asked: int) -> int:
    """Return the bits that offers within reach of a plan ask for: those whose own bit is planned or never asked for."""
    wanted = 0
    for port in problem.ports:
        for offer in port.offers:
            if (planned | ~asked) >> offer.bit & 1 and offer.requires & ~planned == 0:
                wanted |= offer.requires
    for _, _, passage in problem.passages:
        if passage.requires & ~planned == 0:
            wanted |= passage.requires
    return wanted


def _subsets(bits: list[int], most: int) -> Iterator[int]:
    for size in range(min(most, len(bits)) + 1):
        for chosen in combinations(bits, size):
            yield sum(1 << bit for bit in chosen)


class _Programme:
    """One plan's programme: the problem's graph as arrays, then the induction over sizes."""

    def __init__(self, problem: Problem, planned: int, excluded: frozenset[int]) -> None:
        self.problem, self.planned, self.excluded = problem, planned, excluded
        asked = _asked(problem)
        self.bits = tuple(b for b in range(len(problem.bits)) if planned >> b & 1 or not asked >> b & 1)
        added = tuple(b for b in range(problem.needs, len(problem.bits)) if planned >> b & 1)
        self.masks = 1 << len(self.bits) + len(added)
        self.tables = Tables(
            problem=problem,
            bits=self.bits,
            asked=added,
            planned=planned,
            reach=np.full((self.masks, len(problem.ports)), UNREACHABLE, dtype=np.int64),
            cost=np.full((self.masks, problem.home + 1), UNREACHABLE, dtype=np.int64),
            weight=self._weights(),
            excluded=excluded,
        )
        self.port_holder = np.array([problem.holder_at(p) for p in range(len(problem.ports))], dtype=np.int64)
        self.meets = self._meets()
        self.shared = _Shared(problem, self.port_holder)
        self.own = _Fan([(e.source, e.port, packed_hop(e.hop), e.hop.hours, 0, 0) for e in problem.own])
        self.own_services = _Fan([(0, problem.own_services.port, 0, 0, 0, 0)] if problem.own_services else [])
        self.passages = _Fan(self._open_passages())

    def _weights(self) -> Values:
        hour = self.problem.case.lens.hour
        masks = np.arange(self.masks)
        weight = np.zeros(len(masks), dtype=np.int64)
        for place, bit in enumerate(self.bits):
            weight += (masks >> place & 1) * hour * URGENCY_WEIGHT[self.problem.bits[bit].urgency]
        return weight

    def _meets(self) -> dict[tuple[int, int, int], Values]:
        """Return the least offer price at each port for each (local bit, required local mask, bits it closes)."""
        found: dict[tuple[int, int, int], Values] = {}
        probe = self.tables
        for number, port in enumerate(self.problem.ports):
            if port.organization in self.excluded:
                continue
            for offer in port.offers:
                requires = probe.local(offer.requires)
                if requires is None or offer.bit not in self.bits:
                    continue
                bit = self.bits.index(offer.bit)
                key = bit, requires, 1 << bit | probe.asking(offer.requires)
                row = found.setdefault(key, np.full(len(self.problem.ports), UNREACHABLE, dtype=np.int64))
                row[number] = min(int(row[number]), packed(offer.price, 0))
        return found

    def _open_passages(self) -> list[tuple[int, int, int, int, int, int]]:
        rows = []
        for source, port, passage in self.problem.passages:
            requires = self.tables.local(passage.requires)
            if requires is not None and passage.gateway not in self.excluded:
                row = port, packed(passage.price, 2), passage.hours, requires, self.tables.asking(passage.requires)
                rows += [(place, *row) for place in ((0, self.problem.home) if source == 0 else (source,))]
        return rows

    def run(self) -> Tables:
        """Fill the tables, sets of one bit first."""
        reach, cost = self.tables.reach, self.tables.cost
        cost[0] = 0
        onward = np.full_like(reach, UNREACHABLE)
        onward[0] = 0
        sizes = np.array([bin(m).count("1") for m in range(len(cost))])
        for size in range(1, int(sizes.max()) + 1):
            masks = np.flatnonzero(sizes == size)
            self._meet(masks, onward)
            self._leave(masks)
            onward[masks] = np.minimum(reach[masks], cost[masks][:, self.port_holder])
        return self.tables

    def _meet(self, masks: NDArray[np.int64], onward: Values) -> None:
        reach = self.tables.reach
        for (bit, requires, closes), price in self.meets.items():
            open_here = masks[(masks >> bit & 1 == 1) & (masks & requires == 0)]
            if len(open_here):
                reach[open_here] = np.minimum(reach[open_here], onward[open_here & ~closes] + price)

    def _leave(self, masks: NDArray[np.int64]) -> None:
        """Price leaving each holder: by a hop from it, by a hop from the origin, or through a gateway."""
        reach, weight = self.tables.reach, self.tables.weight[masks]
        home = self.problem.home
        best = np.full((len(masks), home + 1), UNREACHABLE, dtype=np.int64)
        self.own.lower(best, reach, weight, masks)
        by_kind = self.shared.best(reach[masks], weight)
        best[:, :home] = np.minimum(best[:, :home], by_kind)
        from_origin = best[:, 0].copy()
        best[:, home] = from_origin
        at_origin = from_origin[:, None].copy()
        self.own_services.lower(at_origin, reach, weight, masks)
        # The origin hands over to whoever holds, too: only a holder never hands over to itself.
        best[:, :home] = np.minimum(best[:, :home], np.minimum(at_origin, from_origin[:, None]))
        self.passages.lower(best, reach, weight, masks)
        self.tables.cost[masks] = np.minimum(best, UNREACHABLE)


class _Fan:
    """Edges of single holders, as (source, port, packed price, hours, required mask, mask it closes) rows."""

    def __init__(self, rows: list[tuple[int, int, int, int, int, int]]) -> None:
        table = np.array(sorted(rows), dtype=np.int64).reshape(-1, 6)
        self.source, self.port, self.price, self.hours, self.requires, self.closes = table.T
        self.starts = np.flatnonzero(np.diff(self.source, prepend=-1))

    def lower(self, best: Values, reach: Values, weight: Values, masks: NDArray[np.int64]) -> None:
        """Lower `best[:, source]` to what these edges offer."""
        if not len(self.port):
            return
        onward = reach[masks[:, None] & ~self.closes, self.port]
        value = onward + self.price + packed(1, 0) * weight[:, None] * self.hours
        value[(masks[:, None] & self.requires) != 0] = UNREACHABLE
        sources = self.source[self.starts]
        best[:, sources] = np.minimum(best[:, sources], np.minimum.reduceat(value, self.starts, axis=1))


class _Shared:
    """Edges that whole kinds of holders share, as a table of kinds by recipients.

    A holder never hands over to itself, so each takes the best recipient of its kind, or the second if that is itself.
    """

    def __init__(self, problem: Problem, port_holder: NDArray[np.int64]) -> None:
        groups = len(set(problem.group_of))
        self.size = len(problem.holders)
        self.group_of = np.array(problem.group_of, dtype=np.int64)
        self.cells = groups * self.size
        rows = sorted(
            (group * self.size + int(port_holder[edge.port]), edge.port, packed_hop(edge.hop), edge.hop.hours)
            for edge in problem.shared
            for group in (range(groups) if edge.source == ANY_HOLDER else (edge.source,))
        )
        table = np.array(rows, dtype=np.int64).reshape(-1, 4)
        self.cell, self.port, self.price, self.hours = table.T
        self.starts = np.flatnonzero(np.diff(self.cell, prepend=-1))

    def best(self, reach: Values, weight: Values) -> Values:
        """Return the least value of a shared edge for each mask and holder."""
        cells = np.full((len(reach), self.cells), UNREACHABLE, dtype=np.int64)
        if len(self.port):
            value = reach[:, self.port] + self.price + packed(1, 0) * weight[:, None] * self.hours
            cells[:, self.cell[self.starts]] = np.minimum.reduceat(value, self.starts, axis=1)
        table = cells.reshape(len(reach), -1, self.size)
        first = table.argmin(axis=2)
        least = table.min(axis=2)
        masks, groups = np.indices(first.shape)
        table[masks, groups, first] = UNREACHABLE
        second = table.min(axis=2)
        itself = first[:, self.group_of] == np.arange(self.size)
        found: Values = np.where(itself, second[:, self.group_of], least[:, self.group_of])
        return found
