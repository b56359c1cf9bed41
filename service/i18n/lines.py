"""Sentences on public lines: what each is for, and how to reach it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from policies.messages import TOGETHER, Message, joined
from service.i18n.times import Day

FOR = {
    "trafficking": Message("Knows help for people who were trafficked, and how to reach it."),
    "suicide": Message("Stay with them and call or text together; nobody has to be alone with this."),
    "suicide_of_others": Message("Says what to do where somebody else may end their life."),
    "child_abuse": Message("Takes reports about children."),
    "adult_abuse": Message("Takes reports about adults who need to be kept safe."),
    "domestic_violence": Message("Somebody to talk with after harm by a partner or family, and a plan to stay safe."),
    "sexual_assault": Message("Somebody to talk with after an assault; the client need not report it."),
    "native": Message("Advocates who are Native themselves answer here."),
    "missing_child": Message(
        "For a child who is away from home or care. Ask first who must not learn where the child is."
    ),
    "foreign_minor": Message("Says which help is open to a child from another country, and how to ask for it."),
    "runaway": Message("For young people who ran away or may: a person who listens, and a place to stay close by."),
    "online_exploitation": Message("Takes reports that a child is sold, or pressed for pictures, online or off."),
    "images_online": Message("Helps to take down nude pictures from when the person was under 18. No name is asked."),
    "lgbtq_youth": Message("Counselors for young LGBTQ people."),
    "relay": Message("Dial this first, then the number to call: an operator types or signs for the client."),
    "local_services": Message("Knows help close by: food, clothes, rent and more."),
}
FINDS_OUT = {
    "child_abuse": Message("Takes no reports itself; helps to find where a report about a child goes."),
    "adult_abuse": Message("Takes no reports itself; helps to find where a report about an adult goes."),
}
TEXT_FIRST = Message("Text the word {word} to {number}.")
ON_THE_WEB = Message("On the web: {web}.")
RUN_BY = Message("It is run by {operator}.")
CONFIRM_FIRST = Message("Last checked {day}: confirm first.")


def plain(purpose: str, *, takes_reports: bool, text_first: Mapping[str, str] | None) -> Message:
    """Return the purpose of a line; `text_first`: the `word` to text first, and the `number`.

    >>> plain("native", takes_reports=True, text_first=None)
    'Advocates who are Native themselves answer here.'
    """
    about = FOR[purpose] if takes_reports else FINDS_OUT[purpose]
    return about if text_first is None else joined([about, TEXT_FIRST.format(**text_first)], TOGETHER)


CORRECTED = Message("The coalition corrected this ({by}, {day}).")


def corrected(by: str, day: date) -> Message:
    """Return that the coalition corrected a fact: who, by role, and on which day its source was read.

    >>> corrected("program director", date(2026, 2, 20))
    'The coalition corrected this (program director, February 20, 2026).'
    """
    return CORRECTED.format(by=by.replace("_", " "), day=Day.of(day))


def confirm_first(checked: date, review_due: date, today: date) -> Message | None:
    """Return that what was checked on a day is to be confirmed first, where its review is past; else None.

    >>> confirm_first(date(2026, 1, 5), date(2026, 4, 5), date(2026, 4, 6))
    'Last checked January 5, 2026: confirm first.'
    """
    return CONFIRM_FIRST.format(day=Day.of(checked)) if review_due < today else None
