"""The forms of values in HSDS: whether a value has a form, and how a value that comes close is rewritten. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, datetime
from typing import Any

from service.directory.standard.identity import is_uuid
from service.i18n.texts import is_web_address
from service.vocabulary import FREQUENCIES, PLACE_TYPES, SERVICE_STATUSES, WEEKDAYS

_NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{1,20})?(e-\d{2,3})?", re.ASCII)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_PART = r"(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})"  # RFC 3986: pchar
_URI = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]*:"
    rf"(?://(?:(?!:){_PART})*?(?::\d*)?(?:/{_PART}*)*|/?{_PART}+(?:/{_PART}*)*)"
    rf"(?:\?(?:{_PART}|[/?])*)?(?:\#(?:{_PART}|[/?])*)?",
    re.ASCII,
)
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})", re.ASCII)
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?(Z|[+-]\d{2}:\d{2})?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def fit_value(form: str, value: Any) -> Any:
    """Return `value` in `form`, None if the value has another form. A number may come as text and a text as a number.

    >>> fit_value("number", "12.50"), fit_value("number", "a dozen"), fit_value("text", 78666)
    (12.5, None, '78666')
    >>> fit_value("day", "2026-02-28"), fit_value("day", "2026-02-30"), fit_value("clock", "24:00")
    ('2026-02-28', None, None)
    """
    return _FORMS[form](value)


def _matching(pattern: re.Pattern[str]) -> Callable[[Any], str | None]:
    return lambda value: value if isinstance(value, str) and pattern.fullmatch(value) else None


def _date_form(pattern: re.Pattern[str], parse: Callable[[str], object]) -> Callable[[Any], str | None]:
    def check(value: Any) -> str | None:
        with suppress(ValueError):
            return value if isinstance(value, str) and pattern.fullmatch(value) and parse(value) else None
        return None

    return check


def _among(words: tuple[str, ...]) -> Callable[[Any], str | None]:
    return lambda value: value if value in words else None


def _text(value: Any) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else None


def _number(value: Any) -> int | float | None:
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return float(value) if set(".e") & set(value) else int(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    return value


WORDS: Mapping[str, tuple[str, ...]] = {
    "status": SERVICE_STATUSES,
    "place_type": PLACE_TYPES,
    "weekday": WEEKDAYS,
    "frequency": FREQUENCIES,
}
"""The words of forms that are lists of words."""
_FORMS: Mapping[str, Callable[[Any], Any]] = {
    "text": _text,
    "uuid": lambda value: value if is_uuid(value) else None,
    "uri": lambda value: value if isinstance(value, str) and is_web_address(value) and _URI.fullmatch(value) else None,
    "email": _matching(_EMAIL),
    "number": _number,
    "day": _date_form(_DAY, date.fromisoformat),
    "moment": _date_form(_MOMENT, datetime.fromisoformat),
    "clock": _matching(_CLOCK),
    **{form: _among(words) for form, words in WORDS.items()},
}
