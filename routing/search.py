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

from collections.abc import Iterator, Sequence
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


@dataclass(frozen=True, slots=True)
class Layout:
    """How one plan numbers its bits: `bits` are the global bits in local order.

    `asked` are the added prerequisites (global bits) whose being asked for is a local bit of its own, after `bits`.
    """

    problem: Problem
    bits: tuple[int, ...]
    asked: tuple[int, ...]
    planned: int

    @property
    def masks(self) -> int:
        """How many local masks there are."""
        return 1 << len(self.bits) + len(self.asked)

    def local(self, mask: int) -> int | None:
        """Return a global mask in local bits; None when it holds a bit that this plan never meets."""
        found = 0
        for place, bit in enumerate(self.bits):
            if mask >> bit & 1:
                found |= 1 << place
                mask ^= 1 << bit
        return None if mask else found

    def asking(self, requires: int) -> int:
        """Return the local bits that a service closes by asking for these prerequisites (a global mask)."""
        return sum(1 << len(self.bits) + place for place, bit in enumerate(self.asked) if requires >> bit & 1)


@dataclass(frozen=True)
class Tables:
    """One solved programme, arrays as in the module's docstring, without the `excluded` organizations."""

    layout: Layout
    reach: Values
    cost: Values
    weight: Values
    excluded: frozenset[int]

    @cached_property
    def starts(self) -> tuple[Start, ...]:
        """All reachable sets of needs to cover under this plan, unordered; each covers at least one need."""
        return tuple(self._starts())

    def _starts(self) -> Iterator[Start]:
        layout, problem = self.layout, self.layout.problem
        profile, optional_price = problem.case.profile, problem.case.lens.optional_uncovered
        must, unasked = layout.local(layout.planned) or 0, layout.asking(layout.planned)
        for mask in range(1, 1 << len(layout.bits)):
            value = int(self.cost[mask | unasked, 0])
            if mask & must != must or value >= UNREACHABLE:
                continue
            met = {problem.bits[bit].need for place, bit in enumerate(layout.bits) if mask >> place & 1}
            left = [need for place, need in enumerate(profile.needs) if place not in met]
            if len(left) == len(profile.needs):
                continue
            open_required = tuple(sum(n.required and n.urgency == u for n in left) for u in URGENCIES)
            optional = sum(not n.required for n in left) * optional_price
            yield Start(mask | unasked, open_required, value + packed(optional, 0))


def prepare(problem: Problem) -> tuple[Programme, ...]:
    """Return one programme for each plan of prerequisites, ready to be solved any number of times."""
    return tuple(Programme(problem, planned) for planned in _plans(problem))


def solve(programmes: Sequence[Programme], excluded: frozenset[int] = frozenset()) -> tuple[Tables, ...]:
    """Return each programme's tables without the excluded organizations (indices); pure."""
    return tuple(programme.run(excluded) for programme in programmes)


def _plans(problem: Problem) -> list[int]:
    """Return the sets of prerequisite bits that a path may plan, as global masks.

    A plan that adds a prerequisite which nothing it can meet asks for is left out: no path fits it.
    """
    asked, always = _asked(problem), _unasked_needs(problem)
    needs = [bit for bit in range(problem.needs) if asked >> bit & 1]
    added = [bit for bit in range(problem.needs, len(problem.bits)) if asked >> bit & 1]
    plans = []
    for chosen in _subsets(added, MOST_ADDED):
        for kept in _subsets(needs, len(needs)):
            planned = chosen | kept
            if _wanted(problem, planned, always) & chosen == chosen:
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


def _unasked_needs(problem: Problem) -> int:
    """Return the needs that nothing asks for: every plan may meet them. A prerequisite has to be planned."""
    return ~_asked(problem) & ((1 << problem.needs) - 1)


def _wanted(problem: Problem, planned: int, always: int) -> int:
    """Return the bits that offers within reach of a plan ask for: those whose own bit is planned or in `always`."""
    wanted = 0
    for port in problem.ports:
        for offer in port.offers:
            if (planned | always) >> offer.bit & 1 and offer.requires & ~planned == 0:
                wanted |= offer.requires
    for _, _, passage in problem.passages:
        if passage.requires & ~planned == 0:
            wanted |= passage.requires
    return wanted


def _subsets(bits: list[int], most: int) -> Iterator[int]:
    for size in range(min(most, len(bits)) + 1):
        for chosen in combinations(bits, size):
            yield sum(1 << bit for bit in chosen)


