"""Texts that read like an address or a position, whoever's it is; and texts that tell a private place. Pure.

Over HTTP the first is all that counts (`reads_like_place`): the answer to a text follows from its words alone, so it
is the same for the street of a hidden house and for any other. Only a bundle's own check knows private places.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from service.errors import Problem
from service.wording import refusals

from .node import Node, organizations_of
from .numbers import COUNTED, NUMBERED

Line = tuple[str, ...]

_PLACES = ("locations", "service_at_locations")  # what a private address may stand in: none of it is shown
_WORD = re.compile(r"[^\W_]+")
_BOTH_WITH_DECIMALS = 4
_FARTHEST_KIND = 5  # words from a house number to what kind of street it is, at most
_SHORT = {
    **{"street": "st", "avenue": "ave", "road": "rd", "drive": "dr", "lane": "ln", "boulevard": "blvd", "court": "ct"},
    **{"place": "pl", "highway": "hwy", "parkway": "pkwy", "suite": "ste", "apartment": "apt"},
    **{"north": "n", "south": "s", "east": "e", "west": "w"},
}
"""Words that are written in two ways in addresses."""


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


_ROADS = _listed("st ave rd dr ln blvd hwy pkwy route fm cr calle avenida")
_STREETS = _ROADS | _listed("ct pl way row loop trail terrace circle cir plaza square alley path camino")

_OTHER_NUMBERS = re.compile(
    r"""
      \+?1?[-.\s(]{0,2}\b\d{3}\)?[-.\s]{1,2}\d{3}[-.\s]\d{4}\b    # telephone, with its area code
    | \b\d{3}-\d{4}\b                                             # and without it
    | \b(?:call|dial|text)\s+(?:\d11|988)\b
    | \b24\s?/\s?7\b
    | \b\d{1,2}(?::\d\d)?\s?[ap]\.?m\b                            # times of day
    | \b\d{1,2}:\d\d\b
    | \b\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[-+]\d\d(?::\d\d)?))?\b
    | \$\s?\d[\d,.]*
    | \b\d+\s?%
    | \bage[sd]?\s+\d+\s*(?:to|and|through|[-\u2013])\s*\d+\b
    """,
    re.VERBOSE | re.IGNORECASE,
)
_NUMBER = re.compile(r"\d+[^\W\d_]?")
_POSITION = re.compile(r"\b\d{1,3}\.\d{4,}|\b\d{1,3},\d{4,}\b|\b\d{1,3}\.\d+\W{1,4}\d{1,3}\.\d+|\d\s?°")


def reads_like_place(text: str) -> bool:
    """Say whether a text reads like a street with a house number, or like a position on the map.

    Any number counts for a house's, unless it stands with what numbers count or name: "3 Hidden Sedge Way" and "at 3
    Sedge" do, "3 beds", "ages 11-17", "24-hour line" and "555-0100" do not. Linear in the length of the text.
    """
    plain = _OTHER_NUMBERS.sub(" , ", text)
    if _POSITION.search(plain):
        return True
    words = words_of_address(plain)
    around = zip(("", *words), words, (*words[1:], ""), strict=False)
    return any(_is_house(*three) for three in around if any(char.isdecimal() for char in three[1]))


def names_place(name: str) -> bool:
    """Say whether a slug or a code is a street with a house number: `3-hidden-sedge-way`, but not `team-3-beds`."""
    words = words_of_address(name)
    return any(
        _NUMBER.fullmatch(word) and not _STREETS.isdisjoint(words[at + 2 : at + 1 + _FARTHEST_KIND])
        for at, word in enumerate(words)
    )


def words_of_address(text: str) -> list[str]:
    """Return the words of a text, case folded, those that addresses shorten in their short form."""
    return [_SHORT.get(word, word) for word in _WORD.findall(text.casefold())]


def lines_of(organization: Node) -> Iterator[Line]:
    """Yield what tells a place of an organization, as words: each street with a number, each position in full."""
    for place in organization.rows("locations"):
        for address in place.rows("addresses"):
            words = words_of_address(address.text("address_1") or "")
            if len(words) > 1 and any(char.isdecimal() for word in words for char in word):
                yield tuple(words)  # a line that repeats a name tells no place
        position = words_of_address(f"{place.number('latitude')} {place.number('longitude')}")
        if len(position) == _BOTH_WITH_DECIMALS:
            yield tuple(position)


def find_told_places(document: Node) -> Iterator[Problem]:
    """Yield each text in a bundle that tells a private place of it word by word, its street or where on the map it is.

    What stands in places is passed over: in private ones it is sealed, and a public one may be in the same house.
    """
    private = [one for one in organizations_of(document) if one.get("coalition").get("address_private").value is True]
    told: dict[str, list[Line]] = {}
    for line in (line for organization in private for line in lines_of(organization)):
        told.setdefault(line[0], []).append(line)
    if not told:
        return
    for text in _texts(document):
        words = words_of_address(str(text.value))
        if any(
            words[at : at + len(line)] == list(line) for at, word in enumerate(words) for line in told.get(word, ())
        ):
            yield text.problem(refusals.TELLS_ADDRESS)


def _is_house(before: str, number: str, after: str) -> bool:
    if before in _ROADS:
        return True
    named = _NUMBER.fullmatch(number) and any(char.isalpha() for char in after)
    return bool(named) and after not in COUNTED and before not in NUMBERED


def _texts(node: Node) -> Iterator[Node]:
    if isinstance(node.value, str):
        yield node
    for key in node.value if isinstance(node.value, dict) else ():
        if key not in _PLACES:
            yield from _texts(node.get(key))
    for item in node.items():
        yield from _texts(item)
