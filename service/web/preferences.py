"""Preferences of a request (RFC 9110, section 12.5): the language and the media type to answer in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeVar

from fastapi import Request

from service.i18n.translation import ENGLISH, holds_messages, languages, read_in
from service.security import CALLER_KEY

LANGUAGE_PARAMETER = {
    "name": "Accept-Language",
    "in": "header",
    "description": "The language of the code's words and of sentences: `en`, `es` or one of the coalition's "
    "catalogues; by default English.",
    "schema": {"type": "string"},
}


SENTENCES_PARAMETER = LANGUAGE_PARAMETER | {
    "description": "The language of sentences: `en`, `es` or one of the coalition's catalogues; by default English."
}
"""Of every operation: its problems are sentences, if nothing else is."""
Shown = TypeVar("Shown")
MOST_VALUES = 50
"""So many values of a header are read."""


def language_of(request: Request) -> str:
    """Return the language of ours that `Accept-Language` prefers, English for any other.

    >>> language_of(Request({"type": "http", "headers": [(b"accept-language", b"fr, en;q=0.5, es-MX;q=0.8")]}))
    'es'
    """
    for tag in preferences(request, "accept-language"):
        if tag.partition("-")[0] in languages():
            return tag.partition("-")[0]
    return ENGLISH


def in_language(language: str, *others: str) -> dict[str, str]:
    """Return the headers of an answer in a language that the reader chose; `others`: headers that it varies by besides.

    >>> in_language("es", "Accept")
    {'Content-Language': 'es', 'Vary': 'Accept, Accept-Language'}
    """
    return {"Content-Language": language, "Vary": ", ".join((*others, "Accept-Language"))}


def for_reader(request: Request, document: Shown, *others: str) -> tuple[Shown, dict[str, str]]:
    """Return a document with its sentences as the reader prefers them, and the headers that say so, if it holds any.

    `others`: headers that the answer varies by besides. Pages, which ask from within, are told what is not translated.
    """
    if not holds_messages(document):
        return document, {"Vary": ", ".join(others)} if others else {}
    language = language_of(request)
    return read_in(language, document, marked=CALLER_KEY in request.scope), in_language(language, *others)


def tag_in(etag: str, headers: Mapping[str, str]) -> str:
    """Return the entity tag of a document in the language that the headers name.

    >>> tag_in('"12"', {"Content-Language": "es"}), tag_in('"12"', {})
    ('"12-es"', '"12"')
    """
    language = headers.get("Content-Language")
    return etag if language is None else f'{etag[:-1]}-{language}"'


def version_of(tag: str) -> str:
    """Return the entity tag without the language: the condition of a change.

    >>> version_of('"12-es"'), version_of('"12"')
    ('"12"', '"12"')
    """
    return re.sub(rf'-(?:{"|".join(languages())})"$', '"', tag)


def preferences(request: Request, header: str) -> list[str]:
    """Return the values of a header, best first (RFC 9110, section 12.4.2), without the refused values (`q=0`).

    >>> request = Request({"type": "http", "headers": [(b"accept", b"text/html;q=0.5, text/plain, */*;q=0")]})
    >>> preferences(request, "accept")
    ['text/plain', 'text/html']
    """
    ranking: list[tuple[float, int, str]] = []
    for part in ",".join(request.headers.getlist(header)).split(",")[:MOST_VALUES]:
        word, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weights = [piece[2:] for piece in parameters if piece.startswith("q=")]
        try:
            weight = float(weights[0]) if weights else 1.0
        except ValueError:
            weight = 0.0
        if word and weight > 0:
            ranking.append((-weight, len(ranking), word))
    return [word for _, _, word in sorted(ranking)]
