"""Sentences beside a call: the first thing to do, questions that may always be asked, the agency's own questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from service.languages import name_of_tag
from service.wording.conditions import all_of

ASK = "Is there room, whom do you take, from whom? You may always ask that."
INQUIRE = {
    "internal": "Ask within your own team: is there room, and for whom?",
    "report": "Ask how the report goes on from here, and for a number to refer to.",
    "report_in_doubt": "Ask whether this must be reported, without saying who it is about.",
    "self_by_third_party": "Ask what happens next, and for a number to refer to.",
}
CLOSING_SOON = " They close at {time}, in {left}: call before."
SOON = timedelta(hours=4)

ASKS_ABOUT = "They will ask the client about {topic}. You neither ask nor answer it; the client may leave it open."
ASKS_ALONE = "They ask the client some things alone: go off the line for that."
MAY_NOT_SPEAK = "They may not have {languages}: ask. {interpreters} {never}"
COULD_INTERPRET = "{names} could interpret."
NEVER_INTERPRETS = "Never let the companion, a child or the employer speak for the client."
NOBODY_INTERPRETS = "Nobody here is known to be open who could interpret."
FOR_ALL = "They have not said that they take those who come along: ask for {all_of_them}."
BOTH, ALL_OF_THEM = "both of them", "all {count} of them"

LEAD = {
    "warm": "Call {name} together with the client: {phone}.",
    "warm_by_holder": "Call {name} with the child beside you: {phone}. You speak for the child.",
    "self": "Give the client this number: {name}, {phone}.",
    "self_with_adult": "Give the safe parent or guardian this number: {name}, {phone}.",
    "report": "Make the report to {name}: {phone}.",
    "report_in_doubt": "Ask {name} whether this must be reported: {phone}.",
    "self_by_third_party": "Call {name}: {phone}. Say what you saw.",
    "packet": "Send what is listed to {name}: {phone}.",
    "internal": "Your own service comes first: {service}. Nothing leaves your agency.",
}
ADVOCATE = "What is said there stays private."
NEAR = "Nobody in this directory meets this now; they may know a way for tonight."
NOT_ALL_IN_TIME = "There was no time to look at everybody in this directory."
FALLBACK = "Nobody in this directory can be called for this now."
LEAD_ADVOCATE = "Call {name} first: {phone}. " + ADVOCATE
LEAD_NEAR = "Call {name}: {phone}. " + NEAR
LEAD_FALLBACK = "Call {name}: {phone}. " + FALLBACK
LEAD_NEAR_IN_TIME = "Call {name}: {phone}. " + NOT_ALL_IN_TIME + " They may know a way for tonight."
LEAD_FALLBACK_IN_TIME = "Call {name}: {phone}. " + NOT_ALL_IN_TIME
LEAD_ASK = "Ask the client one thing first: {text}"
LEAD_SETTLE = "Settle one thing first: {text}"
LEAD_TELL_AND_ASK = "Tell the client what has to be reported; then ask: {text}"
LEAD_REPORT_SEEN = "Report to {name}: {phone}. Say what was seen."
LEAD_REPORT = "Tell the client first, where that is safe. Then report to {name}: {phone}."
LEAD_FINDS_OUT_SEEN = "Call {name}: {phone}. Ask there where to report what was seen."
LEAD_FINDS_OUT = "Tell the client first, where that is safe. Then call {name}: {phone}. Ask there where to report."
LEADS_OF_A_REPORT = {
    (True, False): LEAD_REPORT, (True, True): LEAD_REPORT_SEEN,
    (False, False): LEAD_FINDS_OUT, (False, True): LEAD_FINDS_OUT_SEEN,
}  # fmt: skip
"""The lead of a report: does the first take reports, and did who calls only see what happened?"""
REPORT_ASKS_THERE = "Ask there whether you must."
REPORT_TONIGHT = "Ask what to do for tonight."
REPORT_NOBODY_ANSWERS = "If nobody answers: {name}, {phone}."
REPORT_NEVER = "Never tell the parent or guardian who is not safe."
NO_NUMBER = "no number listed"
LATER = "{name} opens {moment}."
WAITLIST = "{name} is full and has a waiting list. Ask to be put on it."


def inquire(manner: str, closes_at: datetime | None, at: datetime) -> str:
    """Return the question that may always be asked on a call, and the closing time if it comes within `SOON`.

    Hours that pass are counted, not hands of the clock: in the night in which the clock goes back they differ.
    """
    closing = ""
    if closes_at is not None and (left := closes_at.astimezone(UTC) - at.astimezone(UTC)) <= SOON:
        closing = CLOSING_SOON.format(time=f"{closes_at:%H:%M}", left=time_left(left))
    return INQUIRE.get(manner, ASK) + closing


def later(name: str, moment: str | None) -> str:
    """Return the sentence for a service to call later; without a moment it is full, and has a waiting list.

    >>> later("Harbor House", None)
    'Harbor House is full and has a waiting list. Ask to be put on it.'
    """
    return WAITLIST.format(name=name) if moment is None else LATER.format(name=name, moment=moment)


def time_left(left: timedelta) -> str:
    """Return a duration of up to some hours in words, in full minutes.

    >>> time_left(timedelta(hours=1, minutes=20)), time_left(timedelta(hours=2)), time_left(timedelta(seconds=20))
    ('1 hour 20 minutes', '2 hours', 'a minute')
    """
    hours, minutes = divmod(max(0, int(left.total_seconds())) // 60, 60)
    parts = ((hours, "hour"), (minutes, "minute"))
    return " ".join(f"{count} {word}{'' if count == 1 else 's'}" for count, word in parts if count) or "a minute"


def lead_report(
    first: Mapping[str, str],
    other: Mapping[str, str] | None,
    *,
    law_known: bool,
    suspected: bool,
    takes_reports: bool = True,
    third_party: bool = False,
) -> str:
    """Return the lead that reports about a child: receivers by `name` and `phone`, the first and the next to call.

    `takes_reports`: the first does, and not only helps to find who does. `law_known`: who must report by the law of
    the state is known here. `suspected`: a parent or guardian is under suspicion. `third_party`: who tells what they
    saw cannot tell the child anything.

    >>> lead_report({"name": "Care Office", "phone": "555-0100"}, None, law_known=True, suspected=False)
    'Tell the client first, where that is safe. Then report to Care Office: 555-0100. Ask what to do for tonight.'
    """
    said = [LEADS_OF_A_REPORT[takes_reports, third_party].format(name=first["name"], phone=first["phone"])]
    said += [] if law_known else [REPORT_ASKS_THERE]
    said.append(REPORT_TONIGHT)
    said += [] if other is None else [REPORT_NOBODY_ANSWERS.format(name=other["name"], phone=other["phone"])]
    return " ".join([*said, REPORT_NEVER] if suspected else said)


def for_all(count: int) -> str:
    """Return the request to ask an agency for the client and the companions together: a number of two or more people.

    >>> for_all(3)
    'They have not said that they take those who come along: ask for all 3 of them.'
    """
    return FOR_ALL.format(all_of_them=BOTH if count == 2 else ALL_OF_THEM.format(count=count))


def asks_about(topic: str | None) -> str:
    """Return the sentence on a question that the agency will ask the client.

    None: a topic that only a protected advocate raises.
    """
    return ASKS_ALONE if topic is None else ASKS_ABOUT.format(topic=topic)


def may_not_speak(tags: Sequence[str], interpreters: Sequence[str]) -> str:
    """Return the sentence on an agency that may lack the client's languages (tags), with the names of interpreters.

    >>> may_not_speak(["vi"], ["Lotus Center"]).partition(" Never")[0]
    'They may not have Vietnamese: ask. Lotus Center could interpret.'
    """
    could = COULD_INTERPRET.format(names=all_of(interpreters)) if interpreters else NOBODY_INTERPRETS
    languages = " or ".join(map(name_of_tag, tags))
    return MAY_NOT_SPEAK.format(languages=languages, interpreters=could, never=NEVER_INTERPRETS)
