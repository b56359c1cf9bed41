"""State cards, read from `states.yaml`: the lines and reports of each state, every fact with its source.

A card is no pack: no rule rests on it, and it opens no share. A fact that no public text confirmed is absent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from .card_file import UNCONFIRMED
from .card_points import (
    EVERYBODY,
    LINE_POINTS,
    NOBODY,
    NONE,
    OF_A_REPORT,
    POINTS,
    PROMPTLY,
    problems_of,
    split,
    text_date,
)
from .engine.pack import STATE_SHAPE
from .errors import PackError
from .lines import KEPT_FOR, PHONE_KEPT_FOR, Line, load_lines, read_lines
from .messages import Message
from .pack_files import read_yaml

FILE = Path(__file__).with_name("states.yaml")
CHILD, ADULT = SUBJECTS = ("child", "adult")
"""Whom a report is about: a child, or an adult whom the state's law protects."""
NEEDED = (
    "child_line", "child_reporters", "child_due", "trafficking_report", "adult_line", "adult_reporters", "adult_due",
)  # fmt: skip
"""What an answer about a report cannot do without."""
CONFIDENCE = ("P", "S", "M")
OF_A_COALITION = "S"
"""How sure a correction is: the coalition answers for it, and no text of the law was read here."""
HOURS_NOT_KNOWN = Message("hours not known")
"""The hours of a card's line whose page says none."""
_ABOUT_ADULTS = frozenset({"adult_line", "adult_lines"})
_OF_A_READING = frozenset({"source", "read", "confidence"})
TEXT_DATE = re.compile(r"\d{4}(-\d\d(-\d\d)?)?")
"""The date that a text bears: a day, a month or a year."""
_RANK = {"states": 1, "federal": 2}
"""Where lines stand: a state's pack first, then its card, then the federal pack."""
_NARROW_FIRST = ("trafficking_line", "county_lines", "child_line", "adult_line", "adult_lines", "mandated_line")
"""The order of a card's lines: one for fewer people stands first."""


@dataclass(frozen=True, slots=True)
class StateFact:
    """A fact of a card: the `value` of a point, from a public page (`source`) read on the day `read`.

    `when`: what limits it, words of `card_points.POINTS`. `confidence`: P, S or M, as rules have it. `authority`: the
    section of law, None for a page of the agency itself. `text_as_of`: the date that the text bears; None: none. `by`:
    who corrected the card for the coalition, by role; None: the fact is the program's own. `is_unconfirmed`: a second
    reader found no text on it.
    """

    point: str
    value: Any
    authority: str | None
    source: str
    read: date
    confidence: str
    when: tuple[str, ...] = ()
    text_as_of: str | None = None
    by: str | None = None
    is_unconfirmed: bool = False

    @property
    def review_due(self) -> date:
        """The day from which the source is to be read again: a law after a year, a phone number after 90 days."""
        return self.read + (PHONE_KEPT_FOR if self.point in LINE_POINTS else KEPT_FOR)

    @property
    def confirm_after(self) -> date:
        """The day after which an answer says to confirm it first: when its review is due, or at once if unconfirmed."""
        return self.read if self.is_unconfirmed else self.review_due


@dataclass(frozen=True, slots=True)
class Search:
    """A search that ended without a text on a point: the page that came nearest (`source`), the day (`read`)."""

    source: str
    read: date


