"""Agencies and lines as they are called: the name, the number to call or to text, and the hours that are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from policies.messages import joined
from service.i18n import answers, brief, codes, pages
from service.i18n.times import Moment

Document = Mapping[str, Any]


def at_hours(receiver: str, words: str | None) -> str:
    """Return a receiver with its hours in words, where they are not day and night."""
    return receiver if words in (None, answers.DAY_AND_NIGHT) else in_brackets(receiver, words or "")


def in_brackets(text: str, beside: str) -> str:
    """Return a text with another in brackets behind it.

    >>> in_brackets("Harbor House", "day and night")
    'Harbor House (day and night)'
    """
    return joined([text, joined(["(", beside, ")"], "")], " ")


def agency_with_number(agency: Document) -> str:
    """Return the agency of a call with its number."""
    return with_number(agency["to"]["name"], agency["contact"])


def line_with_number(line: Document) -> str:
    """Return a line with its number."""
    return with_number(line["name"], line)


def opens_later(opening: Document, asked_at: datetime) -> str:
    """Return an agency that opens later, when, and its number; `asked_at`: the moment of the answer."""
    words = {"name": opening["to"]["name"], "phone": opening["contact"]["phone"] or pages.NO_NUMBER}
    if opening["at"] is None:
        return brief.WAITING_LIST.format(**words)
    moment, near = Moment.of(datetime.fromisoformat(opening["at"])), codes.near_day(opening["at"], asked_at)
    return brief.OPENS_LATER.format(**words, moment=moment, near=near)


def with_number(name: str, contact: Document) -> str:
    """Return a name with its number: to call, to text, or both; a name that is its number stands alone."""
    phone, text = contact["phone"], contact["sms"]
    if phone == name:  # 211
        return name
    if text and text == phone:
        return joined([name, brief.CALL_OR_TEXT.format(number=text)], ", ")
    if text:
        words = brief.PHONE_OR_TEXT.format(phone=phone, number=text) if phone else brief.TEXT.format(number=text)
        return joined([name, words], ", ")
    return joined([name, phone or pages.NO_NUMBER], ", ")


def called_receiver(to: Document, lines: Sequence[Document] = ()) -> str:
    """Return a receiver of a report with its number; of a closed office its next opening, of a line its hours."""
    receiver = joined([to["name"], to["phone"] or pages.NO_NUMBER], ", ")
    if opening := to["status"] == "opens_later" and to["opens_at"]:
        return brief.OPENS.format(who=receiver, moment=Moment.of(datetime.fromisoformat(opening)))
    hours = (line["hours"] for line in lines if to["slug"] is None and line["phone"] == to["phone"])
    return at_hours(receiver, next(hours, None))
