"""The results of a solved programme: prices by open bits and holder, and the possible starts of a path."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from routing.cached_property import cached_property
from routing.costs import OUT_OF_ORDER, URGENCIES
from routing.handoffs.hop import CandidateService, Hop
from routing.model import Profile
from routing.search.graph import HopGraph, Port
from routing.search.order import Order

Values = NDArray[np.int64]

UNREACHABLE = 1 << 56
_HANDOFF_BITS = 6


def packed(points: int, handoffs: int) -> int:
    """Return points and hand-offs as one integer that orders by points first; a path has fewer than 64 hand-offs.

    >>> packed(300, 1) < packed(300, 2) < packed(301, 1), points(packed(300, 2))
    (True, 300)
    """
    return points << _HANDOFF_BITS | handoffs


def points(value: int) -> int:
    """Return the points of a packed value."""
    return value >> _HANDOFF_BITS


def packed_hop(hop: Hop) -> int:
    """Return a hop's fixed price, packed."""
    return packed(hop.price, 0 if hop.mode == "internal" else 1)


def left_open(profile: Profile, covers: Values) -> tuple[Values, Values]:
    """Return how many needs each cover (a mask) leaves open: required needs by urgency, in rows, and optional needs.

    >>> from datetime import UTC, datetime
    >>> from routing.model import Client, Need
    >>> needs = (Need("detox", "now"), Need("clothing", "today", required=False))
    >>> profile = Profile("hotline", datetime(2024, 1, 1, tzinfo=UTC), Client(), needs)
    >>> required, optional = left_open(profile, np.array([0b00, 0b01, 0b11]))
    >>> required[0].tolist(), optional.tolist()
    ([1, 0, 0], [1, 1, 0])
    """
    masks = dict.fromkeys((*URGENCIES, None), 0)
    for place, need in enumerate(profile.needs):
        masks[need.urgency if need.required else None] |= 1 << place
    *required, optional = (np.bitwise_count(mask & ~covers).astype(np.int64) for mask in masks.values())
    return np.array(required), optional


class Start(NamedTuple):
    """The start of a path of one plan: required needs left open by urgency, the packed value, the local bits met."""

    open_required: tuple[int, ...]
    value: int
    mask: int

    @property
    def key(self) -> tuple[tuple[int, ...], int]:
        """The part of the ranking key before steps."""
        return self.open_required, self.value


class Meeting(NamedTuple):
    """Local bits that can be met at once at a port: their mask, the mask required before, and the mask closed."""

    mask: int
    requires: int
    closes: int


