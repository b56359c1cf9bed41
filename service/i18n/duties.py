"""The sentences on a duty to report or to keep: when, what, by whom, and the questions that nobody asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from policies.messages import EITHER, TOGETHER, Message, joined
from service.i18n.answers import NOT_THE_SUSPECTED, data_listed
from service.i18n.times import due

DUTY_OPENING = Message(
    "Where it is safe, tell the client first: what you have to report, to whom, and what happens next."
)
DUTY_DUE = Message("A report is due {when}.")
DUTY_DUE_IF_SO = Message("If so, the report is due {when}.")
DUTY_OPENING_IF_SO = Message(
    "Before you report, tell the client if that is safe: what you will say, to whom, and what happens next."
)
IF_SUSPECTED = {
    ("child", "must"): Message("If you suspect this child is being abused or sold for sex, you must report it."),
    ("child", "may"): Message("If you suspect this child is being abused or sold for sex, you may report it."),
    ("child", "in_doubt"): Message(
        "If you suspect this child is being abused or sold for sex, you may have to report it."
    ),
    ("child_perhaps", "must"): Message(
        "If the client is under 18 and you suspect abuse or trafficking, you must report it."
    ),
    ("child_perhaps", "may"): Message(
        "If the client is under 18 and you suspect abuse or trafficking, you may report it."
    ),
    ("child_perhaps", "in_doubt"): Message(
        "If the client is under 18 and you suspect abuse or trafficking, you may have to report it."
    ),
    ("companion", "must"): Message(
        "If you suspect a child with the client is being abused or sold for sex, you must report it."
    ),
    ("companion", "may"): Message(
        "If you suspect a child with the client is being abused or sold for sex, you may report it."
    ),
    ("companion", "in_doubt"): Message(
        "If you suspect a child with the client is being abused or sold for sex, you may have to report it."
    ),
    ("adult", "must"): Message("If you suspect this adult is being abused or used, you must report it."),
    ("adult", "may"): Message("If you suspect this adult is being abused or used, you may report it."),
    ("adult", "in_doubt"): Message("If you suspect this adult is being abused or used, you may have to report it."),
    ("adult_perhaps", "must"): Message(
        "If you suspect this adult can't protect themselves and is being abused, you must report it."
    ),
    ("adult_perhaps", "may"): Message(
        "If you suspect this adult can't protect themselves and is being abused, you may report it."
    ),
    ("adult_perhaps", "in_doubt"): Message(
        "If you suspect this adult can't protect themselves and is being abused, you may have to report it."
    ),
}
"""An uncertain report as its condition, by whom it is about and how it binds the worker."""
IF_SO_OF_A_NOTICE = {
    "child-welfare-24h": Message("If you learn that this child was sold for sex, you must tell the police."),
    "child-welfare-24h-missing": Message(
        "If this child is missing from care, you must tell the police and the center for missing children."
    ),
    "hhs-minor-notice-24h": Message(
        "If this child is from another country and was trafficked, you must tell HHS, the federal health office."
    ),
}
"""An uncertain notice of the agency's own as its condition, by id."""
ONLY_WITH_A_RELEASE = Message(
    "Your funding law (VAWA, VOCA): say nothing that shows who the client is without their signed release."
)
PRIVILEGE = Message("Privilege may change this: ask your supervisor.")
NUMBER_FROM = Message("They can give you the county's number. Don't tell them about the client.")
NUMBER_FROM_LINE = Message(
    "{name}, {phone}, can give you the county's number for this report. Don't tell them about the client."
)
DUTY_HOLDS = Message("It has to hold: {data}.")
DUTY_MAY_HOLD = Message("Nothing more, unless the law calls for it: {data}.")
RECEIVER_REPORTS = Message(
    "This agency may have to report abuse {whom} that it hears of; let the client know before they speak with it."
)
OF_A_CHILD = Message("of a child")
OF_AN_ADULT = Message("of an older adult or of one who cannot protect themselves")
NOTICE_YOURS = Message("You make this report yourself; the client need not speak.")
DUTY_YOURS = {
    "child": Message("You report abuse of a child yourself; the client need not speak."),
    "adult": Message("You report abuse of an adult yourself; the client need not speak."),
}
DUTY_BY = Message("It is due {when}.")
DUTY_ASK_THERE = Message("Ask there whether you have to report, and by when.")
DUTY_PROMPTLY = Message("Report it promptly.")
DUTY_NO_TERM = Message("The law sets no deadline: don't wait.")
DUTY_ASK_WHEN = Message("Ask there by when it is due.")
DUTY_SAY = Message("Say: {data}.")
DUTY_SAY_IF_SO = Message("If you report, say: {data}.")
DUTY_NO_QUESTIONS = Message("Nobody asks the client what happened: pass on what you know.")
DUTY_AVOIDED = Message("The client asked not to go to {names}. The duty stays; tell the client so.")
DUTY_NOBODY = Message("No agency listed here takes this report for the area: ask your supervisor where it goes.")
DUTY_ON_TRIBAL_LAND = Message(
    "This is tribal land: ask the tribe's agency and the state's which of them takes the report, and take neither for "
    "granted."
)
DUTY_TO_BE_CONFIRMED = Message("This rule is to be confirmed: ask counsel before relying on it.")
SUBPOENA_CONTACT = Message("Your agency's contact for this: {who}.")
SUBPOENA_NO_CONTACT = Message("Your agency has not named a contact for this: ask its director.")


