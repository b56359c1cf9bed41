"""List the cards of the states as documents: each fact with its source, and what the card leaves out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import policies
from service.answer.lines import write_line
from service.wording import states
from service.wording.spanish import text_in

Document = dict[str, Any]


def list_states(cards: Iterable[policies.StateCard], language: str = "en") -> Document:
    """Return cards in the contract's form, their sentences in a language. Pure.

    >>> list_states([policies.load_states()["us-gu"]])["states"][0]["name"]
    'Guam'
    """
    return {"states": [_document(card, language) for card in cards]}


def _document(card: policies.StateCard, language: str) -> Document:
    return {
        "code": card.code,
        "name": card.name,
        "facts": [_fact(card, fact, language) for fact in card.facts.values()],
        "missing": list(card.missing),
    }


def _fact(card: policies.StateCard, fact: policies.StateFact, language: str) -> Document:
    line = next((write_line(line) for line in card.lines if line.id == policies.line_id(card.code, fact.point)), None)
    plain = line["plain"] if line else states.fact(card.name, fact.point, fact.value)
    names = [card.name, *([line["name"]] if line else [])]
    return {
        "point": fact.point,
        "plain": text_in(language, plain, names),
        "value": None if line else fact.value,
        "line": line and {**line, "plain": text_in(language, plain, names), "hours": text_in(language, line["hours"])},
        "authority": fact.authority,
        "source": fact.source,
        "read": fact.read.isoformat(),
        "confidence": fact.confidence,
    }
