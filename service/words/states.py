"""The sentences of a state's card: who reports about whom, by when; and the missing facts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import policies
from policies.messages import TOGETHER, Message, joined
from service.words import codes, times

IN_A_SENTENCE = {
    "District of Columbia": Message("the District of Columbia"),
    "Northern Mariana Islands": Message("the Northern Mariana Islands"),
    "US Virgin Islands": Message("the US Virgin Islands"),
}
"""The names of states that take the article in a sentence."""
REPORTERS = {
    ("child", "everybody"): Message("In {state} all who suspect that a child is abused have to report it."),
    ("child", "professionals"): Message(
        "In {state} some professions have to report it when they suspect that a child is abused: ask your supervisor "
        "if yours does."
    ),
    ("adult", "everybody"): Message(
        "In {state} all who suspect abuse of an adult who cannot protect themselves have to report it."
    ),
    ("adult", "professionals"): Message(
        "In {state} some professions have to report abuse of an adult who cannot protect themselves: ask your "
        "supervisor if yours does."
    ),
}
"""Who reports, by the subject of the report and the card's word."""
ASK_IF_YOURS = Message("Ask your supervisor if your profession has to.")
DUE = Message("The report is due {when}.")
WRITTEN = Message("In writing it follows {when}.")
POLICE = Message("It may have to go to the police as well.")
MINOR_SHELTER = Message("From the age of {age} a minor may be able to agree to shelter alone.")
MINOR_COUNSELING = Message("From the age of {age} a minor may be able to agree to counseling alone.")
NOBODY = Message("In {state} the law has no duty to report this.")
ASK_THE_REST = Message("What else the law asks for is not known here: ask your supervisor.")
NOT_ALL = Message(
    "No rules of {state} are loaded here, only its card: lines to call, and who reports by when. Of these it leaves "
    "out {missing}. Other law of the state is not in this answer. Ask your supervisor."
)
ALL = Message(
    "No rules of {state} are loaded here, only its card: lines to call, and who reports by when. Other law of the "
    "state is not in this answer. Ask your supervisor."
)
POINT = {
    "child_line": Message("the line for a child"),
    "child_reporters": Message("who reports about a child"),
    "child_due": Message("by when a child is reported"),
    "child_written": Message("by when in writing about a child"),
    "child_police": Message("if the report of a child goes to the police too"),
    "adult_line": Message("the line for an adult"),
    "adult_reporters": Message("who reports about an adult"),
    "adult_due": Message("by when an adult is reported"),
    "adult_written": Message("by when in writing about an adult"),
    "adult_police": Message("if the report of an adult goes to the police too"),
    "minor_shelter": Message("from what age a minor agrees to shelter"),
    "minor_counseling": Message("from what age a minor agrees to counseling"),
}
"""The points of a card in words."""


def in_a_sentence(state: str) -> str:
    """Return the name of a state as a sentence has it.

    >>> in_a_sentence("Guam"), in_a_sentence("District of Columbia")
    ('Guam', 'the District of Columbia')
    """
    return IN_A_SENTENCE.get(state, state)


def report(state: str, subject: str, terms: policies.ReportTerms) -> Message:
    """Return a report by a state's card: who reports about whom (`child` or `adult`), by when, to whom besides.

    >>> report("Ohio", "child", policies.ReportTerms(None, "PT24H", None, True, None)).startswith(
    ...     "The report is due within 24 hours. It may have to go to the police as well. "
    ... )
    True
    """
    sentences = (
        REPORTERS[subject, terms.reporters].format(state=in_a_sentence(state)) if terms.reporters else "",
        DUE.format(when=times.due(terms.due)) if terms.due else "",
        WRITTEN.format(when=times.due(terms.written)) if terms.written else "",
        POLICE if terms.police else "",
        ASK_THE_REST,
    )
    return joined(sentences, TOGETHER)


def fact(state: str, point: str, value: Any) -> Message:
    """Return a fact of a state's card in a sentence; of a point that is no line.

    >>> fact("Missouri", "minor_shelter", 16)
    'From the age of 16 a minor may be able to agree to shelter alone.'
    """
    subject, _, of = point.partition("_")
    match of:
        case "reporters":
            return REPORTERS.get((subject, value), NOBODY).format(state=in_a_sentence(state))
        case "due":
            return DUE.format(when=times.due(value))
        case "written":
            return WRITTEN.format(when=times.due(value))
        case "police":
            return POLICE
    return (MINOR_SHELTER if of == "shelter" else MINOR_COUNSELING).format(age=value)


def card_alone(state: str, missing: Sequence[str]) -> Message:
    """Return the notice that a state has a card and no rules. `missing`: points that an answer needs in vain.

    >>> "leaves out the line for a child." in card_alone("Guam", ["child_line"])
    True
    """
    points = codes.listed([POINT[point] for point in missing])
    return (NOT_ALL if missing else ALL).format(state=in_a_sentence(state), missing=points)
