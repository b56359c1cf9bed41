"""HSDS schedules in routing's form."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from functools import lru_cache
from typing import Any

from routing import Schedule
from service.words.vocabulary import WEEKDAYS

_SAID = ("freq", "interval", "byday", "opens_at", "closes_at", "valid_from", "valid_to", "dtstart")
_BOUNDS = ("until", "count", "byweekno", "bymonthday", "byyearday")


def schedule_of(part: Mapping[str, Any]) -> Schedule:
    """Return a schedule of a document as weekly hours, or as an unread form (`weekdays` None). Pure.

    Read are plain weekly schedules with days and both times. The first event (`dtstart`) of a weekly schedule bounds it
    from below, as `valid_from` does.

    >>> schedule_of({"freq": "WEEKLY", "byday": "MO", "opens_at": "09:00", "closes_at": "17:00"}).weekdays
    frozenset({0})
    """
    return _schedule(tuple(map(part.get, _SAID)), bounded=any(part.get(name) for name in _BOUNDS))


@lru_cache(maxsize=10_000)  # a directory says the same hours again and again
def _schedule(said: tuple[Any, ...], *, bounded: bool) -> Schedule:
    freq, interval, byday, opens_at, closes_at, *days_given = said
    first, last, begun = (day and date.fromisoformat(day) for day in days_given)
    days = [day.strip() for day in (byday or "").split(",")]
    weekly = freq == "WEEKLY" and interval in (None, 1) and not bounded and set(days) <= set(WEEKDAYS)
    if not weekly or opens_at is None or closes_at is None:
        return Schedule(None, valid_from=first, valid_to=last)
    opens, closes = time.fromisoformat(opens_at), time.fromisoformat(closes_at)
    begins = max(filter(None, (first, begun)), default=None)
    return Schedule(frozenset(map(WEEKDAYS.index, days)), opens, closes, begins, last)
