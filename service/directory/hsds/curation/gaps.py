"""Gaps that keep imported services from being routed, what closing each opens, and the file to close them in. Pure.

A service is on no path without a type, and counts as unknown while its ages or its area are unknown. Without a number
no call is possible; while an organization's kind is unknown, no data can be sent to the organization. The file is a
bundle for `load`: every entry says `confirmed: false` until a person has looked at it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

from policies.messages import joined
from service.i18n import imports

from .duplicates import Pair
from .propose_types import Proposal

TYPE, AGE, AREA, PHONE, KIND = "type", "age", "area", "phone", "kind"
IN_WORDS = {
    TYPE: imports.NO_TYPE,
    AGE: imports.NO_AGE,
    AREA: imports.NO_AREA,
    PHONE: imports.NO_NUMBER,
    KIND: imports.NO_KIND,
}
GAPS = tuple(IN_WORDS)


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
    facts = [Fix(gap, about, opens[gap, about], count) for (gap, about), count in touches.items()]
    return tuple(sorted(facts, key=lambda fix: (-fix.opens, -fix.touches, GAPS.index(fix.gap), fix.about)))


def by_value(services: Iterable[Imported]) -> list[Imported]:
    """Return services in the order in which settling pays off: fewest gaps first, then most proposals."""

    def key(service: Imported) -> tuple[int, int, str, str]:
        count = bool(service.proposals) + len(service.inferred)
        return len(service.gaps), -count, service.organization, service.slug

    return sorted(services, key=key)


def plain_line(text: str) -> str:
    """Return text that stays a comment: on a single line, and without control characters for a terminal.

    >>> plain_line("Harbor\\nHouse\\x1b[1m")
    'Harbor House [1m'
    """
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


_GUESSED = ("minimum_age", "maximum_age", "service_areas", "languages", "schedules")
_TO_FILL = {
    TYPE: "types: []",
    AGE: "minimum_age: none",
    AREA: "service_areas: everywhere",
    PHONE: 'phones: [{number: "", type: voice}]',
}


def curation_lines(
    coalition: Mapping[str, Any],
    services: Collection[Imported],
    organizations: Mapping[str, str],
    duplicates: Iterable[Pair],
) -> Iterator[str]:
    """Yield the lines of the file. `organizations`: names by slug of organizations without a known kind."""
    yield imports.CURATION_HEAD
    yield f"coalition: {_plain(dict(coalition))}"
    yield "curation:"
    yield "  services:"
    yield from chain.from_iterable(map(_service, services)) if services else ["    []"]
    yield from _organizations(organizations)
    yield from _duplicates(duplicates)


def _service(service: Imported) -> Iterator[str]:
    yield ""
    heading = f"  # {plain_line(service.name)} ({plain_line(service.organization_name)}): "
    yield joined([heading, joined((IN_WORDS[gap] for gap in GAPS if gap in service.gaps), "; ")], "")
    yield f"  - service: {service.slug}"
    yield "    confirmed: false"
    names = set()
    if TYPE in service.gaps:
        for number, proposal in enumerate(service.proposals):
            mark = "" if number == 0 else "# "
            yield imports.TYPES_FROM.format(mark=mark, types=_plain(list(proposal.types)), because=proposal.because)
            names.add("types")
    for name, guess in service.inferred.items():
        if name in _GUESSED:
            yield imports.READ_OUT_OF.format(
                name=name, value=_plain(guess["value"]), source=plain_line(str(guess["from"]))
            )
            names.add(name)
    for gap, line in _TO_FILL.items():
        if gap in service.gaps and line.partition(":")[0] not in names:
            yield f"    # {line}"
    if AGE in service.gaps and "maximum_age" not in names:
        yield "    # maximum_age: none"


def _organizations(names: Mapping[str, str]) -> Iterator[str]:
    if not names:
        return
    yield ""
    yield "  organizations:"
    for slug, name in sorted(names.items()):
        yield ""
        yield imports.ITS_KIND.format(name=plain_line(name))
        yield f"  - organization: {slug}"
        yield "    confirmed: false"
        yield "    # coalition: {basis: community, kind: victim_services}"


def _duplicates(pairs: Iterable[Pair]) -> Iterator[str]:
    for number, pair in enumerate(pairs):
        if number == 0:
            yield ""
            yield imports.MAY_BE_ONE
        yield imports.SAME_TWO.format(one=pair.first, other=pair.second, shared=joined(pair.shared, ", "))


def _plain(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
