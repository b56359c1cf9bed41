"""Reads single HSDS values: a certain value is returned, any other becomes None (the source's stays as it is). Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from service.documents.fields import parse_clock, parse_day, parse_instant
from service.i18n import imports
from service.i18n.languages import language_tag

_DECIMAL = re.compile(r"[+-]?\d{1,3}(\.\d{1,20})?(e-\d{2,3})?", re.ASCII)
_HOUR = re.compile(r"(\d{1,2})(?::([0-5]\d)(?::00)?)?\s*(a\.?m\.?|p\.?m\.?)?", re.ASCII)
OLDEST = 120
MOST = 1_000_000
LONGEST_NAME = 500  # of what the store has an index on: PostgreSQL's holds no whole essay


@dataclass(frozen=True, slots=True)
class ValueForm:
    """A form of value: `read` returns None for an unreadable text; `description` completes "is not ..."."""

    description: str
    read: Callable[[Any], Any]


def _text(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return str(int(value)) if float(value).is_integer() else str(value)


def _name(value: Any) -> str | None:
    text = _text(value)
    return None if text is None or len(text) > LONGEST_NAME else text


def _whole(most: int) -> Callable[[Any], int | None]:
    def read(value: Any) -> int | None:
        if isinstance(value, str) and value.strip().isdecimal() and value.isascii():
            value = int(value.strip()[:12])
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not float(value).is_integer():
            return None
        return int(value) if 0 <= value <= most else None

    return read


def is_beyond_age(value: Any) -> bool:
    """Tell a number beyond every age: 200, 999 and the like stand for "no limit" in a field for a limit.

    >>> is_beyond_age(999), is_beyond_age("18")
    (True, False)
    """
    number = _whole(MOST)(value)
    return number is not None and number > OLDEST


def _degrees(most: float) -> Callable[[Any], float | None]:
    def read(value: Any) -> float | None:
        if isinstance(value, str) and _DECIMAL.fullmatch(value.strip()):  # as tables write it
            value = float(value)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return None
        return float(value) if -most <= value <= most else None

    return read


def _from_text(parse: Callable[[str], Any], write: Callable[[Any], str]) -> Callable[[Any], str | None]:
    def read(value: Any) -> str | None:
        content = parse(value.strip()) if isinstance(value, str) else None
        return None if content is None else write(content)

    return read


def read_clock(text: str) -> time | None:
    """Read a time of day as directories write it: 9:00 for 09:00, 9 AM and 5:30 p.m. too.

    >>> read_clock("9 AM"), read_clock("5:30 p.m."), read_clock("9")
    (datetime.time(9, 0), datetime.time(17, 30), None)
    """
    match = _HOUR.fullmatch(text.strip().lower())
    if match is None:
        return parse_clock(text)
    hour, minute, half = int(match[1]), match[2] or "00", match[3]
    if half is None:
        return parse_clock(f"{hour:02}:{minute}") if match[2] else None
    return parse_clock(f"{hour % 12 + 12 * (half[0] == 'p'):02}:{minute}") if 1 <= hour <= 12 else None


def _unit(value: Any) -> Any:
    """Read a unit of capacity: HSDS gives a record with a name, many directories the name alone."""
    if not isinstance(value, Mapping):
        return _text(value)
    return None if _text(value.get("name")) is None else dict(value)


def one_of(words: tuple[str, ...]) -> ValueForm:
    """Return the form of a set of words, in any case.

    >>> one_of(("physical", "virtual")).read(" Physical "), one_of(("physical", "virtual")).read("office")
    ('physical', None)
    """
    spellings = {word: word for word in words}
    read = lambda value: spellings.get(" ".join(value.lower().split())) if isinstance(value, str) else None  # noqa: E731
    return ValueForm(imports.ONE_OF.format(words=", ".join(words)), read)


TEXT = ValueForm(imports.A_TEXT, _text)
NAME = ValueForm(imports.SHORT_TEXT.format(longest_name=LONGEST_NAME), _name)
AGE = ValueForm(imports.AN_AGE.format(oldest=OLDEST), _whole(OLDEST))
COUNT = ValueForm(imports.A_NUMBER, _whole(MOST))
LATITUDE = ValueForm(imports.A_LATITUDE, _degrees(90))
LONGITUDE = ValueForm(imports.A_LONGITUDE, _degrees(180))
DAY = ValueForm(imports.A_DAY, _from_text(parse_day, date.isoformat))
CLOCK = ValueForm(imports.A_CLOCK_TIME, _from_text(read_clock, lambda at: f"{at:%H:%M}"))
INSTANT = ValueForm(imports.A_MOMENT, _from_text(parse_instant, lambda at: at.isoformat().replace("+00:00", "Z")))
LANGUAGE = ValueForm(imports.A_LANGUAGE, language_tag)
UNIT = ValueForm(imports.A_UNIT, _unit)
