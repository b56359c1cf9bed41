"""State cards, read from `states.yaml`: the lines and reports of each state, every fact with its source.

A card is no pack: no rule rests on it, and it opens no share. A fact that no public text confirmed is absent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from .engine.pack import DURATION_SHAPE, STATE_SHAPE
from .errors import PackError
from .lines import Line, load_lines, read_lines
from .messages import Message
from .pack_files import read_yaml

FILE = Path(__file__).with_name("states.yaml")
EVERYBODY, PROFESSIONALS, NOBODY = REPORTERS = ("everybody", "professionals", "nobody")
"""Who must report by a state's law; of `nobody` the law has no such duty."""
OF_A_REPORT = ("reporters", "due", "written", "police")
OF_AN_ANSWER = ("line", "reporters", "due")
"""What an answer about a report cannot do without."""
CHILD, ADULT = SUBJECTS = ("child", "adult")
"""Whom a report is about: a child, or an adult whom the state's law protects."""
MINORS = ("minor_shelter", "minor_counseling")
"""The age from which a minor may agree alone: to a shelter's help, to counseling."""
POINTS = (*(f"{subject}_{of}" for subject in SUBJECTS for of in ("line", *OF_A_REPORT)), *MINORS)
"""What a card may say; `…_due` and `…_written` are ISO 8601 durations, `…_police`: some go to the police too."""
CONFIDENCE = ("P", "S", "M")
HOURS_NOT_KNOWN = Message("hours not known")
"""The hours of a card's line whose page says none."""
_PURPOSES = {"child_line": ("child_abuse", "child_welfare"), "adult_line": ("adult_abuse", "other_government")}
_OF_A_READING = frozenset({"source", "read", "confidence"})
_RANK = {"states": 1, "federal": 2}
"""Where lines stand: a state's pack first, then its card, then the federal pack."""


@dataclass(frozen=True, slots=True)
class StateFact:
    """A fact of a card: the `value` of a point, from a public page (`source`) read on the day `read`.

    `confidence`: P, S or M, as rules have it. `authority`: the section of law, None for a page of the agency itself.
    """

    point: str
    value: Any
    authority: str | None
    source: str
    read: date
    confidence: str


@dataclass(frozen=True, slots=True)
class ReportTerms:
    """A state's terms of a report: who reports, when, in writing by when, also to the police; None: not on the card."""

    reporters: str | None
    due: str | None
    written: str | None
    police: bool | None
    authority: str | None

    @property
    def says_anything(self) -> bool:
        """Whether the card says who reports, or by when."""
        return self.reporters is not None or self.due is not None

    @property
    def bind_all(self) -> bool:
        """Whether everybody who suspects must report, whatever their profession."""
        return self.reporters == EVERYBODY


