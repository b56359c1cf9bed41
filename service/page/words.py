"""The words of the pages, by key, in the language of a reader (`service.i18n.page_texts`)."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import Request

from service.i18n.page_texts import TEXTS
from service.i18n.translation import languages, read_in
from service.web import preferences


def word(language: str, key: str, **values: object) -> str:
    """Return the text of a key, with its slots filled.

    >>> word("es", "beds.ago", parts="2 días")
    'hace 2 días'

    Raises:
        KeyError: the key is unknown, which is a defect.
    """
    return str(read_in(language, TEXTS[key].format(**values) if values else TEXTS[key], marked=True))


def words_in(language: str) -> Mapping[str, str]:
    """Return every text in a language by its key, its slots open."""
    return {key: word(language, key) for key in TEXTS}


def language_of(request: Request) -> str:
    """Return the language to answer in: the session's, else `?language=`, else the browser's choice, else English."""
    choice = getattr(request.state, "language", None) or request.query_params.get("language")
    return choice if choice in languages() else preferences.language_of(request)
