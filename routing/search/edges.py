"""The edges of a programme as arrays; each kind of edge lowers the cost of leaving a holder in its own way."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.directory.arrays import begins, runs
from routing.search.graph import Edge, HopGraph
from routing.search.tables import UNREACHABLE, Values, packed_hop


class OpenSets(NamedTuple):
    """The packed price of an hour in each of some sets of open bits (a column), and the rows of `reach` of the sets."""

    wait: Values
    reach: Values


Row = tuple[int, int, int, int]
"""Edges from a source to a port that take as many hours: source, port, the least packed price, and hours."""


def least(edges: Iterable[Edge], without: Collection[int]) -> list[Row]:
    """Return edges as rows, without those that lead to (or through) the given organizations."""
    prices: dict[tuple[int, int, int], int] = {}
    for source, port, hop, _ in edges:
        if hop.organization not in without:
            key, price = (source, port, hop.hours), packed_hop(hop)
            prices[key] = min(prices.get(key, price), price)
    return [(source, port, price, hours) for (source, port, hours), price in prices.items()]


class Fan:
    """Edges of single sources, as (source, port, packed price, hours) rows."""

    def __init__(self, rows: Sequence[Row]) -> None:
        table = np.array(rows, dtype=np.int64).reshape(-1, 4)
        self.source, self.port, self.price, self.hours = table[np.argsort(table[:, 0])].T
        self.starts = runs(self.source)

    def __len__(self) -> int:
        return len(self.port)

    def lower(self, best: Values, at: OpenSets) -> None:
        """Lower `best[:, source]` to the price of the edges."""
        if not len(self):
            return
        value = at.reach[:, self.port] + self.price + at.wait * self.hours
        sources = self.source[self.starts]
        best[:, sources] = np.minimum(best[:, sources], np.minimum.reduceat(value, self.starts, axis=1))


class Shared:
    """Edges shared by kinds of holders: by kind, the best and the second-best recipient.

    A holder never hands over to itself, so it takes the second-best where the best is the holder itself.
    """

    def __init__(self, hop_graph: HopGraph, port_holder: NDArray[np.int64], rows: Sequence[Row]) -> None:
        self.size = len(hop_graph.holders)
        table = np.array(rows, dtype=np.int64).reshape(-1, 4)
        recipient = port_holder[table[:, 1]]
        order = np.lexsort((recipient, table[:, 0]))
        group, recipient = table[order, 0], recipient[order]
        new = begins(group)
        first = new | begins(recipient)
        starts, cell = np.flatnonzero(first), np.cumsum(first) - 1
        turn = np.arange(len(order)) - starts[cell]
        by_turn = np.argsort(turn, kind="stable")
        _, self.port, price, hours = table[order[by_turn]].T
        self.price, (self.hours, self.time) = price[:, None], np.unique(hours, return_inverse=True)
        ends = np.cumsum(np.bincount(turn)).tolist()
        self.more = [(slice(*two), cell[by_turn[slice(*two)]]) for two in pairwise(ends)]
        self.cells = len(starts)
        self.recipient, self.group = recipient[starts][:, None], (np.cumsum(new) - 1)[starts]
        self.segments = runs(self.group)
        may_use = np.zeros((self.size, len(hop_graph.groups)), dtype=np.bool_)
        for number, places in enumerate(hop_graph.groups):
            may_use[places, number] = True
        self.user, self.used = np.nonzero(may_use[:, group[new]])
        self.first_used = runs(self.user)

    def best(self, at: OpenSets) -> Values:
        """Return the least value of a shared edge for each set and holder."""
        values = np.full((self.size, len(at.reach)), UNREACHABLE, dtype=np.int64)
        if not len(self.port):
            return values.T
        cells, group, segments, used = self._cells(at), self.group, self.segments, self.used
        first = np.minimum.reduceat(cells, segments)
        best_recipient = np.maximum.reduceat(np.where(cells == first.take(group, axis=0), self.recipient, -1), segments)
        np.copyto(cells, UNREACHABLE, where=best_recipient.take(group, axis=0) == self.recipient)
        second = np.minimum.reduceat(cells, segments)
        itself = best_recipient.take(used, axis=0) == self.user[:, None]
        usable = np.where(itself, second.take(used, axis=0), first.take(used, axis=0))
        values[self.user[self.first_used]] = np.minimum.reduceat(usable, self.first_used)
        return values.T

    def _cells(self, at: OpenSets) -> Values:
        """Return the least value of each kind and recipient, in rows, for each set; edges of these stand by turn."""
        value = np.ascontiguousarray(at.reach.T).take(self.port, axis=0)
        value += self.price
        value += (self.hours[:, None] * at.wait.T).take(self.time, axis=0)
        cells: Values = value[: self.cells]
        for edges, places in self.more:
            cells[places] = np.minimum(cells[places], value[edges])
        return cells