def report_due(duration: str | None, *, certain: bool) -> str:
    """Return the sentence on when a report is due, empty where the law's time is not known.

    >>> report_due("PT24H", certain=False)
    'If so, the report is due within 24 hours.'
    """
    if duration is None:
        return ""
    return (DUTY_DUE if certain else DUTY_DUE_IF_SO).format(when=due(duration))


def report_holds(share: Sequence[str], by_law: Sequence[str]) -> Message:
    """Return the content of a report (data classes) in words: first the data that the law asks for, then the limit.

    >>> report_holds(["identity", "need"], ["identity"])
    'It has to hold: name and identity. Nothing more, unless the law calls for it: the services wanted (no name).'
    """
    first = [data for data in share if data in by_law]
    further = [data for data in share if data not in by_law]
    required = DUTY_HOLDS.format(data=data_listed(first)) if first else ""
    return joined([required, DUTY_MAY_HOLD.format(data=data_listed(further)) if further else ""], TOGETHER)


def receiver_reports(*, child: bool, adult: bool) -> Message:
    """Return the sentence on an agency's own duty to report abuse of a child, of an adult, or of both.

    >>> receiver_reports(child=True, adult=False)
    'This agency may have to report abuse of a child that it hears of; let the client know before they speak with it.'
    """
    return RECEIVER_REPORTS.format(whom=joined([OF_A_CHILD] * child + [OF_AN_ADULT] * adult, EITHER))


def say_of_duty(
    subject: str | None,
    due_in: str | None,
    must_hold: Sequence[str],
    *,
    law_known: bool,
    who_is_known: bool = False,
    is_prompt: bool = False,
    has_no_term: bool = False,
    condition: Message | None = None,
) -> list[Message]:
    """Return a duty in at most four short sentences: who reports, by when, what to say, and whom nobody questions.

    `subject`: `child` or `adult`, None for a notice to officials. `due_in`: an ISO 8601 duration. `law_known`: the law
    that asks for the report is loaded here, or a card says by when. `who_is_known`: a card says who reports.
    `is_prompt`: the law says promptly, and names no hours. `has_no_term`: the law says nothing of when. `condition`:
    the duty in its own words where it is not certain.

    >>> say_of_duty("child", "PT24H", ["identity"], law_known=True)[1:3]
    ['It is due within 24 hours.', 'Say: name and identity.']
    """
    undated = [DUTY_PROMPTLY] if is_prompt else [DUTY_NO_TERM] if has_no_term else []
    when = [DUTY_BY.format(when=due(due_in))] if due_in else undated
    say = DUTY_SAY if condition is None else DUTY_SAY_IF_SO
    content = [say.format(data=data_listed(must_hold))] if must_hold else []
    yours = condition or (NOTICE_YOURS if subject is None else DUTY_YOURS[subject])
    ask = DUTY_ASK_WHEN if who_is_known else DUTY_ASK_THERE
    return [yours, *(when if law_known else [ask]), *content, DUTY_NO_QUESTIONS]


def subpoena_contact(contact: Mapping[str, object] | None) -> Message:
    """Return the contact for a subpoena in words: name, phone and email as far as known; None leads to the director.

    >>> subpoena_contact({"name": "Ana Ruiz", "phone": "512-555-0100", "email": None})
    "Your agency's contact for this: Ana Ruiz, 512-555-0100."
    """
    if contact is None:
        return SUBPOENA_NO_CONTACT
    return SUBPOENA_CONTACT.format(who=", ".join(str(part) for part in contact.values() if part))


def told_before(entries: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return rules or tasks of an answer with their sentences, from the English as it is stored.

    >>> told_before([{"plain": str(joined([NOTICE_YOURS, NOT_THE_SUSPECTED], TOGETHER))}])[0]["plain"].parts[1]
    'Never the parent or guardian who is not safe.'
    """
    return [{**entry, "plain": _former_sentence(entry["plain"])} for entry in entries]


def _former_sentence(text: str) -> Message:
    rule = text.removesuffix(f" {NOT_THE_SUSPECTED}")
    whom = (receiver_reports(child=child, adult=adult) for child, adult in ((True, False), (False, True), (True, True)))
    sentence = next((message for message in whom if message == rule), Message(rule))
    return sentence if rule == text else joined([sentence, NOT_THE_SUSPECTED], TOGETHER)
