"""Organizations that two sources may both hold: proposed to people as pairs, never merged. Pure.

A pair shares a name and a mark that a stranger would not share (a number, a web site, a place within `NEAR_DEGREES`),
or a number and a web site. Cost is linear, save within groups with a shared key.
"""

from __future__ import annotations

import re
import string
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations, product
from operator import sub

from service.i18n import imports
from service.vocabulary import normal_term

NEAR_DEGREES = 0.002  # some 200 m
_MOST_IN_GROUP = 20  # a key that more share (a county's switchboard) tells nobody apart
_MOST_PLACES = 100  # of an organization that are compared
_NOT_TELLING = re.compile(r"\b(?:inc|llc|the|of|and|for|a|ngo|non-?profit|org(?:anization)?)\b\.?|[^a-z0-9 ]")


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks of an organization: `numbers` are digits alone, `places` degrees."""

    slug: str
    name: str
    source: str | None
    numbers: frozenset[str]
    website: str | None
    places: frozenset[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two organizations (slugs, in order) that may be the same, and their shared marks."""

    first: str
    second: str
    shared: tuple[str, ...]


def find_duplicates(organizations: Iterable[Marks]) -> tuple[Pair, ...]:
    """Return the pairs of organizations of different sources that may be the same, most shared marks first.

    >>> one = Marks("harbor", "Harbor House", "county", frozenset({"8305550100"}), None, frozenset())
    >>> two = Marks("hh", "The Harbor House, Inc.", "state", frozenset({"8305550100"}), None, frozenset())
    >>> find_duplicates([one, two])
    (Pair(first='harbor', second='hh', shared=('name', 'phone number')),)
    """
    groups: defaultdict[tuple[str, str], list[Marks]] = defaultdict(list)
    for marks in organizations:
        compared = replace(marks, places=frozenset(sorted(marks.places)[:_MOST_PLACES]))
        for key in _keys(marks):
            groups[key].append(compared)
    near = {
        (first.slug, second.slug): (first, second)
        for group in groups.values()
        if len(group) <= _MOST_IN_GROUP
        for first, second in combinations(sorted(group, key=lambda marks: marks.slug), 2)
        if first.source != second.source
    }
    near_pairs = (Pair(*slugs, tuple(_shared_marks(*two))) for slugs, two in near.items())
    pairs = (pair for pair in near_pairs if len(pair.shared) > 1)
    return tuple(sorted(pairs, key=lambda pair: (-len(pair.shared), pair.first, pair.second)))


def digits(number: str) -> str:
    """Return a number's mark: its last ten digits; empty for a number too short to be a single owner's.

    >>> digits("+1 (830) 555-0100"), digits("911")
    ('8305550100', '')
    """
    mark = "".join(filter(string.digits.__contains__, number))
    return mark[-10:] if len(mark) >= 7 else ""


def site(address: str) -> str:
    """Return a web site's mark: its host and path, without `www.`.

    >>> site("https://www.Harbor.example/help/")
    'harbor.example/help'
    """
    return re.sub(r"^(?:https?://)?(?:www\.)?", "", address.strip().lower()).rstrip("/")


def _keys(marks: Marks) -> Iterator[tuple[str, str]]:
    if name := _plain(marks.name):
        yield "name", name
    for number in marks.numbers:
        yield "number", number
    if marks.website:
        yield "website", marks.website


def _shared_marks(first: Marks, second: Marks) -> Iterator[str]:
    if _plain(first.name) == _plain(second.name) != "":
        yield imports.SAME_NAME
    if first.numbers & second.numbers:
        yield imports.SAME_NUMBER
    if first.website is not None and first.website == second.website:
        yield imports.SAME_WEB_SITE
    pairs = (map(sub, *two) for two in product(first.places, second.places))
    if any(max(map(abs, apart)) < NEAR_DEGREES for apart in pairs):
        yield imports.SAME_PLACE


def _plain(name: str) -> str:
    return " ".join(_NOT_TELLING.sub(" ", normal_term(name)).split())
