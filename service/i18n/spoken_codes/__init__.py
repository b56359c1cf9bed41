"""Codes for people to say to each other: words in the place of a name.

The words come from the lists of BIP-39 (English, Spanish) in `mnemonic`, without the words of `left_out.yaml`. Look-up
needs no list, so codes drawn from the former list stay valid.
"""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources

import yaml

CONSENT_WORDS = 4
REFERRAL_WORDS = 3
LONGEST = 200
"""How many characters a code may be sent as."""
ENGLISH, SPANISH = "en", "es"
LANGUAGES = {ENGLISH: "english", SPANISH: "spanish"}
"""The languages of new codes, each with the name of its list."""
_BITS = 256
_FORMER_LETTERS = range(4, 8)
_FORMERLY_LEFT_OUT = """
abrasion afraid arrest ashamed barrack bondage bribe bullet cage captive casket chain cleaver coerce corpse
crime cringe cruelty dagger deceit denial enslave entrap erasure faceless fraud grab grave grope handgun hatchet
hazard helpless hurt impound injury jailer launder lustily lusty mugged outcast panic police prison prowler punch
ransack ravage repulse revenge rifle scam scar scared shackle shame shelter smother stalker stranger swindle tattoo
theft thief threat trapdoor trapped trapper traps unchain undead undress unkind unloved unsafe violate virus weapon
"""


@cache
def words(language: str) -> tuple[str, ...]:
    """Return the words of codes in a language, in the order of their list: at least 1,900."""
    text = resources.files("mnemonic").joinpath("wordlist", f"{LANGUAGES[language]}.txt").read_text(encoding="utf-8")
    left_out = {word for listed in _left_out()[language].values() for word in listed}
    return tuple(word for word in unicodedata.normalize("NFC", text).split() if word not in left_out)


@cache
def former_words() -> tuple[str, ...]:
    """Return the words of codes before 0.2.0 (the EFF's long list for dice, CC BY 3.0), none the beginning of another.

    The code of a referral is not stored, but worked out from the id, with the list of its time.
    """
    lines = resources.files("xkcdpass").joinpath("static", "eff-long").read_text(encoding="utf-8").splitlines()
    candidates = {line.strip() for line in lines if len(line.strip()) in _FORMER_LETTERS and line.strip().isalpha()}
    return tuple(sorted(candidates.difference(_FORMERLY_LEFT_OUT.split(), {"blame"})))


def language_of_codes(language: str) -> str:
    """Return the language of new codes for a reader of a language: theirs where it has a list, else English.

    >>> language_of_codes("es"), language_of_codes("vi")
    ('es', 'en')
    """
    return language if language in LANGUAGES else ENGLISH


def new_code(count: int, language: str) -> str:
    """Return a code of a number of words, each drawn from the whole list, such as `acoustic-bamboo-canoe`."""
    return code_from(secrets.randbits(_BITS), count, language)


def code_from(number: int, count: int, language: str | None) -> str:
    """Return the code, of a number of words, for a number; language None: with the former words. Pure.

    A code that is not clear is passed over for the next.

    >>> code_from(0, 3, "es"), code_from(0, 3, None)
    ('ábaco-ábaco-ábaco', 'abacus-abacus-abacus')
    """
    listed = former_words() if language is None else words(language)
    while True:
        drawn = []
        for _ in range(count):
            number, place = divmod(number, len(listed))
            drawn.append(listed[place])
        if language is None or is_clear(drawn):
            return "-".join(drawn)


def is_clear(drawn: Sequence[str]) -> bool:
    """Return whether the letters of words, without blanks, make no other words of a single list, as many. Pure.

    >>> is_clear(["car", "agent", "echo"]), is_clear(["agent", "car", "echo"])  # the first: cara, gen, techo
    (False, True)
    """
    text, readings = normal_code("".join(drawn)), set[tuple[str, ...]]()
    for listed in _normal_words():
        readings.update(_readings(text, len(drawn), listed))
    return len(readings) == 1


def language_of_words(code: str) -> str:
    """Return the language of a code's words, for a voice that reads them out. Pure.

    >>> language_of_words("ábaco-abeja-abrir"), language_of_words("acorn-bagel-canoe")
    ('es', 'en')
    """
    code_words = set(code.split("-"))
    return next((language for language in LANGUAGES if code_words <= set(words(language))), next(iter(LANGUAGES)))


def normal_code(code: str) -> str:
    """Return a code as compared: case, accents, spaces, hyphens, commas and periods do not count, the order does. Pure.

    >>> normal_code("Acorn,  bagel-CANOE."), normal_code("Ñandú-árbol")
    ('acornbagelcanoe', 'nanduarbol')
    """
    letters = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", code).casefold())
    return "".join(c for c in letters if not (c.isspace() or c in ",.;" or unicodedata.category(c) in ("Pd", "Mn")))


def _readings(text: str, count: int, listed: frozenset[str]) -> Iterator[tuple[str, ...]]:
    if count == 0:
        yield from () if text else ((),)
        return
    for end in range(1, len(text) + 1):
        if text[:end] in listed:
            for reading in _readings(text[end:], count - 1, listed):
                yield (text[:end], *reading)


@cache
def _normal_words() -> tuple[frozenset[str], ...]:
    lists = (*map(words, LANGUAGES), former_words())
    return tuple(frozenset(map(normal_code, listed)) for listed in lists)


@cache
def _left_out() -> dict[str, dict[str, list[str]]]:
    lists: dict[str, dict[str, list[str]]] = yaml.safe_load(
        resources.files("service.i18n.spoken_codes").joinpath("left_out.yaml").read_text(encoding="utf-8")
    )
    return lists
