"""Words with two meanings, side by side: each word of agencies, with each agency's meaning."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import routing
from routing.cached_property import cached_property
from service.coalition.visible_directory import VisibleDirectory
from service.vocabulary import TRAITS, normal_term

Document = dict[str, Any]


@dataclass(frozen=True)
class AgencyWords:
    """The words of agencies in a reader's view."""

    visible: VisibleDirectory

    def document(self) -> Document:
        """Return the words of agencies with more than one meaning."""
        words = [
            {"term": term, "meanings": self.meanings(term)}
            for term in sorted(self.codes_by_word)
            if self.is_split(term)
        ]
        return {"directory_version": self.visible.version, "words": words}

    def is_split(self, term: str) -> bool:
        """Say whether a word (normal form) has two meanings: with two agencies, or with an agency and as a code."""
        return len(self.meanings(term)) > 1

    def meanings(self, *words: str) -> list[Document]:
        """Return the present meanings of any of the words: agencies' own words, and codes with the name."""
        routing.checkpoint()
        users_by_code: defaultdict[str, set[str]] = defaultdict(set)
        for word in map(normal_term, words):
            for organization, code in self.codes_by_word.get(word, {}).items():
                users_by_code[code].add(organization)
            for code in self._codes_by_name.get(word, ()):
                users_by_code.setdefault(code, set())
        return [
            {"means": code, "name": self.visible.type_name(code), "organizations": sorted(users_by_code[code])}
            for code in sorted(users_by_code)
        ]

    @cached_property
    def codes_by_word(self) -> Mapping[str, Mapping[str, str]]:
        """By each word (normal form): the using organizations (slugs), and each one's code."""
        meanings: defaultdict[str, dict[str, str]] = defaultdict(dict)
        for (organization, term), code in self.visible.names.terms.items():
            meanings[term][organization] = code
        return meanings

    @cached_property
    def _codes_by_name(self) -> Mapping[str, set[str]]:
        """The codes with a name, or with its spelling."""
        by_name: defaultdict[str, set[str]] = defaultdict(set)
        for code in (*self.visible.types, *TRAITS, *self.visible.names.codes):
            for name in (code, code.replace("_", " "), self.visible.type_name(code)):
                by_name[normal_term(name)].add(code)
        return by_name
