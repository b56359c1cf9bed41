"""What documents of the interface say, and what of it is not said in Spanish."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from policies.messages import Message
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.i18n.translation import read_in

SAID = frozenset({
    "plain", "text", "would_change", "before", "inquire", "about", "asks", "checked", "meaning", "confirm",
    "may_report", "how", "script",
})  # fmt: skip
"""Keys whose values are sentences of ours, unless they are dates; in lists, those of `SAID_IN_LISTS`."""
DATE = re.compile(r"\d{4}-\d\d-\d\d")
KEPT_NAMES = frozenset({"National Center for Missing and Exploited Children"})
"""Organizations outside of any directory that Spanish calls by their own name."""
SAID_IN_LISTS = frozenset({"plain", "see", "ask", "say", "never_kept"})
ENGLISH = re.compile(
    r"\b(the|and|of|is|are|this|that|with|to|they|who|which|not|for|or|you|your|what)\b", re.IGNORECASE
)


def said_in(document: Any) -> Iterator[str]:
    """Yield every sentence of a document."""
    if isinstance(document, list | tuple):
        yield from (text for item in document for text in said_in(item))
    elif isinstance(document, dict):
        for key, value in document.items():
            if key in SAID and isinstance(value, str):
                if not DATE.fullmatch(value):
                    yield value
            elif (
                key in SAID_IN_LISTS
                and isinstance(value, list | tuple)
                and all(isinstance(entry, str) for entry in value)
            ):
                yield from (entry for entry in value if " " in entry)
            else:
                yield from said_in(value)


def names_of(directory: DirectorySnapshot) -> frozenset[str]:
    """Return every name of a directory: of agencies, services, forms, areas and the coalition's own words."""
    names = directory.names
    views = (*names.organizations.values(), *names.services.values(), *names.codes.values(), *names.forms.values())
    return frozenset((*(view.name for view in views if not isinstance(view.name, Message)), *names.areas.values()))


def in_spanish(message: Any) -> Any:
    """Return a message, or a document, written out in Spanish."""
    return read_in("es", message)


def not_in_spanish(document: Any, names: Iterable[str] = ()) -> list[str]:
    """Return the sentences of a document that are no messages, or whose Spanish holds English outside of names."""
    texts = [*said_in(document)]
    spanish = [*said_in(in_spanish(document))]
    english = {*left_in_english(spanish, names)}
    return [
        text
        for text, translation in zip(texts, spanish, strict=True)
        if not isinstance(text, Message) or translation in english
    ]


def left_in_english(texts: Iterable[str], names: Iterable[str] = ()) -> list[str]:
    """Return the Spanish texts that hold English words outside of names."""
    name_pattern = re.compile("|".join(map(re.escape, sorted({*names, *KEPT_NAMES}, key=len, reverse=True))))
    return [text for text in texts if ENGLISH.search(name_pattern.sub("", text))]
