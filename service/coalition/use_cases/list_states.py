"""List the cards of the states as documents: each fact with its source, and the missing facts."""

from __future__ import annotations

from collections.abc import Iterable

import policies
from service.answers.builder.lines import write_line
from service.answers.schemas.policy import StateCardDocument, StateFactDocument, StatesDocument
from service.i18n import states


def list_states(cards: Iterable[policies.StateCard]) -> StatesDocument:
    """Return cards as the API shows them. Pure.

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
    first = policies.line_id(card.code, fact.point)
    is_line = fact.point in policies.LINE_POINTS
    lines = [write_line(line) for line in card.lines if is_line and line.id.startswith(first)]
    return {
        "point": fact.point,
        "plain": lines[0]["plain"] if is_line else states.fact(card.name, fact),
        "value": None if is_line else fact.value,
        "when": list(fact.when),
        "line": lines[0] if is_line else None,
        "lines": lines,
        "authority": fact.authority,
        "source": fact.source,
        "read": fact.read.isoformat(),
        "text_as_of": fact.text_as_of,
        "by": fact.by,
        "confidence": fact.confidence,
    }
