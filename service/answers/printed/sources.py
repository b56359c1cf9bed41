"""State cards as pages, and the sources of rules, lines and facts as a list for counsel."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from policies import Source, StateCard, StateFact
from policies.messages import Message, joined
from service.answers.printed.page import PrintedPage
from service.answers.printed.rules import Rows
from service.words import codes, pages, states, times

SOURCE_COLUMNS = ("within", "kind", "id", "authority", "page", "read", "confidence")


def source_rows(sources: Iterable[Source]) -> Rows:
    """Return sources as the rows of a table: its columns are `SOURCE_COLUMNS`."""
    return SOURCE_COLUMNS, [tuple(str(getattr(source, column)) for column in SOURCE_COLUMNS) for source in sources]


def print_sources(page: PrintedPage, sources: Iterable[Source]) -> None:
    """Print a line for each source, by pack or state."""
    within = ""
    for source in sources:
        if source.within != within:
            within = source.within
            page.heading(within)
        kind = pages.SOURCE_KIND[source.kind]
        mark = f"[{source.read.isoformat()}, {source.confidence}]"
        page.item(f"{source.id} ({page.in_language(kind)}): {source.authority or source.page} {mark}")


def print_states(page: PrintedPage, cards: Sequence[StateCard]) -> None:
    """Print each state in a few lines: its lines, who reports by when, and how many facts its card lacks."""
    for card in cards:
        page.item(f"{card.code} {card.name}", style="bold")
        for line in card.lines:
            page.paragraph(f"{line.name}: {line.phone or line.text} ({page.in_language(line.hours)})", indent=2)
        for subject, on in pages.CARD_ON.items():
            about = (fact for point, fact in card.facts.items() if point.startswith(subject))
            if facts := [_in_words(fact) for fact in about if not isinstance(fact.value, dict)]:
                page.paragraph(on.format(facts=joined(facts, ", ")), indent=2)
        if card.needed:
            page.paragraph(_lacks(card.needed), indent=2)


def print_state(page: PrintedPage, card: StateCard) -> None:
    """Print the card of a state: each fact with its law, its page, the day and the mark; then what the card lacks."""
    page.paragraph(f"{card.code} {card.name}", style="bold")
    for point, fact in card.facts.items():
        page.item(joined([states.POINT[point], _in_words(fact)], ": "))
        is_own_page = fact.confidence == "P" and (fact.authority is None or isinstance(fact.value, dict))
        sure = pages.OWN_PAGE if is_own_page else pages.CONFIDENCE[fact.confidence]
        for text in (fact.authority, fact.source, joined([fact.read.isoformat(), sure], ": ")):
            if text:
                page.paragraph(text, indent=4)
    page.paragraph(_lacks(card.missing))


def _lacks(points: Sequence[str]) -> str:
    return pages.NO_FACT_ON.format(missing=codes.listed([states.POINT[point] for point in points]))


def _in_words(fact: StateFact) -> str:
    if isinstance(fact.value, dict):
        return joined([_text(fact.value[key]) for key in ("name", "phone", "text", "hours") if key in fact.value], ", ")
    if fact.point.endswith(("_due", "_written")):
        deadline = times.due(fact.value)
        return pages.IN_WRITING.format(when=deadline) if fact.point.endswith("_written") else deadline
    if isinstance(fact.value, bool):
        return pages.TO_THE_POLICE
    return pages.REPORTERS.get(fact.value) or str(fact.value)


def _text(value: object) -> str:
    return value if isinstance(value, Message) else str(value)
