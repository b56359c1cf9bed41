"""Days, times and durations in words, in each language of the pages. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from service.page.words import word
from service.words.translation import LANGUAGES

_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?")


@dataclass(frozen=True, slots=True)
class Said:
    """A speaker of one language, in one time zone; None: each moment in its own offset."""

    language: str
    zone: tzinfo | None = None

    def moment(self, iso: str | datetime) -> str:
        """Return an ISO 8601 moment as weekday, day and time.

        >>> SAID["en"].moment("2026-03-02T08:00:00-06:00"), SAID["es"].moment("2026-03-02T08:00:00-06:00")
        ('Monday, March 2, 08:00', 'lunes 2 de marzo, 08:00')
        """
        at = self._read(iso)
        return self._word(
            "time.moment",
            weekday=self._word(f"time.weekday.{at.weekday()}"),
            day=at.day,
            month=self._word(f"time.month.{at.month}"),
            time=f"{at:%H:%M}",
        )

    def day(self, iso: str) -> str:
        """Return a day in words.

        >>> SAID["en"].day("2026-03-02"), SAID["es"].day("2026-03-02")
        ('March 2, 2026', '2 de marzo de 2026')
        """
        on = date.fromisoformat(iso)
        return self._word("time.day", day=on.day, month=self._word(f"time.month.{on.month}"), year=on.year)

    def ago(self, iso: str, now: datetime) -> str:
        """Return how long ago a moment was, in the largest unit that fits.

        >>> now = datetime.fromisoformat("2026-03-04T10:30:00Z")
        >>> SAID["en"].ago("2026-03-02T08:00:00Z", now), SAID["es"].ago("2026-03-04T10:29:50Z", now)
        ('2 days ago', 'ahora')
        """
        minutes = (now - datetime.fromisoformat(iso)) // timedelta(minutes=1)
        for unit, length in (("day", 24 * 60), ("hour", 60), ("minute", 1)):
            if count := minutes // length if minutes > 0 else 0:
                parts = self._word(f"time.{unit}.{'one' if count == 1 else 'many'}", count=count)
                return self._word("beds.ago", parts=parts)
        return self._word("beds.now")

    def month(self, text: str) -> str:
        """Return a month of a year in words.

        >>> SAID["en"].month("2027-02"), SAID["es"].month("2027-02")
        ('February 2027', 'febrero de 2027')
        """
        year, month = text.split("-")
        return self._word("time.month_of_year", month=self._word(f"time.month.{int(month)}"), year=year)

    def within(self, duration: str) -> str:
        """Return an ISO 8601 duration as the time to act in, `at once` for a duration of zero.

        >>> SAID["en"].within("P2DT1H"), SAID["es"].within("PT24H"), SAID["en"].within("PT0M")
        ('within 2 days 1 hour', 'en 24 horas', 'at once')
        """
        found = _DURATION.fullmatch(duration)
        if found is None:
            return duration
        counts = zip(("day", "hour", "minute"), (int(part or 0) for part in found.groups()), strict=True)
        parts = [self._word(f"time.{unit}.{'one' if count == 1 else 'many'}", count=count) for unit, count in counts
                 if count]  # fmt: skip
        return self._word("time.within", parts=" ".join(parts)) if parts else self._word("time.at_once")

    def span(self, time: timedelta) -> str:
        """Return a time that has passed, or is to pass, in its largest unit.

        >>> SAID["en"].span(timedelta(minutes=12, seconds=40)), SAID["es"].span(timedelta(hours=50))
        ('12 minutes', '2 días')
        """
        minutes = max(1, int(time.total_seconds()) // 60)
        unit, count = ("minute", minutes) if minutes < 60 else ("hour", minutes // 60)
        if unit == "hour" and count >= 24:
            unit, count = "day", count // 24
        return self._word(f"time.{unit}.{'one' if count == 1 else 'many'}", count=count)

    def is_over(self, at: str | datetime, now: datetime) -> bool:
        """Return whether a moment is over.

        >>> SAID["en"].is_over("2026-03-02T08:00:00-06:00", datetime.fromisoformat("2026-03-02T14:01:00+00:00"))
        True
        """
        return self._read(at) < now

    def clock(self, at: str | datetime, now: datetime) -> str:
        """Return a moment by its time alone on the day of `now`, else with its day.

        >>> now = datetime.fromisoformat("2026-03-02T07:00:00-06:00")
        >>> SAID["en"].clock("2026-03-02T08:00:00-06:00", now), SAID["en"].clock("2026-03-03T08:00:00-06:00", now)
        ('08:00', 'Tuesday, March 3, 08:00')
        """
        moment, today = self._read(at), self._read(now)
        return f"{moment:%H:%M}" if moment.date() == today.date() else self.moment(at)

    def hours(self, found: dict[str, str | None]) -> str:
        """Return the hours of a service, from the fields of an answer."""
        opens_at, closes_at = found["opens_at"], found["closes_at"]
        if found["status"] == "opens_later" and opens_at:
            return self._word("hours.opens_at", moment=self.moment(opens_at))
        if found["status"] == "open" and closes_at:
            return self._word("hours.open_until", time=f"{self._read(closes_at):%H:%M}")
        return self._word(f"hours.{found['status']}")

    def listed(self, words: list[str]) -> str:
        """Return words as one phrase, with "and" before the last.

        >>> SAID["en"].listed(["food", "clothing", "detox"]), SAID["es"].listed(["comida"])
        ('food, clothing and detox', 'comida')
        """
        *first, last = words
        return self._word("time.and", first=", ".join(first), last=last) if first else last

    def _read(self, given: str | datetime) -> datetime:
        at = datetime.fromisoformat(given) if isinstance(given, str) else given
        return at if self.zone is None else at.astimezone(self.zone)

    def _word(self, key: str, **values: object) -> str:
        return word(self.language, key, **values)


SAID = {language: Said(language) for language in LANGUAGES}
