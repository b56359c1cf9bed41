"""The order in which a programme fills its tables: by plan, so laid out once for any excluded organizations."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from routing.directory.arrays import runs
from routing.search.tables import Meeting, Values

_SMALL = 1 << 9


class Level(NamedTuple):
    """Sets of one size, or some of the sets.

    A usable offer in a set is a pair: the number of a meeting, and the bits open afterwards. The pairs of a set stand
    together, from `starts` on; `met` are the sets with at least one pair.
    """

    masks: Values
    met: Values
    starts: Values
    meeting: Values
    after: Values


def levels_of(
    size: int, meetings: tuple[Meeting, ...], prerequisites: tuple[tuple[int, int], ...], passing: int, most: int
) -> tuple[Level, ...]:
    """Return the levels of a plan of `size` local masks, small sets first, each of at most `most` sets.

    Sets that no path reaches are left out: one of `prerequisites` (the bit of having been asked for, and its own
    bit) is asked for later than it is met, by a service still to come or on the way through a gateway (`passing`: the
    bits closed by gateways). Two needs, met in any order, and the second only after the first:

    >>> free = levels_of(4, (Meeting(0b01, 0, 0b01), Meeting(0b10, 0, 0b10)), (), 0, 4)
    >>> [level.masks.tolist() for level in free], free[1].meeting.tolist(), free[1].after.tolist()
    ([[1, 2], [3]], [0, 1], [2, 1])
    >>> levels_of(4, (Meeting(0b01, 0, 0b01), Meeting(0b10, 0b01, 0b10)), (), 0, 4)[1].meeting.tolist()
    [0]
    """
    return (_cached_levels if size <= _SMALL else _levels)(size, meetings, prerequisites, passing, most)


def _levels(
    size: int, meetings: tuple[Meeting, ...], prerequisites: tuple[tuple[int, int], ...], passing: int, most: int
) -> tuple[Level, ...]:
    masks = np.arange(1, size)
    for bit, own in prerequisites:
        asking = np.bitwise_or.reduce([0, *(meeting.mask for meeting in meetings if meeting.closes & bit)])
        is_open = masks & bit != 0
        could = is_open if passing & bit else is_open & (masks & asking != 0)
        masks = masks[np.where(masks & own != 0, could, could | ~is_open)]
    sizes = np.bitwise_count(masks)
    masks = masks[np.argsort(sizes, kind="stable")]
    table = np.array(meetings, dtype=np.int64).reshape(-1, 3)
    alike = np.split(masks, np.cumsum(np.bincount(sizes)[1:])[:-1])
    return tuple(
        _level(part, table) for group in alike if len(group) for part in np.array_split(group, -(-len(group) // most))
    )


_cached_levels = lru_cache(maxsize=256)(_levels)


def _level(masks: Values, table: Values) -> Level:
    meets, requires, closes = table.T
    sets = masks[:, None]
    place, meeting = np.nonzero((sets & meets == meets) & (sets & requires == 0))
    starts = runs(place)
    level = Level(masks, masks[place[starts]], starts, meeting, masks[place] & ~closes[meeting])
    for column in level:
        column.flags.writeable = False
    return level
