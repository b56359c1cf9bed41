"""An answer as a page for a tired reader at 2 a.m.: the duties of law first, then the agency to call, then the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from policies.messages import TOGETHER, joined
from service.answers.printed.contacts import (
    agency_with_number,
    called_receiver,
    in_brackets,
    line_with_number,
    opens_later,
)
from service.answers.printed.page import PrintedPage
from service.answers.printed.parts import FINE_PRINT, SAFETY_FIRST
from service.answers.printed.paths import print_alternative, print_conditional_path, print_first_path
from service.answers.printed.sheet import print_sheet
from service.answers.schemas.answer import AnswerDocument
from service.i18n import brief, codes, pages, questions, sheet, times
from service.i18n.duties import report_holds
from service.i18n.times import Moment

Document = Mapping[str, Any]


def print_answer(page: PrintedPage, document: AnswerDocument, *, asked_at: datetime, full: bool = False) -> None:
    """Print an answer document (openapi/guide/answer.md), at most 80 columns wide: its lead and its whole call sheet.

    `asked_at`: the moment (with offset) at which the answer is judged; only used to say today and tomorrow.
    `full`: and below them all else, every path with its costs, rules and authorities, and duties that may apply.
    """
    print_sheet(
        page,
        document["call_sheet"],
        lead=document["lead"],
        fallback_lines=document["fallback_lines"],
        asked_at=asked_at,
    )
    page.gap()
    page.paragraph(joined([document["counsel"]["plain"], "" if full else sheet.MORE], TOGETHER))
    if full:
        _print_all(page, document, asked_at)


def _print_all(page: PrintedPage, document: AnswerDocument, asked_at: datetime) -> None:
    notices = document["notices"]
    page.gap()
    page.paragraph(pages.AS_OF.format(moment=Moment.of(asked_at)))
    _print_safety(page, [notice for notice in notices if notice["id"] in SAFETY_FIRST])
    _print_duties(page, document["duties"])
    _print_notices(page, [n for n in notices if n["id"] not in (*SAFETY_FIRST, *FINE_PRINT)])
    sentences = _print_paths(page, document, asked_at)
    _print_conditional(page, document["conditional_paths"], asked_at, sentences)
    _print_questions(page, document["questions"])
    _print_open(page, document)
    _print_later(page, document["later"], asked_at)
    _print_lines(page, document["lines"])
    _print_sole_providers(page, document)
    _print_end(page, document, [notice for notice in notices if notice["id"] in FINE_PRINT])


def _print_safety(page: PrintedPage, notices: Sequence[Document]) -> None:
    if notices:
        page.heading(pages.FIRST)
    for number, notice in enumerate(notices, start=1):
        page.item(notice["plain"], mark=f"{number}.", style="bold")


def _print_duties(page: PrintedPage, duties: Sequence[Document]) -> None:
    if not duties:
        return
    page.heading(pages.LAW_ASKS)
    for duty in duties:
        page.item(pages.DUTY[duty["certain"]].format(id=duty["id"]), style="bold")
        page.paragraph(duty["plain"], indent=2)
        for receiver in duty["to"]:
            page.row(pages.LABEL["report to"], called_receiver(receiver), indent=2)
        if duty["due"]:
            page.row(pages.LABEL["when"], times.due(duty["due"]), indent=2)
        if duty["share"]:
            limit = report_holds(duty["share"], duty["must_hold"])
            page.row(pages.LABEL["limit"], limit, indent=2)
        for number, task in enumerate(duty["obligations"]):
            page.row("" if number else pages.LABEL["do"], task["plain"], indent=2)
        page.row(pages.LABEL["authority"], codes.authority(duty["authority"]), indent=2)


def _print_notices(page: PrintedPage, notices: Sequence[Document]) -> None:
    if notices:
        page.heading(pages.KEEP_IN_MIND)
    for notice in notices:
        page.item(notice["plain"])


def _print_paths(page: PrintedPage, document: AnswerDocument, asked_at: datetime) -> set[str]:
    """Print the open paths; return the sentences of the obligations that were spelled out."""
    page.heading(pages.CALL_NEXT)
    paths = document["paths"]
    if not paths:
        page.paragraph(pages.NO_PATH if document["complete"]["paths"] else pages.NO_PATH_IN_TIME)
        return set()
    first, *later_paths = paths
    sentences = print_first_path(page, first, asked_at)
    if later_paths:
        page.heading(pages.IF_NO)
    for number, path in enumerate(later_paths, start=1):
        print_alternative(page, path, paths[:number], asked_at, sentences)
    return sentences


def _print_questions(page: PrintedPage, inquiries: Sequence[Document]) -> None:
    if inquiries:
        page.heading(pages.ASK_NEXT)
        page.paragraph(pages.NO_NEED_TO_ANSWER)
    attributes = set[str]()
    for question in inquiries:
        page.item(question["text"], style="bold")
        if question["before"]:
            is_repeated = question["before"] in attributes
            attributes.add(question["before"])
            page.paragraph(questions.BEFORE_AS_ABOVE if is_repeated else question["before"], indent=2)
        page.paragraph(question["would_change"], indent=2)


def _print_open(page: PrintedPage, document: AnswerDocument) -> None:
    if not document["uncovered"]:
        return
    page.heading(pages.NOT_COVERED)
    for entry in document["uncovered"]:
        page.item(codes.service_type(entry["need"]), style="bold")
        if entry["plain"]:
            page.paragraph(entry["plain"], indent=2)
        for reason in entry["reasons"]:
            page.item(reason["plain"], indent=2)
        for alternative in entry["near"]:
            page.paragraph(brief.NEAR.format(who=agency_with_number(alternative)), indent=2)


def _print_later(page: PrintedPage, opening: Sequence[Document], asked_at: datetime) -> None:
    if opening:
        page.heading(pages.OPENS_LATER)
    for opening_later in opening:
        page.item(opens_later(opening_later, asked_at))


def _print_lines(page: PrintedPage, lines: Sequence[Document]) -> None:
    if lines:
        page.heading(pages.PUBLIC_LINES)
    for line in lines:
        line_and_hours = in_brackets(line_with_number(line), line["hours"])
        page.item(joined([line_and_hours + ".", line["plain"]], TOGETHER))


def _print_conditional(page: PrintedPage, paths: Sequence[Document], asked_at: datetime, sentences: set[str]) -> None:
    if not paths:
        return
    page.heading(pages.ANOTHER_WAY)
    page.paragraph(pages.NO_NEED_TO_AGREE)
    for path in paths:
        print_conditional_path(page, path, asked_at, sentences)


def _print_sole_providers(page: PrintedPage, document: AnswerDocument) -> None:
    if not document["sole_provider"]:
        return
    names = {step["to"]["slug"]: step["to"]["name"] for path in document["paths"] for step in path["steps"]}
    page.heading(pages.NOBODY_ELSE)
    for slug in document["sole_provider"]:
        page.item(names.get(slug, slug))
    page.paragraph(pages.ONLY_ONE)


def _print_end(page: PrintedPage, document: AnswerDocument, fine_print: Sequence[Document]) -> None:
    page.heading(pages.ABOUT)
    complete = document["complete"]
    if False in (complete["instead"], complete["later"], complete["near"]):
        page.item(pages.NOT_ALL_OWED)
    if not complete["conditional_paths"]:
        page.item(pages.NOT_ALL_LOOKED_FOR)
    if not complete["questions"]:
        page.item(pages.NOT_ALL_QUESTIONS)
    for notice in fine_print:
        page.item(notice["plain"])
    page.item(document["counsel"]["plain"])
    grievance = document["grievance"]
    page.item(pages.COMPLAINTS.format(**grievance) if grievance["contact"] else grievance["plain"])
    page.item(
        pages.VERSIONS.format(
            directory=document["directory_version"],
            rules=document["policy_version"][:19],
            answer=document["decision_id"],
        )
    )
