"""A language that nobody speaks, under the code of Esperanto: each sentence with accents, and a third longer.

What has a plain vowel in it was not translated; names, and what the Unicode locale data says, are the exceptions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.messages.pofile import read_po, write_po

from service.keeping.catalogue import LONGEST, export_catalogue

CODE = "eo"
_ACCENTS = str.maketrans("aeiouAEIOU", "áéíóúÁÉÍÓÚ")
_SLOT = re.compile(r"(\{[^{}]*\})")
_NO_WORDS = re.compile(r"\d+ (?:tag|hor|minut|sekund)\w*|sha256:\w+|[0-9a-f]+(?:-[0-9a-f]+){4}|\S+@\S+|\bkaj\b|\baŭ\b")
"""Durations, digests, ids, addresses, and the locale data's words in lists."""
_PLAIN = re.compile(r"\b\w*[aeiouAEIOU]\w*\b")


def accented(text: str) -> str:
    """Return a text with accents, its slots as they are."""
    return "".join(part if _SLOT.fullmatch(part) else part.translate(_ACCENTS) for part in _SLOT.split(text))


def longer(text: str) -> str:
    """Return a text a third longer; what is longer is a word, so that it wraps as words do."""
    return f"{accented(text)} {'ÿ' * max(1, len(text) // 3)}"


def write_pseudo(folder: Path) -> Path:
    """Write the catalogue of the language into a folder, and return the folder."""
    catalogue = read_po(BytesIO(export_catalogue(CODE)), CODE)
    for entry in catalogue:
        if entry.id and entry.context != "pattern":
            say = accented if entry.context in LONGEST else longer
            entry.string = say(entry.id) if isinstance(entry.id, str) else tuple(map(say, entry.id))
        elif entry.id:
            entry.string = entry.id
    with (folder / f"{CODE}.po").open("wb") as out:
        write_po(out, catalogue)
    return folder


def not_translated(text: str, kept: Iterable[str]) -> list[str]:
    """Return the words of a text that have plain vowels, outside of what is kept and of what the locale data says."""
    locale = Locale(CODE)
    times = [*locale.days["format"]["wide"].values(), *locale.months["format"]["wide"].values()]
    known = sorted({*kept, *times, *locale.languages.values()}, key=len, reverse=True)
    left = re.sub("|".join(map(re.escape, known)), " ", text)
    return _PLAIN.findall(_NO_WORDS.sub(" ", left))
