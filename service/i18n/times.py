"""Moments and durations in words: in English by ourselves, in other languages by the Unicode locale data."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Self

from policies.messages import Language, Message

MOMENT = Message("EEEE, MMMM d, HH:mm", "pattern")
MOMENT_OF_YEAR = Message("EEEE, MMMM d, y, HH:mm", "pattern")
DAY = Message("MMMM d, y", "pattern")
MONTH = Message("MMMM y", "pattern")
"""The patterns of a moment, a moment of another year, a day and a month, by the signs of the Unicode locale data."""
SHORT_TIMES = {
    (True, True): Message("h a", "pattern"), (True, False): Message("h:mm a", "pattern"),
    (False, True): Message("EEE h a", "pattern"), (False, False): Message("EEE h:mm a", "pattern"),
}  # fmt: skip
"""The patterns of a short time: is it today, and is it a full hour?"""


class Moment(Message):
    """A moment as people say it.

    >>> Moment.of(datetime(2026, 3, 2, 8)), Moment.of(datetime(2026, 3, 2, 8), datetime(2027, 1, 1))
    ('Monday, March 2, 08:00', 'Monday, March 2, 2026, 08:00')
    """

    __slots__ = ("at",)
    at: datetime

    @classmethod
    def of(cls, at: datetime, now: datetime | None = None) -> Self:
        """Return a moment, in its own offset, with its year where that is another than the year of `now`."""
        pattern, year = (MOMENT, "") if now is None or at.year == now.year else (MOMENT_OF_YEAR, f", {at.year}")
        moment = cls._of_template(f"{at:%A}, {at:%B} {at.day}{year}, {at:%H:%M}", pattern.template, pattern.context, {})
        moment.at = at
        return moment

    def written_in(self, language: Language) -> str:
        """Return the moment in a language. Pure."""
        from babel.dates import format_datetime  # noqa: PLC0415 - takes long, and English needs none of it

        return format_datetime(self.at.replace(tzinfo=None), super().written_in(language), locale=language.locale)


class Day(Message):
    """A day of a year as people say it, on papers and wherever something was signed or ends.

    >>> Day.of(date(2026, 3, 2))
    'March 2, 2026'
    """

    __slots__ = ("day",)
    day: date

    @classmethod
    def of(cls, day: date) -> Self:
        """Return a day."""
        text = cls._of_template(f"{day:%B} {day.day}, {day.year}", DAY.template, DAY.context, {})
        text.day = day
        return text

    def written_in(self, language: Language) -> str:
        """Return the day in a language. Pure."""
        from babel.dates import format_date  # noqa: PLC0415 - takes long, and English needs none of it

        return format_date(self.day, super().written_in(language), locale=language.locale)


class Month(Day):
    """A month of a year as people say it.

    >>> Month.of(date(2027, 2, 1))
    'February 2027'
    """

    __slots__ = ()

    @classmethod
    def of(cls, day: date) -> Self:
        """Return the month of a day."""
        text = cls._of_template(f"{day:%B} {day.year}", MONTH.template, MONTH.context, {})
        text.day = day
        return text


class Duration(Message):
    """A duration by its parts that are not zero.

    >>> Duration.of(hours=1, minutes=20)
    '1 hour 20 minutes'
    """

    __slots__ = ("parts",)
    parts: tuple[tuple[str, int], ...]

    @classmethod
    def of(cls, *, days: int = 0, hours: int = 0, minutes: int = 0, seconds: int = 0) -> Self:
        """Return a duration; at least one part is not zero."""
        parts = (("day", days), ("hour", hours), ("minute", minutes), ("second", seconds))
        counts = tuple((unit, count) for unit, count in parts if count)
        english = " ".join(f"{count} {unit}{'' if count == 1 else 's'}" for unit, count in counts)
        text = cls._of_template(english, "", "", {})
        text.parts = counts
        return text

    def written_in(self, language: Language) -> str:
        """Return the duration in a language. Pure."""
        from babel.units import format_unit  # noqa: PLC0415 - takes long, and English needs none of it

        return " ".join(format_unit(count, f"duration-{unit}", locale=language.locale) for unit, count in self.parts)


AT_ONCE = Message("at once")


WITHIN = Message("within {time}")


_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")


def due(duration: str) -> Message:
    """Return an ISO 8601 duration in words as a time to act in.

    >>> due("PT0S"), due("PT24H"), due("P2DT1H")
    ('at once', 'within 24 hours', 'within 2 days 1 hour')
    """
    match = _DURATION.fullmatch(duration)
    if match is None:
        return WITHIN.format(time=duration)
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    if not (days or hours or minutes or seconds):
        return AT_ONCE
    return WITHIN.format(time=Duration.of(days=days, hours=hours, minutes=minutes, seconds=seconds))


class ShortTime(Message):
    """A moment as a schedule shows it: the hour today, with the short name of its day on another day.

    >>> ShortTime.of(datetime(2026, 3, 2, 18), datetime(2026, 3, 2, 8))
    '6 PM'
    >>> ShortTime.of(datetime(2026, 3, 3, 8, 30), datetime(2026, 3, 2, 8))
    'Tue 8:30 AM'
    """

    __slots__ = ("at",)
    at: datetime

    @classmethod
    def of(cls, at: datetime, now: datetime) -> Self:
        """Return a moment, in its own offset, as seen from `now`."""
        is_today, is_full = at.date() == now.astimezone(at.tzinfo).date(), at.minute == 0
        pattern = SHORT_TIMES[is_today, is_full]
        day, minutes = "" if is_today else f"{at:%a} ", "" if is_full else f":{at:%M}"
        english = f"{day}{at.hour % 12 or 12}{minutes} {'AM' if at.hour < 12 else 'PM'}"
        moment = cls._of_template(english, pattern.template, pattern.context, {})
        moment.at = at
        return moment

    def written_in(self, language: Language) -> str:
        """Return the moment in a language. Pure."""
        from babel.dates import format_datetime  # noqa: PLC0415 - takes long, and English needs none of it

        return format_datetime(self.at.replace(tzinfo=None), super().written_in(language), locale=language.locale)
