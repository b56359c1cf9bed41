"""List every word that a bundle, a profile or an answer may use, with its meaning."""

from __future__ import annotations

from typing import Any

from service import vocabulary
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.i18n import codes
from service.i18n.languages import name_of_tag

_ADDED = {"service_types": "type", "traits": "trait"}
"""Lists that a coalition may add to, and the type of word that it adds."""


def list_terms(directory: DirectorySnapshot) -> dict[str, Any]:
    """Return each closed list as `code`, `name`, `meaning`, and agencies' own `words`, as far as they are shown.

    Built-in words come first, in the documented order; the rest is sorted by code. Pure.
    """
    names = directory.names
    lists: dict[str, Any] = {
        name: [
            *(_term(code, codes.word(name, code), codes.meaning(name, code)) for code in words),
            *(_term(code, view.name) for code, view in sorted(names.codes.items()) if view.kind == _ADDED.get(name)),
        ]
        for name, words in vocabulary.LISTS.items()
    }
    terms = sorted((owner, term) for owner, term in names.terms if owner in names.organizations)
    return {
        **lists,
        "areas": [_term(code, name) for code, name in sorted(names.areas.items())],
        "languages": [_term(tag, name_of_tag(tag)) for tag in directory.snapshot.words.languages],
        "words": [{"term": term, "organization": owner, "means": names.terms[owner, term]} for owner, term in terms],
        "directory_version": directory.directory_version,
    }


def _term(code: str, name: str, meaning: str | None = None) -> dict[str, str | None]:
    return {"code": code, "name": name, "meaning": meaning}
