"""Service types suggested by the taxonomy terms and the name of an imported service. Pure, after reading the table.

A proposal is for a person to confirm. A certain meaning of a term is taken at import already (`type_map`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import islice
from operator import itemgetter
from typing import Any

import yaml

from service.directory.standard.type_map import terms_of
from service.i18n import imports
from service.vocabulary import TYPES, normal_term

_NUMBERS = "open_eligibility.yaml"
_NAMES = sorted(
    (
        (service_type.named.turn, service_type.named.pattern, code)
        for code, service_type in TYPES.items()
        if service_type.named
    ),
    key=itemgetter(0),
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """Types, most likely first, and their source: a taxonomy term's title, or the service's name."""

    types: tuple[str, ...]
    because: str


def propose_types(name: str, attributes: Any) -> tuple[Proposal, ...]:
    """Return the suggestions of the terms in `attributes`; if no term suggests a type, the suggestion of the name.

    >>> propose_types("Harbor Detox Center", [])
    (Proposal(types=('detox',), because='its name'),)
    """
    by_name = (Proposal((code,), imports.OF_ITS_NAME) for code in _codes_in(name))
    return tuple(_from_terms(terms_of(attributes))) or tuple(islice(by_name, 1))


def types_in_words(text: str) -> tuple[str, ...]:
    """Return every service type suggested by words of a text, sorted: "a ride to court" and the like. Pure.

    >>> types_in_words("a ride to court and a hot meal")
    ('food', 'transportation')
    """
    return tuple(sorted(set(_codes_in(text))))


def _codes_in(text: str) -> Iterator[str]:
    term = normal_term(text)
    return (code for _, form, code in _NAMES if re.search(rf"\b(?:{form})", term))


def _from_terms(terms: Sequence[Mapping[str, Any]]) -> Iterator[Proposal]:
    titles, numbers = _table()
    for term in terms:
        title = normal_term(str(term.get("name") or ""))
        code = normal_term(str(term.get("code") or term.get("id") or ""))
        match = title if title in titles else numbers.get(code, "")
        if match in titles:
            yield Proposal(titles[match], imports.OF_A_TERM.format(found=match))


@cache
def _table() -> tuple[Mapping[str, tuple[str, ...]], Mapping[str, str]]:
    """Return the types that a title may mean, most likely first, and the titles of numbers."""
    titles: defaultdict[str, list[str]] = defaultdict(list)
    for likelihood in ("sure", "likely", "perhaps"):
        for code, service_type in TYPES.items():
            for title in getattr(service_type.titles, likelihood):
                titles[title].append(code)
    numbers = yaml.safe_load(files(__package__).joinpath(_NUMBERS).read_text(encoding="utf-8"))
    return {title: tuple(types) for title, types in titles.items()}, numbers
