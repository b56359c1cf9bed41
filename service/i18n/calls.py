"""Sentences beside a call: the first thing to do, questions that may always be asked, the agency's own questions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from policies.messages import AND, BOTH, EITHER, TOGETHER, Message, joined
from service.i18n.languages import name_of_tag
from service.i18n.times import Duration

ASK = Message("Is there room, whom do you take, from whom? You may always ask that.")
INQUIRE = {
    "internal": Message("Ask within your own team: is there room, and for whom?"),
    "report": Message("Ask how the report goes on from here, and for a number to refer to."),
    "report_in_doubt": Message("Ask whether this must be reported, without saying who it is about."),
    "self_by_third_party": Message("Ask what happens next, and for a number to refer to."),
}
CLOSING_SOON = Message("They close at {time}, in {left}: call before.")
SOON = timedelta(hours=4)

ASKS_ABOUT = Message(
    "They will ask the client about {topic}. You neither ask nor answer it; the client may leave it open."
)
ASKS_ALONE = Message("They ask the client some things alone: go off the line for that.")
MAY_NOT_SPEAK = Message("They may not have {languages}: ask.")
COULD_INTERPRET = Message("{names} could interpret.")
NEVER_INTERPRETS = Message("Never let the companion, a child or the employer speak for the client.")
NOBODY_INTERPRETS = Message("Nobody here is known to be open who could interpret.")
FOR_ALL = Message("They have not said that they take those who come along: ask for {all_of_them}.")
BOTH_OF_THEM, ALL_OF_THEM = Message("both of them"), Message("all {count} of them")

LEAD = {
    "warm": Message("Call {name} together with the client: {phone}."),
    "warm_by_holder": Message("Call {name} with the child beside you: {phone}. You speak for the child."),
    "self": Message("Give the client this number: {name}, {phone}."),
    "self_with_adult": Message("Give the safe parent or guardian this number: {name}, {phone}."),
    "report": Message("Make the report to {name}: {phone}."),
    "report_in_doubt": Message("Ask {name} whether this must be reported: {phone}."),
    "self_by_third_party": Message("Call {name}: {phone}. Say what you saw."),
    "packet": Message("Send what is listed to {name}: {phone}."),
    "internal": Message("Your own service comes first: {service}. Nothing leaves your agency."),
}
NEAR = Message("Nobody in this directory meets this now; they may know a way for tonight.")
NOT_ALL_IN_TIME = Message("There was no time to look at everybody in this directory.")
MAY_KNOW = Message("They may know a way for tonight.")
FALLBACK = Message("Nobody in this directory can be called for this now.")
CALL = Message("Call {name}: {phone}.")
LEAD_ADVOCATE = Message("Call {name} first: {phone}.")
LEAD_NEAR = joined([CALL, NEAR], TOGETHER)
LEAD_FALLBACK = joined([CALL, FALLBACK], TOGETHER)
LEAD_NEAR_IN_TIME = joined([CALL, NOT_ALL_IN_TIME, MAY_KNOW], TOGETHER)
LEAD_FALLBACK_IN_TIME = joined([CALL, NOT_ALL_IN_TIME], TOGETHER)
LEAD_ASK = Message("Ask the client one thing first: {text}")
LEAD_SETTLE = Message("Settle one thing first: {text}")
LEAD_TELL_AND_ASK = Message("Tell the client what has to be reported; then ask: {text}")
LEAD_REPORT_SEEN = Message("Report to {name}: {phone}. Say what was seen.")
LEAD_REPORT = Message("Tell the client first, where that is safe. Then report to {name}: {phone}.")
LEAD_FINDS_OUT_SEEN = Message("Call {name}: {phone}. Ask there where to report what was seen.")
LEAD_FINDS_OUT = Message(
    "Tell the client first, where that is safe. Then call {name}: {phone}. Ask there where to report."
)
LEADS_OF_A_REPORT = {
    (True, False): LEAD_REPORT, (True, True): LEAD_REPORT_SEEN,
    (False, False): LEAD_FINDS_OUT, (False, True): LEAD_FINDS_OUT_SEEN,
}  # fmt: skip
"""The lead of a report: does the first take reports, and did who calls only see what happened?"""
REPORT_ASKS_THERE = Message("Ask there whether you must.")
REPORT_TONIGHT = Message("Ask what to do for tonight.")
WHERE_TONIGHT = Message("Ask where they'll sleep tonight.")
REPORT_NOBODY_ANSWERS = Message("If nobody answers: {name}, {phone}.")
REPORT_NEVER = Message("Never tell the parent or guardian who is not safe.")
NO_NUMBER = Message("no number listed")
A_MINUTE = Message("a minute")
LATER = Message("{name} opens {moment}.")
WAITLIST = Message("{name} is full and has a waiting list. Ask to be put on it.")


def inquire(manner: str, closes_at: datetime | None, at: datetime) -> Message:
    """Return the question that may always be asked on a call, and the closing time if it comes within `SOON`.

    Hours that pass are counted, not hands of the clock: in the night in which the clock goes back they differ.
    """
    return joined([INQUIRE.get(manner, ASK), closing_soon(closes_at, at)], TOGETHER)


def closing_soon(closes_at: datetime | None, at: datetime) -> str:
    """Return the sentence on a closing time within `SOON`, empty otherwise; hours that pass are counted."""
    if closes_at is None or (time := closes_at.astimezone(UTC) - at.astimezone(UTC)) > SOON:
        return ""
    return CLOSING_SOON.format(time=f"{closes_at:%H:%M}", left=time_left(time))


def later(name: str, moment: Message | None) -> Message:
    """Return the sentence for a service to call later; without a moment it is full, and has a waiting list.

    >>> later("Harbor House", None)
    'Harbor House is full and has a waiting list. Ask to be put on it.'
    """
    return WAITLIST.format(name=name) if moment is None else LATER.format(name=name, moment=moment)


def time_left(duration: timedelta) -> Message:
    """Return a duration of up to some hours in words, in full minutes.

    >>> time_left(timedelta(hours=1, minutes=20)), time_left(timedelta(hours=2)), time_left(timedelta(seconds=20))
    ('1 hour 20 minutes', '2 hours', 'a minute')
    """
    hours, minutes = divmod(max(0, int(duration.total_seconds())) // 60, 60)
    return Duration.of(hours=hours, minutes=minutes) if hours or minutes else A_MINUTE


def lead_own(services: Iterable[str]) -> Message:
    """Return the lead that stays in the asking agency, by the names of its services.

    >>> lead_own(["Family rooms"])
    'Your own service comes first: Family rooms. Nothing leaves your agency.'
    """
    return LEAD["internal"].format(service=joined(services, BOTH))


def lead_report(
    first: Mapping[str, object],
    other: Mapping[str, object] | None,
    *,
    suspected: bool,
    ask: Message | None = None,
    takes_reports: bool = True,
    third_party: bool = False,
    asks_for_bed: bool = True,
) -> Message:
    """Return the lead that reports about a child: receivers by `name` and `phone`, the first and the next to call.

    `takes_reports`: the first does, and not only helps to find who does. `ask`: whom to ask whether one must report;
    None: that is known. `suspected`: a parent or guardian is under suspicion. `third_party`: who tells what they
    saw cannot tell the child anything. `asks_for_bed`: a place for tonight was asked for, or is no question.

    >>> lead_report({"name": "Care Office", "phone": "555-0100"}, None, suspected=False)
    'Tell the client first, where that is safe. Then report to Care Office: 555-0100. Ask what to do for tonight.'
    """
    sentences = [LEADS_OF_A_REPORT[takes_reports, third_party].format(name=first["name"], phone=first["phone"])]
    sentences += [] if ask is None else [ask]
    sentences.append(REPORT_TONIGHT if asks_for_bed or third_party else WHERE_TONIGHT)
    sentences += [] if other is None else [REPORT_NOBODY_ANSWERS.format(name=other["name"], phone=other["phone"])]
    return joined([*sentences, REPORT_NEVER] if suspected else sentences, TOGETHER)


def for_all(count: int) -> Message:
    """Return the request to ask an agency for the client and the companions together: a number of two or more people.

    >>> for_all(3)
    'They have not said that they take those who come along: ask for all 3 of them.'
    """
    return FOR_ALL.format(all_of_them=BOTH_OF_THEM if count == 2 else ALL_OF_THEM.format(count=count))


def asks_about(topic: str | None) -> Message:
    """Return the sentence on a question that the agency will ask the client.

    None: a topic that only a protected advocate raises.
    """
    return ASKS_ALONE if topic is None else ASKS_ABOUT.format(topic=topic)


def may_not_speak(tags: Sequence[str], interpreters: Sequence[str]) -> Message:
    """Return the sentence on an agency that may lack the client's languages (tags), with the names of interpreters.

    >>> may_not_speak(["vi"], ["Lotus Center"]).partition(" Never")[0]
    'They may not have Vietnamese: ask. Lotus Center could interpret.'
    """
    ask = MAY_NOT_SPEAK.format(languages=joined(map(name_of_tag, tags), EITHER))
    could = COULD_INTERPRET.format(names=joined(interpreters, AND)) if interpreters else NOBODY_INTERPRETS
    return joined([ask, could, NEVER_INTERPRETS], TOGETHER)
