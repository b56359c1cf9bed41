"""What a solved programme says: prices of being open here and there, and where a path may begin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from routing.costs import URGENCIES
from routing.hops import Hop
from routing.problem import Problem

Values = NDArray[np.int64]

UNREACHABLE = 1 << 56
_HANDOFF_BITS = 6


def packed(points: int, handoffs: int) -> int:
    """Return points and hand-offs as one integer that orders by points first; a path has fewer than 64 hand-offs."""
    return points << _HANDOFF_BITS | handoffs


def points(value: int) -> int:
    """Return the points of a packed value."""
    return value >> _HANDOFF_BITS


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
        return 1 << len(self.bits) + len(self.asked) + self.problem.must_mark

    @property
    def mark(self) -> int:
        """The local bit that is open until something marked is on the path, 0 where nothing has to be."""
        return 1 << len(self.bits) + len(self.asked) if self.problem.must_mark else 0

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

    def closed_by(self, requires: int, *, marked: bool) -> int:
        """Return the local bits beside its own that a service closes: what it asks for, and the mark if it has it."""
        return self.asking(requires) | (self.mark if marked else 0)


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
        must, unasked = layout.local(layout.planned) or 0, layout.closed_by(layout.planned, marked=True)
        masks = np.arange(1, 1 << len(layout.bits))
        values = self.cost[masks | unasked, 0]
        for mask in masks[(masks & must == must) & (values < UNREACHABLE)].tolist():
            value = int(values[mask - 1])
            met = {problem.bits[bit].need for place, bit in enumerate(layout.bits) if mask >> place & 1}
            left = [need for place, need in enumerate(profile.needs) if place not in met]
            if len(left) == len(profile.needs):
                continue
            open_required = tuple(sum(n.required and n.urgency == u for n in left) for u in URGENCIES)
            optional = sum(not n.required for n in left) * optional_price
            yield Start(mask | unasked, open_required, value + packed(optional, 0))
