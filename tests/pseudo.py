"""A language that nobody speaks, under the code of Esperanto: each sentence with accents, and a third longer.

What has a plain vowel in it was not translated; names, and what the Unicode locale data says, are the exceptions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import unescape
from io import BytesIO
from pathlib import Path

import yaml
from babel import Locale
from babel.messages.pofile import read_po, write_po

import policies
from service import demo
from service.i18n.translation import use_catalogues
from service.maintenance.catalogue import LONGEST, export_catalogue
from service.vocabulary import policy_packs

CODE = "eo"
_ACCENTS = str.maketrans("aeiouAEIOU", "áéíóúÁÉÍÓÚ")
_SLOT = re.compile(r"(\{[^{}]*\})")
_NO_WORDS = re.compile(
    r"\d+ (?:tag|hor|minut|sekund)\w*|sha256:\w+|[0-9a-f]+(?:-[0-9a-f]+){4}|\S+@\S+|https?://\S+|\bkaj\b|\baŭ\b"
)
"""Durations, digests, ids, addresses, and the locale data's words in lists."""
_SECRET = re.compile(r"whsec_\S+")
"""Left out first: letters drawn at random may spell a name."""
_OTHER = re.compile(r'<(\w+)[^>]* lang="(?!eo)\w+"[^>]*>(?:(?!<\1\b).)*?</\1>', re.DOTALL)
"""An element in another language."""
_PLAIN = re.compile(r"\b\w*[aeiouAEIOU]\w*\b")


def accented(text: str) -> str:
    """Return a text with accents, its slots as they are."""
    return "".join(part if _SLOT.fullmatch(part) else part.translate(_ACCENTS) for part in _SLOT.split(text))


def longer(text: str) -> str:
    """Return a text a third longer; what is longer is a word, so that it wraps as words do."""
    return f"{accented(text)} {'ÿ' * max(1, len(text) // 3)}"


def write_pseudo(folder: Path, every: int = 0) -> Path:
    """Write the catalogue of the language into a folder, and return the folder. `every`: such a text is left out."""
    use_catalogues(None)  # an export keeps what is translated
    catalogue = read_po(BytesIO(export_catalogue(CODE)), CODE)
    for number, entry in enumerate(catalogue):
        if every and number % every == 0:
            continue
        if entry.id and entry.context != "pattern":
            say = accented if entry.context in LONGEST else longer
            entry.string = say(entry.id) if isinstance(entry.id, str) else tuple(map(say, entry.id))
        elif entry.id:
            entry.string = entry.id
    with (folder / f"{CODE}.po").open("wb") as out:
        write_po(out, catalogue)
    return folder


def not_translated(text: str, names: Iterable[str]) -> list[str]:
    """Return the words of a text that have plain vowels, outside of what is kept and of what the locale data says."""
    locale = Locale(CODE)
    times = [*locale.days["format"]["wide"].values(), *locale.months["format"]["wide"].values()]
    short_days, halves = locale.days["format"]["abbreviated"].values(), locale.day_periods["format"]["abbreviated"]
    rest = re.sub(rf"\b(?:{'|'.join((*short_days, *halves.values()))})\b", " ", text)
    plain = sorted({*names, *times, *locale.languages.values()}, key=len, reverse=True)
    rest = re.sub("|".join(map(re.escape, plain)), " ", _SECRET.sub(" ", rest))
    return _PLAIN.findall(_NO_WORDS.sub(" ", rest))


def texts_in(tree: object) -> Iterator[str]:
    for item in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from [item] if isinstance(item, str) else texts_in(item)


OWN = {*texts_in(yaml.safe_load(demo.coalition_bytes()))}
LINES = {line.name for card in policies.load_states().values() for line in card.lines}
LINES |= {line.name for line in policies.load_lines(("federal",))}
STATES = {card.name for card in policies.load_states().values()}
TITLES = {text.replace("_", " ") for text in OWN if "_" in text}
NAMES = (
    (
        {text for text in OWN if not text.islower() or " " in text}
        | LINES
        | STATES
        | TITLES
        | {"assessment", "placement"}
    )
    | {rule.id for rule in policies.load_rulebook(policy_packs()).rules}
    | {"coalition, federal, us-tx"}
)
"""What agencies wrote or differ on, names of states and lines, ids of rules and packs: the same in every language."""


def words_of(page: str) -> str:
    """Return what a reader sees and hears of a page; what is marked as English is said to be so."""
    body = re.sub(r"<(script|style|svg).*?</\1>", " ", "<body" + page.partition("<body")[2], flags=re.DOTALL)
    while (own := _OTHER.sub(" ", body)) != body:  # one may stand in another
        body = own
    heard = re.findall(r'(?:aria-label|title|placeholder)="([^"]*)"', body)
    body = re.sub(r"<code>.*?</code>", " ", body)  # codes of events, for those who write the program
    return unescape(" ".join([*heard, re.sub(r"<[^>]*>", " ", body)]))
