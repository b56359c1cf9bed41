"""The exchange: members' offers and wants, possible matches, and a draft agreement for each match.

A want stands in an agreement, in an agency's own words. A want is met by services of a type suggested by the words, by
services whose names share two words with the want, and by an offer in another agreement that shares a word. A match is
a proposal: people read, change and sign the draft.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import policies
import routing
from routing.kept import cached_property
from service.coalition.sight import VisibleDirectory, is_in_force
from service.hsds.curation.propose_types import types_in_words
from service.vocabulary import normal_term
from service.wording import coalition

Document = dict[str, Any]
_LEAST_LETTERS = 4
_LONGEST_NAME = 38
_PLAIN_WORDS = frozenset(
    {"with", "from", "that", "their", "them", "they", "this", "when", "where", "into", "over", "after", "before",
     "help", "service", "services", "people", "person", "client", "clients", "phone", "calls",
     "youth", "young", "adults", "hours"}
)  # fmt: skip
"""Words that many offers share, and that say nothing of what is offered."""


@dataclass(frozen=True)
class Exchange:
    """Offers against wants, in a reader's view at a moment (aware)."""

    sight: VisibleDirectory
    at: datetime

    def document(self) -> Document:
        """Return the answer in the contract's form."""
        members = sorted(self.sight.members)
        return {
            "members": [
                {
                    "organization": slug,
                    "offers": sorted(self._offers[slug]),
                    "wants": sorted(self._wants[slug]),
                    "types": sorted(self._types[slug]),
                }
                for slug in members
            ],
            "matches": [*self._matches(members)],
        }

    def _matches(self, members: list[str]) -> Iterator[Document]:
        for wanting in members:
            for what in sorted(self._wants[wanting]):
                suggested = self._suggested(wanting, what)
                for offering in members:
                    routing.checkpoint()
                    types = sorted((suggested & self._types[offering]) | self._named_so(offering, what))
                    if offering == wanting or not (types or self._shares_word(offering, what)):
                        continue
                    if not self._is_agreed(wanting, offering, types):
                        yield self._match(wanting, offering, what, types)

    def _match(self, wanting: str, offering: str, what: str, types: list[str]) -> Document:
        under_way = [one.id for one in self._between(wanting, offering) if one.status in ("draft", "suspended")]
        names = {"wanting": self.sight.name(wanting), "offering": self.sight.name(offering), "what": what}
        return {
            "wanted_by": wanting,
            "offered_by": offering,
            "what": what,
            "types": types,
            "agreement": under_way[0] if under_way else None,
            "plain": coalition.MATCH.format(**names),
            "draft": self._draft(wanting, offering, what, types),
        }

    def _draft(self, wanting: str, offering: str, what: str, types: list[str]) -> Document:
        """Return an agreement in the bundle's form, for people to read, change and sign."""
        digest = hashlib.sha256(f"{wanting} {offering} {what}".encode()).hexdigest()[:8]
        parties = f"{wanting[:_LONGEST_NAME].strip('-')}-{offering[:_LONGEST_NAME].strip('-')}"
        return {
            "id": f"draft-{parties}-{digest}",
            "between": [wanting, offering],
            "mutual": True,
            "level": "cooperation",
            "type": "mou",
            "status": "draft",
            **({"types": types} if types else {}),
            "offers": {offering: what},
            "wants": {wanting: what},
        }

    def _is_agreed(self, one: str, other: str, types: list[str]) -> bool:
        """Say whether an agreement in force between two agencies covers any of the types, or lists no types."""
        today = self.sight.today(self.at)
        return any(
            is_in_force(found, today) and (not types or found.types is None or not found.types.isdisjoint(types))
            for found in self._between(one, other)
        )

    def _between(self, one: str, other: str) -> list[policies.Agreement]:
        return [found for found in self.sight.agreements if {one, other} <= set(found.between)]

    def _suggested(self, organization: str, what: str) -> frozenset[str]:
        """Return the types suggested by an agency's words: its own words first, then any word for a type."""
        said, terms = normal_term(what), self.sight.names.terms
        own = {code for (slug, term), code in terms.items() if slug == organization and term in said}
        named = {code for code in self.sight.types if normal_term(self.sight.type_name(code)) in said}
        return frozenset(own or {*named, *types_in_words(what)})

    def _named_so(self, organization: str, what: str) -> set[str]:
        """Return the types of services whose name shares two words with a want."""
        wanted = _words(what)
        names = [(_words(service.name), service.types) for service in self._services[organization]]
        return {service_type for name, types in names if len(wanted & name) > 1 for service_type in types}

    def _shares_word(self, organization: str, what: str) -> bool:
        return any(_words(what) & _words(offer) for offer in self._offers[organization])

    @cached_property
    def _offers(self) -> Mapping[str, set[str]]:
        return self._said("offers")

    @cached_property
    def _wants(self) -> Mapping[str, set[str]]:
        return self._said("wants")

    def _said(self, side: str) -> Mapping[str, set[str]]:
        found: defaultdict[str, set[str]] = defaultdict(set)
        for agreement in self.sight.agreements:
            if agreement.status != "ended":
                for slug, words in getattr(self.sight.names.promises[agreement.id], side).items():
                    found[slug].add(words)
        return found

    @cached_property
    def _types(self) -> Mapping[str, set[str]]:
        """The types offered now, by organization."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        for slug, services in self._services.items():
            found[slug].update(*(service.types for service in services))
        return found

    @cached_property
    def _services(self) -> Mapping[str, list[routing.Service]]:
        """The active services of each organization."""
        found: defaultdict[str, list[routing.Service]] = defaultdict(list)
        for service in self.sight.snapshot.services:
            if service.active:
                found[service.organization].append(service)
        return found


def _words(text: str) -> set[str]:
    """Return the topic words of a text, without the ending of a plural."""
    found = re.findall(rf"[^\W\d_]{{{_LEAST_LETTERS},}}", text.casefold())
    return {word.removesuffix("s") for word in found if word not in _PLAIN_WORDS}
