"""List every English text that catalogues translate: of the program, of its closed lists, and of its rules."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, NamedTuple

import policies
from policies import explaining
from policies.messages import templates_of
from service import words as wording
from service.coalition import read_guide
from service.words import codes
from service.words.languages import codes_of_our_own, name_of_tag
from service.words.vocabulary import LISTS, TRAITS, policy_packs


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
    found: dict[tuple[str, str, str], Text] = {}
    for place, value in _values():
        for template in templates_of(value):
            found.setdefault(template, Text(*template, place))
    return tuple(found.values())


def _values() -> Iterator[tuple[str, Any]]:
    for package in (wording, explaining):
        for module in iter_modules(package.__path__, f"{package.__name__}."):
            yield module.name, [value for name, value in vars(import_module(module.name)).items() if name.isupper()]
    yield "rules", policies.load_messages()
    lines = (line for card in policies.load_states().values() for line in card.lines)
    yield "lines", [line.hours for line in (*policies.load_lines(policy_packs()), *lines)]
    yield "guide", read_guide()
    for name, words in LISTS.items():
        yield name, [text for code in words for text in (codes.word(name, code), codes.meaning(name, code))]
    yield "languages", [name_of_tag(code) for code in codes_of_our_own()]
    yield "traits", [codes.topic(trait) for trait in TRAITS]
