"""Gaps that keep imported services from being routed, and the services opened by closing each gap. Pure.

A service is on no path without a type, and counts as unknown while its ages or its area are unknown. Without a number
no call is possible; while an organization's kind is unknown, no data can be sent to the organization.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from service.words import imports

from .propose_types import Proposal

TYPE, AGE, AREA, PHONE, KIND = "type", "age", "area", "phone", "kind"
GAPS = (TYPE, AGE, AREA, PHONE, KIND)
IN_WORDS = {
    TYPE: imports.NO_TYPE,
    AGE: imports.NO_AGE,
    AREA: imports.NO_AREA,
    PHONE: imports.NO_NUMBER,
    KIND: imports.NO_KIND,
}


@dataclass(frozen=True, slots=True)
class Imported:
    """An imported service for curation.

    `gaps`: the missing facts, each with the source's own words, if short (a term's title, an area in words), or its
    owner (an organization's name). `inferred` as stored.
    """

    slug: str
    name: str
    organization: str
    organization_name: str
    gaps: Mapping[str, str]
    proposals: tuple[Proposal, ...]
    inferred: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Fix:
    """A fact to settle: a gap, and its subject. `opens`: services without another gap; `touches`: every service."""

    gap: str
    about: str
    opens: int
    touches: int

    @property
    def in_words(self) -> str:
        """The gap in words."""
        return IN_WORDS[self.gap]

    @property
    def subject(self) -> str:
        """The subject of the gap on a single line, without control characters for a terminal."""
        return plain_line(self.about)


def fixes(services: Iterable[Imported]) -> tuple[Fix, ...]:
    """Return the facts to settle, facts that open most first, then facts that touch most. Cost: linear, and a sort.

    >>> detox = Imported("detox", "Detox", "hh", "Harbor House", {TYPE: "Rehab"}, (), {})
    >>> beds = Imported("beds", "Beds", "hh", "Harbor House", {TYPE: "Rehab", AGE: ""}, (), {})
    >>> fixes([detox, beds])  # doctest: +NORMALIZE_WHITESPACE
    (Fix(gap='type', about='Rehab', opens=1, touches=2),
     Fix(gap='age', about='', opens=0, touches=1))
    """
    touches: defaultdict[tuple[str, str], int] = defaultdict(int)
    opens: defaultdict[tuple[str, str], int] = defaultdict(int)
    for service in services:
        for gap, about in service.gaps.items():
            touches[gap, about] += 1
            opens[gap, about] += len(service.gaps) == 1
    found = [Fix(gap, about, opens[gap, about], count) for (gap, about), count in touches.items()]
    return tuple(sorted(found, key=lambda fix: (-fix.opens, -fix.touches, GAPS.index(fix.gap), fix.about)))


def by_value(services: Iterable[Imported]) -> list[Imported]:
    """Return services in the order in which settling pays off: fewest gaps first, then most proposals."""
    return sorted(services, key=lambda one: (len(one.gaps), -_proposed(one), one.organization, one.slug))


def _proposed(service: Imported) -> int:
    return bool(service.proposals) + len(service.inferred)


def missing(service: Imported) -> Iterator[str]:
    """Yield the missing facts, in words, in a fixed order."""
    yield from (IN_WORDS[gap] for gap in GAPS if gap in service.gaps)


def plain_line(text: str) -> str:
    """Return text that stays a comment: on a single line, and without control characters for a terminal.

    >>> plain_line("Harbor\\nHouse\\x1b[1m")
    'Harbor House [1m'
    """
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())
