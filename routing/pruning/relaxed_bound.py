"""A lower bound on the points of every path through each offer, worked out without a graph.

It relaxes the search: each organization may hand over to each in the cheapest way, nothing has to come first, closeness
is free, and the needs that an agency could meet share one step. No term of a cost is below 0, so no path through the
offer costs less.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from routing.client.scenario import Scenario
from routing.costs import LOOSEST, OUT_OF_ORDER, URGENCY_WEIGHT
from routing.directory.arrays import Ints
from routing.handoffs.offers import ENDLESS, Flags, Points, Table


class RelaxedBound:
    """The `least` points of paths through the offers of a table that cover all that can be covered; for one request.

    `coverable` says for which needs the table has an offer. Sets of needs are masks, and places in arrays.
    """

    def __init__(self, scenario: Scenario, table: Table, coverable: Flags) -> None:
        self._weights, self._needs = scenario.weights, scenario.profile.needs
        self._before = scenario.prices.out_of_order
        self._table, self._coverable = table, coverable
        self._owners, self._owner = np.unique(table.owner, return_inverse=True)
        self._sets = np.arange(1 << len(coverable))
        self._bit_masks = 1 << np.arange(len(coverable))
        reach, self._hours = np.full(len(self._owners), ENDLESS), np.full(len(self._owners), ENDLESS)
        np.minimum.at(reach, self._owner, table.fixed)
        np.minimum.at(self._hours, self._owner, table.hours)
        near = np.where(scenario.moment.may_be_close(self._owners, origin=scenario.origin), 0, LOOSEST)
        self._price = np.full((len(coverable), len(self._owners)), ENDLESS)
        np.minimum.at(self._price, (table.bit, self._owner), table.price)
        self._met = np.zeros((len(self._sets), len(self._owners)), dtype=np.int64)
        for bit, price in enumerate(self._price):
            self._met += np.where(self._has(bit), 1, 0)[:, None] * price
        self._met += reach + near * (self._hours > 0)
        # The points of an hour's wait while each set of needs is open.
        self._weight = np.zeros(len(self._sets), dtype=np.int64)
        for place, need in enumerate(self._needs):
            self._weight += self._has(place) * (self._weights.hour * URGENCY_WEIGHT[need.urgency])
        self.least = self._through(self._met + self._rest(self._cover()))

    def _has(self, bit: int) -> Flags:
        return self._sets >> bit & 1 == 1

    def _rest(self, after: Points) -> Points:
        """Return the least points of the wait for a step (sets by owners) and of the rest of the path."""
        everything = len(self._sets) - 1
        return self._hours * self._weight[:, None] + after[everything ^ self._sets][:, None]

    def _through(self, of_steps: Points) -> Points:
        """Return the least points through each offer, from the least points of steps by set of needs and owner."""
        best = np.array([of_steps[self._has(bit)].min(axis=0) for bit in range(len(self._coverable))])
        bit, owner = self._table.bit, self._owner
        return best[bit, owner] - self._price[bit, owner] + self._table.price

    def _out_of_order(self) -> Points | None:
        """Return the points of meeting each set of needs (rows) while each other set is open, `None` without any."""
        handed = sum(
            1 << bit for bit in range(len(self._needs)) if not self._table.is_report[self._table.bit == bit].any()
        )
        pairs = [(bit, before & handed) for bit, before in enumerate(self._before) if handed >> bit & 1]
        if not any(before for _, before in pairs):
            return None
        counts = (np.outer(self._has(bit), np.bitwise_count(self._sets & before)) for bit, before in pairs if before)
        return OUT_OF_ORDER * sum(counts, start=np.zeros((len(self._sets), len(self._sets)), dtype=np.int64))

    def _cover(self) -> Points:
        """Return the least points of covering each set of needs, step by step."""
        least = np.full(len(self._sets), ENDLESS)
        least[0] = 0
        each_hours = np.unique(self._hours)  # the hours that a hand-off to one of the owners may take
        by_hours = [self._met[:, self._hours == hours].min(axis=1) for hours in each_hours]
        step = np.array(by_hours, dtype=np.int64).reshape(-1, len(self._sets))
        # A need may stay open if it is optional, or if no offer can meet it.
        optional = [ENDLESS if need.required else self._weights.optional_uncovered for need in self._needs]
        order = self._out_of_order()
        alone = np.where(~self._coverable & np.array([need.required for need in self._needs]), 0, optional)
        for sets, parts in _by_size(len(self._needs)):
            wait = each_hours[:, None] * self._weight[sets]
            open_sets = sets[:, None] ^ parts
            after = least[open_sets] if order is None else least[open_sets] + order[parts, open_sets]
            covered = (step[:, parts] + after).min(axis=2) + wait
            left_open = least[sets & ~self._bit_masks[:, None]] + alone[:, None]
            least[sets] = np.concatenate([covered, left_open]).min(axis=0, initial=ENDLESS)
        return least


@lru_cache
def _by_size(needs: int) -> tuple[tuple[Ints, Ints], ...]:
    """Return the non-empty sets of so many needs, by size, each with its non-empty parts.

    >>> [(sets.tolist(), parts.tolist()) for sets, parts in _by_size(2)]
    [([1, 2], [[1], [2]]), ([3], [[3, 2, 1]])]
    """
    sets = range(1, 1 << needs)
    sizes = [[mask for mask in sets if mask.bit_count() == size] for size in range(1, needs + 1)]
    return tuple((np.array(group), np.array([_parts(mask) for mask in group])) for group in sizes)


def _parts(mask: int) -> list[int]:
    parts, part = [], mask
    while part:
        parts.append(part)
        part = (part - 1) & mask
    return parts
