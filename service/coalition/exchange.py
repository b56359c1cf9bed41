"""The exchange: members' offers and wants, possible matches, and a draft agreement for each match.

A want stands in an agreement, in an agency's own words. A want is met by services of a type suggested by the words, by
services whose names share two words with the want, and by an offer in another agreement that shares a word. A match is
a proposal: people read, change and sign the draft. Of many wants fewer matches each are shown, `MOST_MATCHES` in all.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any

import policies
import routing
from routing.cached_property import cached_property
from service.coalition.visible_directory import VisibleDirectory
from service.directory.hsds.curation.propose_types import types_in_words
from service.i18n import coalition
from service.vocabulary import normal_term

Document = dict[str, Any]
MOST_MATCHES = 2_000
"""Matches that are shown, at most; one of each want in any case."""
_LEAST_LETTERS = 4
_LONGEST_NAME = 38
_PLAIN_WORDS = frozenset(
    {"with", "from", "that", "their", "them", "they", "this", "when", "where", "into", "over", "after", "before",
     "help", "service", "services", "people", "person", "client", "clients", "phone", "calls",
     "youth", "young", "adults", "hours"}
)  # fmt: skip
"""Words that many offers share, and that say nothing of the offer."""


@dataclass(frozen=True)
class Exchange:
    """Offers against wants, in a reader's view at a moment (aware)."""

    visible: VisibleDirectory
    at: datetime

    def document(self) -> Document:
        """Return the answer as a JSON document."""
        return {
            "members": [
                {
                    "organization": slug,
                    "offers": sorted(self._offers[slug]),
                    "wants": sorted(self._wants[slug]),
                    "types": sorted(self._types[slug]),
                }
                for slug in self._members
            ],
            "matches": [match for matches in self._matches.values() for match in matches[: self._most_per_want]],
            "complete": self.plain is None,
            "plain": self.plain,
        }

    @property
    def plain(self) -> str | None:
        """What is not shown, in words; None: all is."""
        is_cut = any(len(matches) > self._most_per_want for matches in self._matches.values())
        return coalition.MORE_MATCHES.format(count=self._most_per_want) if is_cut else None

    @cached_property
    def _members(self) -> tuple[str, ...]:
        return tuple(sorted(self.visible.members))

    @cached_property
    def _most_per_want(self) -> int:
        """The matches shown of each want, at most."""
        return max(1, MOST_MATCHES // max(1, sum(map(len, self._wants.values()))))

    @cached_property
    def _matches(self) -> dict[tuple[str, str], list[Document]]:
        """The matches of each member's wants, and one more than are shown where there are more."""
        matches = {}
        for wanting in self._members:
            partners = self._covered_members(wanting)
            for want in sorted(self._wants[wanting]):
                routing.checkpoint()
                matches[wanting, want] = list(
                    islice(self._matches_of(wanting, want, partners), self._most_per_want + 1)
                )
        return matches

    def _matches_of(self, wanting: str, want: str, partners: frozenset[str]) -> Iterator[Document]:
        suggested_types, words = self._suggested_types(wanting, want), _words(want)
        named_types = self._types_by_name(words)
        giving = set[str]().union(*(self._givers[code] for code in suggested_types))
        candidates = named_types.keys() | giving | self._sharing_word(words)
        candidates -= partners
        for offering in filter(candidates.__contains__, self._members):
            types = sorted((suggested_types & self._types[offering]) | named_types.get(offering, set()))
            if not self._is_agreed(wanting, offering, types):
                yield self._match(wanting, offering, want, types)

    def _match(self, wanting: str, offering: str, want: str, types: list[str]) -> Document:
        under_way = [
            agreement.id for agreement in self._between(wanting, offering) if agreement.status in ("draft", "suspended")
        ]
        names = {"wanting": self.visible.name(wanting), "offering": self.visible.name(offering), "what": want}
        return {
            "wanted_by": wanting,
            "offered_by": offering,
            "what": want,
            "types": types,
            "agreement": under_way[0] if under_way else None,
            "plain": coalition.MATCH.format(**names),
            "draft": self._draft(wanting, offering, want, types),
        }

    def _draft(self, wanting: str, offering: str, want: str, types: list[str]) -> Document:
        """Return an agreement in the bundle's form, for people to read, change and sign."""
        digest = hashlib.sha256(f"{wanting} {offering} {want}".encode()).hexdigest()[:8]
        parties = f"{wanting[:_LONGEST_NAME].strip('-')}-{offering[:_LONGEST_NAME].strip('-')}"
        return {
            "id": f"draft-{parties}-{digest}",
            "between": [wanting, offering],
            "mutual": True,
            "level": "cooperation",
            "type": "mou",
            "status": "draft",
            **({"types": types} if types else {}),
            "offers": {offering: want},
            "wants": {wanting: want},
        }

    def _covered_members(self, wanting: str) -> frozenset[str]:
        """Return a member, and those with whom it has an agreement in force that lists no types, and so covers all."""
        signed = (
            parties
            for agreement, parties in self._agreements[wanting]
            if agreement.types is None and self._holds(agreement)
        )
        return frozenset({wanting}).union(*signed)

    def _holds(self, agreement: policies.Agreement) -> bool:
        return agreement.is_in_force(self._today)

    @cached_property
    def _today(self) -> date:
        return self.visible.today(self.at)

    def _is_agreed(self, agency: str, partner: str, types: list[str]) -> bool:
        """Say whether an agreement in force between two agencies covers any of the types, or lists no types."""
        return any(
            self._holds(agreement) and (not types or agreement.types is None or not agreement.types.isdisjoint(types))
            for agreement in self._between(agency, partner)
        )

    def _between(self, agency: str, partner: str) -> list[policies.Agreement]:
        return [agreement for agreement, parties in self._agreements[agency] if partner in parties]

    def _suggested_types(self, organization: str, want: str) -> frozenset[str]:
        """Return the types suggested by an agency's words: its own words first, then any word for a type."""
        text = normal_term(want)
        own = {code for term, code in self._terms[organization] if term in text}
        named_types = {code for name, code in self._type_names if name in text}
        return frozenset(own or {*named_types, *types_in_words(want)})

    def _types_by_name(self, want_words: set[str]) -> dict[str, set[str]]:
        """Return the types of services whose name shares two words with a want, by organization."""
        shared = Counter(place for word in want_words for place in self._names[word])
        by_name: defaultdict[str, set[str]] = defaultdict(set)
        for place, words in shared.items():
            if words > 1:
                by_name[self._services[place].organization].update(self._services[place].types)
        return {slug: types for slug, types in by_name.items() if types}

    def _sharing_word(self, words: set[str]) -> set[str]:
        """Return the organizations whose offers share a word with a want."""
        return set[str]().union(*(self._offers_by_word[word] for word in words))

    @cached_property
    def _agreements(self) -> Mapping[str, list[tuple[policies.Agreement, frozenset[str]]]]:
        """The agreements of each organization, with their parties."""
        agreements: defaultdict[str, list[tuple[policies.Agreement, frozenset[str]]]] = defaultdict(list)
        for agreement in self.visible.agreements:
            parties = frozenset(agreement.between)
            for slug in parties:
                agreements[slug].append((agreement, parties))
        return agreements

    @cached_property
    def _terms(self) -> Mapping[str, list[tuple[str, str]]]:
        """The words of each organization, with the types that they mean."""
        terms: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        for (slug, term), code in self.visible.names.terms.items():
            terms[slug].append((term, code))
        return terms

    @cached_property
    def _type_names(self) -> list[tuple[str, str]]:
        return [(normal_term(self.visible.type_name(code)), code) for code in self.visible.types]

    @cached_property
    def _names(self) -> Mapping[str, list[int]]:
        """The places in `_services` of those whose names hold a word, by word."""
        names: defaultdict[str, list[int]] = defaultdict(list)
        for place, service in enumerate(self._services):
            for word in _words(service.name):
                names[word].append(place)
        return names

    @cached_property
    def _offers_by_word(self) -> Mapping[str, set[str]]:
        """The organizations whose offers hold a word, by word."""
        by_owner: defaultdict[str, set[str]] = defaultdict(set)
        for slug, offers in self._offers.items():
            for word in set[str]().union(*map(_words, offers)):
                by_owner[word].add(slug)
        return by_owner

    @cached_property
    def _offers(self) -> Mapping[str, set[str]]:
        return self._promises("offers")

    @cached_property
    def _wants(self) -> Mapping[str, set[str]]:
        return self._promises("wants")

    def _promises(self, side: str) -> Mapping[str, set[str]]:
        by_owner: defaultdict[str, set[str]] = defaultdict(set)
        for agreement in self.visible.agreements:
            if agreement.status != "ended":
                for slug, words in getattr(self.visible.names.promises[agreement.id], side).items():
                    by_owner[slug].add(words)
        return by_owner

    @cached_property
    def _types(self) -> Mapping[str, set[str]]:
        """The types offered now, by organization."""
        types: defaultdict[str, set[str]] = defaultdict(set)
        for service in self._services:
            types[service.organization].update(service.types)
        return types

    @cached_property
    def _givers(self) -> Mapping[str, set[str]]:
        """The organizations that offer a type now, by type."""
        givers: defaultdict[str, set[str]] = defaultdict(set)
        for service in self._services:
            for service_type in service.types:
                givers[service_type].add(service.organization)
        return givers

    @cached_property
    def _services(self) -> list[routing.Service]:
        """The active services."""
        return [service for service in self.visible.snapshot.services if service.active]


def _words(text: str) -> set[str]:
    """Return the topic words of a text, without the ending of a plural."""
    words = re.findall(rf"[^\W\d_]{{{_LEAST_LETTERS},}}", text.casefold())
    return {word.removesuffix("s") for word in words if word not in _PLAIN_WORDS}
