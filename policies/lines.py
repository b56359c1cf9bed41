"""Public lines, read from `packs/<pack>/lines.yaml`: numbers for anybody to call, each with its public source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

import yaml

from .card_points import text_date
from .engine.pack import PACKS_DIRECTORY
from .errors import PackError
from .messages import Message
from .pack_files import read_yaml
from .vocabulary import load_vocabulary

FILE = "lines.yaml"
PURPOSES = (
    "trafficking", "suicide", "child_abuse", "adult_abuse", "domestic_violence", "sexual_assault", "native",
    "missing_child", "runaway", "online_exploitation", "images_online", "lgbtq_youth", "foreign_minor", "relay",
    "local_services",
)  # fmt: skip
"""What a line is for."""
DAY_AND_NIGHT = "day and night"
KEPT_FOR, PHONE_KEPT_FOR = timedelta(days=365), timedelta(days=90)
"""How long a reading of a law counts before its source is read again, and how long one of a number."""
NEVER_CHANGES = frozenset({"911", "988", "711", "211"})
SERVES = ("ages", "disability", "counties", "trafficking", "mandated")
"""What may limit whom a line is for."""
_TEXTS = ("id", "name", "for", "kind", "hours", "source")
_CONTACTS = ("phone", "text", "web")
_OPTIONAL = frozenset(
    {*_CONTACTS, "text_first", "takes_reports", "text_as_of", "operator", "may_report", "by", "unconfirmed", *SERVES}
)
_KEYS = frozenset({*_TEXTS, "languages", "checked"})


@dataclass(frozen=True, slots=True)
class Serves:
    """Whom a line takes reports about; without a limit everybody.

    `ages`: the first and the last (None: no last). `disability`: only of people with one. `counties`: of these alone.
    `trafficking`: of trafficked children; `mandated`: for those alone who must report by their profession.
    """

    ages: tuple[int, int | None] = (0, None)
    disability: bool = False
    counties: tuple[str, ...] = ()
    trafficking: bool = False
    mandated: bool = False


EVERYONE = Serves()


@dataclass(frozen=True, slots=True)
class Line:
    """A public line. Immutable.

    `purpose`: one of `PURPOSES`. `kind`: a kind of agency. At least `phone`, `text` or `web` (an address on the web) is
    set; `text_first` is the word to text first. `hours`: in words. `languages`: BCP 47. `takes_reports`: whether a
    report of abuse may be made there; else the line helps to find where. `source`: a public page with the number, read
    on the day `checked`. `pack`: the pack of the line. `serves`: whom it is for. `text_as_of`: the date that the page
    bears. `operator`: who runs it, where its name does not say so. `may_report`: what it may tell others, and whom.
    `by`: who corrected it for the coalition, by role. `is_unconfirmed`: a second reader did not find the number.
    """

    id: str
    name: str
    purpose: str
    kind: str
    phone: str | None
    text: str | None
    text_first: str | None
    hours: Message
    languages: tuple[str, ...]
    takes_reports: bool
    source: str
    checked: date
    pack: str
    serves: Serves = EVERYONE
    text_as_of: str | None = None
    web: str | None = None
    operator: str | None = None
    may_report: Message | None = None
    by: str | None = None
    is_unconfirmed: bool = False

    @property
    def review_due(self) -> date:
        """The day from which the line is to be looked up again; a number that never changes counts for longer."""
        return self.checked + (KEPT_FOR if self.phone in NEVER_CHANGES else PHONE_KEPT_FOR)

    @property
    def confirm_after(self) -> date:
        """The day after which an answer says to confirm it first: when its review is due, or at once if unconfirmed."""
        return self.checked if self.is_unconfirmed else self.review_due

    @property
    def is_always_open(self) -> bool:
        """Whether somebody answers at every hour."""
        return self.hours == DAY_AND_NIGHT


@cache
def load_lines(packs: tuple[str, ...]) -> tuple[Line, ...]:
    """Return the lines of packs, those of states first, in the order of each file. Read once for a choice of packs.

    >>> [line.id for line in load_lines(("federal", "us-tx")) if line.purpose == "child_abuse"]
    ['tx-child-abuse', 'childhelp']

    Raises:
        PackError: a file cannot be used; every problem is listed.
    """
    lines: list[Line] = []
    for pack in sorted(packs, key=lambda name: (name == "federal", name)):
        file = PACKS_DIRECTORY / pack / FILE
        if file.is_file():
            try:
                lines += read_lines(read_yaml(file), pack)
            except yaml.YAMLError as error:
                raise PackError((f"{pack}/{FILE}: no YAML, or a key is given twice",)) from error
    if repeated := {line.id for line in lines if sum(candidate.id == line.id for candidate in lines) > 1}:
        raise PackError(tuple(f"{FILE}: two lines have the id {name}" for name in sorted(repeated)))
    return tuple(lines)


def read_lines(raw: Any, pack: str) -> tuple[Line, ...]:
    """Return the lines in the plain data of a pack's file. Pure.

    Raises:
        PackError: lists each line's first problem.
    """
    if not isinstance(raw, list):
        raise PackError((f"{pack}/{FILE}: must be a list of lines",))
    problems = [
        f"{pack}/{FILE}, line {place}: {problem}" for place, row in enumerate(raw, 1) for problem in _problems(row)
    ]
    if problems:
        raise PackError(tuple(problems))
    return tuple(_line(row, pack) for row in raw)


def _line(row: Mapping[str, Any], pack: str) -> Line:
    return Line(
        id=row["id"], name=row["name"], purpose=row["for"], kind=row["kind"], phone=row.get("phone"),
        text=row.get("text"), text_first=row.get("text_first"), hours=Message(row["hours"]),
        languages=tuple(row["languages"]), takes_reports=row.get("takes_reports", True), source=row["source"],
        checked=row["checked"], pack=pack, web=row.get("web"), operator=row.get("operator"),
        may_report=Message(row["may_report"]) if "may_report" in row else None,
        text_as_of=text_date(row.get("text_as_of")), by=row.get("by"),
        is_unconfirmed=row.get("unconfirmed", False),
        serves=Serves(
            ages=tuple(row.get("ages", (0, None))), disability=row.get("disability", False),
            counties=tuple(row.get("counties", ())), trafficking=row.get("trafficking", False),
            mandated=row.get("mandated", False),
        ),
    )  # fmt: skip


def _problems(row: Any) -> Iterator[str]:
    if not isinstance(row, dict) or not _KEYS <= row.keys() <= _KEYS | _OPTIONAL:
        yield f"needs {', '.join(sorted(_KEYS))}, may have {', '.join(sorted(_OPTIONAL))}, and no other key"
        return
    numbers = [row[name] for name in (*_CONTACTS, "text_first", "operator", "may_report") if name in row]
    if not _are_texts([*(row[name] for name in _TEXTS), *numbers]):
        yield "a text is empty, or no text: a number stands between quotes"
    elif not row.keys() & {*_CONTACTS}:
        yield "has neither phone nor text nor web"
    elif row["for"] not in PURPOSES:
        yield f"`for` is none of {', '.join(PURPOSES)}"
    elif row["kind"] not in load_vocabulary().words("Kind"):
        yield "`kind` is no Kind of vocabulary.yaml"
    elif not isinstance(row["languages"], list) or not row["languages"] or not _are_texts(row["languages"]):
        yield "`languages` must be tags, at least one of them"
    elif not all(row[name].startswith("https://") for name in ("source", "web") if name in row):
        yield "`source` and `web` must be https addresses"
    elif type(row["checked"]) is not date or not isinstance(row.get("takes_reports", True), bool):
        yield "`checked` must be a day, `takes_reports` true or false"
    elif not _serves_somebody(row):
        yield "`ages` must be the first and the last, `disability` true, `counties` names"


def _serves_somebody(row: Mapping[str, Any]) -> bool:
    match row.get("ages", [0, None]):
        case [int(first), last] if last is None or (type(last) is int and 0 <= first <= last):
            counties = row.get("counties", ["all"])
            return (
                row.get("disability", True) is True
                and isinstance(counties, list)
                and _are_texts(counties)
                and bool(counties)
            )
    return False


def _are_texts(values: Iterable[Any]) -> bool:
    return all(isinstance(value, str) and value.strip() for value in values)
