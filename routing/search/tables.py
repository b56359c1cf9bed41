"""What a solved programme says: prices of being open here and there, and where a path may begin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.costs import URGENCIES
from routing.handoffs.hops import Hop
from routing.kept import cached_property
from routing.model import Profile
from routing.search.graph import HopGraph

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


def left_open(profile: Profile, covers: Values) -> tuple[Values, Values]:
    """Return how many needs each cover (a mask) leaves open: required ones by urgency, in rows, and optional ones."""
    masks = dict.fromkeys((*URGENCIES, None), 0)
    for place, need in enumerate(profile.needs):
        masks[need.urgency if need.required else None] |= 1 << place
    *required, optional = (np.bitwise_count(mask & ~covers).astype(np.int64) for mask in masks.values())
    return np.array(required), optional


class Start(NamedTuple):
    """Where a path of one plan begins: its place in the ranking, and the local mask of all that it will meet.

    `open_required` counts required needs left open by urgency, most urgent first; `value` is packed.
    """

    open_required: tuple[int, ...]
    value: int
    mask: int

    @property
    def key(self) -> tuple[tuple[int, ...], int]:
        """What the ranking compares before it looks at slugs."""
        return self.open_required, self.value


@dataclass(frozen=True, slots=True)
class Layout:
    """How one plan numbers its bits: `bits` are the global bits in local order.

    `asked` are the added prerequisites (global bits) whose being asked for is a local bit of its own, after `bits`; the
    last one, where something marked has to be on the path (`must_mark`), is open until it is.
    """

    hop_graph: HopGraph
    bits: tuple[int, ...]
    asked: tuple[int, ...]
    planned: int
    must_mark: bool

    @property
    def masks(self) -> int:
        """How many local masks there are."""
        return 1 << len(self.bits) + len(self.asked) + self.must_mark

    @property
    def mark(self) -> int:
        """The local bit that is open until something marked is on the path, 0 where nothing has to be."""
        return 1 << len(self.bits) + len(self.asked) if self.must_mark else 0

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
        """All reachable sets of needs to cover under this plan, best first; each covers at least one need."""
        layout, hop_graph = self.layout, self.layout.hop_graph
        must, unasked = layout.local(layout.planned) or 0, layout.closed_by(layout.planned, marked=True)
        masks = np.arange(1, 1 << len(layout.bits))
        masks = masks[masks & must == must] | unasked
        value = self.cost[masks, 0]
        masks, value = masks[value < UNREACHABLE], value[value < UNREACHABLE]
        covers = np.zeros(len(masks), dtype=np.int64)
        for place, bit in enumerate(layout.bits):
            if bit < hop_graph.needs:
                covers |= (masks >> place & 1) << bit
        left, optional = left_open(hop_graph.scenario.profile, covers)
        value = value + packed(hop_graph.scenario.lens.optional_uncovered, 0) * optional
        some = np.flatnonzero(covers)
        some = some[np.lexsort((value[some], *left[::-1, some]))]
        rows = zip(left[:, some].T.tolist(), value[some].tolist(), masks[some].tolist(), strict=True)
        return tuple(Start(tuple(open_required), least, mask) for open_required, least, mask in rows)
