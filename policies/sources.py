"""The public sources of rules, lines and state cards, each with the day on which it was read, and how old that is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from .decide import Rulebook
from .lines import load_lines
from .states import StateCard

KEPT_FOR = timedelta(days=365)
"""How long a reading counts before the source is read again."""


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """The source of a rule, line or fact (`kind`, `id`); `within`: its pack's name, or the code of the card's state.

    `authority`: the section of law, empty for a line or an agency's own page; `page`: the public page (of
    a rule maybe several), empty where none is named.
    """

    within: str
    kind: str
    id: str
    authority: str
    page: str
    read: date
    confidence: str

    @property
    def due(self) -> date:
        """The day on which the source is to be read again."""
        return self.read + KEPT_FOR

    def is_old(self, today: date) -> bool:
        """Return whether the source was read more than a year before a day."""
        return self.due < today


def sources_of(rulebook: Rulebook, cards: Iterable[StateCard]) -> tuple[Source, ...]:
    """Return every source that a rulebook, its lines and some cards rest on, by pack or state, kind and id. Pure."""
    rules = (
        Source(
            rule.pack, "rule", rule.id, rule.authority, rule.page, date.fromisoformat(rule.reviewed), rule.confidence
        )
        for rule in rulebook.rules
    )
    lines = (
        Source(line.pack, "line", line.id, "", line.source, line.checked, "P") for line in load_lines(rulebook.names)
    )
    facts = (
        Source(card.code, "fact", point, fact.authority or "", fact.source, fact.read, fact.confidence)
        for card in cards
        for point, fact in card.facts.items()
    )
    return tuple(sorted((*rules, *lines, *facts)))
