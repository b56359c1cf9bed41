"""HSDS schedule rows in routing's form."""

from __future__ import annotations

from routing import Schedule
from service.vocabulary import WEEKDAYS

from .queries import AnyRow


def schedule_of(row: AnyRow) -> Schedule:
    """Return a row of `schedule` as weekly hours, or as an unread form (`weekdays` None). Pure.

    Read are plain weekly rows with days and both times. The first event (`dtstart`) of a weekly row bounds the row from
    below, as `valid_from` does.
    """
    days = _weekdays(row)
    if days is None:
        return Schedule(None, valid_from=row.valid_from, valid_to=row.valid_to)
    begins = max(filter(None, (row.valid_from, row.dtstart)), default=None)
    return Schedule(days, row.opens_at, row.closes_at, begins, row.valid_to)


def _weekdays(row: AnyRow) -> frozenset[int] | None:
    timed = row.opens_at is not None and row.closes_at is not None
    weekly = timed and row.freq == "WEEKLY" and row.interval in (None, 1)
    # a result row is a tuple, whose own `count` is a method
    bounded = row.until or row._mapping["count"] or row.byweekno or row.bymonthday or row.byyearday
    days = [day.strip() for day in (row.byday or "").split(",")]
    if not weekly or bounded or not set(days) <= set(WEEKDAYS):
        return None
    return frozenset(map(WEEKDAYS.index, days))
