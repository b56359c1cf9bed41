"""Reading an English text of the application as known templates, and writing it again in Spanish.

A text is read as a grammar is parsed: from each place, by each template that may begin at the place, to every place
where the template may end. Of the readings of the whole text, the reading that leaves the fewest letters to free words
wins; among equals, the reading whose entry stands first. Each kind is read once from each place, and the work is
bounded by a number of steps for each letter, so that no text takes long, whatever its words.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from service.wording.spanish.catalogue import ATOMS, TEXT, Kind, Slot, Template, catalogue

WHOLE = "whole"
"""The kind of a whole text."""
LONGEST = 6_000
"""Letters of the longest text that is read: more than three times the longest text of the application."""
LONGEST_FREE = 200
"""Letters of the longest free words in one slot: a name, or a name with its number and address."""
STEPS = 10_000
STEPS_FOR_A_LETTER = 20
_FREE_ENDS = re.compile(r"(?<=\S)(?=[\s.,:;!?')]|\Z)")
_CLAUSE_END = re.compile(r"(?:(?<!\w)(\w+)\.|[:;?!])(?=\s)")
_SHORT = re.compile(r"\w|St|Ste|Mt|Ft|Dr|Mrs?|Ms|Rev|[SJ]r|Inc|Co|Corp|Ltd|Dept|Ave|Blvd|Rd|Hwy|Bldg|Apt|No|ext")
"""Abbreviations within a name, a single letter among them: the full stop behind ends no clause."""
_Y_BEFORE_I = re.compile(r"[ií]|h[ií](?![aeo])", re.IGNORECASE)
_O_BEFORE_O = re.compile(r"h?[oó]", re.IGNORECASE)


class Read(NamedTuple):
    """One reading up to a place: the number of letters left to free words, and the Spanish."""

    free: int
    spanish: str


Ends = Mapping[int, Read]
"""Readings by the place where they end, the best for each."""


def in_spanish(text: str, names: Iterable[str] = ()) -> str | None:
    """Return a text of the application in Spanish; None where any part is unknown.

    `names`: names of agencies, services and places (`names_in` finds the names of a document), to tell a list of names
    from a single name with "and" inside. Names, numbers to call and free words stay. Pure; safe between threads; the
    time is at most proportional to the length of the text, and a text is read once.

    >>> in_spanish("2 services are full."), in_spanish("A sentence of another program.")
    ('2 servicios están llenos.', None)
    """
    return _read(text, frozenset(name for name in names if name in text)) if 0 < len(text) <= LONGEST else None


@lru_cache(maxsize=8192)
def _read(text: str, names: frozenset[str]) -> str | None:
    try:
        return SentenceReader(catalogue(), text, names).whole()
    except TooLong:
        return None


def names_in(document: Any) -> frozenset[str]:
    """Return the names of agencies, services and lines in a document of the interface. Pure.

    >>> sorted(names_in({"steps": [{"to": {"name": "Lotus Center"}}, {"to": {"name": "Rio Grande Shelter"}}]}))
    ['Lotus Center', 'Rio Grande Shelter']
    """
    return frozenset(_names(document))


def _names(document: Any) -> Iterator[str]:
    if isinstance(document, list):
        for item in document:
            yield from _names(item)
    elif isinstance(document, Mapping):
        for key, value in document.items():
            if key == "name" and isinstance(value, str):
                yield value
            else:
                yield from _names(value)


class TooLong(Exception):
    """The text takes more steps than any text of the application."""


class SentenceReader:
    """A reader of one text. Results from a place are kept, so that each kind is read once from a place."""

    def __init__(self, kinds: Mapping[str, Kind], text: str, names: frozenset[str]) -> None:
        self._kinds, self._text, self._names = kinds, text, names
        self._found: dict[tuple[str, int], Ends] = {}
        self._free_ends = [found.start() for found in _FREE_ENDS.finditer(text)]
        self._clause_ends = [found.end() - 1 for found in _CLAUSE_END.finditer(text) if not _is_short(found.group(1))]
        self._most_steps = STEPS + STEPS_FOR_A_LETTER * len(text)
        self.steps = 0

    def whole(self) -> str | None:
        """Return the Spanish of the whole text, None if no reading reaches its end."""
        read = self._ends(WHOLE, 0).get(len(self._text))
        return None if read is None else read.spanish

    def _ends(self, kind: str, start: int) -> Ends:
        key = (kind, start)
        if key not in self._found:
            self._found[key] = {}  # a kind that begins with itself is read no further
            self._found[key] = self._find(kind, start)
        return self._found[key]

    def _find(self, kind: str, start: int) -> Ends:
        if kind == TEXT:
            return self._free(start)
        if kind in ATOMS:
            match = ATOMS[kind].match(self._text, start)
            return {match.end(): Read(0, match.group())} if match else {}
        best: dict[int, Read] = {}
        for template in self._kinds[kind].beginning(self._text, start):
            for end, read in self._match(template, start):
                _keep(best, end, read)
        return best

    def _free(self, start: int) -> Ends:
        """Return free words from a place: up to the end of any word of the same clause, or of a known name."""
        if self._text[start : start + 1].isspace():
            return {}
        after = bisect_left(self._clause_ends, start)
        clause = self._clause_ends[after] if after < len(self._clause_ends) else len(self._text)
        ends = self._free_ends[
            bisect_right(self._free_ends, start) : bisect_left(self._free_ends, start + LONGEST_FREE)
        ]
        self._count(len(ends))
        found: dict[int, Read] = {}
        for end in ends:
            words = self._text[start:end]
            if words in self._names:
                found[end] = Read(0, words)
            elif end <= clause:
                found[end] = Read(len(words) + 1, words)
        return found

    def _match(self, template: Template, start: int) -> Iterator[tuple[int, Read]]:
        """Yield each place where a template may end, with the reading up to the place."""
        reached: dict[int, tuple[int, dict[str, str]]] = {start: (0, {})}
        for part in template.english:
            self._count(len(reached))
            if isinstance(part, str):
                reached = {at + len(part): so_far for at, so_far in reached.items() if self._text.startswith(part, at)}
            else:
                reached = self._fill(part, reached)
            if not reached:
                return
        for end, (free, filled) in reached.items():
            yield end, Read(free, template.spanish.format_map(filled))

    def _fill(
        self, slot: Slot, reached: Mapping[int, tuple[int, dict[str, str]]]
    ) -> dict[int, tuple[int, dict[str, str]]]:
        further: dict[int, tuple[int, dict[str, str]]] = {}
        for at, (free, filled) in reached.items():
            ends = dict(self._list(slot, at) if slot.between else self._ends(slot.kind, at))
            if slot.optional:
                ends.setdefault(at, Read(0, ""))
            self._count(len(ends))
            for end, read in ends.items():
                if end not in further or free + read.free < further[end][0]:
                    further[end] = (free + read.free, {**filled, slot.name: read.spanish})
        return further

    def _list(self, slot: Slot, start: int) -> Ends:
        """Return the places where a list of one part or more may end."""
        best: dict[int, Read] = dict(self._ends(slot.kind, start))
        waiting = sorted(best)
        while waiting:
            at = waiting.pop(0)
            for english, spanish in (slot.between or {}).items():
                if not self._text.startswith(english, at):
                    continue
                parts = self._ends(slot.kind, at + len(english))
                self._count(len(parts))
                for end, part in parts.items():
                    free = len(english) if part.free or best[at].free else 0
                    whole = best[at].spanish + _joined(spanish, part.spanish) + part.spanish
                    if end not in best:
                        waiting.insert(bisect_left(waiting, end), end)
                    _keep(best, end, Read(best[at].free + free + part.free, whole))
        return best

    def _count(self, steps: int) -> None:
        self.steps += steps + 1
        if self.steps > self._most_steps:
            raise TooLong


def _is_short(word: str | None) -> bool:
    return word is not None and _SHORT.fullmatch(word) is not None


def _keep(best: dict[int, Read], end: int, read: Read) -> None:
    if end not in best or read.free < best[end].free:
        best[end] = read


def _joined(between: str, following: str) -> str:
    """Return the Spanish "y" or "o" before a word: "e" before the sound of i, "u" before the sound of o.

    >>> _joined(" y ", "iglesia"), _joined(" y ", "comida"), _joined(" o ", "otro")
    (' e ', ' y ', ' u ')
    """
    if between == " y " and _Y_BEFORE_I.match(following):
        return " e "
    return " u " if between == " o " and _O_BEFORE_O.match(following) else between
