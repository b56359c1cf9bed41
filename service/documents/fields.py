"""The kinds of value in a bundle's fields, each with the sentence of its refusal.

A message says what is allowed and never the found value: a file may hold data that no log should.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Annotated, Any
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, GetJsonSchemaHandler, PlainSerializer
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from policies.messages import Message
from service import vocabulary
from service.i18n import refusals
from service.i18n.texts import WEB_ADDRESS

from .listing import closest, words_for

OUR_ERROR, MESSAGE = "bundle", "message"  # type of every error whose message is ours to show, and where it is
LONGEST_SLUG = 100
LONGEST_DAYS = 1_000
"""Characters of a list of days: those of a whole year, or of each week of a month, are well within."""
_LONGEST_EXTENSION = 10

_SLUG = re.compile(r"[a-z0-9-]+")
_CODE = re.compile(r"[a-z][a-z0-9_]*")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}([.,]\d+)?)?(Z|[+-]\d{2}(:\d{2})?)", re.ASCII)
CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d(:00)?", re.ASCII)
_NUMBER = r"(\d{1,9}(?:[.,]\d{1,6})?)"
DURATION = re.compile(
    rf"P(?=[\dT])(?:{_NUMBER}W)?(?:{_NUMBER}D)?(?:T(?=\d)(?:{_NUMBER}H)?(?:{_NUMBER}M)?(?:{_NUMBER}S)?)?", re.ASCII
)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
BYDAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)", re.ASCII)
_KEY = re.compile(r"[a-z]{1,2}", re.ASCII)
_MONTH = re.compile(r"20[2-9]\d-(0[1-9]|1[0-2])", re.ASCII)
_NUMBERS = re.compile(r"[+-]?\d{1,3}(,[+-]?\d{1,3})*", re.ASCII)


def fault(message: Message) -> PydanticCustomError:
    """Return the error of a validator, with a message about the fault or the accepted values.

    >>> str(fault(refusals.BLANK))
    'must not be blank'
    """
    return PydanticCustomError(OUR_ERROR, f"{{{MESSAGE}}}", {MESSAGE: message})


def parse_day(text: str) -> date | None:
    """Return the calendar day named by `text` (YYYY-MM-DD), None for a text without a day.

    >>> parse_day("2026-02-28"), parse_day("2026-02-30")
    (datetime.date(2026, 2, 28), None)
    """
    if not DAY.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def parse_instant(text: str) -> datetime | None:
    """Return the moment, in UTC, named by `text` (ISO 8601 with offset), None for a text without a moment.

    T and Z may be small, as RFC 3339 has it, and an offset may be whole hours.

    >>> parse_instant("2026-03-02T08:00:00-06:00"), parse_instant("2026-03-02T08:00:00")
    (datetime.datetime(2026, 3, 2, 14, 0, tzinfo=datetime.timezone.utc), None)
    """
    text = text.upper()
    if not INSTANT.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def parse_clock(text: str) -> time | None:
    """Return the wall-clock time, whole minutes, named by `text` (HH:MM), None for a text without a time.

    >>> parse_clock("22:00"), parse_clock("24:00")
    (datetime.time(22, 0), None)
    """
    return time(int(text[:2]), int(text[3:5])) if CLOCK.fullmatch(text) else None


def parse_duration(text: str) -> timedelta | None:
    """Return the length of an ISO 8601 duration of weeks, days, hours, minutes and seconds, None otherwise.

    Years and months have no fixed length and are refused.

    >>> parse_duration("P1DT2H"), parse_duration("P1M")
    (datetime.timedelta(days=1, seconds=7200), None)
    """
    match = DURATION.fullmatch(text)
    if match is None:
        return None
    weeks, days, hours, minutes, seconds = (float((part or "0").replace(",", ".")) for part in match.groups())
    try:
        length = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    except OverflowError:
        return None
    return timedelta(seconds=round(length.total_seconds())) if length <= timedelta(days=3660) else None


def byday_tokens(text: str) -> list[str] | None:
    """Return the tokens of an iCal BYDAY list (`MO,TU` or `1MO,-1FR`), None for a list with an unknown token.

    >>> byday_tokens("1MO,-1FR"), byday_tokens("MO,XX")
    (['1MO', '-1FR'], None)
    """
    tokens = [token.strip() for token in text.split(",")]
    return tokens if all(BYDAY.fullmatch(token) for token in tokens) else None


_WORD = re.compile(r"[a-z]+")
_ZONE_WORDS = frozenset(("us", "standard", "daylight", "savings", "saving", "time"))
_SPOKEN_ZONES = {
    word: zone
    for zone, words in {
        "America/New_York": "et est edt eastern",
        "America/Chicago": "ct cst cdt central",
        "America/Denver": "mt mst mdt mountain",
        "America/Phoenix": "arizona",
        "America/Los_Angeles": "pt pst pdt pacific",
        "America/Anchorage": "akt akst akdt alaska alaskan",
        "Pacific/Honolulu": "ht hst hawaii hawaiian",
        "America/Puerto_Rico": "ast atlantic",
        "Pacific/Guam": "chst chamorro",
    }.items()
    for word in words.split()
}
"""What people in the United States call their time zones. EST, MST and HST are IANA names too: of zones without DST."""


@cache
def _timezones() -> frozenset[str]:
    return frozenset(available_timezones())


@dataclass(frozen=True, slots=True)
class _DocumentedCheck(AfterValidator):
    """A check that also states its accepted values in a JSON schema."""

    schema: dict[str, Any] = field(default_factory=dict)

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return handler(core) | self.schema

    def __hash__(self) -> int:
        return id(self)


def document_check(check: Callable[[str], str], *, pattern: str) -> AfterValidator:
    """Return a validator of a text that states its accepted texts in a JSON schema, as a pattern."""
    return _DocumentedCheck(check, {"pattern": pattern})


def _matching(pattern: re.Pattern[str], form: str) -> AfterValidator:
    def check(text: str) -> str:
        if not pattern.fullmatch(text):
            raise fault(refusals.WANTED.format(wanted=form))
        return text

    return document_check(check, pattern=anchor(pattern))


def anchor(pattern: re.Pattern[str]) -> str:
    """Return a pattern for a whole text in a JSON schema, where a pattern fits anywhere.

    >>> anchor(re.compile("open|closed"))
    '^(?:open|closed)$'
    """
    return f"^(?:{pattern.pattern})$"


def _parse_check(parse: Callable[[str], object | None], form: str) -> BeforeValidator:
    def check(value: Any) -> object:
        parsed = parse(value) if isinstance(value, str) else None
        if parsed is None:
            raise fault(refusals.WANTED.format(wanted=form))
        return parsed

    return BeforeValidator(check)


def _at_most(longest: timedelta, form: str) -> AfterValidator:
    def check(length: timedelta) -> timedelta:
        if not timedelta(0) < length <= longest:
            raise fault(refusals.WANTED.format(wanted=form))
        return length

    return AfterValidator(check)


def one_of(words: tuple[str, ...]) -> AfterValidator:
    """Return a validator that takes exactly the given words."""

    def check(word: str) -> str:
        if word not in words:
            raise fault(refusals.WANTED.format(wanted=words_for(word, words)))
        return word

    return _DocumentedCheck(check, {"enum": list(words)})


def _check_filled(text: str) -> str:
    if not text.strip():
        raise fault(refusals.BLANK)
    return text


def _timezone(name: str) -> str:
    if name not in _timezones():
        words = [word for word in _WORD.findall(name.lower()) if word not in _ZONE_WORDS]
        if (zone := _SPOKEN_ZONES.get(" ".join(words))) is not None:
            raise fault(refusals.TIMEZONE_IS.format(name=zone))
        close = closest(name, _timezones())
        raise fault(refusals.TIMEZONE.format(such=", ".join(close) or refusals.A_TIMEZONE))
    return name


def _byday(text: str) -> str:
    tokens = byday_tokens(text)
    if tokens is None:
        raise fault(refusals.DAYS)
    return ",".join(tokens)


def _extension(value: Any) -> Any:
    whole = read_whole(value)
    return str(whole) if isinstance(whole, int) and not isinstance(whole, bool) else value


def read_whole(value: Any) -> Any:
    """Return a whole number written with a point as an int; a further value unchanged. Pure.

    >>> read_whole(3.0), read_whole(3.5), read_whole("3")
    (3, 3.5, '3')
    """
    return int(value) if isinstance(value, float) and value.is_integer() else value


def read_unit(value: Any) -> Any:
    """Read the unit of a count, which may be written as its name alone.

    >>> read_unit("bed"), read_unit({"name": "bed", "scheme": "un"})
    ({'name': 'bed'}, {'name': 'bed', 'scheme': 'un'})
    """
    if isinstance(value, str) and value.strip():
        return {"name": value}
    if not isinstance(value, dict | BaseModel):
        raise fault(refusals.A_UNIT)
    return value


def write_unit(unit: BaseModel) -> Any:
    """Write the unit of a count as its name alone, unless it has more fields."""
    plain = unit.model_dump(mode="json", exclude_defaults=True)
    return plain["name"] if plain.keys() == {"name"} else plain


UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
Uuid = Annotated[str, _matching(UUID, refusals.A_UUID)]
Filled = Annotated[str, document_check(_check_filled, pattern=r"\S")]


def is_slug(text: str) -> bool:
    """Say whether a text could be the id of a record.

    >>> is_slug("harbor-house"), is_slug("09:00")
    (True, False)
    """
    return len(text) <= LONGEST_SLUG and _SLUG.fullmatch(text) is not None


Slug = Annotated[str, Field(max_length=LONGEST_SLUG), _matching(_SLUG, refusals.AN_ID)]
Code = Annotated[str, Field(max_length=LONGEST_SLUG), _matching(_CODE, refusals.A_CODE)]
Language = Annotated[str, _matching(_LANGUAGE, refusals.A_LANGUAGE)]
Email = Annotated[str, _matching(_EMAIL, refusals.AN_EMAIL)]
Uri = Annotated[str, _matching(WEB_ADDRESS, refusals.A_URI)]
Day = Annotated[date, _parse_check(parse_day, refusals.A_DAY)]
Instant = Annotated[datetime, _parse_check(parse_instant, refusals.A_MOMENT)]
Clock = Annotated[
    time, _parse_check(parse_clock, refusals.A_CLOCK_TIME), PlainSerializer(lambda at: f"{at:%H:%M}", when_used="json")
]
Duration = Annotated[timedelta, _parse_check(parse_duration, refusals.A_DURATION)]
WithinADay = Annotated[Duration, _at_most(timedelta(days=1), refusals.A_DURATION_WITHIN_A_DAY)]
Key = Annotated[str, _matching(_KEY, refusals.A_KEY)]
Month = Annotated[str, _matching(_MONTH, refusals.A_MONTH)]
Timezone = Annotated[str, AfterValidator(_timezone)]
ByDay = Annotated[
    str,
    Field(max_length=LONGEST_DAYS),
    document_check(_byday, pattern=rf"^\s*{BYDAY.pattern}\s*(,\s*{BYDAY.pattern}\s*)*$"),
]
NumberList = Annotated[str, Field(max_length=LONGEST_DAYS), _matching(_NUMBERS, refusals.NUMBERS)]
_ExtensionNumber = Annotated[int, Field(ge=0, lt=10**_LONGEST_EXTENSION)]
Extension = Annotated[
    str,
    BeforeValidator(_extension, json_schema_input_type=str | _ExtensionNumber),
    _matching(re.compile(rf"\d{{1,{_LONGEST_EXTENSION}}}", re.ASCII), "digits"),
]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
READ_WHOLE = BeforeValidator(read_whole)
"""Takes a whole number also where it is written with a point, as JSON's own integers may be."""
Age = Annotated[int, Field(ge=0, le=120), READ_WHOLE]
Count = Annotated[int, Field(ge=0, le=1_000_000), READ_WHOLE]
Change = Annotated[int, Field(ge=-1_000_000, le=1_000_000), READ_WHOLE]
Kind = Annotated[str, one_of(vocabulary.KINDS)]
Regime = Annotated[str, one_of(vocabulary.REGIMES)]
DataClass = Annotated[str, one_of(vocabulary.DATA_CLASSES)]
PlaceType = Annotated[str, one_of(vocabulary.PLACE_TYPES)]