@dataclass(frozen=True, slots=True)
class ReportTerms:
    """A state's terms of a report on a `subject`: the facts of its card without the lines, in the order of `POINTS`."""

    subject: str
    facts: tuple[StateFact, ...] = ()

    def fact(self, point: str) -> StateFact | None:
        """Return the fact of a point, None where the card has none."""
        return next((fact for fact in self.facts if fact.point == point), None)

    def value(self, of: str) -> Any:
        """Return the value of the subject's `reporters`, `due` and the like; None where the card has none."""
        fact = self.fact(f"{self.subject}_{of}")
        return None if fact is None else fact.value

    @property
    def reporters(self) -> str | None:
        """Who reports: a word of `REPORTERS`."""
        reporters: str | None = self.value("reporters")
        return reporters

    @property
    def due(self) -> str | None:
        """By when, as an ISO 8601 duration; None where the law names none."""
        due: str | None = self.value("due")
        return None if due in (PROMPTLY, NONE) else due

    @property
    def is_prompt(self) -> bool:
        """Whether the law says `promptly` and names no hours."""
        return bool(self.value("due") == PROMPTLY)

    @property
    def has_no_term(self) -> bool:
        """Whether the law says nothing of when: its whole section was read."""
        return bool(self.value("due") == NONE)

    @property
    def authority(self) -> str | None:
        """The sections of law that they rest on."""
        sections = (section for fact in self.facts if fact.authority for section in fact.authority.split("; "))
        return "; ".join(dict.fromkeys(sections)) or None

    @property
    def says_anything(self) -> bool:
        """Whether the card says who reports, or by when."""
        return self.reporters is not None or self.value("due") is not None

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
    in_a_sentence: str
    """The name as a sentence has it, with its article where it takes one."""
    searched: Mapping[str, Search]
    """By point, the last search without a finding; of a missing point without one nobody has looked."""

    @property
    def missing(self) -> tuple[str, ...]:
        """The points without a fact, in the order of `POINTS`."""
        return tuple(point for point in POINTS if point not in self.facts)

    @property
    def needed(self) -> tuple[str, ...]:
        """The missing points that an answer about a report cannot do without; where nobody reports, no term."""
        nobody = {f"{subject}_due" for subject in SUBJECTS if self.terms(subject).reporters == NOBODY}
        return tuple(point for point in NEEDED if point not in self.facts and point not in nobody)

    def terms(self, subject: str, *, trafficked: bool = False) -> ReportTerms:
        """Return the terms of a report about a child or an adult; of a trafficked child, who takes that too."""
        points = [f"{subject}_{of}" for of in OF_A_REPORT]
        if subject == CHILD:
            points += ["everyone_for_sexual_abuse", *(("trafficking_report", "stranger_to") if trafficked else ())]
        return ReportTerms(subject, tuple(self.facts[point] for point in points if point in self.facts))


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

    A line that the coalition corrected stands before all others.

    >>> [line.id for line in lines_of(("federal",), load_states()["us-va"]) if line.purpose == "child_abuse"]
    ['us-va-child-line', 'childhelp']
    """
    lines = (*load_lines(packs), *(() if card is None else card.lines))
    return tuple(sorted(lines, key=lambda line: -1 if line.by else _RANK.get(line.pack, 0)))


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


def correct_cards(cards: Mapping[str, StateCard], corrections: Iterable[Mapping[str, Any]]) -> Mapping[str, StateCard]:
    """Return cards with a coalition's corrections, which win over the facts of the cards. Pure.

    `corrections`: valid rows of a bundle's `card_facts`, each day as `date` or as text.
    """
    facts: dict[str, dict[str, StateFact]] = {}
    for row in corrections:
        value, when = split(row["value"])
        read = row["read"] if isinstance(row["read"], date) else date.fromisoformat(row["read"])
        fact = StateFact(row["fact"], value, None, row["source"], read, OF_A_COALITION, when, by=row["by"])
        facts.setdefault(row["state"], {})[fact.point] = fact
    if not facts:
        return cards
    corrected = {
        code: _with_facts(card, {**card.facts, **facts[code]}) if code in facts else card
        for code, card in cards.items()
    }
    return MappingProxyType(corrected)


def takes(code: str, point: str, value: Any) -> bool:
    """Return whether a card may have a value for a point, as `states.yaml` has it. Pure."""
    reading = {point: value, "source": "https://example.org", "read": date.min, "confidence": OF_A_COALITION}
    return point in POINTS and not any(_problems_of_a_reading(code, reading))


def _card(code: str, raw: Mapping[str, Any]) -> StateCard:
    facts = {}
    for reading in raw["readings"]:
        for point in reading.keys() & POINTS.keys():
            value, when = split(reading[point])
            facts[point] = StateFact(
                point, value, reading.get("authority"), reading["source"], reading["read"], reading["confidence"],
                when, text_date(reading.get("text_as_of")), is_unconfirmed=UNCONFIRMED in reading,
            )  # fmt: skip
    card = StateCard(
        code, raw["name"], facts, (),
        Message(raw.get("in_a_sentence", raw["name"])),
        MappingProxyType({
            point: Search(search["source"], search["read"])
            for search in raw.get("searched", ())
            for point in search["points"]
        }),
    )  # fmt: skip
    return _with_facts(card, facts)


def _with_facts(card: StateCard, facts: Mapping[str, StateFact]) -> StateCard:
    """Return a card with these facts, in the order of `POINTS`, and their lines."""
    lines = (
        line
        for point in _NARROW_FIRST
        if point in facts
        for line in read_lines(list(_rows(card.code, facts[point])), "states")
    )
    ordered = {point: facts[point] for point in POINTS if point in facts}
    searched = {point: search for point, search in card.searched.items() if point not in facts}
    return replace(
        card, facts=MappingProxyType(ordered), lines=tuple(lines), searched=MappingProxyType(searched)
    )  # fmt: skip


def line_id(code: str, point: str, place: int = 1) -> str:
    """Return the id of a line of a card's point, of several the one at a place.

    >>> line_id("us-fl", "child_line"), line_id("us-ca", "county_lines", 2)
    ('us-fl-child-line', 'us-ca-county-lines-2')
    """
    return f"{code}-{point.replace('_', '-')}{'' if place == 1 else f'-{place}'}"


def _rows(code: str, fact: StateFact) -> Iterator[dict[str, Any]]:
    """Yield the lines of a fact as rows of `lines.yaml`."""
    point = fact.point
    is_adult = point in _ABOUT_ADULTS
    purpose, agency = ("adult_abuse", "other_government") if is_adult else ("child_abuse", "child_welfare")
    about = {
        "for": purpose, "kind": agency,
        "source": fact.source, "checked": fact.read, "text_as_of": fact.text_as_of,
        "trafficking": point == "trafficking_line", "mandated": point == "mandated_line",
        **({"by": fact.by} if fact.by else {}),
        **({UNCONFIRMED: True} if fact.is_unconfirmed else {}),
    }  # fmt: skip
    rows = fact.value if isinstance(fact.value, list) else [fact.value]
    for place, row in enumerate(rows, 1):
        yield {"hours": HOURS_NOT_KNOWN, "languages": ["en"], **row, **about, "id": line_id(code, point, place)}


def _problems(code: Any, card: Any) -> Iterator[str]:
    if not isinstance(code, str) or not STATE_SHAPE.fullmatch(code):
        yield "is no code of a state, as `us-tx`"
    keys = card.keys() - {"in_a_sentence", "searched"} if isinstance(card, dict) else None
    if keys != {"name", "readings"} or not isinstance(card["readings"], list):
        yield "needs a name and a list of readings, may have `in_a_sentence` and `searched`, and no other key"
        return
    if not _is_text(card["name"]) or not _is_text(card.get("in_a_sentence", "name")):
        yield "the name is empty"
    earlier_points: set[str] = set()
    for place, reading in enumerate(card["readings"], 1):
        for problem in _problems_of_a_reading(code, reading):
            yield f"reading {place}: {problem}"
        points = set(reading) & {*POINTS} if isinstance(reading, dict) else set[str]()
        yield from (f"reading {place}: says {point} again" for point in sorted(points & earlier_points))
        earlier_points |= points
    for place, search in enumerate(card.get("searched", ()), 1):
        if not _is_search(search, earlier_points):
            yield f"search {place}: needs points that the card lacks, an https `source` and a day `read`"


def _is_search(search: Any, known: set[str]) -> bool:
    if not isinstance(search, dict) or search.keys() != {"points", "source", "read"}:
        return False
    points, source = search["points"], search["source"]
    return (
        isinstance(points, list)
        and bool(points)
        and {*points} <= POINTS.keys() - known
        and _is_text(source)
        and source.startswith("https://")
        and type(search["read"]) is date
    )


def _problems_of_a_reading(code: Any, reading: Any) -> Iterator[str]:
    points = reading.keys() & {*POINTS} if isinstance(reading, dict) else set[str]()
    if not points or not _OF_A_READING <= reading.keys() <= _OF_A_READING | {
        "authority",
        "text_as_of",
        UNCONFIRMED,
        *POINTS,
    }:
        yield f"needs {', '.join(sorted(_OF_A_READING))} and a fact, may have authority, and no other key"
        return
    if not _is_text(reading["source"]) or not reading["source"].startswith("https://"):
        yield "`source` must be an https address"
    if type(reading["read"]) is not date:
        yield "`read` must be a day"
    if reading.get(UNCONFIRMED, True) is not True:
        yield f"`{UNCONFIRMED}` is true or absent"
    if reading["confidence"] not in CONFIDENCE:
        yield f"`confidence` is none of {', '.join(CONFIDENCE)}"
    if "authority" in reading and not _is_text(reading["authority"]):
        yield "`authority` is empty"
    if not TEXT_DATE.fullmatch(text_date(reading.get("text_as_of")) or "2026"):
        yield "`text_as_of` must be a year, a month or a day"
    wrong = [problem for point in sorted(points) for problem in problems_of(point, reading[point])]
    yield from wrong
    for point in () if wrong else sorted(points & {*LINE_POINTS}):
        fact = StateFact(
            point, reading[point], None, reading["source"], reading["read"], reading["confidence"],
            text_as_of=text_date(reading.get("text_as_of")),
        )  # fmt: skip
        for row in _rows(code, fact):
            try:
                read_lines([row], "states")
            except PackError as error:
                yield from error.problems


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())
