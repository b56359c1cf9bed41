"""The catalogue of a language for its translators: every English text with its place, and the faults in it."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from io import BytesIO
from pkgutil import iter_modules
from typing import Any, NamedTuple

from babel.messages.catalog import Catalog
from babel.messages.catalog import Message as CatalogueEntry
from babel.messages.pofile import write_po

import policies
from policies import explaining
from policies.messages import templates_of
from service import i18n as wording
from service.coalition import read_guide
from service.i18n import codes, setup, sheet
from service.i18n.entry_faults import fault_of
from service.i18n.languages import codes_of_our_own, name_of_tag
from service.i18n.translation import BadCatalogue, read_catalogues, read_reviewed, refused_catalogues
from service.vocabulary import CALLS_BY_TYPE, LISTS, TRAITS, policy_packs

LONGEST = {"label": 11}
"""So many signs fit where the texts of a context are shown."""
PROJECT, COLUMNS = "referral-router", 110


class Text(NamedTuple):
    """A text to translate. `many`: the text for any number but one, empty without a number.

    `context`: apart from others of the same English. `place`: the module or the data that says it.
    """

    english: str
    context: str
    many: str
    place: str


def list_texts() -> tuple[Text, ...]:
    """Return every text, once each. Imports the modules that word them, and reads package files."""
    texts: dict[tuple[str, str, str], Text] = {}
    for place, value in _values():
        for template in templates_of(value):
            texts.setdefault(template, Text(*template, place))
    return tuple(texts.values())


def _values() -> Iterator[tuple[str, Any]]:
    for package in (wording, explaining):
        for module in iter_modules(package.__path__, f"{package.__name__}."):
            yield module.name, [value for name, value in vars(import_module(module.name)).items() if name.isupper()]
    yield "rules", policies.load_messages()
    lines = (line for card in policies.load_states().values() for line in card.lines)
    every = (*policies.load_lines(policy_packs()), *lines)
    yield "lines", [text for line in every for text in (line.hours, line.may_report) if text is not None]
    yield "states", [card.in_a_sentence for card in policies.load_states().values()]
    yield "guide", read_guide()
    for name, words in LISTS.items():
        yield name, [text for code in words for text in (codes.word(name, code), codes.meaning(name, code))]
    yield "languages", [name_of_tag(code) for code in codes_of_our_own()]
    yield "traits", [codes.topic(trait) for trait in TRAITS]
    yield "calls", [text for code in CALLS_BY_TYPE for text in (sheet.title_of(code), sheet.wanted(code))]


class Finding(NamedTuple):
    """An entry with something wrong in it. `place`: of the English text."""

    problem: str
    english: str
    context: str
    place: str


def export_catalogue(language: str) -> bytes:
    """Return the catalogue of a language as a `.po` file: every text, those translated already with their translation.

    What is translated and no longer said stands at its end, as a comment.

    Raises:
        BadCatalogue: as `check_catalogue`.
    """
    catalogue = _whole_catalogue(language)
    out = BytesIO()
    write_po(out, catalogue, width=COLUMNS, include_lineno=False)
    return out.getvalue()


def check_catalogue(language: str) -> list[Finding]:
    """Return the texts that a language's catalogues lack, with other slots or numbers than the English, or too long.

    Raises:
        BadCatalogue: a file of the language is no catalogue, or its formula of plurals fails.
    """
    findings, catalogue, reviewed = [], _whole_catalogue(language), read_reviewed(language)
    for entry in catalogue:
        if entry.id and (problem := fault_of(entry, catalogue, reviewed) or _too_long(entry)):
            english = entry.id if isinstance(entry.id, str) else entry.id[0]
            findings.append(Finding(problem, english, entry.context or "", entry.locations[-1][0]))
    return findings


def _too_long(entry: CatalogueEntry) -> str | None:
    most = LONGEST.get(entry.context or "")
    forms = [entry.string] if isinstance(entry.string, str) else entry.string or []
    return setup.LABEL_TOO_LONG.format(most=most) if most and any(len(form) > most for form in forms) else None


def _whole_catalogue(language: str) -> Catalog:
    template = Catalog(language)
    for text in list_texts():
        english = (text.english, text.many) if text.many else text.english
        template.add(english, context=text.context or None, locations=[(text.place, 0)])
    for file, reason in refused_catalogues().items():
        if file.stem == language:
            raise BadCatalogue(reason)
    catalogue = read_catalogues(language)
    catalogue.update(template, no_fuzzy_matching=True)
    catalogue.project, catalogue.fuzzy = PROJECT, False
    catalogue.header_comment = f"# {PROJECT}, {language}"
    return catalogue
