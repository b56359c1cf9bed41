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
    """Edges that whole kinds of holders share, or all: by kind, the best recipient and the best of all others.

    A holder never hands over to itself, so each takes the best recipient of its kind, or the second if that is itself.
    """

    def __init__(
        self, problem: Problem, port_holder: NDArray[np.int64], for_all: Sequence[tuple[int, int, int]] = ()
    ) -> None:
        """Take a problem's shared edges; `for_all` are more, of all holders, as (port, packed price, hours)."""
        self.size = len(problem.holders)
        rows = [(edge.source, edge.port, packed_hop(edge.hop), edge.hop.hours) for edge in problem.shared]
        rows += [(ANY_HOLDER, *of_all) for of_all in for_all]
        table = np.array(rows, dtype=np.int64).reshape(-1, 4)
        recipient = port_holder[table[:, 1]]
        order = np.lexsort((recipient, table[:, 0]))
        group, self.port, self.price, self.hours = table[order].T
        recipient = recipient[order]
        new = np.diff(group, prepend=group[:1] - 1) != 0
        self.starts = np.flatnonzero(new | (np.diff(recipient, prepend=-1) != 0))
        self.recipient, self.group = recipient[self.starts], (np.cumsum(new) - 1)[self.starts]
        self.segments = np.flatnonzero(np.diff(self.group, prepend=-1))
        groups, of = np.array(problem.group_of, dtype=np.int64), group[new].tolist()
        everyone = np.arange(self.size)
        self.users = [
            (place, everyone if kind == ANY_HOLDER else np.flatnonzero(groups == kind)) for place, kind in enumerate(of)
        ]

    def best(self, reach: Values, weight: Values) -> Values:
        """Return the least value of a shared edge for each mask and holder."""
        found = np.full((len(reach), self.size), UNREACHABLE, dtype=np.int64)
        if not len(self.port):
            return found
        value = reach[:, self.port] + self.price + packed(1, 0) * weight[:, None] * self.hours
        cells = np.minimum.reduceat(value, self.starts, axis=1)
        first = np.minimum.reduceat(cells, self.segments, axis=1)
        who = np.maximum.reduceat(np.where(cells == first[:, self.group], self.recipient, -1), self.segments, axis=1)
        np.copyto(cells, UNREACHABLE, where=who[:, self.group] == self.recipient)
        second = np.minimum.reduceat(cells, self.segments, axis=1)
        for place, users in self.users:
            itself = who[:, place, None] == users
            mine = np.where(itself, second[:, place, None], first[:, place, None])
            found[:, users] = np.minimum(found[:, users], mine)
        return found