class Programme:
    """One plan's programme: the problem's graph as arrays, then the induction over sizes."""

    def __init__(self, problem: Problem, planned: int) -> None:
        """Lay out the arrays of a plan (a global mask of prerequisites)."""
        self._problem = problem
        may_meet = planned | _unasked_needs(problem)
        self._layout = Layout(
            problem=problem,
            bits=tuple(b for b in range(len(problem.bits)) if may_meet >> b & 1),
            asked=tuple(b for b in range(problem.needs, len(problem.bits)) if planned >> b & 1),
            planned=planned,
        )
        ports = range(len(problem.ports))
        self._port_holder = np.array([problem.holder_at(port) for port in ports], dtype=np.int64)
        self._port_owner = np.array([port.organization for port in problem.ports], dtype=np.int64)
        self._weight = self._weights()
        self._meets = self._offer_prices()
        self._shared = _Shared(problem, self._port_holder)
        own = problem.own_services
        self._own = _Fan([(e.source, e.port, packed_hop(e.hop), e.hop.hours, 0, 0, -1) for e in problem.own])
        self._own_services = _Fan([(0, own.port, 0, 0, 0, 0, -1)] if own else [])
        self._passages = _Fan(self._open_passages())

    def _weights(self) -> Values:
        hour, masks = self._problem.case.lens.hour, np.arange(self._layout.masks)
        weight = np.zeros(len(masks), dtype=np.int64)
        for place, bit in enumerate(self._layout.bits):
            weight += (masks >> place & 1) * hour * URGENCY_WEIGHT[self._problem.bits[bit].urgency]
        return weight

    def _offer_prices(self) -> dict[tuple[int, int, int], Values]:
        """Return the least offer price at each port for each (local bit, required local mask, bits it closes)."""
        found: dict[tuple[int, int, int], Values] = {}
        layout = self._layout
        for number, port in enumerate(self._problem.ports):
            for offer in port.offers:
                requires = layout.local(offer.requires)
                if requires is None or offer.bit not in layout.bits:
                    continue
                bit = layout.bits.index(offer.bit)
                key = bit, requires, 1 << bit | layout.asking(offer.requires)
                row = found.setdefault(key, np.full(len(self._problem.ports), UNREACHABLE, dtype=np.int64))
                row[number] = min(int(row[number]), packed(offer.price, 0))
        return found

    def _open_passages(self) -> list[tuple[int, int, int, int, int, int, int]]:
        rows = []
        for source, port, passage in self._problem.passages:
            requires = self._layout.local(passage.requires)
            if requires is None:
                continue
            closes = self._layout.asking(passage.requires)
            row = port, packed(passage.price, 2), passage.hours, requires, closes, passage.gateway
            rows += [(place, *row) for place in ((0, self._problem.home) if source == 0 else (source,))]
        return rows

    def run(self, excluded: frozenset[int]) -> Tables:
        """Return filled tables, sets of one bit first, as if the excluded organizations were not there."""
        layout, home = self._layout, self._problem.home
        reach = np.full((layout.masks, len(self._problem.ports)), UNREACHABLE, dtype=np.int64)
        cost = np.full((layout.masks, home + 1), UNREACHABLE, dtype=np.int64)
        tables = Tables(layout=layout, reach=reach, cost=cost, weight=self._weight, excluded=excluded)
        cost[0] = 0
        onward = np.full_like(reach, UNREACHABLE)
        onward[0] = 0
        gone = np.array(sorted(excluded), dtype=np.int64)
        shut = np.isin(self._port_owner, gone)
        meets = {key: np.where(shut, UNREACHABLE, price) for key, price in self._meets.items()}
        passages = self._passages.without(gone)
        sizes = np.array([bin(mask).count("1") for mask in range(layout.masks)])
        for size in range(1, int(sizes.max()) + 1):
            masks = np.flatnonzero(sizes == size)
            _meet(reach, masks, onward, meets)
            cost[masks] = self._leaving(reach, masks, passages)
            onward[masks] = np.minimum(reach[masks], cost[masks][:, self._port_holder])
        return tables

    def _leaving(self, reach: Values, masks: NDArray[np.int64], passages: _Fan) -> Values:
        """Return the price of leaving each holder: by a hop from it or from the origin, or through a gateway."""
        weight, home = self._weight[masks], self._problem.home
        best = np.full((len(masks), home + 1), UNREACHABLE, dtype=np.int64)
        self._own.lower(best, reach, weight, masks)
        best[:, :home] = np.minimum(best[:, :home], self._shared.best(reach[masks], weight))
        from_origin = best[:, 0].copy()
        best[:, home] = from_origin
        at_origin = from_origin[:, None].copy()
        self._own_services.lower(at_origin, reach, weight, masks)
        # The origin hands over to whoever holds, too: only a holder never hands over to itself.
        best[:, :home] = np.minimum(best[:, :home], np.minimum(at_origin, from_origin[:, None]))
        passages.lower(best, reach, weight, masks)
        return np.minimum(best, UNREACHABLE)


def _meet(reach: Values, masks: NDArray[np.int64], onward: Values, meets: dict[tuple[int, int, int], Values]) -> None:
    for (bit, requires, closes), price in meets.items():
        open_here = masks[(masks >> bit & 1 == 1) & (masks & requires == 0)]
        if len(open_here):
            reach[open_here] = np.minimum(reach[open_here], onward[open_here & ~closes] + price)


class _Fan:
    """Edges of single holders, as (source, port, packed price, hours, required mask, mask it closes, gateway) rows."""

    def __init__(self, rows: Sequence[Sequence[int]] | NDArray[np.int64]) -> None:
        table = np.array(rows, dtype=np.int64).reshape(-1, 7)
        self._rows = table[np.argsort(table[:, 0], kind="stable")]
        self.source, self.port, self.price, self.hours, self.requires, self.closes, self.gateway = self._rows.T
        self.starts = np.flatnonzero(np.diff(self.source, prepend=-1))

    def without(self, gateways: NDArray[np.int64]) -> _Fan:
        """Return the edges that do not pass through these organizations."""
        gone = np.isin(self.gateway, gateways)
        if not gone.any():
            return self
        return _Fan(self._rows[~gone])

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
