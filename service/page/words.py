"""The words of the pages: files by language with the same keys.

Sentences of pages stand nowhere else; labels of the closed lists stand with their words (`service.vocabulary`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

import yaml
from fastapi import Request

from service import vocabulary
from service.api import preferences
from service.wording.translation import LANGUAGES

DEFAULT = LANGUAGES[0]
LABELS = {
    "need": "service_types",
    "data": "data_classes",
    "urgency": "urgencies",
    "mark": "marks",
    "choice.client.gender": "genders",
    "agency_kind": "kinds",
}
"""Parts whose texts are the labels of a closed list, or its names where the list has no labels."""


def read_words(language: str) -> Mapping[str, str]:
    """Return every text of a language by its key, `intake.title` for `title` under `intake`. Reads package files.

    `en.yaml` holds the texts shared by every page; a group of pages has a file of its own, such as `signin.en.yaml`.
    Labels of the closed lists are added (`LABELS`). Every key is read as text, `on` and `no` included.
    """
    folder = files("service.page") / "words"
    names = sorted(file.name for file in folder.iterdir() if f".{file.name}".endswith(f".{language}.yaml"))
    texts = [(folder / name).read_text(encoding="utf-8") for name in names]
    trees = [yaml.load(text, yaml.BaseLoader) for text in texts]  # noqa: S506 - this loader makes text of all there is
    return {key: text for tree in trees for key, text in _flat(tree)} | dict(_labels(language))


def _labels(language: str) -> Iterator[tuple[str, str]]:
    for part, name in LABELS.items():
        for code, word in vocabulary.LISTS[name].items():
            yield f"{part}.{code}", (word.label or word.name).read_in(language)


def _flat(tree: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{key}.")
        else:
            yield f"{before}{key}", str(value)


WORDS = {language: read_words(language) for language in LANGUAGES}


def word(language: str, key: str, **values: object) -> str:
    """Return the text of a key, with its slots filled.

    >>> word("es", "time.and", first="comida, ropa", last="refugio")
    'comida, ropa y refugio'

    Raises:
        KeyError: the key is unknown, which is a defect.
    """
    return WORDS[language][key].format(**values) if values else WORDS[language][key]


def language_of(request: Request) -> str:
    """Return the language to answer in: the session's, else `?language=`, else the browser's choice, else English."""
    kept = getattr(request.state, "language", None) or request.query_params.get("language")
    return kept if kept in LANGUAGES else preferences.language_of(request)
