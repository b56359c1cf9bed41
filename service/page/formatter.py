"""Days, times and durations in words, in each language of the pages. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from service.answers.printed.parts import disclosures_of
from service.answers.printed.sheet import words_unsaid
from service.i18n import answers
from service.i18n.codes import enumerated
from service.i18n.times import Day, Duration, Moment, Month, due
from service.i18n.translation import read_in
from service.page.words import word


@dataclass(frozen=True, slots=True)
class Formatter:
    """The words of one language for moments of one time zone; None: each moment in its own offset."""

    language: str
    zone: tzinfo | None = None

    def moment(self, iso: str | datetime, now: datetime) -> str:
        """Return an ISO 8601 moment as weekday, day and time, with its year where that is another than now's.

        >>> now = datetime.fromisoformat("2026-03-01T08:00:00-06:00")
        >>> Formatter("en").moment("2026-03-02T08:00:00-06:00", now)
        'Monday, March 2, 08:00'
        >>> Formatter("es").moment("2025-03-02T08:00:00-06:00", now)
        'domingo 2 de marzo de 2025, 08:00'
        """
        return self._text(Moment.of(self._local(iso), self._local(now)))

    def day(self, iso: str) -> str:
        """Return a day in words, always with its year.

        >>> Formatter("en").day("2026-03-02"), Formatter("es").day("2026-03-02")
        ('March 2, 2026', '2 de marzo de 2026')
        """
        return self._text(Day.of(date.fromisoformat(iso)))

    def ago(self, iso: str, now: datetime) -> str:
        """Return how long ago a moment was, in the largest unit that fits.

        >>> now = datetime.fromisoformat("2026-03-04T10:30:00Z")
        >>> Formatter("en").ago("2026-03-02T08:00:00Z", now), Formatter("es").ago("2026-03-04T10:29:50Z", now)
        ('2 days ago', 'ahora')
        """
        age = now - datetime.fromisoformat(iso)
        if age < timedelta(minutes=1):
            return self._word("beds.now")
        return self._word("beds.ago", parts=self.span(age))

    def month(self, text: str) -> str:
        """Return a month of a year in words.

        >>> Formatter("en").month("2027-02"), Formatter("es").month("2027-02")
        ('February 2027', 'febrero de 2027')
        """
        return self._text(Month.of(date.fromisoformat(f"{text}-01")))

    def week(self, text: str) -> str:
        """Return the first day of an ISO 8601 week in words.

        >>> Formatter("en").week("2026-W48")
        'November 23, 2026'
        """
        return self.day(f"{text}-1")

    def within(self, duration: str) -> str:
        """Return an ISO 8601 duration as the time to act in, `at once` for a duration of zero.

        >>> Formatter("en").within("P2DT1H"), Formatter("es").within("PT24H"), Formatter("en").within("PT0M")
        ('within 2 days 1 hour', 'en un plazo de 24 horas', 'at once')
        """
        return self._text(due(duration))

    def span(self, time: timedelta) -> str:
        """Return a time that has passed, or is to pass, in its largest unit.

        >>> Formatter("en").span(timedelta(minutes=12, seconds=40)), Formatter("es").span(timedelta(hours=50))
        ('12 minutes', '2 días')
        """
        minutes = max(1, int(time.total_seconds()) // 60)
        if minutes < 60:
            return self._text(Duration.of(minutes=minutes))
        hours = minutes // 60
        return self._text(Duration.of(hours=hours) if hours < 24 else Duration.of(days=hours // 24))

    def is_over(self, at: str | datetime, now: datetime) -> bool:
        """Return whether a moment is over.

        >>> Formatter("en").is_over("2026-03-02T08:00:00-06:00", datetime.fromisoformat("2026-03-02T14:01:00+00:00"))
        True
        """
        return self._local(at) < now

    def clock(self, at: str | datetime, now: datetime) -> str:
        """Return a moment by its time alone on the day of `now`, else with its day.

        >>> now = datetime.fromisoformat("2026-03-02T07:00:00-06:00")
        >>> [Formatter("en").clock(f"2026-03-0{day}T08:00:00-06:00", now) for day in (2, 3)]
        ['08:00', 'Tuesday, March 3, 08:00']
        """
        moment, today = self._local(at), self._local(now)
        return f"{moment:%H:%M}" if moment.date() == today.date() else self.moment(at, now)

    def hours(self, availability: dict[str, str | None]) -> str:
        """Return the hours of a service, from the fields of an answer."""
        opens_at, closes_at = availability["opens_at"], availability["closes_at"]
        if availability["status"] == "opens_later" and opens_at:
            return self._word("hours.opens_at", moment=self._text(Moment.of(self._local(opens_at))))
        if availability["status"] == "open" and closes_at:
            return self._word("hours.open_until", time=f"{self._local(closes_at):%H:%M}")
        return self._word(f"hours.{availability['status']}")

    def enumeration(self, words: list[str]) -> str:
        """Return words as one phrase, with "and" before the last.

        >>> Formatter("en").enumeration(["food", "clothing", "detox"]), Formatter("es").enumeration(["comida"])
        ('food, clothing and detox', 'comida')
        """
        return self._text(enumerated(words))

    def data(self, classes: Sequence[str]) -> str:
        """Return classes of data in words.

        >>> Formatter("en").data(["identity"])
        'name and identity'
        """
        return self._text(answers.data_listed(classes))

    def unsaid(self, classes: Sequence[str]) -> str:
        """Return in words what is not said on a call: classes of data, and traits."""
        return self._text(words_unsaid(classes))

    def told(self, item: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """Return the tasks of an item of a call sheet that the client hears of before the call."""
        return disclosures_of(item) if item.get("obligations") else []

    def _local(self, iso: str | datetime) -> datetime:
        at = datetime.fromisoformat(iso) if isinstance(iso, str) else iso
        return at if self.zone is None else at.astimezone(self.zone)

    def _text(self, message: str) -> str:
        return str(read_in(self.language, message))

    def _word(self, key: str, **values: object) -> str:
        return word(self.language, key, **values)
