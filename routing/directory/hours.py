"""Whether a service is open, and whether it has room, at one moment. Contract, "Time" and "Fine print"."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo

import numpy as np
from numpy.typing import NDArray

from routing.directory.agencies import Capacity, Schedule, Service
from routing.model import Availability

_MIDNIGHT_BY_CONVENTION = time(23, 59)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WEEK = timedelta(days=7)
_FRESH = timedelta(hours=24)
FRESH_US = _FRESH // timedelta(microseconds=1)
HORIZON = timedelta(hours=168)
"""How far ahead `this_week` looks."""
HORIZON_US = HORIZON // timedelta(microseconds=1)
_HOUR_US = 3_600_000_000


def availability(service: Service, at: datetime, zone: tzinfo, *, beds: int = 1) -> Availability:
    """Return hours and room of `service` for `beds` (`ServiceTypes.beds_for`) at `at` (aware), judged in `zone`; pure.

    Hours are unknown without rows, when an unreadable row could still be open, and when no row will ever open again.
    """
    status, opens_at = hours_of(service.schedules, at, zone)
    closes_at = closing_of(service.schedules, at, zone) if status == "open" else None
    return Availability(status, opens_at, _capacity(service.capacities, at, beds), closes_at)


def wait_hours(availability: Availability, at: datetime) -> int:
    """Return whole hours until the service opens, rounded up, at most a week; 0 when open or unknown."""
    return (
        0 if availability.opens_at is None else whole_hours(availability.opens_at.astimezone(UTC) - at.astimezone(UTC))
    )


def whole_hours(span: timedelta) -> int:
    """Return a span in whole hours, rounded up, at most a week.

    >>> whole_hours(timedelta(minutes=61)), whole_hours(timedelta(days=9))
    (2, 168)
    """
    return int(min(-(-span // timedelta(hours=1)), HORIZON // timedelta(hours=1)))


def whole_hours_of(waits_us: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return `whole_hours` of many spans in microseconds; 0 for spans below 0."""
    return np.minimum(-(-np.maximum(waits_us, 0) // _HOUR_US), HORIZON_US // _HOUR_US)


def midnight_us(at: datetime, zone: tzinfo) -> int:
    """Return the end of the day of an aware moment in `zone`, as `epoch_us`."""
    return epoch_us(datetime.combine(at.astimezone(zone).date() + timedelta(days=1), time(0), zone))


def epoch_us(moment: datetime) -> int:
    """Return an aware moment as whole microseconds since 1970, UTC."""
    return (moment.astimezone(UTC) - _EPOCH) // timedelta(microseconds=1)


def hours_of(rows: tuple[Schedule, ...], at: datetime, zone: tzinfo) -> tuple[str, datetime | None]:
    """Return status and next opening as in `Availability`, read row by row; pure.

    >>> row = Schedule(frozenset({0}), time(9), time(17))
    >>> hours_of((row,), datetime(2024, 1, 1, 8, tzinfo=UTC), UTC)
    ('opens_later', datetime.datetime(2024, 1, 1, 9, 0, tzinfo=datetime.timezone.utc))
    """
    local = at.astimezone(zone)
    readable = [row for row in rows if row.weekdays is not None]
    if any(_is_open(row, local) for row in readable):
        return "open", None
    if any(row.weekdays is None and _is_valid(row, local.date()) for row in rows):
        return "unknown", None
    starts = [start for row in readable if (start := _next_opening(row, local)) is not None]
    if not starts:
        return "unknown", None
    return "opens_later", min(starts, key=lambda start: start.astimezone(UTC))


def closing_of(rows: tuple[Schedule, ...], at: datetime, zone: tzinfo) -> datetime | None:
    """Return the end of the opening that contains `at`, adjacent openings joined; pure.

    `None` if the end is more than a week away, or an unreadable row could still be open.

    >>> day, night = Schedule(frozenset({0}), time(9), time(17)), Schedule(frozenset({0}), time(17), time(2))
    >>> closing_of((day, night), datetime(2024, 1, 1, 10, tzinfo=UTC), UTC)
    datetime.datetime(2024, 1, 2, 2, 0, tzinfo=datetime.timezone.utc)
    """
    local = at.astimezone(zone)
    if any(row.weekdays is None and _is_valid(row, local.date()) for row in rows):
        return None
    days = [local.date() + timedelta(days=offset) for offset in range(-1, _WEEK.days + 2)]
    spans = sorted(
        (start.astimezone(UTC), end.astimezone(UTC)) for row in rows for start, end in openings(row, days, zone)
    )
    closes_at = at.astimezone(UTC)
    for start, end in spans:
        if start <= closes_at:
            closes_at = max(closes_at, end)
    return closes_at.astimezone(zone) if closes_at - at.astimezone(UTC) <= _WEEK else None


def _is_valid(row: Schedule, day: date) -> bool:
    """Return whether an unreadable row may be open on a day; the night of its last day counts until it ends."""
    return (row.valid_from is None or row.valid_from <= day) and (
        row.valid_to is None or day - row.valid_to <= timedelta(days=1)
    )


def _is_open(row: Schedule, local: datetime) -> bool:
    moment = local.astimezone(UTC)
    today = local.date()
    for start, end in openings(row, (today - timedelta(days=1), today), local.tzinfo):
        if start.astimezone(UTC) <= moment < end.astimezone(UTC):
            return True
    return False


def _next_opening(row: Schedule, local: datetime) -> datetime | None:
    # A row that has not begun opens within the week from its first valid day; any other within the next eight days.
    # The calendar's last day is left out: a night of it would end on no day.
    first_day = max(local.date(), row.valid_from or local.date())
    days = (first_day + timedelta(days=offset) for offset in range(min(_WEEK.days + 1, (date.max - first_day).days)))
    moment = local.astimezone(UTC)
    for start, _ in openings(row, days, local.tzinfo):
        if start.astimezone(UTC) > moment:
            return start
    return None


def openings(row: Schedule, days: Iterable[date], zone: tzinfo | None) -> Iterator[tuple[datetime, datetime]]:
    """Yield (start, end) of the openings that begin on the given days, in order; without a zone, in wall-clock time."""
    if row.weekdays is None or row.opens_at is None or row.closes_at is None:
        return
    for day in days:
        if day.weekday() not in row.weekdays:
            continue
        if (row.valid_from and day < row.valid_from) or (row.valid_to and day > row.valid_to):
            continue
        yield datetime.combine(day, row.opens_at, zone), _closing(day, row.opens_at, row.closes_at, zone)


def _closing(day: date, opens_at: time, closes_at: time, zone: tzinfo | None) -> datetime:
    """Return when an opening that starts on `day` ends: on `day`, the next day, or at midnight for 23:59.

    >>> _closing(date(2024, 1, 1), time(22), time(6), UTC).isoformat()
    '2024-01-02T06:00:00+00:00'
    >>> _closing(date(2024, 1, 1), time(9), time(23, 59), UTC).isoformat()
    '2024-01-02T00:00:00+00:00'
    """
    next_day = day + timedelta(days=1)
    if closes_at.replace(second=0, microsecond=0) == _MIDNIGHT_BY_CONVENTION:
        return datetime.combine(next_day, time(0), zone)
    return datetime.combine(next_day if closes_at <= opens_at else day, closes_at, zone)


def _capacity(rows: tuple[Capacity, ...], at: datetime, beds: int) -> str:
    if not rows:
        return "unknown"
    states = {_capacity_of(row, at, beds) for row in rows}
    for state in ("available", "stale", "unknown"):
        if state in states:
            return state
    return "full"


def is_fresh(count: Capacity, at: datetime) -> bool:
    """Return whether a count of places still holds at a moment. Pure."""
    return count.updated is not None and at.astimezone(UTC) - count.updated.astimezone(UTC) <= _FRESH


def _capacity_of(row: Capacity, at: datetime, beds: int) -> str:
    if not is_fresh(row, at):
        return "stale"
    if row.available is None:
        return "unknown"
    return "available" if row.available >= (beds if row.unit in (None, "bed") else 1) else "full"
