"""Opening hours as most services keep them: one week like the next, worked out once and looked up from then on.

Hours that are not like that (rows that begin or end on a day, rows in another form), and days around a change of the
clocks, are left to `routing.hours`, which reads them row by row.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

from routing.hours import closing, hours_of
from routing.model import Schedule

_MONDAY = datetime(2024, 1, 1)  # noqa: DTZ001 - wall-clock times of any week
_WEEK_US = 7 * 86_400_000_000
_MICROSECOND = timedelta(microseconds=1)

Hours = tuple[str, datetime | None]
"""`Availability.status` and `Availability.opens_at`."""


@dataclass(frozen=True, slots=True)
class Timetable:
    """The opening hours of one or more services. `starts` and `until` are None where no two weeks need be alike.

    Both are microseconds of a week that begins on Monday at midnight: the moments of opening, rising, and for each the
    latest closing of all that have opened by then, those of the week before among them.
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
        """Return the hours at a moment; `steady` says that no clock in `zone` changes about then (`is_steady`)."""
        if self.starts is None or self.until is None or not steady:
            return hours_of(self.rows, moment, zone)
        local = moment.astimezone(zone).replace(tzinfo=None)
        midnight = datetime.combine(local.date() - timedelta(days=local.weekday()), time(0))
        now = (local - midnight) // _MICROSECOND
        place = bisect_right(self.starts, now)
        closes = self.until[place - 1] if place else self.until[-1] - _WEEK_US
        if now < closes:
            return "open", None
        start = self.starts[place] if place < len(self.starts) else self.starts[0] + _WEEK_US
        return "opens_later", (midnight + start * _MICROSECOND).replace(tzinfo=zone)


def is_steady(moment: datetime, zone: tzinfo) -> bool:
    """Say whether wall clocks in `zone` run evenly from two days before a moment to nine days after."""
    offsets = {(moment.astimezone(UTC) + timedelta(days=day)).astimezone(zone).utcoffset() for day in range(-2, 10)}
    return len(offsets) == 1


def _is_weekly(row: Schedule) -> bool:
    return row.weekdays is not None and row.valid_from is None and row.valid_to is None


def _week_of(row: Schedule) -> list[tuple[int, int]]:
    """Return (start, end) of a row's openings, in microseconds of the week in which they start."""
    if row.weekdays is None or row.opens_at is None or row.closes_at is None:
        return []
    found = []
    for weekday in row.weekdays:
        day = _MONDAY + timedelta(days=weekday)
        start = datetime.combine(day, row.opens_at)
        end = closing(day.date(), row.opens_at, row.closes_at, None)
        found.append(((start - _MONDAY) // _MICROSECOND, (end - _MONDAY) // _MICROSECOND))
    return found
