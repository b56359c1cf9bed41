"""Opening hours as most services keep them: every week the same, computed once and looked up from then on.

Hours that change from week to week (rows that begin or end on a day, rows in another form), and days around a change of
the clocks, are left to `routing.directory.hours`, which reads the hours row by row.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

import numpy as np
from numpy.typing import NDArray

from routing.directory.agencies import Schedule
from routing.directory.arrays import Ints
from routing.directory.columns import Sealed, offsets_of
from routing.directory.hours import closing, hours_of

_MONDAY = datetime(2024, 1, 1)  # noqa: DTZ001 - wall-clock times of any week
_WEEK_US = 7 * 86_400_000_000
_STRIDE_US = 2 * _WEEK_US
_MICROSECOND = timedelta(microseconds=1)

Hours = tuple[str, datetime | None]
"""`Availability.status` and `Availability.opens_at`."""


@dataclass(frozen=True, slots=True)
class Timetable:
    """The opening hours of one or more services. `starts` and `until` are `None` where weeks may differ.

    Both are microseconds of a week that begins on Monday at midnight: the moments of opening, rising, and for each
    opening the latest closing of all openings begun by then, last week's openings included.

    >>> table = Timetable.of((Schedule(frozenset({0}), time(9), time(17)),))
    >>> [start // 3_600_000_000 for start in table.starts], [end // 3_600_000_000 for end in table.until]
    ([9], [17])
    >>> Timetable.of((Schedule(None),)).starts is None
    True
    """

    rows: tuple[Schedule, ...]
    starts: tuple[int, ...] | None
    until: tuple[int, ...] | None

    @classmethod
    def of(cls, rows: tuple[Schedule, ...]) -> Timetable:
        """Return the timetable of these rows."""
        if not rows or not all(map(_is_weekly, rows)):
            return cls(rows, None, None)
        opened = sorted((at, end) for row in rows for at, end in _week_of(row))
        if not opened:
            return cls(rows, None, None)
        latest = max(end for _, end in opened) - _WEEK_US
        until = []
        for _, end in opened:
            latest = max(latest, end)
            until.append(latest)
        return cls(rows, tuple(at for at, _ in opened), tuple(until))

    def at(self, moment: datetime, zone: tzinfo, *, steady: bool) -> Hours:
        """Return the hours at a moment; `steady`: no clock in `zone` changes around the moment (`is_steady`).

        >>> table = Timetable.of((Schedule(frozenset({0}), time(9), time(17)),))
        >>> table.at(datetime(2024, 1, 1, 12, tzinfo=UTC), UTC, steady=True)
        ('open', None)
        """
        if self.starts is None or self.until is None or not steady:
            return hours_of(self.rows, moment, zone)
        midnight, now = place_in_week(moment, zone)
        place = bisect_right(self.starts, now)
        closes = self.until[place - 1] if place else self.until[-1] - _WEEK_US
        if now < closes:
            return "open", None
        start = self.starts[place] if place < len(self.starts) else self.starts[0] + _WEEK_US
        return "opens_later", (midnight + start * _MICROSECOND).replace(tzinfo=zone)


@dataclass(frozen=True, slots=True)
class Weeks(Sealed):
    """The openings of many timetables end to end, so that many are looked up at once; without timetables that vary.

    `starts` are each timetable's own, raised by `_STRIDE_US` for every timetable before: so `starts` rises throughout.
    """

    offsets: Ints
    starts: NDArray[np.int64]
    until: NDArray[np.int64]

    @classmethod
    def of(cls, timetables: Sequence[Timetable]) -> Weeks:
        """Return the weeks of these timetables, by number."""
        raised = [n * _STRIDE_US + start for n, table in enumerate(timetables) for start in table.starts or ()]
        return cls(
            offsets=offsets_of([len(table.starts or ()) for table in timetables]),
            starts=np.array(raised, dtype=np.int64),
            until=np.array([end for table in timetables for end in table.until or ()], dtype=np.int64),
        )

    def has(self, timetables: Ints) -> NDArray[np.bool_]:
        """Return which of these timetables (numbers) can be looked up in `Weeks`.

        >>> weekly = Timetable.of((Schedule(frozenset({0}), time(9), time(17)),))
        >>> Weeks.of([weekly, Timetable.of(())]).has(np.array([0, 1])).tolist()
        [True, False]
        """
        found: NDArray[np.bool_] = self.offsets[timetables + 1] > self.offsets[timetables]
        return found

    def waits(self, timetables: Ints, now: int) -> NDArray[np.int64]:
        """Return microseconds until each timetable (all of `has`) opens: 0 where open `now` (microsecond of the week).

        >>> weeks = Weeks.of([Timetable.of((Schedule(frozenset({0}), time(9), time(17)),))])
        >>> hour = 3_600_000_000
        >>> [int(weeks.waits(np.array([0]), now * hour)[0]) // hour for now in (7, 12, 17)]
        [2, 0, 160]
        """
        if not len(timetables):
            return np.empty(0, dtype=np.int64)
        raised = timetables.astype(np.int64) * _STRIDE_US
        first, end = self.offsets[timetables], self.offsets[timetables + 1]
        place = np.searchsorted(self.starts, raised + now, side="right")
        closes = np.where(place > first, self.until[place - 1], self.until[end - 1] - _WEEK_US)
        following = np.where(place < end, self.starts[place % len(self.starts)], self.starts[first] + _WEEK_US)
        return np.where(now < closes, 0, following - raised - now)


def place_in_week(moment: datetime, zone: tzinfo) -> tuple[datetime, int]:
    """Return the Monday midnight before a moment, without a zone, and the microseconds of wall-clock time since then.

    >>> place_in_week(datetime(2024, 1, 2, 1, tzinfo=UTC), UTC)
    (datetime.datetime(2024, 1, 1, 0, 0), 90000000000)
    """
    local = moment.astimezone(zone).replace(tzinfo=None)
    midnight = datetime.combine(local.date() - timedelta(days=local.weekday()), time(0))
    return midnight, (local - midnight) // _MICROSECOND


def is_steady(moment: datetime, zone: tzinfo) -> bool:
    """Say whether wall clocks in `zone` run evenly from two days before a moment to nine days after."""
    offsets = {(moment.astimezone(UTC) + timedelta(days=day)).astimezone(zone).utcoffset() for day in range(-2, 10)}
    return len(offsets) == 1


def _is_weekly(row: Schedule) -> bool:
    return row.weekdays is not None and row.valid_from is None and row.valid_to is None


def _week_of(row: Schedule) -> list[tuple[int, int]]:
    """Return (start, end) of a row's openings, in microseconds of the week in which each opening starts."""
    if row.weekdays is None or row.opens_at is None or row.closes_at is None:
        return []
    found = []
    for weekday in row.weekdays:
        day = _MONDAY + timedelta(days=weekday)
        start = datetime.combine(day, row.opens_at)
        end = closing(day.date(), row.opens_at, row.closes_at, None)
        found.append(((start - _MONDAY) // _MICROSECOND, (end - _MONDAY) // _MICROSECOND))
    return found
