"""The answer to a group on a page: what keeps each person safe, the calls as a list to tick off, what is left open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from policies.messages import TOGETHER, joined
from service import vocabulary
from service.answers.printed.contacts import called_receiver
from service.answers.printed.page import PrintedPage
from service.answers.printed.parts import FINE_PRINT
from service.answers.printed.sheet import print_sheet
from service.answers.schemas.group import GroupAnswerDocument
from service.i18n import codes, pages

Document = Mapping[str, Any]


def print_group(page: PrintedPage, document: GroupAnswerDocument, *, asked_at: datetime) -> None:
    """Print the answer to a group: its lead, its whole call sheet, who goes where, and why needs are open."""
    items = document["call_sheet"]
    print_sheet(page, items, lead=document["lead"], fallback_lines=document["fallback_lines"], asked_at=asked_at)
    page.heading(pages.GROUP_CALLS)
    for call in document["calls"]:
        page.item(joined([call["to"]["name"], _counts(call["for"])], ": "))
        if "usual_answer" in call:
            page.paragraph(call["usual_answer"]["plain"], indent=2)
    _print_open(page, document["clients"])
    on_sheet = {item["text"] for item in items}
    duties = {item["duty"] for item in items if "duty" in item}
    others = [duty for duty in document["duties"] if duty["id"] not in duties]
    notices = [
        notice for notice in document["notices"] if notice["plain"] not in on_sheet and notice["id"] not in FINE_PRINT
    ]
    if others or notices:
        page.heading(pages.KEEP_IN_MIND)
    for duty in others:
        page.item(_with_keys(duty["plain"], duty["for"]))
        for receiver in duty["to"] if duty["person"] == vocabulary.CLIENT else ():
            page.row(pages.LABEL["report to"], called_receiver(receiver), indent=2)
    for notice in notices:
        page.item(_with_keys(notice["plain"], notice["for"]))
    page.gap()
    page.paragraph(document["counsel"]["plain"])


def _print_open(page: PrintedPage, clients: Iterable[Document]) -> None:
    open_needs = [(client, entry) for client in clients for entry in client["uncovered"]]
    if open_needs:
        page.heading(pages.NOT_COVERED)
    for client, entry in open_needs:
        need = joined([client["key"], codes.service_type(entry["need"])], ": ")
        known = [entry["plain"] or "", *(reason["plain"] for reason in entry["reasons"])]
        page.item(joined([need + ".", *known], TOGETHER))


def _with_keys(plain: str, keys: Iterable[str]) -> str:
    return joined([plain, pages.GROUP_BESIDE.format(keys=", ".join(keys))], TOGETHER)


def _counts(entries: Iterable[Document]) -> str:
    """Return for whom a call is.

    >>> _counts([{"key": "a", "count": 2, "covers": ["detox"]}])
    '2 of a (detox)'
    """
    return joined((_count(entry) for entry in entries), ", ")


def _count(entry: Document) -> str:
    needs = joined(map(codes.service_type, entry["covers"]), ", ")
    return pages.GROUP_COUNT.format(count=entry["count"], key=entry["key"], needs=needs)
