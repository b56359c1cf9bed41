"""The points of a state's card: the values that each may have, and the conditions that may limit it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from .engine.pack import DURATION_SHAPE

EVERYBODY, PROFESSIONALS, NOBODY = REPORTERS = ("everybody", "professionals", "nobody")
"""Who must report by a state's law; of `nobody` the law has no such duty."""
ANYONE, CARETAKER_ONLY, HOTLINE_ALWAYS = TRAFFICKING = ("anyone", "caretaker_only", "hotline_always")
"""Whose trafficking of a child goes to child protection: anyone's, a caregiver's alone, or always to the line."""
ALSO, EITHER, INSTEAD = POLICE = ("also", "either", "instead")
"""The police hear as well, may be told in place of the agency, or must be."""
STRANGER = "stranger"
"""The person who did it is not the child's parent or caregiver."""
PROMPTLY = "promptly"
"""The law's own word for by when, where it names no hours."""
NONE, NO, ANY_AGE = "none", "no", "any"
LINE, LINES, WORD, DURATION, AGE, FLAG = "line", "lines", "word", "duration", "age", "flag"
_REPORTERS_SCOPE = (
    "advocates_too",
    "not_advocates",
    "facility_staff",
    "in_care",
    "cannot_report",
    "on_request",
    "all_for_grave_harm",
    "first_hand",
    "from_60",
)
_POLICE_WHEN = (
    STRANGER,
    "sexual_offense",
    "grave_harm",
    "in_danger",
    "line_closed",
    "every_adult",
    "never_instead",
)
_MINOR_IF = (
    "homeless", "homeless_or_harmed", "unaccompanied", "living_apart", "self_supporting", "parent_agreed", "licensed",
    "school_letter", "professional_judges", "outpatient", "mature_enough", "in_crisis", "in_danger", "up_to_72_hours",
    "up_to_15_days", "up_to_30_days",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Point:
    """A point of a card: the shape of its value, the words that it may be, and the conditions that may limit it."""

    shape: str
    words: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()


def _of_a_report() -> dict[str, Point]:
    return {
        "reporters": Point(WORD, REPORTERS, _REPORTERS_SCOPE),
        "due": Point(DURATION, (PROMPTLY, NONE)),
        "outer_limit": Point(DURATION),
        "written": Point(DURATION, conditions=("if_asked", "working_days")),
        "police": Point(WORD, POLICE, _POLICE_WHEN),
    }


OF_A_REPORT = (*_of_a_report(),)
POINTS: Mapping[str, Point] = MappingProxyType(
    {
        "child_line": Point(LINE),
        **{f"child_{of}": point for of, point in _of_a_report().items()},
        "everyone_for_sexual_abuse": Point(FLAG, conditions=("under_16", "not_advocates", "seen_or_told")),
        "child_age": Point(AGE),
        "trafficking_report": Point(WORD, TRAFFICKING, ("sex_only", "labor_too")),
        "stranger_to": Point(WORD, ("police", "prosecutor")),
        "trafficking_line": Point(LINES),
        "mandated_line": Point(LINE),
        "county_lines": Point(LINES),
        "adult_line": Point(LINE),
        **{f"adult_{of}": point for of, point in _of_a_report().items()},
        "adult_lines": Point(LINES),
        "adult_age": Point(AGE, (NONE,)),
        "minor_shelter": Point(AGE, (NO, ANY_AGE), _MINOR_IF),
        "minor_counseling": Point(AGE, (NO, ANY_AGE), _MINOR_IF),
        "minor_advocacy": Point(AGE, (NO, ANY_AGE), _MINOR_IF),
        "minor_health": Point(AGE, (NO, ANY_AGE), _MINOR_IF),
        "shelter_notice": Point(DURATION, conditions=("agency_if_unsafe", "working_days", "police_too")),
        "safe_harbor": Point(WORD, ("immune", "defense", "diverted"), ("child_protection_told", "under_16")),
    }
)
"""What a card may say. `…_due`, `…_written`, `…_outer_limit` and `shelter_notice` are ISO 8601 durations;
`…_due` may be `promptly`, or `none` where the whole section was read and says nothing of when."""
LINE_POINTS = tuple(name for name, point in POINTS.items() if point.shape in (LINE, LINES))
_MOST_AGE = {"child_age": 21, "adult_age": 99}


def is_value(name: str, value: Any) -> bool:
    """Return whether a point may have a value; of a line, whether it is a row at all."""
    point = POINTS[name]
    is_of_its_shape = {
        LINE: isinstance(value, dict),
        LINES: isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value),
        DURATION: isinstance(value, str) and DURATION_SHAPE.fullmatch(value) is not None,
        AGE: type(value) is int and 0 <= value <= _MOST_AGE.get(name, 18),
        FLAG: value is True,
        WORD: False,
    }
    return is_of_its_shape[point.shape] or (isinstance(value, str) and value in point.words)


def split(raw: Any) -> tuple[Any, tuple[str, ...]]:
    """Return the value of a point in a reading, and its conditions: from `16`, or from `{is: 16, when: [homeless]}`."""
    if isinstance(raw, dict) and raw.keys() == {"is", "when"}:
        return raw["is"], tuple(raw["when"]) if isinstance(raw["when"], list) else (raw["when"],)
    return raw, ()


def problems_of(name: str, raw: Any) -> Iterator[str]:
    """Yield what is wrong with a point of a reading."""
    value, conditions = split(raw)
    if not is_value(name, value):
        yield f"{name} has no such value"
    unknown = [condition for condition in conditions if condition not in POINTS[name].conditions]
    if unknown or len({*conditions}) != len(conditions):
        yield f"{name} has no such condition, or has one twice"


def text_date(raw: Any) -> str | None:
    """Return the date that a text bears, as `2024-07-01`, `2024-07` or `2024`; None where it bears none.

    >>> text_date(2024), text_date("2024-07"), text_date(None)
    ('2024', '2024-07', None)
    """
    return raw.isoformat() if isinstance(raw, date) else None if raw is None else str(raw)
