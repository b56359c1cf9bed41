"""The sentences of a state's card: who reports about whom, by when; and what the card leaves out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import policies
from service.wording import answers, codes

IN_A_SENTENCE = {
    "District of Columbia": "the District of Columbia",
    "Northern Mariana Islands": "the Northern Mariana Islands",
    "US Virgin Islands": "the US Virgin Islands",
}
"""The names of states that take the article in a sentence."""
REPORTERS = {
    ("child", "everybody"): "In {state} all who suspect that a child is abused have to report it.",
    ("child", "professionals"): (
        "In {state} some professions have to report it when they suspect that a child is abused: ask your supervisor "
        "if yours does."
    ),
    ("adult", "everybody"): (
        "In {state} all who suspect abuse of an adult who cannot protect themselves have to report it."
    ),
    ("adult", "professionals"): (
        "In {state} some professions have to report abuse of an adult who cannot protect themselves: ask your "
        "supervisor if yours does."
    ),
}
"""Who reports, by the subject of the report and the card's word."""
ASK_IF_YOURS = "Ask your supervisor if your profession has to."
DUE = "The report is due {when}."
WRITTEN = "In writing it follows {when}."
POLICE = "It may have to go to the police as well."
MINOR_SHELTER = "From the age of {age} a minor may be able to agree to shelter alone."
MINOR_COUNSELING = "From the age of {age} a minor may be able to agree to counseling alone."
NOBODY = "In {state} the law has no duty to report this."
ASK_THE_REST = "What else the law asks for is not known here: ask your supervisor."
NOT_ALL = (
    "No rules of {state} are loaded here, only its card: lines to call, and who reports by when. Of these it leaves "
    "out {missing}. Other law of the state is not in this answer. Ask your supervisor."
)
ALL = (
    "No rules of {state} are loaded here, only its card: lines to call, and who reports by when. Other law of the "
    "state is not in this answer. Ask your supervisor."
)
POINT = {
    "child_line": "the line for a child",
    "child_reporters": "who reports about a child",
    "child_due": "by when a child is reported",
    "child_written": "by when in writing about a child",
    "child_police": "if the report of a child goes to the police too",
    "adult_line": "the line for an adult",
    "adult_reporters": "who reports about an adult",
    "adult_due": "by when an adult is reported",
    "adult_written": "by when in writing about an adult",
    "adult_police": "if the report of an adult goes to the police too",
    "minor_shelter": "from what age a minor agrees to shelter",
    "minor_counseling": "from what age a minor agrees to counseling",
}
"""The points of a card in words."""


def in_a_sentence(state: str) -> str:
    """Return the name of a state as a sentence has it.

    >>> in_a_sentence("Guam"), in_a_sentence("District of Columbia")
    ('Guam', 'the District of Columbia')
    """
    return IN_A_SENTENCE.get(state, state)


def report(state: str, subject: str, terms: policies.ReportTerms) -> str:
    """Return a report by a state's card: who reports about whom (`child` or `adult`), by when, to whom besides.

    >>> report("Ohio", "child", policies.ReportTerms(None, "PT24H", None, True, None)).startswith(
    ...     "The report is due within 24 hours. It may have to go to the police as well. "
    ... )
    True
    """
    said = (
        REPORTERS[subject, terms.reporters].format(state=in_a_sentence(state)) if terms.reporters else "",
        DUE.format(when=answers.due(terms.due)) if terms.due else "",
        WRITTEN.format(when=answers.due(terms.written)) if terms.written else "",
        POLICE if terms.police else "",
        ASK_THE_REST,
    )
    return " ".join(filter(None, said))


def fact(state: str, point: str, value: Any) -> str:
    """Return a fact of a state's card in a sentence; of a point that is no line.

    >>> fact("Missouri", "minor_shelter", 16)
    'From the age of 16 a minor may be able to agree to shelter alone.'
    """
    subject, _, of = point.partition("_")
    match of:
        case "reporters":
            return REPORTERS.get((subject, value), NOBODY).format(state=in_a_sentence(state))
        case "due":
            return DUE.format(when=answers.due(value))
        case "written":
            return WRITTEN.format(when=answers.due(value))
        case "police":
            return POLICE
    return (MINOR_SHELTER if of == "shelter" else MINOR_COUNSELING).format(age=value)


def card_alone(state: str, missing: Sequence[str]) -> str:
    """Return the notice that a state has a card and no rules. `missing`: points that an answer needs in vain.

    >>> "leaves out the line for a child." in card_alone("Guam", ["child_line"])
    True
    """
    points = codes.listed([POINT[point] for point in missing])
    return (NOT_ALL if missing else ALL).format(state=in_a_sentence(state), missing=points)
