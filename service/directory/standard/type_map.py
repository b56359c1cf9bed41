"""Service types that a taxonomy term means for certain: `titles` of each type, and the coalition's own statements.

A title that could mean several of our types is `sure` for none: a wrong type sends a client to a wrong door, while a
missing type is reported.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from service.vocabulary import TYPES, normal_term

OPEN_ELIGIBILITY = "openeligibility"

_TYPES_OF_TITLES = {title: code for code, service_type in TYPES.items() for title in service_type.titles.sure}
_TYPES_OF_NUMBERS = {number: code for code, service_type in TYPES.items() for number in service_type.titles.numbers}
"""Terms whose title has different meanings in different places of the taxonomy: by number alone."""


def types_of(attributes: Any, same_as: Mapping[str, str]) -> frozenset[str]:
    """Return the service types that the HSDS `attributes` of a service mean for certain. Pure.

    `same_as` maps `taxonomy:code`, as a coalition's vocabulary states it, to a code of the coalition.

    >>> types_of([{"taxonomy_term": {"name": "Food  Pantry"}}], {})
    frozenset({'food'})
    >>> shelter = {"taxonomy_term": {"taxonomy": "AIRS", "code": "BH-1800", "name": "Homeless Shelter"}}
    >>> types_of([shelter], {}), types_of([shelter], {"airs:bh-1800": "emergency_shelter"})
    (frozenset(), frozenset({'emergency_shelter'}))
    """
    return frozenset(code for term in terms_of(attributes) for code in _types_of_term(term, same_as))


def terms_of(attributes: Any) -> list[dict[str, Any]]:
    """Return the taxonomy terms in the HSDS `attributes` of a record; empty if `attributes` is no list. Pure."""
    items = attributes if isinstance(attributes, list) else ()
    terms = (item.get("taxonomy_term") for item in items if isinstance(item, dict))
    return [term for term in terms if isinstance(term, dict)]


def _types_of_term(term: Mapping[str, Any], same_as: Mapping[str, str]) -> Iterator[str]:
    title, code = (normal_term(str(term.get(key) or "")) for key in ("name", "code"))
    if title in _TYPES_OF_TITLES:
        yield _TYPES_OF_TITLES[title]
    for name in _taxonomy_names(term):
        if name == OPEN_ELIGIBILITY and code in _TYPES_OF_NUMBERS:
            yield _TYPES_OF_NUMBERS[code]
        if f"{name}:{code}" in same_as:
            yield same_as[f"{name}:{code}"]


def _taxonomy_names(term: Mapping[str, Any]) -> set[str]:
    detail = term.get("taxonomy_detail")
    names = (term.get("taxonomy"), detail.get("name") if isinstance(detail, dict) else None)
    return {"".join(filter(str.isalnum, name.casefold())) for name in names if isinstance(name, str)}