@dataclass(frozen=True, slots=True)
class Layout:
    """The numbering of a plan's requirements: `requirements` are their global bits in local order.

    Each of `prerequisites` (global bits added) has a second local bit, for having been asked for; the needs of `split`
    have one more, open while they are to be met without a report. The last bit is open until a mark is on the path,
    where one has to be. `pairs` are local: the bit closed by handing a need over, and the bits that should come before.
    """

    hop_graph: HopGraph
    requirements: tuple[int, ...]
    prerequisites: tuple[int, ...]
    planned: int
    must_mark: bool
    split: tuple[int, ...]
    pairs: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, order: Order, planned: int, may_meet: int, *, relaxed: bool = False) -> Self:
        """Return the numbering of a plan, which may meet the given bits (global masks)."""
        hop_graph = order.hop_graph
        numbers = range(len(hop_graph.requirements))
        requirements = tuple(bit for bit in numbers if may_meet >> bit & 1)
        prerequisites = tuple(bit for bit in numbers[hop_graph.needs :] if not relaxed and planned >> bit & 1)
        split = tuple(bit for bit in order.split if not relaxed and bit in requirements)
        handed = {bit: 1 << place for place, bit in enumerate(requirements)}
        handed |= {bit: 1 << len(requirements) + len(prerequisites) + place for place, bit in enumerate(split)}
        before = enumerate(order.before_relaxed if relaxed else order.before)
        pairs = [
            (handed[bit], sum(handed[o] for o in requirements if mask >> o & 1))
            for bit, mask in before
            if bit in handed
        ]
        return cls(
            hop_graph=hop_graph,
            requirements=requirements,
            prerequisites=prerequisites,
            planned=planned,
            must_mark=hop_graph.must_mark and not relaxed,
            split=split,
            pairs=tuple((bit, mask) for bit, mask in pairs if mask),
        )

    @property
    def masks(self) -> int:
        """The number of local masks of the plan."""
        return 1 << len(self.requirements) + len(self.prerequisites) + len(self.split) + self.must_mark

    @property
    def mark(self) -> int:
        """The local bit that is open until a mark is on the path, 0 where no mark is needed."""
        return 1 << len(self.requirements) + len(self.prerequisites) + len(self.split) if self.must_mark else 0

    def handed(self, mask: int) -> int:
        """Return the local bits of split needs (a global mask): open while they are to be met without a report."""
        offset = len(self.requirements) + len(self.prerequisites)
        return sum(1 << offset + place for place, bit in enumerate(self.split) if mask >> bit & 1)

    def out_of_order(self, mask: int, rest: int) -> int:
        """Return the points for meeting `mask` in one step with `rest` still open (local masks)."""
        return OUT_OF_ORDER * sum((rest & before).bit_count() for bit, before in self.pairs if mask & bit)

    def local(self, mask: int) -> int | None:
        """Return a global mask in local bits; `None` when the plan never meets some bit."""
        local_mask = 0
        for place, bit in enumerate(self.requirements):
            if mask >> bit & 1:
                local_mask |= 1 << place
                mask ^= 1 << bit
        return None if mask else local_mask

    def asking(self, requires: int) -> int:
        """Return the local bits that a service closes by asking for the given prerequisites (a global mask)."""
        return sum(
            1 << len(self.requirements) + place for place, bit in enumerate(self.prerequisites) if requires >> bit & 1
        )

    def closed_by(self, requires: int, *, marked: bool) -> int:
        """Return the local bits that a service closes beside its own: its prerequisites' second bits, and the mark."""
        return self.asking(requires) | (self.mark if marked else 0)

    def meetings(
        self, offers: Iterable[CandidateService], port: Port, circles: Iterable[tuple[CandidateService, ...]] = ()
    ) -> Iterator[tuple[tuple[CandidateService, ...], Meeting]]:
        """Yield the meetings of the plan at a port: of each offer, and of each marked set and each of the `circles`."""
        marked = [frozenset(marked_set) for marked_set in port.marked] if self.must_mark else []
        together = [circle for circle in port.marked if len(circle) > 1] if self.must_mark else []
        for offer_set in (*((offer,) for offer in offers), *together, *circles):
            own, required = (
                reduce(or_, masks) for masks in zip(*((1 << o.bit, o.requires) for o in offer_set), strict=True)
            )
            local_mask, requires, handed = self.local(own), self.local(required & ~own), self.handed(own)
            if local_mask is not None and requires is not None:
                closes = local_mask | self.closed_by(
                    required, marked=any(marked_set.issubset(offer_set) for marked_set in marked)
                )
                if port.back >= 0:
                    yield offer_set, Meeting(local_mask, requires | handed, closes)
                else:
                    yield offer_set, Meeting(local_mask | handed, requires, closes | handed)


@dataclass(frozen=True)
class Tables:
    """One solved programme, arrays as in the docstring of `programme.py`, without the `excluded` organizations."""

    layout: Layout
    reach: Values
    cost: Values
    weight: Values
    excluded: frozenset[int]

    @cached_property
    def starts(self) -> tuple[Start, ...]:
        """Every reachable set of needs to cover under the plan, best first; each covers at least one need."""
        layout, hop_graph = self.layout, self.layout.hop_graph
        must, unasked = layout.local(layout.planned) or 0, layout.closed_by(layout.planned, marked=True)
        masks = np.arange(1, 1 << len(layout.requirements))
        masks = masks[masks & must == must] | unasked
        for bit in layout.split:
            own, handed = layout.local(1 << bit) or 0, layout.handed(1 << bit)
            masks = np.concatenate([masks, masks[masks & own != 0] | handed])
        value = self.cost[masks, 0]
        masks, value = masks[value < UNREACHABLE], value[value < UNREACHABLE]
        covers = np.zeros(len(masks), dtype=np.int64)
        for place, bit in enumerate(layout.requirements):
            if bit < hop_graph.needs:
                covers |= (masks >> place & 1) << bit
        open_required, optional = left_open(hop_graph.scenario.profile, covers)
        value = value + packed(hop_graph.scenario.weights.optional_uncovered, 0) * optional
        order = np.flatnonzero(covers)
        order = order[np.lexsort((value[order], *open_required[::-1, order]))]
        rows = zip(open_required[:, order].T.tolist(), value[order].tolist(), masks[order].tolist(), strict=True)
        return tuple(Start(tuple(open_required), least, mask) for open_required, least, mask in rows)
