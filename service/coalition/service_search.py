"""A search of services, as a directory of help has it: by words, need, age, area, language, and opening hours."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import routing
from routing.cached_property import cached_property
from service import vocabulary
from service.coalition.visible_directory import VisibleDirectory
from service.i18n.languages import name_of_tag
from service.i18n.texts import fold
from service.i18n.translation import languages, read_in
from service.vocabulary import SIGN_LANGUAGES

Document = dict[str, Any]
OPEN, UNKNOWN = "open", "unknown"
CLOSE, MOST_SLIPS = 0.8, 10
"""How alike a mistyped word is to what was meant (`difflib`), and so many words it may be a slip for."""
DEAF = ("deaf", "hearing", "sordo", "sorda")
"""What people look for a sign language by."""


class Match(NamedTuple):
    """A service that fits; `sure` False: it may fit, and not all of that is known."""

    service: routing.Service
    hours: routing.Availability
    sure: bool


@dataclass(frozen=True)
class ServiceSearch:
    """A search in a reader's view, at a moment (aware). None, or empty words: no filter.

    `words`: each in the name of the agency or the service, in the agency's description, in what people call the need,
    or in the name of a language; a word that is nowhere is read as one that it may be a slip for.
    """

    visible: VisibleDirectory
    at: datetime
    words: str = ""
    type: str | None = None
    area: str | None = None
    age: int | None = None
    language: str | None = None
    open_now: bool = False

    def __post_init__(self) -> None:
        """Refuse filters absent from the directory.

        Raises:
            FilterRefused: the type or the area is unknown.
        """
        self.visible.require(type=self.type, area=self.area)

    def document(self, *, page: int, per_page: int) -> Document:
        """Return a page of the agencies with a service that fits, those that surely fit first, then by name."""
        agencies = sorted(self._by_agency.items(), key=self._order)
        page_matches = agencies[(page - 1) * per_page : page * per_page]
        return {
            "items": [self._agency(slug, matches) for slug, matches in page_matches],
            "page": page,
            "per_page": per_page,
            "total": len(agencies),
        }

    @cached_property
    def _by_agency(self) -> Mapping[str, list[Match]]:
        """The services that fit, by organization; where only words are asked for, agencies that are so called too."""
        matches: dict[str, list[Match]] = {}
        if not any((self.type, self.area, self.age is not None, self.language, self.open_now)):
            matches = {slug: [] for slug in self.visible.organizations if self._has_words(slug, "")}
        for match in self._matches():
            matches.setdefault(match.service.organization, []).append(match)
        return matches

    def _matches(self) -> Iterator[Match]:
        snapshot = self.visible.snapshot
        bands = routing.age_bands(snapshot) if self.age is None else ((self.age, self.age),)
        survey = routing.Survey(snapshot, bands, language=self.language)
        acceptance = survey.acceptance(self.area)
        sure: NDArray[np.bool_] = np.logical_or.reduce(acceptance.sure, axis=0)
        fits: NDArray[np.bool_] = sure | np.logical_or.reduce(acceptance.unsure, axis=0)
        if self.type is not None:
            fits &= np.isin(survey.rows, snapshot.postings.get(self.type, _NOBODY))
        for row, is_sure in zip(survey.rows[fits].tolist(), sure[fits].tolist(), strict=True):
            routing.checkpoint()
            service = snapshot.services[row]
            if not self._has_words(service.organization, service.slug):
                continue
            hours = routing.availability(service, self.at, snapshot.zone)
            if not self.open_now or hours.status in (OPEN, UNKNOWN):
                hours_known = not self.open_now or hours.status == OPEN
                yield Match(service, hours, is_sure and hours_known)

    def _has_words(self, organization: str, service: str) -> bool:
        return (organization, service) in self._named

    @cached_property
    def _named(self) -> frozenset[tuple[str, str]]:
        """The agencies and services that have the words; where none has, the services that are usually called so."""
        named = frozenset(
            key
            for key, text in self._texts.items()
            if all(any(form in text for form in forms) for forms in self._forms)
        )
        if named:
            return named
        words = fold(self.words)
        usual = {
            code
            for code, service_type in vocabulary.TYPES.items()
            if service_type.named is not None and re.search(rf"\b(?:{service_type.named.pattern})", words)
        }
        services = self.visible.snapshot.services
        return frozenset((entry.organization, entry.slug) for entry in services if usual & entry.types)

    @cached_property
    def _forms(self) -> tuple[frozenset[str], ...]:
        """What each word is looked for as: itself, or the words here that it may be a slip for if it is in none."""
        tokens = self.visible.once(("searched tokens",), lambda: frozenset(" ".join(self._texts.values()).split()))
        return tuple(
            frozenset({word})
            if any(word in token for token in tokens)
            else frozenset(get_close_matches(word, tokens, MOST_SLIPS, CLOSE)) or frozenset({word})
            for word in fold(self.words).split()
        )

    @property
    def _texts(self) -> Mapping[tuple[str, str], str]:
        """The searched text of each agency (with an empty service), and of each service, its agency's included."""
        return self.visible.once(("searched texts",), self._read_texts)

    def _read_texts(self) -> Mapping[tuple[str, str], str]:
        texts: dict[tuple[str, str], str] = {}
        for slug, view in self.visible.organizations.items():
            texts[slug, ""] = fold(f"{view.name} {view.description or ''}")
        for service in self.visible.snapshot.services:
            needs = " ".join(name for code in sorted(service.types) for name in self._type_names(code))
            spoken = " ".join(_language_words(tag) for tag in service.languages or ())
            text = f"{texts[service.organization, '']} {fold(f'{service.name} {needs} {spoken}')}"
            texts[service.organization, service.slug] = text
        return texts

    def _type_names(self, code: str) -> tuple[str, ...]:
        """Return how people call a service type in each language: its names, what it means, what agencies call it."""
        own = tuple(term for (_, term), means in self.visible.names.terms.items() if means == code)
        service_type = vocabulary.TYPES.get(code)
        if service_type is None:
            return (self.visible.type_name(code), *own)
        texts = (service_type.name, service_type.label, service_type.meaning)
        names = tuple(text for name in texts if name is not None for text in (name.en, name.es))
        return (*names, *service_type.titles.sure, *service_type.titles.likely, *own)

    def _order(self, agency_matches: tuple[str, list[Match]]) -> tuple[bool, str, str]:
        slug, matches = agency_matches
        return not any(match.sure for match in matches), fold(self.visible.name(slug)), slug

    def _agency(self, slug: str, matches: list[Match]) -> Document:
        view = self.visible.organizations[slug]
        in_order = sorted(
            matches, key=lambda match: (not match.sure, match.service.name.casefold(), match.service.slug)
        )
        return {
            "id": view.id,
            "slug": slug,
            "name": view.name,
            "description": view.description,
            "listed": view.listed,
            "phones": [_phone(phone) for phone in view.phones],
            "services": [self._service(match) for match in in_order],
        }

    def _service(self, match: Match) -> Document:
        service, hours = match.service, match.hours
        view = self.visible.names.services[service.slug]
        return {
            "id": view.id,
            "slug": service.slug,
            "name": view.name,
            "types": sorted(service.types),
            "sure": match.sure,
            "status": hours.status,
            "opens_at": None if hours.opens_at is None else hours.opens_at.isoformat(),
            "closes_at": None if hours.closes_at is None else hours.closes_at.isoformat(),
            "phones": [_phone(phone) for phone in view.phones],
        }


def _language_words(tag: str) -> str:
    """Return how people call a language, in each language of the pages, and who speaks a sign language."""
    name = name_of_tag(tag)
    names = " ".join(read_in(language, name) for language in languages())
    return " ".join([names, *DEAF]) if SIGN_LANGUAGES & set(tag.lower().split("-")) else names


_NOBODY: NDArray[np.int32] = np.empty(0, dtype=np.int32)


def _phone(phone: routing.Phone) -> Document:
    return {"number": phone.number, "type": phone.type, "description": phone.description}
