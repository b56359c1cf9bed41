"""The containment tree of areas as numbers: who lies within whom is a comparison, not a walk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from routing.directory.arrays import Ints
from routing.directory.columns import Rows, seal


@dataclass(frozen=True, slots=True)
class AreaTree:
    """Areas in the order of their codes. Those within area a stand together: `order[enter[a]:leave[a]]`, a first."""

    index: dict[str, int]
    parent: Rows
    order: Rows
    enter: Rows
    leave: Rows

    @classmethod
    def build(cls, within: Mapping[str, str | None]) -> AreaTree:
        """Return the tree of areas (code to the code of what contains it); there must be no loop."""
        index = {code: number for number, code in enumerate(sorted(within))}
        parent = np.array([-1 if (up := within[code]) is None else index[up] for code in index], dtype=np.int32)
        children: list[list[int]] = [[] for _ in index]
        for number, up in enumerate(parent.tolist()):
            if up >= 0:
                children[up].append(number)
        enter, leave = np.zeros(len(index), dtype=np.int32), np.zeros(len(index), dtype=np.int32)
        order: list[int] = []
        todo = [(number, False) for number in np.flatnonzero(parent < 0).tolist()][::-1]
        while todo:
            number, seen = todo.pop()
            if seen:
                leave[number] = len(order)
                continue
            enter[number] = len(order)
            order.append(number)
            todo.append((number, True))
            todo += [(child, False) for child in reversed(children[number])]
        found = cls(index, parent, np.array(order, dtype=np.int32), enter, leave)
        seal(found.parent, found.order, found.enter, found.leave)
        return found

    def upwards(self, code: str) -> list[int]:
        """Return an area and all that contain it, innermost first."""
        found, at = [], self.index[code]
        while at >= 0:
            found.append(at)
            at = int(self.parent[at])
        return found

    def within(self, code: str) -> Ints:
        """Return an area and all that lie within it."""
        number = self.index[code]
        found: Ints = self.order[self.enter[number] : self.leave[number]]
        return found
