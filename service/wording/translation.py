"""Messages written out in the language of a reader: by catalogues of gettext, and the locale data of Unicode.

A language is a file `<code>.po` in the folder beside, and one in each rule pack with texts of its own. What words of
closed lists are called, and mean, stands with the words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path
from typing import Any

import policies
from policies.messages import AND, BOTH, EITHER, OR, Message
from service.vocabulary import LISTS, TRAITS_BY_CODE

ENGLISH = "en"
LANGUAGES = (ENGLISH, "es")
"""The languages of the program; English is what the sentences are written in."""
_FOLDER = Path(__file__).with_name("languages")
_BEFORE_I = re.compile(r"[ií]|h[ií](?![aeo])", re.IGNORECASE)
_BEFORE_O = re.compile(r"h?[oó]", re.IGNORECASE)


class Translation:
    """A language, by its catalogues. Immutable; safe to share between threads."""

    def __init__(self, code: str, texts: GNUTranslations) -> None:
        self.code = code
        self._texts = texts

    def translated(self, english: str, context: str, many: str, count: int) -> str:
        """Return the template for an English one, the English itself where the catalogues lack it."""
        if many:
            return self._texts.ngettext(english, many, count)
        return self._texts.pgettext(context, english) if context else self._texts.gettext(english)

    def joined(self, parts: Iterable[str], between: str) -> str:
        """Return texts as one: a list with a word before the last, or with another text between each two."""
        texts = [*parts]
        if not texts or between not in (AND, BOTH, OR, EITHER):
            return between.join(texts)
        from babel.lists import format_list  # noqa: PLC0415 - takes long, and English needs none of it

        listed = format_list(texts, "standard" if between in (AND, BOTH) else "or", self.code)
        return _by_sound(listed, texts[-1]) if self.code == "es" else listed


def _by_sound(listed: str, last: str) -> str:
    """Return a list in Spanish with "e" for "y" before the sound of i, with "u" for "o" before the sound of o.

    >>> _by_sound("comida y iglesia", "iglesia"), _by_sound("uno o otro", "otro"), _by_sound("agua y hielo", "hielo")
    ('comida e iglesia', 'uno u otro', 'agua y hielo')
    """
    before = listed.removesuffix(last)
    for word, other, sound in ((" y ", " e ", _BEFORE_I), (" o ", " u ", _BEFORE_O)):
        if before.endswith(word) and sound.match(last):
            return before.removesuffix(word) + other + last
    return listed


def known_language(tag: str) -> str:
    """Return the language of ours that a tag means, English for any other. Pure.

    >>> known_language("es-MX"), known_language("fr")
    ('es', 'en')
    """
    code = tag.replace("_", "-").partition("-")[0].lower()
    return code if code in LANGUAGES else ENGLISH


def read_in(language: str, document: Any) -> Any:
    """Return a document with its messages written out in a language; English is what they are. Pure.

    >>> read_in("es", {"plain": Message("Nothing leaves your agency."), "name": "Hope House"})
    {'plain': 'Nada sale de su agencia.', 'name': 'Hope House'}
    """
    return document if language == ENGLISH else _read_in(translation(language), document)


def holds_messages(document: Any) -> bool:
    """Say whether any text of a document is a message. Pure.

    >>> holds_messages([{"plain": Message("Not found")}]), holds_messages({"plain": "Hope House"})
    (True, False)
    """
    if isinstance(document, Mapping):
        return any(map(holds_messages, document.values()))
    if isinstance(document, list | tuple):
        return any(map(holds_messages, document))
    return isinstance(document, Message)


def _read_in(language: Translation, document: Any) -> Any:
    if isinstance(document, Message):
        return document.written_in(language)
    if isinstance(document, Mapping):
        return {key: _read_in(language, value) for key, value in document.items()}
    if isinstance(document, list | tuple):
        return [_read_in(language, value) for value in document]
    return document


@cache
def translation(language: str) -> Translation:
    """Return a language by its catalogues. Read once."""
    from babel.messages.catalog import Catalog  # noqa: PLC0415 - takes long, and English needs none of it
    from babel.messages.mofile import write_mo  # noqa: PLC0415
    from babel.messages.pofile import read_po  # noqa: PLC0415

    whole = Catalog(language)
    for file in catalogues(language):
        with file.open("rb") as lines:
            read = read_po(lines, language)
        whole.mime_headers = [(name, text) for name, text in read.mime_headers if name == "Plural-Forms"]
        for message in read:
            if message.id and not message.fuzzy:
                whole[message.id] = message
    for context, english, text in words(language):
        whole.add(english, text, context=context)
    compiled = BytesIO()
    write_mo(compiled, whole)
    compiled.seek(0)
    return Translation(language, GNUTranslations(compiled))


def catalogues(language: str) -> Iterator[Path]:
    """Yield the catalogues of a language: the program's, then those of rule packs and of samples of them."""
    yield from (file for file in (_FOLDER / f"{language}.po",) if file.is_file())
    yield from sorted(policies.PACKS_DIRECTORY.parent.glob(f"*/*/{language}.po"))


def words(language: str) -> Iterator[tuple[str, str, str]]:
    """Yield context, English and text in a language of what the words of the closed lists are called, and mean."""
    for name, entries in LISTS.items():
        yield from ((name, word.name.en, word.name.read_in(language)) for word in entries.values())
        yield from (("meaning", word.meaning.en, word.meaning.read_in(language)) for word in entries.values())
    yield from (("topics", trait.topic.en, trait.topic.read_in(language)) for trait in TRAITS_BY_CODE.values())
