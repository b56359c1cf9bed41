"""State cards as pages, and the sources of rules, lines and facts as a list for counsel."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from policies import LINE_POINTS, NEEDED, POINTS, SUBJECTS, Source, StateCard, StateFact
from policies.messages import Message, joined
from service.answers.printed.page import PrintedPage
from service.answers.printed.rules import Rows
from service.i18n import codes, pages, states, times
from service.i18n.lines import corrected

IN_A_ROW = ("name", "phone", "text", "hours", "counties")
SOURCE_COLUMNS = ("within", "kind", "id", "authority", "page", "read", "text_as_of", "due", "confidence", "by")


def source_rows(sources: Iterable[Source]) -> Rows:
    """Return sources as the rows of a table: its columns are `SOURCE_COLUMNS`."""
    return SOURCE_COLUMNS, [tuple(str(getattr(source, column)) for column in SOURCE_COLUMNS) for source in sources]


def fact_rows(cards: Iterable[StateCard]) -> Rows:
    """Return a row for each card, a column for each point: the fact's mark, `searched` in vain, or nothing."""
    rows = [
        (
            card.code,
            *(
                _mark(card.facts[point]) if point in card.facts else "searched" if point in card.searched else ""
                for point in POINTS
            ),
        )
        for card in cards
    ]
    return ("state", *POINTS), rows


def count_rows(cards: Iterable[StateCard]) -> Rows:
    """Return how many cards are complete about children, adults and trafficking, then how many know each point.

    `unconfirmed`: those of the known with a fact that a second reader did not find. Of the others, `searched`: somebody
    looked for all that is missing.
    """
    every = tuple(cards)
    child, adult = (tuple(point for point in NEEDED if point.startswith(subject)) for subject in SUBJECTS)
    wanted = {"child complete": child, "adult complete": adult, "child and adult complete": (*child, *adult)}
    wanted |= {"trafficking answered": ("trafficking_report",), **{point: (point,) for point in POINTS}}
    rows = []
    for name, points in wanted.items():
        lacking = {card.code: [point for point in points if _lacks_point(card, point)] for card in every}
        known = [card for card in every if not lacking[card.code]]
        unsure = [
            card for card in known if any(card.facts[point].is_unconfirmed for point in card.facts.keys() & {*points})
        ]
        sought = [card for card in every if lacking[card.code] and card.searched.keys() >= {*lacking[card.code]}]
        counts = (len(known), len(unsure), len(sought), len(every) - len(known) - len(sought))
        rows.append((name, *map(str, counts)))
    return ("facts", "known", "unconfirmed", "searched", "not searched"), rows


def _lacks_point(card: StateCard, point: str) -> bool:
    return point in card.needed if point in NEEDED else point in card.missing


def _mark(fact: StateFact) -> str:
    unsure = "?" if fact.is_unconfirmed else ""
    return "coalition" if fact.by else f"{fact.confidence}{unsure}"


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
            about = (
                fact for point, fact in card.facts.items() if point.startswith(subject) and point not in LINE_POINTS
            )
            if facts := [_in_words(card, fact) for fact in about]:
                page.paragraph(on.format(facts=joined(facts, ", ")), indent=2)
        if card.needed:
            page.paragraph(_lacks(card.needed), indent=2)


def print_state(page: PrintedPage, card: StateCard) -> None:
    """Print the card of a state: each fact with its law, its page, the day and the mark; then what the card lacks."""
    page.paragraph(f"{card.code} {card.name}", style="bold")
    for point, fact in card.facts.items():
        page.item(joined([states.POINT[point], _in_words(card, fact)], ": "))
        if fact.by:
            page.paragraph(corrected(fact.by, fact.read), indent=4)
        is_own_page = fact.confidence == "P" and (fact.authority is None or point in LINE_POINTS)
        sure = pages.OWN_PAGE if is_own_page else pages.CONFIDENCE[fact.confidence]
        unsure = pages.UNCONFIRMED if fact.is_unconfirmed else ""
        for text in (fact.authority, fact.source, joined([fact.read.isoformat(), sure], ": "), unsure):
            if text:
                page.paragraph(text, indent=4)
    page.paragraph(_lacks(card.missing))


def _lacks(points: Sequence[str]) -> str:
    return pages.NO_FACT_ON.format(missing=codes.listed([states.POINT[point] for point in points]))


def _in_words(card: StateCard, fact: StateFact) -> str:
    if fact.point in LINE_POINTS:
        rows = fact.value if isinstance(fact.value, list) else [fact.value]
        return joined([joined([_text(row[key]) for key in IN_A_ROW if key in row], ", ") for row in rows], "; ")
    if fact.point.endswith(("_due", "_written")) and not fact.when and fact.value not in POINTS[fact.point].words:
        deadline = times.due(fact.value)
        return pages.IN_WRITING.format(when=deadline) if fact.point.endswith("_written") else deadline
    is_short = fact.value in pages.REPORTERS and not fact.when
    return pages.REPORTERS[fact.value] if is_short else states.fact(card.name, fact)


def _text(value: object) -> str:
    return value if isinstance(value, Message) else joined(value, ", ") if isinstance(value, list) else str(value)
