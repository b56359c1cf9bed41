"""The call sheet on a page: a number and a title for each item, short lines under it, phone numbers in one column."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.cells import cell_len

from policies.messages import TOGETHER, joined, parts_of
from service import vocabulary
from service.answers.printed.page import PrintedPage
from service.answers.printed.parts import disclosures_of
from service.answers.schemas.answer import FallbackLine, Lead, SheetItem
from service.i18n import answers, brief, codes, pages, sheet

Document = Mapping[str, Any]
INDENT, LABEL, PHONE, HOURS = 3, 13, 45, 60
"""Columns: of what stands under a title, the width of its labels, of phone numbers, of hours and room."""
TRAIT = "client.traits."
UNNUMBERED = ("line", "note")
Contacted = tuple[str, Sequence[str | None], str]
"""Whom to call: the name, the numbers, and when in short."""
OUTSIDE_BRACKETS = re.compile(r"\([^)]*\)|[^()]+")


def print_sheet(
    page: PrintedPage,
    items: Sequence[SheetItem],
    *,
    lead: Lead,
    fallback_lines: Sequence[FallbackLine],
    asked_at: datetime,
) -> None:
    """Print the lead, then every item of the sheet with all that it holds. `asked_at`: the moment of the answer."""
    page.paragraph(lead["plain"], style="bold")
    printer = _SheetPrinter(page, asked_at, said=lead["plain"])
    numbered = [item for item in items if item["kind"] not in UNNUMBERED]
    number, before = 0, None
    for item in numbered:
        if item["kind"] == before == "safety":
            page.paragraph(_with_keys(item), indent=INDENT)
            continue
        number, before = number + 1, item["kind"]
        page.gap()
        printer.print_item(number, item)
    printer.print_lines([item for item in items if item["kind"] == "line"], fallback_lines)
    notes = [_with_keys(item) for item in items if item["kind"] == "note"]
    if notes:
        page.gap()
        page.paragraph(_upper(page, sheet.NOTES), style="bold")
    for note in notes:
        page.paragraph(note, indent=INDENT)


def words_unsaid(classes: Iterable[str]) -> str:
    """Return in words what is not said on a call: classes of data, and traits that only the agency asks about."""
    entries = list(classes)
    data = answers.data_listed(entry for entry in entries if not entry.startswith(TRAIT))
    traits = (entry.removeprefix(TRAIT) for entry in entries if entry.startswith(TRAIT))
    topics = (codes.topic(trait) if trait in vocabulary.TRAITS else trait.replace("_", " ") for trait in traits)
    return joined([data, *topics], "; ")


class _SheetPrinter:
    """Prints the items of one sheet. What an item before it said in the same words is pointed to, not repeated."""

    def __init__(self, page: PrintedPage, asked_at: datetime, *, said: str) -> None:
        self._page, self._asked_at = page, asked_at
        self._said: dict[str, int] = {said: 0}
        self._phones = set[str]()

    def print_item(self, number: int, item: SheetItem) -> None:
        self._number = number
        title = _upper(self._page, item["title"])
        names = [*self._names(item)]
        first = names[0] if names else None
        if first is not None and cell_len(title) + cell_len(self._page.in_language(first[0])) < PHONE - 3 * INDENT:
            beside = [(INDENT + cell_len(title) + INDENT, first[0]), *self._cells(first[1], first[2])]
            self._page.across([(0, f"{number}"), (INDENT, title), *beside], indent=INDENT, style="bold")
        else:
            self._page.across([(0, f"{number}"), (INDENT, title)], indent=INDENT, style="bold")
            if first is not None:
                self._contact(first)
        if "for" in item:
            self._text(pages.GROUP_BESIDE.format(keys=", ".join(item["for"])))
        if item["kind"] == "none":
            self._text(item["text"])
            self._tries(item)
        elif item["kind"] in ("report", "maybe_report"):
            for place, name in enumerate(names[1:]):
                self._contact(name, label="" if place else "or", column=INDENT + LABEL)
            self._text(joined(item["say"] or [item["text"]], TOGETHER))
            if (line := item.get("number_from")) is not None:
                self._contact((line["name"], [line["phone"]], ""))
                self._text(joined([self._not_always(line["hours"]), line["plain"]], TOGETHER), indent=INDENT + 2)
        elif item["kind"] == "call":
            asks = "" if item["via"] else item["inquire"] or ""
            frame = sheet.ASK_AHEAD if item["mode"] == "self" else sheet.SAY
            script = frame.format(script=item["script"]) if item["script"] else asks
            if not item["needs"] or len(parts_of(item["text"])) > 1 or "for" in item:
                self._text(item["text"])
            self._text(joined([item.get("how", ""), script], TOGETHER))
            self._text(item["usual_answer"]["plain"] if "usual_answer" in item else "")
        else:
            self._text(item["text"])
        self._rest(item)

    def _rest(self, item: SheetItem) -> None:
        """Print what may be said, what is not, what the client hears first, what else to do, and who is next."""
        if "question" in item:
            if item["question"]["before"]:
                self._text(item["question"]["before"])
            self._text(item["question"]["would_change"])
        if item["kind"] == "call" and item["say"]:
            self._row("may_say", answers.data_listed(item["say"]))
        if item.get("leave_unsaid"):
            self._row("unsaid", words_unsaid(item["leave_unsaid"]))
        tasks = item.get("obligations", [])
        told = disclosures_of(item) if tasks else []
        self._rows("tell", [task["plain"] for task in told])
        self._rows("do", [task["plain"] for task in tasks if task not in told])
        self._rows("check", list(dict.fromkeys(entry["plain"] for entry in item.get("confirm", ()))))
        for place, other in enumerate(item.get("instead", ())):
            hours = self._hours(other["availability"], other["for"])
            contact = (other["to"]["name"], [other["phone"]], hours)
            self._contact(contact, label="" if place else "if_no", column=INDENT + LABEL)

    def print_lines(self, lines: Sequence[SheetItem], fallback_lines: Sequence[FallbackLine]) -> None:
        """Print the public lines, then those to call when nobody can help, unless their number stands above."""
        if lines:
            self._page.gap()
            self._page.paragraph(_upper(self._page, sheet.LINES), style="bold")
        for line in lines:
            self._contact((line["title"], [line["phone"], _text_number(line)], ""))
            self._text(joined([self._not_always(line["hours"]), _with_keys(line)], TOGETHER), indent=INDENT + 2)
        new = [line for line in fallback_lines if not {line["phone"], line["sms"]} & self._phones - {None}]
        if new:
            self._page.gap()
            self._page.paragraph(_upper(self._page, sheet.NOBODY_HELPS), style="bold")
        for last in new:
            self._contact((last["name"], [last["phone"], _text_number(last)], ""))
            self._text(self._not_always(last["hours"]), indent=INDENT + 2)

    def _names(self, item: Document) -> Iterator[Contacted]:
        """Yield the agencies of an item: name, numbers, hours."""
        kind = item["kind"]
        if kind in ("call", "advocate"):
            hours = self._hours(item["availability"], item["needs"]) if kind == "call" else ""
            contact = item["contact"]
            yield item["to"]["name"], [contact["phone"] or pages.NO_NUMBER, _text_number(contact)], hours
        elif kind in ("report", "maybe_report"):
            for to in item["to"]:
                opens = to["opens_at"] and datetime.fromisoformat(to["opens_at"])
                hours = sheet.in_short(to["status"], opens or None, None, self._asked_at)
                yield to["name"], [to["phone"] or pages.NO_NUMBER], hours
            if "contact" in item:
                yield item["to"][0]["name"], [item["contact"]["phone"]], ""
        elif kind == "danger" and (item["phone"] or item["sms"]):
            yield "", [item["phone"], _text_number(item)], ""
        elif kind == "own":
            yield item["to"]["name"], [], ""

    def _hours(self, opening: Document, covers: Sequence[str]) -> str:
        """Return hours and room in short; room only where places are counted."""
        is_counted = opening["capacity"] != "unknown" or not vocabulary.COUNTED_TYPES.isdisjoint(covers)
        opens = opening["opens_at"] and datetime.fromisoformat(opening["opens_at"])
        room = opening["capacity"] if is_counted else None
        return sheet.in_short(opening["status"], opens or None, room, self._asked_at)

    def _tries(self, item: SheetItem) -> None:
        before = None
        for entry in item["try"]:
            self._contact((entry["name"], [entry["phone"], _text_number(entry)], ""))
            plain = entry["plain"] if entry["plain"] != before else ""
            self._text(joined([self._not_always(entry["hours"]), plain], TOGETHER), indent=INDENT + 2)
            before = entry["plain"]

    def _not_always(self, hours: str | None) -> str:
        return "" if hours in (None, answers.DAY_AND_NIGHT) else joined([hours or "", "."], "")

    def _rows(self, label: str, sentences: Sequence[str]) -> None:
        """Print sentences, each on a line of its own; those that an item before has said are pointed to."""
        new = [sentence for sentence in sentences if sentence not in self._said]
        before = {self._said[sentence] for sentence in sentences if sentence in self._said}
        self._said.update(dict.fromkeys(new, self._number))
        pointers = [sheet.AS_IN.format(number=number) for number in sorted(before)]
        for place, sentence in enumerate((*new, *pointers)):
            self._row("" if place else label, sentence)

    def _contact(self, contact: Contacted, *, label: str = "", column: int = INDENT) -> None:
        name, numbers, hours = contact
        words = sheet.LABELS[label] if label else ""
        self._page.across([(INDENT, words), (column, name), *self._cells(numbers, hours)], indent=INDENT)

    def _cells(self, numbers: Sequence[str | None], hours: str) -> list[tuple[int, str]]:
        known = [number for number in numbers if number]
        self._phones.update(known)
        return [*((PHONE, number) for number in known), *([(HOURS, hours)] if hours else [])]

    def _row(self, label: str, words: str) -> None:
        if words:
            self._page.row(sheet.LABELS[label] if label else "", words, indent=INDENT, width=LABEL)

    def _text(self, words: str, *, indent: int = INDENT) -> None:
        if words and words not in self._said:
            self._page.paragraph(words, indent=indent)


def _with_keys(item: SheetItem) -> str:
    """Return the text of an item; in a group, with the keys of those whom it is for."""
    keys = pages.GROUP_BESIDE.format(keys=", ".join(item["for"])) if "for" in item else ""
    return joined([item["text"], keys], TOGETHER)


def _text_number(contact: Document) -> str | None:
    if not contact["sms"] or contact["sms"] == contact["phone"]:
        return None
    return brief.TEXT.format(number=contact["sms"])


def _upper(page: PrintedPage, title: str) -> str:
    """Return a title in the reader's language in capital letters; what is in brackets stays as it is."""
    return OUTSIDE_BRACKETS.sub(lambda part: part[0] if part[0][0] == "(" else part[0].upper(), page.in_language(title))
