"""Codes for people to say to each other: words in the place of a name.

The words are the EFF's long list for dice (CC BY 3.0), as shipped by `xkcdpass`: chosen by hand to be well known and
easy to say. Short words are taken, without words that would sound wrong beside a client.
"""

from __future__ import annotations

import secrets
import unicodedata
from functools import cache
from importlib import resources

CONSENT_WORDS = 4
REFERRAL_WORDS = 3
LONGEST = 200
"""How many characters a code may be sent as."""
_LETTERS = range(4, 8)
_OUT_OF_PLACE = """
abrasion afraid arrest ashamed barrack bondage bribe bullet cage captive casket chain cleaver coerce corpse
crime cringe cruelty dagger deceit denial enslave entrap erasure faceless fraud grab grave grope handgun hatchet
hazard helpless hurt impound injury jailer launder lustily lusty mugged outcast panic police prison prowler punch
ransack ravage repulse revenge rifle scam scar scared shackle shame shelter smother stalker stranger swindle tattoo
theft thief threat trapdoor trapped trapper traps unchain undead undress unkind unloved unsafe violate virus weapon
"""


@cache
def words() -> tuple[str, ...]:
    """Return the words of codes, sorted: more than 2,048."""
    lines = resources.files("xkcdpass").joinpath("static", "eff-long").read_text(encoding="utf-8").splitlines()
    taken = {line.strip() for line in lines if len(line.strip()) in _LETTERS and line.strip().isalpha()}
    return tuple(sorted(taken.difference(_OUT_OF_PLACE.split(), {"blame"})))


def new_code(count: int) -> str:
    """Return a code of a number of words, each drawn from the whole list, such as `acorn-bagel-canoe`."""
    return "-".join(secrets.choice(words()) for _ in range(count))


def code_from(number: int, count: int) -> str:
    """Return the code, of a number of words, for a number. Pure.

    >>> code_from(0, 3)
    'abacus-abacus-abacus'
    """
    told = []
    for _ in range(count):
        number, place = divmod(number, len(words()))
        told.append(words()[place])
    return "-".join(told)


def normal_code(given: str) -> str:
    """Return a code as compared: case, spaces and hyphens do not count, the order of the words does. Pure.

    >>> normal_code("Acorn  bagel-CANOE")
    'acornbagelcanoe'
    """
    told = unicodedata.normalize("NFKC", given).casefold()
    return "".join(letter for letter in told if not letter.isspace() and unicodedata.category(letter) != "Pd")
