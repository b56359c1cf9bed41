"""What documents of the interface say, and what of it cannot be said in Spanish."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from service.serving.served import Served
from service.wording.spanish import in_spanish

SAID = frozenset({"plain", "text", "would_change", "before", "inquire", "about", "checked", "meaning"})
"""Keys whose values are sentences of ours."""
LISTED = frozenset({"see", "ask", "never_kept"})
"""Keys whose values are lists of them."""
ENGLISH = re.compile(
    r"\b(the|and|of|is|are|this|that|with|to|they|who|which|not|for|or|you|your|what)\b", re.IGNORECASE
)


def said_in(document: Any) -> Iterator[str]:
    """Yield every sentence of a document."""
    if isinstance(document, list):
        yield from (text for item in document for text in said_in(item))
    elif isinstance(document, dict):
        for key, value in document.items():
            if key in SAID and isinstance(value, str):
                yield value
            elif key in LISTED and isinstance(value, list):
                yield from value
            else:
                yield from said_in(value)


def names_of(served: Served) -> frozenset[str]:
    """Return every name of a directory: of agencies, services, forms, areas and the coalition's own words."""
    names = served.names
    views = (*names.organizations.values(), *names.services.values(), *names.codes.values(), *names.forms.values())
    return frozenset((*(view.name for view in views), *names.areas.values()))


def not_in_spanish(texts: Iterable[str], names: frozenset[str]) -> list[str]:
    """Return the texts that have no Spanish, or whose Spanish holds English words outside of names."""
    longest_first = sorted(names, key=len, reverse=True)
    named = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")
    found = {text: in_spanish(text, names) for text in texts}
    return [text for text, said in found.items() if said is None or ENGLISH.search(named.sub("", said))]
