"""Opening hours as most services keep them: every week the same, computed once and looked up from then on.

What changes from week to week, and days around a change of the clocks, are left to `routing.directory.hours`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

import numpy as np
from numpy.typing import NDArray

from routing.directory.agencies import Schedule
from routing.directory.arrays import Ints
from routing.directory.columns import Sealed, offsets_of
from routing.directory.hours import openings

_MONDAY = datetime(2024, 1, 1)  # noqa: DTZ001 - wall-clock times of any week
_DAYS = [_MONDAY.date() + timedelta(days=day) for day in range(7)]
WEEK_US = 7 * 86_400_000_000
_STRIDE_US = 2 * WEEK_US
_MICROSECOND = timedelta(microseconds=1)

Timetable = tuple[Schedule, ...]
"""The opening hours of one or more services, row by row."""


@dataclass(frozen=True, slots=True)
class Weeks(Sealed):
    """The openings of many timetables end to end, so that many are looked up at once; without timetables that vary.

    In microseconds of a week from Monday's midnight: `starts` are the moments of opening, raised by `_STRIDE_US` for
    every timetable before, so that they rise throughout; `until` for each opening the latest closing of all openings of
    its timetable begun by then, last week's included.

    >>> weeks = Weeks.of([(Schedule(None),), (Schedule(frozenset({0}), time(9), time(17)),)])
    >>> weeks.offsets.tolist(), [int(end) // 3_600_000_000 for end in weeks.until]
    ([0, 0, 1], [17])
    """

    offsets: Ints
    starts: NDArray[np.int64]
    until: NDArray[np.int64]

    @classmethod
    def of(cls, timetables: Sequence[Timetable]) -> Weeks:
        """Return the weeks of these timetables, by number."""
        weeks = [week_of(rows) for rows in timetables]
        return cls(
            offsets=offsets_of([len(week) for week in weeks]),
            starts=np.array([n * _STRIDE_US + at for n, week in enumerate(weeks) for at, _ in week], dtype=np.int64),
            until=np.array([until for week in weeks for _, until in week], dtype=np.int64),
        )

    def followed_by(self, timetables: Sequence[Timetable]) -> Weeks:
        """Return these weeks, and after them the weeks of further timetables."""
        further, before = Weeks.of(timetables), len(self.offsets) - 1
        return Weeks(
            offsets=np.concatenate([self.offsets, further.offsets[1:].astype(np.int64) + self.offsets[-1]]),
            starts=np.concatenate([self.starts, further.starts + before * _STRIDE_US]),
            until=np.concatenate([self.until, further.until]),
        )

    def has(self, timetables: Ints) -> NDArray[np.bool_]:
        """Return which of these timetables (numbers) can be looked up in `Weeks`.

        >>> weekly = (Schedule(frozenset({0}), time(9), time(17)),)
        >>> Weeks.of([weekly, ()]).has(np.array([0, 1])).tolist()
        [True, False]
        """
        return self.offsets[1:][timetables] > self.offsets[timetables]

    def waits(self, timetables: Ints, now: int) -> NDArray[np.int64]:
        """Return microseconds until each timetable (all of `has`) opens: 0 where open `now` (microsecond of the week).

        >>> weeks = Weeks.of([(Schedule(frozenset({0}), time(9), time(17)),)])
        >>> hour = 3_600_000_000
        >>> [int(weeks.waits(np.array([0]), now * hour)[0]) // hour for now in (7, 12, 17)]
        [2, 0, 160]
        """
        if not len(timetables):
            return np.empty(0, dtype=np.int64)
        base = timetables.astype(np.int64) * _STRIDE_US
        first, end = self.offsets[timetables], self.offsets[timetables + 1]
        place = np.searchsorted(self.starts, base + now, side="right")
        closes = np.where(place > first, self.until[place - 1], self.until[end - 1] - WEEK_US)
        following = np.where(place < end, self.starts[place % len(self.starts)], self.starts[first] + WEEK_US)
        return np.where(now < closes, 0, following - base - now)


def week_us(moment: datetime, zone: tzinfo) -> int:
    """Return the microseconds of wall-clock time since the Monday midnight before a moment.

    >>> week_us(datetime(2024, 1, 2, 1, tzinfo=UTC), UTC)
    90000000000
    """
    local = moment.astimezone(zone).replace(tzinfo=None)
    return (local - datetime.combine(local.date() - timedelta(days=local.weekday()), time(0))) // _MICROSECOND


def is_steady(moment: datetime, zone: tzinfo) -> bool:
    """Return whether wall clocks in `zone` run evenly from two days before a moment to nine days after."""
    offsets = {(moment.astimezone(UTC) + timedelta(days=day)).astimezone(zone).utcoffset() for day in range(-2, 10)}
    return len(offsets) == 1


def is_weekly(row: Schedule) -> bool:
    """Return whether a row is read, and the same every week."""
    return row.weekdays is not None and row.valid_from is None and row.valid_to is None


def week_of(rows: Timetable) -> list[tuple[int, int]]:
    """Return (start, latest closing) of a week's openings, rising; none where weeks may differ."""
    if not all(map(is_weekly, rows)):
        return []
    spans = sorted(
        ((start - _MONDAY) // _MICROSECOND, (end - _MONDAY) // _MICROSECOND)
        for row in rows
        for start, end in openings(row, _DAYS, None)
    )
    latest = max((end for _, end in spans), default=0) - WEEK_US
    return [(start, latest := max(latest, end)) for start, end in spans]
