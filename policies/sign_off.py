"""What counsel signed off: which text of a pack and of its state's card, by a version that a changed text ends.

Pure: who signs, and the day, are handed in.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from .card_points import LINE_POINTS
from .decide import Rulebook
from .states import StateCard

_READ_ANEW = re.compile(r"@(reviewed|page|text_as_of)\(\"[^\"]*\"\)\s*")
"""What a rule says about its reading: a later reading of the same text is no other text."""


@dataclass(frozen=True, slots=True)
class SignOff:
    """Counsel's review of a text (`name`: a pack, or the code of a state's card), from `on` to `until`, both included.

    `by`: a title. `version`: of the text that was read. `exceptions`: rules and facts that it leaves out.
    """

    name: str
    by: str
    on: date
    until: date
    version: str
    exceptions: tuple[str, ...] = ()


def text_version(name: str, rulebook: Rulebook, card: StateCard | None) -> str:
    """Return the version of a text: `sha256:` and a hash over the rules of a pack, and over the card of its state.

    Neither a phone number nor a later reading of the same text changes it. Pure.
    """
    rules = sorted(_READ_ANEW.sub("", rule.source) for rule in rulebook.rules if rule.pack == name)
    facts = [
        repr((point, fact.value, fact.when, fact.authority))
        for point, fact in (card.facts.items() if card is not None and card.code == name else ())
        if point not in LINE_POINTS
    ]
    digest = hashlib.sha256()
    for part in (name, *rules, *facts):
        digest.update(f"{len(part.encode())}:".encode())
        digest.update(part.encode())
    return f"sha256:{digest.hexdigest()}"


def texts_in_force(rulebook: Rulebook, cards: Iterable[StateCard]) -> Mapping[str, StateCard | None]:
    """Return the names of packs and of the cards of states, each with its card: all that counsel would have to read."""
    by_code = {card.code: card for card in cards}
    return {name: by_code.get(name) for name in sorted({*rulebook.names, *by_code})}


def things_said(name: str, rulebook: Rulebook, card: StateCard | None) -> tuple[str, ...]:
    """Return what a sign-off may leave out: the ids of a pack's rules, the points of a card."""
    rules = tuple(rule.id for rule in rulebook.rules if rule.pack == name)
    return rules if card is None else (*rules, *card.facts)
