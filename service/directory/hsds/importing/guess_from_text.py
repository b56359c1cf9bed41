"""Guesses from free text about ages, hours, languages and areas, for a person to confirm. Pure.

Only text understood to the last word is read: a guess without "except holidays" is a wrong guess. None everywhere means
that no part was understood.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from service.i18n.languages import tag_of_name
from service.vocabulary import WEEKDAYS, normal_term

from .parse_values import OLDEST, read_clock

NO_LIMIT = "none"
"""An age limit that there is not, where a limit may stand."""

_LONGEST = 200  # characters: whatever is longer is a story
_YEARS = r"(?:\s*(?:years?|yrs?)(?:\s*(?:old|of age))?)?"
_WHO = (
    r"(?:(?:open to|serves?|for|must be|people|persons|individuals|clients|anyone|adults?|youths?|young people|"
    r"children|teens?|ages?|aged|the|who are|between|from|at least|minimum age|of|:|,)\s*)*"
)
_AGE = r"(\d{1,3})"
_BETWEEN = re.compile(rf"{_WHO}{_AGE}{_YEARS}\s*(?:-|\u2013|to|through|and)\s*{_AGE}{_YEARS}", re.IGNORECASE)
_FROM = re.compile(
    rf"{_WHO}{_AGE}{_YEARS}\s*(?:\+|and (?:over|older|up|above)|or (?:over|older|above)|plus)", re.IGNORECASE
)
_OVER = re.compile(rf"{_WHO}(?:at least|minimum age|from)\s*:?\s*{_AGE}{_YEARS}", re.IGNORECASE)
_TO = re.compile(rf"{_WHO}{_AGE}{_YEARS}\s*(?:and|or) (?:under|younger|below)", re.IGNORECASE)
_UNDER = re.compile(rf"{_WHO}(?:under|younger than|below){_WHO}\s*{_AGE}{_YEARS}", re.IGNORECASE)
_ANY_AGE = re.compile(r"(?:(?:open to|serves?|for|people of)\s*)?(?:all|any) ages?(?: welcome)?", re.IGNORECASE)

_AGE_FORMS: tuple[tuple[re.Pattern[str], Callable[[list[int]], tuple[int | str, int | str]]], ...] = (
    (_ANY_AGE, lambda _: (NO_LIMIT, NO_LIMIT)),
    (_BETWEEN, lambda ages: (ages[0], ages[1])),
    (_FROM, lambda ages: (ages[0], NO_LIMIT)),
    (_OVER, lambda ages: (ages[0], NO_LIMIT)),
    (_TO, lambda ages: (NO_LIMIT, ages[0])),
    (_UNDER, lambda ages: (NO_LIMIT, ages[0] - 1)),
)

_DAY = r"(mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?"
_DAYS = re.compile(rf"{_DAY}(?:\s*(?:-|\u2013|to|through|thru)\s*{_DAY})?", re.IGNORECASE)
_TIME = r"(\d{1,2}(?::\d{2})?\s*(?:[ap]\.?m\.?)?|noon|midnight)"
_TIMES = re.compile(rf"{_TIME}\s*(?:-|\u2013|to|until)\s*{_TIME}", re.IGNORECASE)
_ALWAYS = re.compile(
    r"(?:open\s*)?(?:24\s*/\s*7|24\s*hours?(?:\s*a\s*day)?,?\s*(?:7|seven)\s*days(?:\s*a\s*week)?)", re.IGNORECASE
)
_DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_EVERY_DAY = ("daily", "every day", "7 days a week", "seven days a week")
_WORD_TIMES = {"noon": "12:00", "midnight": "23:59"}
_BETWEEN_WORDS = re.compile(r"[,;/&]|\band\b", re.IGNORECASE)
_AROUND_AREAS = re.compile(r"^(?:all of|the|serves|residents of|greater)\s+|\s+(?:only|area|residents)$", re.IGNORECASE)
_STATE = re.compile(r",\s*[a-z]{2}\.?$|,\s*texas$", re.IGNORECASE)


def ages_in(text: str) -> tuple[int | str, int | str] | None:
    """Return the (lowest, highest) age in `text`, each a number or `NO_LIMIT`.

    >>> ages_in("Ages 11-17"), ages_in("18 and over"), ages_in("under 18")
    ((11, 17), (18, 'none'), ('none', 17))
    >>> ages_in("18 and over, except holidays") is None
    True
    """
    words = text.strip().strip(".")
    if len(words) > _LONGEST:
        return None
    for form, ages in _AGE_FORMS:
        if match := form.fullmatch(words):
            lowest, highest = ages([int(number) for number in match.groups()])
            bounds = [age for age in (lowest, highest) if isinstance(age, int)]
            return (lowest, highest) if bounds == sorted(bounds) and all(0 <= age <= OLDEST for age in bounds) else None
    return None


def hours_in(text: str) -> list[dict[str, str]] | None:
    """Return the weekly HSDS schedules in `text`, for example "Mon-Fri 9am-5pm; Sat 10am-noon".

    >>> hours_in("Sat 10am-noon")
    [{'freq': 'WEEKLY', 'byday': 'SA', 'opens_at': '10:00', 'closes_at': '12:00'}]
    >>> hours_in("Sat 9-5") is None  # without am or pm
    True
    """
    words = text.strip().strip(".")
    if not words or len(words) > _LONGEST:
        return None
    if _ALWAYS.fullmatch(words):
        return [_schedule(",".join(WEEKDAYS), "00:00", "23:59")]
    schedules = []
    for part in re.split(r"[;\n]", words):
        schedule = _one_schedule(part.strip().strip(","))
        if schedule is None:
            return None
        schedules.append(schedule)
    return schedules


def languages_in(text: str) -> list[str] | None:
    """Return the languages listed in a string, as tags; None for a list with an uncertain word.

    >>> languages_in("English and Spanish"), languages_in("English, other")
    (['en', 'es'], None)
    """
    if len(text) > _LONGEST:
        return None
    names = [name.strip(" .") for name in _BETWEEN_WORDS.split(text)]
    tags = [tag_of_name(name) for name in names if name]
    return None if not tags or None in tags else sorted({tag for tag in tags if tag is not None})


def area_in(text: str, areas: Mapping[str, str]) -> str | None:
    """Return the code of the area named by `text`; `areas` are codes by `area_key` of their names."""
    return areas.get(area_key(text)) if len(text) <= _LONGEST else None


def area_key(name: str) -> str:
    """Return the form in which names of areas are compared.

    >>> area_key("The Salt Prairie Area"), area_key("Salt Prairie, TX")
    ('salt prairie', 'salt prairie')
    """
    key = normal_term(name).strip(" .")
    while (shorter := _AROUND_AREAS.sub("", _STATE.sub("", key)).strip(" .")) != key:
        key = shorter
    return key


def _one_schedule(text: str) -> dict[str, str] | None:
    times = _TIMES.search(text)
    if times is None:
        return None
    days = _days_in((text[: times.start()] + text[times.end() :]).strip(" ,:"))
    opens, closes = _clock(times[1]), _clock(times[2])
    # "9-5" may be nine to five or nine to seventeen: without am or pm on the later one, nobody can say.
    certain = opens is not None and closes is not None and (":" in times[2] or not times[2].strip().isdecimal())
    return _schedule(days, opens, closes) if days and opens and closes and certain else None


def _days_in(text: str) -> str | None:
    if normal_term(text) in _EVERY_DAY:
        return ",".join(WEEKDAYS)
    numbers: list[int] = []
    for part in filter(None, (part.strip() for part in _BETWEEN_WORDS.split(text))):
        days = _DAYS.fullmatch(part)
        if days is None:
            return None
        first = _DAY_NAMES.index(days[1].lower())
        last = first if days[2] is None else _DAY_NAMES.index(days[2].lower())
        numbers += [day % len(WEEKDAYS) for day in range(first, last + 1 + (len(WEEKDAYS) if last < first else 0))]
    return ",".join(WEEKDAYS[day] for day in sorted(set(numbers))) or None


def _clock(text: str) -> str | None:
    word = _WORD_TIMES.get(text.strip().lower())
    if word is not None:
        return word
    clock = read_clock(f"{text.strip()}:00" if text.strip().isdecimal() else text)
    return None if clock is None else clock.strftime("%H:%M")


def _schedule(days: str, opens: str, closes: str) -> dict[str, str]:
    return {"freq": "WEEKLY", "byday": days, "opens_at": opens, "closes_at": closes}
