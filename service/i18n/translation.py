"""Messages written out in the language of a reader: by catalogues of gettext, and the locale data of Unicode.

A language is a file `<code>.po` in the folder beside, and one in each rule pack with texts of its own. What words of
closed lists are called, and mean, stands with the words. A coalition's folder of catalogues adds languages, and texts
that stand before the program's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import policies
from policies.messages import AND, BOTH, EITHER, OR, Message
from service.i18n import replies
from service.i18n.entry_faults import fault_of, form_by_count, take_formula
from service.vocabulary import CALLS_BY_TYPE, LISTS, TRAITS_BY_CODE
from service.vocabulary.lists import LocalizedText

if TYPE_CHECKING:  # takes long, and English needs none of it
    from babel.messages.catalog import Catalog

ENGLISH = "en"
LANGUAGES = (ENGLISH, "es")
"""The languages of the program itself; English is what the sentences are written in."""
_FOLDER = Path(__file__).with_name("catalogues")
_OF_COALITION: list[Path] = []
CODE = re.compile(r"[a-z]{2,3}")
"""The code of a language, which is the name of its catalogue."""
REVIEWED = "reviewed"
"""The folder, in that of a coalition's catalogues, of entries whose numbers differ from the English ones on purpose."""
LEFT, RIGHT = "\ue000", "\ue001"
"""Signs of private use around English that no catalogue of a language has, for pages, which say that it is English."""
NO_TEXT = frozenset({"language", "pattern"})
"""Contexts of what the locale data says where a catalogue does not."""
_BEFORE_I = re.compile(r"[ií]|h[ií](?![aeo])", re.IGNORECASE)
_BEFORE_O = re.compile(r"h?[oó]", re.IGNORECASE)


class BadCatalogue(Exception):
    """A file is no catalogue, or its formula of plurals fails; the message names the file alone."""


