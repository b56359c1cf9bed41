"""The order in which a programme fills its tables: sets of open bits by size, and what can be met in each of them.

It depends on a plan and not on who is left out, so it is laid out once and filled any number of times.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from routing.tables import Layout, Values, packed

_CELLS = 1 << 16
"""How many cells an array of edges has at most, or one row."""


class Meeting(NamedTuple):
    """What can be met where somebody offers it: a local bit, the local masks that it requires met and that it closes.

    `closes` holds its own bit.
    """

    bit: int
    requires: int
    closes: int


class Level(NamedTuple):
    """Sets of one size, or some of them, and the packed price of an hour of waiting in each (a column).

    What can be met in a set is a pair: the number of a meeting, and what is open after it. The pairs of a set stand
    together, from `starts` on; `met` are the sets that have any.
    """

    masks: Values
    wait: Values
    met: Values
    starts: Values
    meeting: Values
    after: Values


def levels_of(layout: Layout, meetings: Sequence[Meeting], passing: int, weight: Values, width: int) -> list[Level]:
    """Return the levels of a plan, small sets first, each in pieces whose arrays of so many columns fit a cache.

    Sets that no path comes to are left out: what is asked for is asked for later than it is met, by something that is
    still open or (`passing`, the bits that these close) on the way through a gateway.
    """
    masks = np.arange(1, layout.masks)
    for place, bit in enumerate(layout.asked):
        asked, own = 1 << len(layout.bits) + place, 1 << layout.bits.index(bit)
        asking = sum({1 << one.bit for one in meetings if one.closes & asked})
        is_open = masks & asked != 0
        could = is_open if passing & asked else is_open & (masks & asking != 0)
        masks = masks[np.where(masks & own != 0, could, could | ~is_open)]
    sizes = np.bitwise_count(masks)
    masks = masks[np.argsort(sizes, kind="stable")]
    table = np.array(meetings, dtype=np.int64).reshape(-1, 3)
    found = []
    for alike in np.split(masks, np.cumsum(np.bincount(sizes)[1:])[:-1]):
        for some in np.array_split(alike, -(-len(alike) * width // _CELLS) or 1):
            if len(some):
                found.append(_level(some, weight, table))
    return found


def _level(masks: Values, weight: Values, table: Values) -> Level:
    bit, requires, closes = table.T
    here = masks[:, None]
    place, meeting = np.nonzero((here >> bit & 1 != 0) & (here & requires == 0))
    starts = np.flatnonzero(np.diff(place, prepend=-1))
    after = masks[place] & ~closes[meeting]
    return Level(masks, packed(1, 0) * weight[masks, None], masks[place[starts]], starts, meeting, after)
