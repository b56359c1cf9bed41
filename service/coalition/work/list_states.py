"""List the cards of the states as documents: each fact with its source, and the missing facts."""

from __future__ import annotations

from collections.abc import Iterable

import policies
from service.answers.document.lines import write_line
from service.answers.schemas.policy import StateCardDocument, StateFactDocument, StatesDocument
from service.words import states


def list_states(cards: Iterable[policies.StateCard]) -> StatesDocument:
    """Return cards in the contract's form. Pure.

    >>> list_states([policies.load_states()["us-gu"]])["states"][0]["name"]
    'Guam'
    """
    return {"states": [_document(card) for card in cards]}


def _document(card: policies.StateCard) -> StateCardDocument:
    return {
        "code": card.code,
        "name": card.name,
        "facts": [_fact(card, fact) for fact in card.facts.values()],
        "missing": list(card.missing),
    }


def _fact(card: policies.StateCard, fact: policies.StateFact) -> StateFactDocument:
    line = next((write_line(line) for line in card.lines if line.id == policies.line_id(card.code, fact.point)), None)
    return {
        "point": fact.point,
        "plain": line["plain"] if line else states.fact(card.name, fact.point, fact.value),
        "value": None if line else fact.value,
        "line": line,
        "authority": fact.authority,
        "source": fact.source,
        "read": fact.read.isoformat(),
        "confidence": fact.confidence,
    }
