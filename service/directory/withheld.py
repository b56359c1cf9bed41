"""Texts that came over HTTP and read like an address: kept sealed, and shown only to the record's own agency. Pure.

A guess at a private address may be written into any record. The treatment of a text therefore follows from its words
alone (`reads_like_place`), whether it tells a private place or not: a sentence stands in its place, so that no reader
can tell two guesses apart. Only the owner of a told private place hears of the text, and only of a place that the
coalition loaded: an organization could declare hundreds of invented addresses, to hear which of them are real.

Texts are known by a JSON pointer into the record in the bundle's form, in which services and locations go by slug:
`/services/hh-beds/description`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from service.directory.bundle.addresses import Line, names_place, reads_like_place, words_of_address
from service.errors import Problem
from service.i18n import refusals

_IN_FORM = {
    **dict.fromkeys(("email", "assurer_email"), "not-shown@example.invalid"),
    **dict.fromkeys(
        ("url", "website", "uri", "logo", "schedule_link", "term_uri"), "https://example.invalid/not-shown"
    ),
}
_STANDS_IN = frozenset((refusals.NOT_SHOWN, *_IN_FORM.values()))
_BY_SLUG = ("services", "locations")
# A public place's own address is where its organization says that it is; words and references are held to a list.
_NO_TEXTS = frozenset(
    ("addresses", "referral", "parent", "between", "organization", "operator_authorised", "accepted_forms", "regimes")
) | {"location_id", "term", "same_as", "means"}
_NAMES = ("id", "code")
_NAME = re.compile(r"[A-Za-z0-9_-]+")


_READ_AS_NAMES: Mapping[str, Callable[[str], bool]] = {
    **dict.fromkeys(_NAMES, lambda name: bool(_NAME.fullmatch(name)) and names_place(name)),
    **dict.fromkeys(("term", "same_as"), reads_like_place),
}


@dataclass(frozen=True, slots=True)
class Text:
    """A withheld text. `told`: ids of the organizations whose private place it told when it was written.

    `mark` differs with each write by a writer who could not read the text before, so that the store changes, whether
    both texts are the same or not.
    """

    text: str
    told: tuple[str, ...] = ()
    mark: str = ""


Withheld = Mapping[str, Text]
"""What is withheld of one record, by pointer."""


def read_withheld(plain: str) -> Withheld:
    """Return the texts written by `write_withheld`."""
    return {pointer: Text(**entry | {"told": tuple(entry["told"])}) for pointer, entry in json.loads(plain).items()}


def write_withheld(withheld: Withheld) -> str | None:
    """Return the withheld texts of a record as the text to seal; None for a record without withheld texts."""
    plain = {pointer: asdict(entry) for pointer, entry in withheld.items()}
    return json.dumps(plain, sort_keys=True, ensure_ascii=False) if plain else None


def split_withheld(
    record: Any, before: Withheld, *, readable: bool, open_already: Collection[str], new: Callable[[str], Text]
) -> tuple[Any, Withheld]:
    """Return a record (bundle form) without its texts to withhold, and the withheld texts.

    A text that was left as shown stays as in `before`, and one already open stays open. `new` makes each new text:
    every text is new for a writer who could not read (`readable`) those in `before`.

    >>> record = {"name": "Harbor House", "description": "At 3 Sedge Way"}
    >>> shown, withheld = split_withheld(record, {}, readable=False, open_already=(), new=Text)
    >>> shown["description"], withheld["/description"].text
    ('Not shown: it reads like an address.', 'At 3 Sedge Way')
    """
    by_text = {entry.text: entry for entry in before.values()} if readable else {}
    withheld: dict[str, Text] = {}

    def stand_in(text: str, pointer: str, key: str) -> str:
        if text in _STANDS_IN and pointer in before:
            withheld[pointer] = before[pointer]
            return text
        if text in open_already or not reads_like_place(text):
            return text
        withheld[pointer] = by_text.get(text) or new(text)
        return _IN_FORM.get(key, refusals.NOT_SHOWN)

    return _each_text(record, stand_in), withheld


def join_withheld(document: Any, withheld: Withheld, within: str = "") -> Any:
    """Return a document with its withheld texts put back; `within` is the pointer of a part of a record."""

    def back(text: str, pointer: str, _key: str) -> str:
        entry = withheld.get(within + pointer)
        return entry.text if entry is not None and text in _STANDS_IN else text

    return _each_text(document, back)


def tellers(lines: Mapping[Line, Collection[str]], text: str) -> tuple[str, ...]:
    """Return the owners of the places told by a text, sorted. Each line is looked up once, whether it is told or not.

    >>> tellers({("3", "sedge", "way"): {"shelter"}}, "Come to 3 Sedge Way.")
    ('shelter',)
    """
    words = words_of_address(text)
    lengths = {len(line) for line in lines}
    runs = {tuple(words[at : at + length]) for length in lengths for at in range(len(words) - length + 1)}
    is_told = {line: line in runs for line in lines}
    return tuple(sorted({owner for line, owners in lines.items() for owner in owners if is_told[line]}))


def lines_apart_from(own: Collection[Line], lines: Mapping[Line, Collection[str]]) -> Mapping[Line, Collection[str]]:
    """Return the lines that tell none of some own places, with or without the number of a flat or a suite.

    >>> lines = {("3", "sedge", "way"): {"shelter"}, ("4", "sedge", "way"): {"refuge"}}
    >>> lines_apart_from({("3", "sedge", "way", "apt", "2")}, lines)
    {('4', 'sedge', 'way'): {'refuge'}}
    """
    return {
        line: owners
        for line, owners in lines.items()
        if not any(line[: len(place)] == place[: len(line)] for place in own)
    }


def find_named_places(record: Any, open_already: Collection[str], pointer: str = "") -> Iterator[Problem]:
    """Yield each new slug or code in a record (bundle form) that is a street, with the words of the address.

    A name stands in every path and reference, so a name cannot be withheld.

    >>> list(find_named_places({"services": [{"id": "3-sedge-way"}]}, ()))[0].path
    '/services/0/id'
    """
    if isinstance(record, list):
        for index, item in enumerate(record):
            yield from find_named_places(item, open_already, f"{pointer}/{index}")
    for key, value in record.items() if isinstance(record, dict) else ():
        names = value if isinstance(value, list) else [value]
        reads = _READ_AS_NAMES.get(key)
        if reads and any(isinstance(name, str) and name not in open_already and reads(name) for name in names):
            yield Problem(f"{pointer}/{key}", refusals.NAMES_PLACE)
        yield from find_named_places(value, open_already, f"{pointer}/{key}")


def _each_text(value: Any, change: Callable[[str, str, str], str], pointer: str = "", key: str = "") -> Any:
    """Return plain data with each text of its own changed by (text, pointer, key)."""
    if isinstance(value, str):
        return value if key in _NAMES and _NAME.fullmatch(value) else change(value, pointer, key)
    if isinstance(value, list):
        names = [_name(item, index, key) for index, item in enumerate(value)]
        return [_each_text(item, change, f"{pointer}/{name}", key) for name, item in zip(names, value, strict=True)]
    if not isinstance(value, dict):
        return value
    profile = value.get("coalition")
    sealed = ("locations",) if isinstance(profile, dict) and profile.get("address_private") else ()
    return {
        name: item
        if name in _NO_TEXTS or name in sealed or (key, name) == ("service_areas", "name")
        else _each_text(item, change, f"{pointer}/{name}", name)
        for name, item in value.items()
    }


def _name(item: Any, index: int, key: str) -> str:
    name = item.get("slug") or item.get("id") if key in _BY_SLUG and isinstance(item, dict) else None
    return str(name or index)