@dataclass(frozen=True)
class StateCard:
    """The card of a state: `code` is the code of the state's area, as of a pack. Immutable."""

    code: str
    name: str
    facts: Mapping[str, StateFact]
    lines: tuple[Line, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """The points without a fact, in the order of `POINTS`."""
        return tuple(point for point in POINTS if point not in self.facts)

    @property
    def needed(self) -> tuple[str, ...]:
        """The missing points that an answer about a report cannot do without."""
        return tuple(point for point in self.missing if point.endswith(OF_AN_ANSWER) and point not in MINORS)

    def terms(self, subject: str) -> ReportTerms:
        """Return the terms of a report about a child or an adult."""
        facts = {of: fact for of in OF_A_REPORT if (fact := self.facts.get(f"{subject}_{of}")) is not None}
        sections = dict.fromkeys(fact.authority for fact in facts.values() if fact.authority)
        terms = dict.fromkeys(OF_A_REPORT) | {of: fact.value for of, fact in facts.items()}
        return ReportTerms(**terms, authority="; ".join(sections) or None)


@cache
def load_states() -> Mapping[str, StateCard]:
    """Return the card of each state by code: fifty states, the District of Columbia and five territories. Read once.

    >>> load_states()["us-tx"].name
    'Texas'

    Raises:
        PackError: the file cannot be used; every problem is listed.
    """
    return read_states(read_yaml(FILE))


def lines_of(packs: tuple[str, ...], card: StateCard | None) -> tuple[Line, ...]:
    """Return the lines of packs and of a card: the state's pack before its card, the card before the federal pack.

    >>> [line.id for line in lines_of(("federal",), load_states()["us-va"]) if line.purpose == "child_abuse"]
    ['us-va-child-line', 'childhelp']
    """
    lines = (*load_lines(packs), *(() if card is None else card.lines))
    return tuple(sorted(lines, key=lambda line: _RANK.get(line.pack, 0)))


def read_states(raw: Any) -> Mapping[str, StateCard]:
    """Return the cards in the plain data of the file, by code. Pure.

    Raises:
        PackError: lists each problem, by state.
    """
    if not isinstance(raw, dict):
        raise PackError((f"{FILE.name}: must map codes of states to cards",))
    problems = tuple(
        f"{FILE.name}, {code}: {problem}" for code, card in raw.items() for problem in _problems(code, card)
    )
    if problems:
        raise PackError(problems)
    return MappingProxyType({code: _card(code, card) for code, card in raw.items()})


def _card(code: str, raw: Mapping[str, Any]) -> StateCard:
    readings = raw["readings"]
    facts = {
        point: StateFact(
            point, reading[point], reading.get("authority"), reading["source"], reading["read"], reading["confidence"]
        )
        for point in POINTS
        for reading in readings
        if point in reading
    }
    lines = read_lines([row for reading in readings for row in _lines(code, reading)], "states")
    return StateCard(code, raw["name"], MappingProxyType(facts), lines)


def line_id(code: str, point: str) -> str:
    """Return the id of the line of a card's point.

    >>> line_id("us-fl", "child_line")
    'us-fl-child-line'
    """
    return f"{code}-{point.replace('_', '-')}"


def _lines(code: str, reading: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the lines of a reading as rows of `lines.yaml`."""
    for point, (purpose, agency) in _PURPOSES.items():
        if point in reading:
            about = {"id": line_id(code, point), "for": purpose, "kind": agency}
            line = {"hours": HOURS_NOT_KNOWN, "languages": ["en"], **reading[point]}
            yield {**line, **about, "source": reading["source"], "checked": reading["read"]}


def _problems(code: Any, card: Any) -> Iterator[str]:
    if not isinstance(code, str) or not STATE_SHAPE.fullmatch(code):
        yield "is no code of a state, as `us-tx`"
    if not isinstance(card, dict) or card.keys() != {"name", "readings"} or not isinstance(card["readings"], list):
        yield "needs a name and a list of readings, and no other key"
        return
    if not _is_text(card["name"]):
        yield "the name is empty"
    earlier_points: set[str] = set()
    for place, reading in enumerate(card["readings"], 1):
        for problem in _problems_of_a_reading(code, reading):
            yield f"reading {place}: {problem}"
        points = set(reading) & {*POINTS} if isinstance(reading, dict) else set[str]()
        yield from (f"reading {place}: says {point} again" for point in sorted(points & earlier_points))
        earlier_points |= points


def _problems_of_a_reading(code: Any, reading: Any) -> Iterator[str]:
    points = reading.keys() & {*POINTS} if isinstance(reading, dict) else set[str]()
    if not points or not _OF_A_READING <= reading.keys() <= _OF_A_READING | {"authority", *POINTS}:
        yield f"needs {', '.join(sorted(_OF_A_READING))} and a fact, may have authority, and no other key"
        return
    if not _is_text(reading["source"]) or not reading["source"].startswith("https://"):
        yield "`source` must be an https address"
    if type(reading["read"]) is not date:
        yield "`read` must be a day"
    if reading["confidence"] not in CONFIDENCE:
        yield f"`confidence` is none of {', '.join(CONFIDENCE)}"
    if "authority" in reading and not _is_text(reading["authority"]):
        yield "`authority` is empty"
    wrong = sorted(point for point in points if not _is_value(point, reading[point]))
    yield from (f"{point} has no such value" for point in wrong)
    for row in () if wrong else _lines(code, reading):
        try:
            read_lines([row], "states")
        except PackError as error:
            yield from error.problems


def _is_value(point: str, value: Any) -> bool:
    """Return whether a point may have a value; of a line, whether it is a row at all."""
    if point in _PURPOSES:
        return isinstance(value, dict)
    if point.endswith("_reporters"):
        return value in REPORTERS
    if point.endswith("_police"):
        return value is True
    if point in MINORS:
        return type(value) is int and 0 <= value <= 18
    return isinstance(value, str) and DURATION_SHAPE.fullmatch(value) is not None


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())
