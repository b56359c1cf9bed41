"""The containment tree of areas as numbers: whether an area lies within another is a comparison, not a walk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from routing.directory.arrays import Ints
from routing.directory.columns import Rows, seal


@dataclass(frozen=True, slots=True)
class AreaTree:
    """Areas numbered in the order of their codes: those within area a are `order[enter[a]:leave[a]]`, a itself first.

    >>> tree = AreaTree.build({"dallas": "tx", "plano": "dallas", "tx": None})
    >>> tree.index
    {'dallas': 0, 'plano': 1, 'tx': 2}
    >>> tree.order.tolist(), tree.enter.tolist(), tree.leave.tolist()
    ([2, 0, 1], [1, 2, 0], [3, 3, 3])
    """

    index: dict[str, int]
    parent: Rows
    order: Rows
    enter: Rows
    leave: Rows

    @classmethod
    def build(cls, within: Mapping[str, str | None]) -> AreaTree:
        """Return the tree of areas (code to the code of the containing area); the areas must form no loop."""
        index = {code: number for number, code in enumerate(sorted(within))}
        paths: list[list[int]] = []
        for code in index:
            paths.append([])
            at: str | None = code
            while at is not None:
                paths[-1].insert(0, index[at])
                at = within[at]
        parent = np.array([path[-2] if len(path) > 1 else -1 for path in paths], dtype=np.int32)
        order = np.array(sorted(range(len(paths)), key=paths.__getitem__), dtype=np.int32)
        enter, sizes = np.argsort(order), np.bincount([number for path in paths for number in path])
        tree = cls(index, parent, order, enter.astype(np.int32), (enter + sizes).astype(np.int32))
        seal(tree.parent, tree.order, tree.enter, tree.leave)
        return tree

    def upwards(self, code: str) -> list[int]:
        """Return an area and every area that contains it (numbers), innermost first.

        >>> AreaTree.build({"dallas": "tx", "plano": "dallas", "tx": None}).upwards("plano")
        [1, 0, 2]
        """
        numbers, at = [], self.index[code]
        while at >= 0:
            numbers.append(at)
            at = int(self.parent[at])
        return numbers

    def within(self, code: str) -> Ints:
        """Return an area and every area within it (numbers), the area itself first.

        >>> AreaTree.build({"dallas": "tx", "plano": "dallas", "tx": None}).within("dallas").tolist()
        [0, 1]
        """
        number = self.index[code]
        return self.order[self.enter[number] : self.leave[number]]
