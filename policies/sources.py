"""The public sources of rules, lines and state cards, each with the day on which it was read, and how old that is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from .decide import Rulebook
from .lines import KEPT_FOR, load_lines
from .states import StateCard


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """The source of a rule, line or fact (`kind`, `id`); `within`: its pack's name, or the code of the card's state.

    `authority`: the section of law, empty for a line or an agency's own page; `page`: the public page (of
    a rule maybe several), empty where none is named. `due`: the day from which it is to be read again: a law after a
    year, a phone number after 90 days. `text_as_of`: the date that the text bears, empty where it bears none. `by`: who
    corrected the fact for the coalition, by role.
    """

    within: str
    kind: str
    id: str
    authority: str
    page: str
    read: date
    confidence: str
    due: date
    text_as_of: str = ""
    by: str = ""

    def is_old(self, today: date) -> bool:
        """Return whether the source was to be read again before a day."""
        return self.due < today


def sources_of(rulebook: Rulebook, cards: Iterable[StateCard]) -> tuple[Source, ...]:
    """Return every source that a rulebook, its lines and some cards rest on, by pack or state, kind and id. Pure."""
    rules = (
        Source(
            rule.pack, "rule", rule.id, rule.authority, rule.page, read, rule.confidence, read + KEPT_FOR,
            rule.text_as_of or "",
        )
        for rule in rulebook.rules
        for read in [date.fromisoformat(rule.reviewed)]
    )  # fmt: skip
    lines = (
        Source(line.pack, "line", line.id, "", line.source, line.checked, "P", line.review_due, line.text_as_of or "")
        for line in load_lines(rulebook.names)
    )
    facts = (
        Source(
            card.code, "fact", point, fact.authority or "", fact.source, fact.read, fact.confidence, fact.review_due,
            fact.text_as_of or "", fact.by or "",
        )
        for card in cards
        for point, fact in card.facts.items()
    )  # fmt: skip
    return tuple(sorted((*rules, *lines, *facts)))
