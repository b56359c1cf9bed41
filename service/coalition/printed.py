"""The coalition's own work on a printed page, 80 columns wide."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import yaml

from policies.messages import joined
from service.answers.printed.contacts import in_brackets
from service.answers.printed.page import PrintedPage
from service.coalition import AgencyWords, Contacts, Coverage, DueItems, Exchange, LegalHold, Map
from service.coalition.map_graph import lines
from service.i18n import coalition, legal_hold
from service.i18n.codes import service_type
from service.i18n.page_texts import TEXTS
from service.i18n.times import Day

_LABEL, _COLUMN = 26, 3
_ACROSS = 18  # columns beside the label in 80


def print_coverage(page: PrintedPage, coverage: Coverage) -> None:
    """Print coverage: a table for each area, the needs with a single agency, the needs without any, and the focus."""
    page.paragraph(coverage.focus()["plain"])
    if coverage.uncovered_area_count:
        page.paragraph(coalition.SOME_AREAS.format(count=coverage.uncovered_area_count))
    page.paragraph(coalition.HEAT_MAP)
    page.paragraph(coalition.SIGNS)
    bands = coverage.bands
    for area, rows in coverage.grids():
        page.heading(coverage.visible.area_name(area))
        for first in range(0, len(bands), _ACROSS):
            columns = slice(first, first + _ACROSS)
            page.verbatim(_line(page.in_language(coalition.FROM_AGE), [str(band[0]) for band in bands[columns]]))
            for offered_type, cells in rows.items():
                counts = [cell.organizations for cell in cells[columns]]
                signs = [
                    str(count) if count else ("?" if cell.unsure else "-")
                    for count, cell in zip(counts, cells[columns], strict=True)
                ]
                page.verbatim(_line(page.in_language(coverage.visible.type_name(offered_type)), signs))
    if sentence := coalition.nobody_offers(
        [coverage.visible.type_name(offered_type) for offered_type in coverage.types_without_service()]
    ):
        page.gap()
        page.paragraph(sentence)


def print_map(page: PrintedPage, coalition_map: Map) -> None:
    """Print the hand-offs under an agreement or within one house, by agency, then the agencies without a stand-in."""
    if coalition_map.plain is not None:
        page.paragraph(coalition_map.plain)
    if coalition_map.groups:
        _print_groups(page, coalition_map)
    else:
        _print_hand_offs(page, coalition_map)
    if points := coalition_map.points:
        page.heading(coalition.SINGLE_POINTS)
    for point in points:
        page.item(coalition_map.explain(point))


def _print_hand_offs(page: PrintedPage, coalition_map: Map) -> None:
    edges, visible, holders = [*lines(coalition_map.graph)], coalition_map.visible, set[str]()
    page.paragraph(coalition.BY_AGREEMENT.format(count=sum(how == "public" for _, _, how, _ in edges)))
    for holder, recipient, relationship, types in edges:
        if relationship == "public":
            continue
        if holder not in holders:
            holders.add(holder)
            page.gap()
            page.paragraph(visible.name(holder), style="bold")
        beside = in_brackets(visible.name(recipient), coalition.RELATIONSHIPS[relationship])
        page.item(joined([beside, joined(map(visible.type_name, types.split()), ", ")], ": "), indent=2)


def _print_groups(page: PrintedPage, coalition_map: Map) -> None:
    """Print each group with the groups that it can hand over to under an agreement or within one house."""
    groups = list(coalition_map.groups)
    for place, group in enumerate(groups):
        page.gap()
        page.paragraph(
            f"{coalition_map.group_name(group, page.in_language)} ({coalition_map.groups[group]})", style="bold"
        )
        for giving, taking, relationship, pairs in lines(coalition_map.graph):
            if giving == str(place) and relationship != "public":
                name = coalition_map.group_name(groups[int(taking)], page.in_language)
                beside = in_brackets(name, coalition.RELATIONSHIPS[relationship])
                page.item(joined([beside, str(pairs)], ": "), indent=2)


def print_due(page: PrintedPage, due: DueItems) -> None:
    """Print a line for each due item."""
    items = due.items()
    for item in items:
        page.row(item.due.isoformat(), joined([due.visible.name(item.organization), item.plain], ": "))
    if not items:
        page.paragraph(coalition.NOTHING_DUE)


def print_exchange(page: PrintedPage, exchange: Exchange) -> None:
    """Print each match, then the draft agreements as they would stand in a bundle."""
    document = exchange.document()
    if document["plain"]:
        page.paragraph(document["plain"])
    for match in document["matches"]:
        page.item(match["plain"])
    if not document["matches"]:
        page.paragraph(coalition.NO_MATCH)
        return
    page.heading(coalition.DRAFTS)
    page.paragraph(coalition.DRAFTS_ARE_READ)
    drafts = {"agreements": [match["draft"] for match in document["matches"]]}
    page.verbatim(yaml.safe_dump(drafts, sort_keys=False, allow_unicode=True))


def print_contacts(page: PrintedPage, contacts: Contacts) -> None:
    """Print the contacts of each member."""
    for contact in contacts.document()["contacts"]:
        parts = [coalition.role(contact["role"]), contact["name"], contact["email"], *contact["phones"]]
        parts += [coalition.UNTIL.format(day=Day.of(date.fromisoformat(contact["until"])))] if contact["until"] else []
        parts += [coalition.FOLLOWS.format(name=contact["successor"])] if contact["successor"] else []
        parts += [] if contact["named"] else [coalition.LINE.format(line=contact["line"] or coalition.NO_LINE)]
        page.item(joined([contacts.visible.name(contact["organization"]), joined(parts, ", ")], ": "))


def print_words(page: PrintedPage, words: AgencyWords) -> None:
    """Print each word with more than one meaning, its meanings below."""
    entries = words.document()["words"]
    for word in entries:
        page.gap()
        page.paragraph(word["term"], style="bold")
        for meaning in word["meanings"]:
            names = ", ".join(map(words.visible.name, meaning["organizations"])) or coalition.THE_CODE
            page.item(joined([meaning["name"], names], ": "))
    if not entries:
        page.paragraph(coalition.NO_SPLIT_WORD)


def print_legal_hold(page: PrintedPage, hold: LegalHold) -> None:
    """Print what to do first, the contacts, the records held, and the kinds of record never kept."""
    document = hold.document()
    page.paragraph(document["plain"])
    page.heading(legal_hold.CONTACTS)
    for contact in document["contacts"]:
        lines = (
            [contact["name"], contact["phone"], contact["email"]]
            if contact["name"]
            else [contact["line"] or legal_hold.NO_CONTACT]
        )
        page.item(joined([hold.visible.name(contact["organization"]), joined(lines, ", ")], ": "))
    if document["held"] is not None:
        page.heading(legal_hold.HELD)
        for rows in document["held"]:
            page.item(legal_hold.ROWS.format(kind=TEXTS[f"kept_kind.{rows['kind']}"], rows=rows["rows"]))
        if not document["held"]:
            page.paragraph(legal_hold.NONE_HELD)
    page.heading(legal_hold.KEPT_HERE)
    for kind in document["kept"]:
        page.item(joined([TEXTS[f"kept_kind.{kind['kind']}"], kind["plain"]], ": "))
    page.heading(legal_hold.NOT_KEPT)
    for words in document["never_kept"]:
        page.item(words)


def print_outcomes(page: PrintedPage, document: Mapping[str, Any]) -> None:
    """Print a line for each number, and how to read the numbers."""
    page.paragraph(joined([document["quarter"] or "", document["plain"]], " "))
    for row in document["rows"]:
        soon = coalition.ANSWERED[row["answered"]] if row["answered"] else None
        count = joined([row["name"], str(row["referrals"])], ": ")
        page.item(joined([count, soon or ""], ", "))
        for step, time in (row["times"] or {}).items():
            page.paragraph(coalition.MEDIANS[step, time], indent=4)


def print_what_if(page: PrintedPage, document: Mapping[str, Any]) -> None:
    """Print the comparison before and after, a line for each need, and the assumptions behind it."""
    before, after = document["coverage"]["before"], document["coverage"]["after"]
    points = document["single_points"]
    page.item(coalition.WHAT_IF_GAPS.format(before=before["gaps"], after=after["gaps"]))
    page.item(coalition.WHAT_IF_THIN.format(before=before["thin"], after=after["thin"]))
    page.item(coalition.WHAT_IF_POINTS.format(before=len(points["before"]), after=len(points["after"])))
    page.heading(coalition.WHAT_IF_CALLS.format(calls=document["drawn"]["calls"]))
    columns = {
        "first": coalition.WHAT_IF_FIRST, "second": coalition.WHAT_IF_SECOND, "third": coalition.WHAT_IF_THIRD,
        "nobody": coalition.WHAT_IF_NOBODY,
    }  # fmt: skip
    rows = [*document["calls"], document["all_calls"]]
    for row in rows:
        name = service_type(row["type"]) if row["type"] else coalition.WHAT_IF_ALL
        page.item(joined([name, joined([str(row["calls"]), coalition.WHAT_IF_COUNT], " ")], ": "))
        changes = (
            joined([words, f"{row['before'][column]} > {row['after'][column]}"], " ")
            for column, words in columns.items()
        )
        page.paragraph(joined([*changes], ", "), indent=4)
    assumed = document["assumptions"]
    page.heading(coalition.WHAT_IF_ASSUMED)
    page.item(coalition.WHAT_IF_CHANCE.format(**assumed["chance"]))
    page.item(coalition.WHAT_IF_ANSWERED.format(chance=assumed["chance_if_answered"]))
    for name, words in coalition.WHAT_IF_NAMES.items():
        parts = ", ".join(f"{value} {count}" for value, count in assumed[name].items())
        page.item(coalition.WHAT_IF_MIX.format(name=words, parts=parts))


def print_guide(page: PrintedPage, document: Mapping[str, Any]) -> None:
    """Print each sector of the guide: what may be seen, what may be asked, which needs to look for.

    Works follow, numbered; an entry ends with the numbers of its sources, as in `[1, 3]`.
    """
    page.paragraph(document["about"])
    for sector in document["sectors"]:
        numbers = {work["key"]: str(number) for number, work in enumerate(sector["source"], start=1)}
        page.heading(sector["name"])
        for title, part in ((coalition.SEE, "see"), (coalition.ASK, "ask")):
            page.gap()
            page.paragraph(title, style="bold")
            for words, keys in zip(sector[part], sector[f"{part}_source"], strict=True):
                page.item(joined([words, f"[{', '.join(numbers[key] for key in keys)}]"], " "))
        if sector["request"]:
            page.gap()
            page.paragraph(coalition.REQUEST, style="bold")
        for entry in sector["request"]:
            page.item(joined([entry["plain"], f"[{', '.join(numbers[key] for key in entry['source'])}]"], " "))
            page.paragraph(
                coalition.REQUEST_LAW.format(authority=entry["authority"], date=entry["text_as_of"]), indent=4
            )
        page.gap()
        page.paragraph(coalition.LOOK_FOR.format(names=joined(map(service_type, sector["needs"]), ", ")))
        page.gap()
        page.paragraph(coalition.SOURCES, style="bold")
        for work in sector["source"]:
            page.item(coalition.source(work), mark=f"[{numbers[work['key']]}]")
            page.verbatim(work["url"], indent=4)
    page.gap()
    page.paragraph(document["checked"])


def _line(label: str, cells: list[str]) -> str:
    short_label = label if len(label) <= _LABEL else label[: _LABEL - 1] + "…"
    return f"{short_label:<{_LABEL}}" + "".join(f"{cell:>{_COLUMN}}" for cell in cells)
