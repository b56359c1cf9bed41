"""The answer to a group on a page: what keeps each person safe, the calls as a list to tick off, what is left open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from policies.messages import TOGETHER, joined
from service.answers.printed.brief import FINE_PRINT, duties_at_once
from service.answers.printed.contacts import called_receiver
from service.answers.printed.page import PrintedPage
from service.answers.schemas.group import GroupAnswerDocument
from service.words import codes, pages

Document = Mapping[str, Any]
TICK = "[ ]"
SPOKEN_WITH_ALONE = ("one-at-a-time", "interpreter-for-each", "safe-together", "nobody-by-name")
"""What comes before all else where several people are there."""


def print_group(page: PrintedPage, document: GroupAnswerDocument) -> None:
    """Print the answer to a group."""
    notices = {notice["id"]: notice for notice in document["notices"]}
    for notice_id in SPOKEN_WITH_ALONE:
        if notice_id in notices:
            page.item(notices[notice_id]["plain"], style="bold")
    page.heading(pages.FIRST)
    page.paragraph(_with_keys(document["lead"]["plain"], document["lead"]["for"]), style="bold")
    page.heading(pages.GROUP_CALLS)
    for call in document["calls"]:
        page.item(joined([call["plain"], call["phone"] or pages.NO_NUMBER], " "), mark=TICK)
        page.paragraph(pages.GROUP_FOR.format(keys=_counts(call["for"])), indent=4)
        if "usual_answer" in call:
            page.paragraph(call["usual_answer"]["plain"], indent=4)
        for entry in call["confirm"]:
            page.paragraph(entry["plain"], indent=4)
        for alternative in call["instead"]:
            page.paragraph(
                pages.GROUP_ELSE.format(name=alternative["to"]["name"], phone=alternative["phone"] or pages.NO_NUMBER),
                indent=4,
            )
    _print_open(page, document["clients"])
    page.heading(pages.KEEP_IN_MIND)
    at_once = duties_at_once(document)
    for duty in document["duties"]:
        page.item(_with_keys(duty["plain"], duty["for"]))
        for receiver in duty["to"] if duty in at_once else ():
            page.row(pages.LABEL["report to"], called_receiver(receiver), indent=4)
    for notice in document["notices"]:
        if notice["id"] not in (*SPOKEN_WITH_ALONE, *FINE_PRINT):
            page.item(_with_keys(notice["plain"], notice["for"]))
    page.item(document["counsel"]["plain"])
    for line in document["fallback_lines"]:
        page.item(joined([line["name"], line["phone"] or line["sms"] or ""], ": "))


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