class _English(NullTranslations):
    """English in place of a missing translation, between `LEFT` and `RIGHT`."""

    def gettext(self, message: str) -> str:
        return f"{LEFT}{message}{RIGHT}"

    def pgettext(self, context: str, message: str) -> str:
        return message if context in NO_TEXT else self.gettext(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


class Translation:
    """A language, by its catalogues. Immutable; safe to share between threads."""

    def __init__(self, code: str, texts: GNUTranslations) -> None:
        from babel.localedata import exists  # noqa: PLC0415 - takes long, and English needs none of it

        self.code, self.locale = code, code if exists(code) else ENGLISH
        self._texts = texts

    def translated(self, english: str, context: str, many: str, count: int) -> str:
        """Return the template for an English one, the English itself where the catalogues lack it."""
        if many:
            try:
                return self._texts.ngettext(english, many, count)
            except ArithmeticError:  # of a formula that fails beyond the counts that it was tried with
                return many
        return self._texts.pgettext(context, english) if context else self._texts.gettext(english)

    def joined(self, parts: Iterable[str], between: str) -> str:
        """Return texts as one: a list with a word before the last, or with another text between each two."""
        texts = [*parts]
        if not texts or between not in (AND, BOTH, OR, EITHER):
            return between.join(texts)
        from babel.lists import format_list  # noqa: PLC0415 - takes long, and English needs none of it

        listed = format_list(texts, "standard" if between in (AND, BOTH) else "or", self.locale)
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


def use_catalogues(folder: Path | None) -> None:
    """Take in a coalition's folder of catalogues, None without one: once, by whoever builds the settings.

    The languages of a process are the same for all that it does.
    """
    _OF_COALITION[:] = [folder] if folder is not None else []
    for function in (refused_catalogues, languages, translation, _compile):
        function.cache_clear()


@cache
def languages() -> tuple[str, ...]:
    """Return the codes of all languages: the program's, then those of the coalition's catalogues that can be read."""
    return tuple(dict.fromkeys((*LANGUAGES, *sorted(file.stem for file in _of_coalition() if _is_usable(file)))))


@cache
def refused_catalogues() -> Mapping[Path, Message]:
    """Return the coalition's files of which no reader is shown anything, each with the reason."""
    refused = {}
    for file in (*_of_coalition(), *_of_coalition(REVIEWED)):
        try:
            catalogue = _read(file)
            if not all(0 <= form < catalogue.num_plurals for form in form_by_count(catalogue.plural_expr)):
                refused[file] = replies.BAD_PLURALS.format(name=file.name)
            else:
                GNUTranslations(BytesIO(_written(catalogue)))
        except Exception:  # whatever a file of others does to Babel or gettext, it stops nothing
            refused[file] = replies.NO_CATALOGUE.format(name=file.name)
    return refused


def _of_coalition(*within: str) -> Iterator[Path]:
    for folder in _OF_COALITION:
        yield from (file for file in folder.joinpath(*within).glob("*.po") if CODE.fullmatch(file.stem))


def _is_usable(file: Path) -> bool:
    return file not in refused_catalogues()


def known_language(tag: str) -> str:
    """Return the language of ours that a tag means, English for any other. Pure.

    >>> known_language("es-MX"), known_language("fr")
    ('es', 'en')
    """
    code = tag.replace("_", "-").partition("-")[0].lower()
    return code if code != ENGLISH and code in languages() else ENGLISH


def read_in(language: str, document: Any, *, marked: bool = False) -> Any:
    """Return a document with its messages written out in a language; English is what they are. Pure.

    `marked`: with English that is not translated between `LEFT` and `RIGHT`.

    >>> read_in("es", {"plain": Message("Nothing leaves your agency."), "name": "Hope House"})
    {'plain': 'Nada sale de su agencia.', 'name': 'Hope House'}
    """
    return document if language == ENGLISH else _read_in(translation(language, marked=marked), document)


def unmarked(text: str) -> str:
    """Return a text without the signs around English that is not translated. Pure.

    >>> unmarked(f"{LEFT}Beds{RIGHT}: 2")
    'Beds: 2'
    """
    return text.replace(LEFT, "").replace(RIGHT, "")


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
def translation(language: str, *, marked: bool = False) -> Translation:
    """Return a language by its catalogues; `marked`: as `read_in` has it. Read once."""
    texts = GNUTranslations(BytesIO(_compile(language)))
    if marked:
        texts.add_fallback(_English())
    return Translation(language, texts)


@cache
def _compile(language: str) -> bytes:
    """Return the catalogues of a language as gettext reads them, without the entries that have a fault."""
    return _written(read_catalogues(language, faults=False))


def read_catalogues(language: str, *, faults: bool = True) -> Catalog:
    """Return every entry of a language, of its catalogues and of the words of closed lists.

    Of two entries for one text, the coalition's counts, then the program's. `faults`: whether entries that have one are
    among them.

    Raises:
        BadCatalogue: a file is no catalogue.
    """
    from babel.messages.catalog import Catalog  # noqa: PLC0415 - takes long, and English needs none of it

    whole, reviewed = Catalog(language), read_reviewed(language)
    files = [_read(file) for file in catalogues(language)]
    for catalogue in files[-1:]:
        whole.mime_headers = [(name, text) for name, text in catalogue.mime_headers if name == "Plural-Forms"]
    for catalogue in files:
        for message in catalogue:
            if message.id and (faults or fault_of(message, catalogue, reviewed) is None):
                take_formula(message, catalogue, whole)
                whole[message.id] = message
    for context, english, text in words(language):
        whole.add(english, text, context=context)
    return whole


def read_reviewed(language: str) -> Catalog:
    """Return the translations that a coalition has reviewed because their numbers differ from the English ones."""
    from babel.messages.catalog import Catalog  # noqa: PLC0415 - takes long, and English needs none of it

    files = (file for file in _of_coalition(REVIEWED) if file.stem == language and _is_usable(file))
    return next(map(_read, files), Catalog(language))


def _read(file: Path) -> Catalog:
    from babel.messages.pofile import PoFileError, read_po  # noqa: PLC0415 - takes long, and English needs none of it

    try:
        with file.open("rb") as lines:
            return read_po(lines, file.stem, abort_invalid=True)
    except (PoFileError, OSError, ValueError):
        raise BadCatalogue(replies.NO_CATALOGUE.format(name=file.name)) from None


def _written(catalogue: Catalog) -> bytes:
    from babel.messages.mofile import write_mo  # noqa: PLC0415 - takes long, and English needs none of it

    compiled = BytesIO()
    write_mo(compiled, catalogue)
    return compiled.getvalue()


def catalogues(language: str) -> Iterator[Path]:
    """Yield the catalogues of a language: the coalition's, the program's, then those of rule packs and of samples."""
    yield from (file for file in _of_coalition() if file.stem == language and _is_usable(file))
    yield from (file for file in [_FOLDER / f"{language}.po"] if file.is_file())
    yield from sorted(_FOLDER.glob(f"*/{language}.po"))
    yield from sorted(policies.PACKS_DIRECTORY.parent.glob(f"*/*/{language}.po"))


def words(language: str) -> Iterator[tuple[str, str, str]]:
    """Yield context, English and text in a language of the names and meanings of the words of closed lists.

    Nothing for a language that the lists do not have.
    """
    for context, worded in _words_of_lists():
        if text := getattr(worded, language, None):
            yield context, worded.en, text


def _words_of_lists() -> Iterator[tuple[str, LocalizedText]]:
    for name, entries in LISTS.items():
        yield from ((name, word.name) for word in entries.values())
        yield from (("meaning", word.meaning) for word in entries.values())
        yield from ((f"{name} on pages", word.label) for word in entries.values() if word.label is not None)
    yield from (("topics", trait.topic) for trait in TRAITS_BY_CODE.values())
    yield from (("titles of calls", call.title) for call in CALLS_BY_TYPE.values())
    yield from (("wanted on calls", need) for need in dict.fromkeys(call.need for call in CALLS_BY_TYPE.values()))
