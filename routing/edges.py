"""The edges of a programme as arrays, each kind with one way to lower what leaving a holder costs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from routing.problem import ANY_HOLDER, Problem
from routing.tables import UNREACHABLE, Values, packed, packed_hop


class Fan:
    """Edges of single holders, as (source, port, packed price, hours, required mask, mask it closes, gateway) rows."""

    def __init__(self, rows: Sequence[Sequence[int]] | NDArray[np.int64]) -> None:
        table = np.array(rows, dtype=np.int64).reshape(-1, 7)
        self._rows = table[np.argsort(table[:, 0], kind="stable")]
        self.source, self.port, self.price, self.hours, self.requires, self.closes, self.gateway = self._rows.T
        self.starts = np.flatnonzero(np.diff(self.source, prepend=-1))

    def __bool__(self) -> bool:
        """Say whether there are any."""
        return len(self.port) > 0

    def without(self, gateways: NDArray[np.int64]) -> Fan:
        """Return the edges that do not pass through these organizations."""
        gone = np.isin(self.gateway, gateways)
        if not gone.any():
            return self
        return Fan(self._rows[~gone])

    def lower(self, best: Values, reach: Values, weight: Values, masks: NDArray[np.int64]) -> None:
        """Lower `best[:, source]` to what these edges offer."""
        if not len(self.port):
            return
        onward = reach[masks[:, None] & ~self.closes, self.port]
        value = onward + self.price + packed(1, 0) * weight[:, None] * self.hours
        value[(masks[:, None] & self.requires) != 0] = UNREACHABLE
        sources = self.source[self.starts]
        best[:, sources] = np.minimum(best[:, sources], np.minimum.reduceat(value, self.starts, axis=1))


class Shared:
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
