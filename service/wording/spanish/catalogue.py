"""The catalogue: English templates with their Spanish, by type, from YAML files here and `spanish.yaml` of each pack.

A file maps types to entries, English to Spanish. `sentence` is a type, `data` (classes of data), `need` and so on:

    sentence:
      "You may say: {data:data semicolons}.":
        "Puede decir: {data}."

A slot in the English is `{slot:type}`: the content of the slot is of the type, and is translated in its turn. `{phone}`
is short for `{phone:phone}` where a type `phone` exists; a slot of no type (`{name}`) holds `text`, free words that
stay: names of agencies, numbers to call. `{data:data semicolons}` is a list (`BETWEEN` has the words), `{more:more?}`
may be empty. A type to which a coalition may add words has an entry that lets any words through:
`"{words}": "{words}"`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

import policies
from service.languages import names_in_cldr
from service.vocabulary import LISTS, TRAITS_BY_CODE

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

ATOMS: Mapping[str, re.Pattern[str]] = MappingProxyType({
    "number": re.compile(r"\d{1,9}", re.ASCII),
    "clock": re.compile(r"\d\d:\d\d", re.ASCII),
    "date": re.compile(r"\d{4}-\d\d-\d\d", re.ASCII),
    "spelling": re.compile(r"\w(?:[\w ./:+-]{0,98}\w)?", re.ASCII),
    "pointer": re.compile(r"(?:/[\w~.-]{1,100}){1,20}", re.ASCII),
    "authority": re.compile(r"(?:[^()]++|\([^()]*+\))++"),
    "quoted": re.compile(r"'[\w./ -]{1,100}'", re.ASCII),
    "code": re.compile(r"\w(?:[\w./:+-]{0,98}\w)?", re.ASCII),
})  # fmt: skip
"""Types written alike in both languages."""
LANGUAGE = "language"
TEXT = "text"
"""The type of free words, which stay as they are."""
BETWEEN: Mapping[str, Mapping[str, str]] = MappingProxyType({
    "and": {", ": ", ", " and ": " y "},
    "or": {", ": ", ", " or ": " o "},
    "commas": {", ": ", "},
    "semicolons": {"; ": "; "},
    "stops": {". ": ". "},
    "spaces": {" ": " "},
})  # fmt: skip
"""Words between the parts of a list, English to Spanish."""

_SLOT = re.compile(r"\{(\w+)(?::(\w+)(?: (\w+))?)?(\?)?\}")
_KEY = 4


@dataclass(frozen=True, slots=True)
class Slot:
    """A place to fill in a template. `between`: None for a single value, for a list the words between its parts."""

    name: str
    entry_type: str
    between: Mapping[str, str] | None
    optional: bool


@dataclass(frozen=True, slots=True)
class Template:
    """One entry: the English as words and slots in turn, the Spanish as `str.format` takes it."""

    english: tuple[str | Slot, ...]
    spanish: str


class EntryType:
    """The entries of one type. Immutable; safe to share between threads."""

    def __init__(self, templates: tuple[Template, ...]) -> None:
        self.templates = templates

    def beginning(self, text: str, at: int) -> Iterator[Template]:
        """Yield the entries that may begin at index `at` of a text, found by their first letters."""
        yield from self._by_letters.get(text[at : at + _KEY], ())
        yield from self._others

    @cached_property
    def _by_letters(self) -> Mapping[str, list[Template]]:
        found: dict[str, list[Template]] = {}
        for template in self.templates:
            if letters := _letters(template):
                found.setdefault(letters, []).append(template)
        return found

    @cached_property
    def _others(self) -> list[Template]:
        return [template for template in self.templates if not _letters(template)]


def _letters(template: Template) -> str | None:
    first = template.english[0]
    return first[:_KEY] if isinstance(first, str) and len(first) >= _KEY else None


def read_entries() -> Iterator[tuple[str, str, str]]:
    """Yield type, English and Spanish of every entry: file by file, of the packs too, then of the closed lists.

    What several packs say in the same words comes once.
    """
    yield from dict.fromkeys((*_entries(), *_words()))


def _entries() -> Iterator[tuple[str, str, str]]:
    packs = sorted(policies.PACKS_DIRECTORY.parent.glob("*/*/spanish.yaml"))
    for file in (*sorted(Path(__file__).parent.glob("*.yaml")), *packs):
        for entry_type, entries in yaml.load(file.read_text(encoding="utf-8"), Loader=_Loader).items():  # noqa: S506 - a safe one
            for english, spanish in entries.items():
                yield entry_type, english, spanish


def _words() -> Iterator[tuple[str, str, str]]:
    for name, words in LISTS.items():
        for word in words.values():
            yield "known_need" if name == "service_types" else "code_name", word.name.en, word.name.es
    for trait in TRAITS_BY_CODE.values():
        yield "topic_known", trait.topic.en, trait.topic.es


def _other_languages(ours: set[str]) -> Iterator[tuple[str, str, str]]:
    """Yield an entry for each language without an entry of ours, by its names in the Unicode locale data."""
    english, spanish = names_in_cldr("en"), names_in_cldr("es")
    for code, name in sorted(english.items()):
        if name not in ours:
            yield LANGUAGE, name, spanish.get(code, name)


@cache
def catalogue() -> Mapping[str, EntryType]:
    """Return the types by name. Read once; safe to share between threads.

    Raises:
        ValueError: an entry names an unknown type, or its slots differ between the languages.
    """
    entries = list(read_entries())
    entries += _other_languages({english for entry_type, english, _ in entries if entry_type == LANGUAGE})
    known = {entry_type for entry_type, _, _ in entries} | ATOMS.keys() | {TEXT}
    entry_types: dict[str, list[Template]] = {}
    for entry_type, english, spanish in entries:
        entry_types.setdefault(entry_type, []).append(parse(english, spanish, known))
    return {entry_type: EntryType(tuple(templates)) for entry_type, templates in entry_types.items()}


def parse(english: str, spanish: str, known: set[str]) -> Template:
    """Return an entry as a template; `known`: the names of every type.

    >>> parse("Ask at {name}.", "Pregunte en {name}.", {"text"}).english
    ('Ask at ', Slot(name='name', entry_type='text', between=None, optional=False), '.')

    Raises:
        ValueError: the entry names an unknown type, or its slots differ between the languages.
    """
    parts: list[str | Slot] = []
    end = 0
    for found in _SLOT.finditer(english):
        parts += [english[end : found.start()], _slot(found, known)]
        end = found.end()
    parts.append(english[end:])
    slots = sorted(part.name for part in parts if isinstance(part, Slot))
    if slots != sorted(re.findall(r"\{(\w+)\}", spanish)) or "{" in re.sub(r"\{\w+\}", "", spanish):
        raise ValueError(f"slots differ: {english}")
    return Template(tuple(part for part in parts if part), spanish)


def _slot(found: re.Match[str], known: set[str]) -> Slot:
    name, entry_type, joined, optional = found.groups()
    if (entry_type or TEXT) not in known or (joined or "and") not in BETWEEN:
        raise ValueError(f"no such kind: {found.group()}")
    between = None if joined is None else BETWEEN[joined]
    return Slot(name, entry_type or (name if name in known else TEXT), between, optional is not None)
