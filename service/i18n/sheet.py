"""The words of a call sheet: titles of its items, how each call is made, what the worker says and asks on it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from policies.messages import BOTH, EITHER, TOGETHER, Message, Plural, joined
from service.i18n import codes
from service.i18n.languages import name_of_tag
from service.i18n.times import Moment, ShortTime
from service.vocabulary import CALLS_BY_TYPE, TYPES

WHEN = {
    "now": Message("{title} (now)"),
    "today": Message("{title} (today)"),
    "this_week": Message("{title} (this week)"),
    "later": Message("{title} (later)"),
}
FIRST_STOP = Message("First stop")
"""An agency on the way, which meets no need itself."""
TITLES = {
    "danger": Message("Danger"),
    "safety": Message("Safety"),
    "advocate": Message("An advocate"),
    "question": Message("Ask first"),
    "questions": Message("A question"),
    "note": Message("Keep in mind"),
}
NONE = Message("{title}: nobody yet")
REPORT, MAYBE_REPORT = Message("Report"), Message("Report, if it applies")
REPORT_TITLES = {
    "child": Message("Report about a child"),
    "adult": Message("Report about an adult"),
    "subpoena-hold": Message("Subpoena"),
}

HOW = {
    "warm": Message("Call together. Let them do the talking."),
    "warm_by_holder": Message("Call with the child next to you. You do the talking."),
    "self": Message("Give them this number."),
    "self_with_adult": Message("Give it to the safe adult."),
    "self_by_third_party": Message("Call there yourself. Say only what you saw."),
    "packet": Message("You may send their information."),
    "report": Message("You make this report yourself."),
    "report_in_doubt": Message("Call yourself and ask if this must be reported. Don't say who it's about."),
}
WAIT_UNTIL_SAFE = Message("Don't call until it's safe to talk.")
RELAY = Message("Dial {number} first: it's the relay.")
VIA = Message("{name} makes this call.")
OWN_TEXT = Message("Start in your own agency with {services}. Nothing leaves your agency.")
NONE_TEXT = Message("This is still open. Try these, in this order.")
ADVOCATE_TEXT = Message("Call them first.")

GREETING = Message("Hi, this is {origin}.")
GREETING_WITHOUT_NAME = Message("Hi, I work with a local agency.")
WITH_SOMEONE = Message("I'm with someone who needs {need}.")
ASK = {
    ("bed", True): Plural(
        "Do you have a bed tonight? Who can you take?", "Do you have {count} beds tonight? Who can you take?"
    ),
    ("bed", False): Plural(
        "Will you have a bed soon? Who can you take?", "Will you have {count} beds soon? Who can you take?"
    ),
    ("visit", True): Message("Can you see someone today?"),
    ("visit", False): Message("When can you see someone?"),
    ("help", True): Message("Can you help someone today?"),
    ("help", False): Message("When can you help someone?"),
    ("interpreter", True): Message("Do you have an interpreter for {languages} now?"),
    ("interpreter", False): Message("Do you have an interpreter for {languages}?"),
}
ANY_INTERPRETER = Message("Which languages can you interpret?")
SOON = ("now", "today")

TRY = {
    "near": Message("They may know a way for tonight."),
    "path": Message("They could help on another path."),
    "later": Message("Opens {moment}."),
    "waitlist": Message("Full now. Ask to be put on the waiting list."),
    "line": Message("Call if nobody else can help."),
}


LABELS = {
    "may_say": Message("You may say:", "call sheet"),
    "unsaid": Message("Don't share:", "call sheet"),
    "tell": Message("Tell first:", "call sheet"),
    "do": Message("Do:", "call sheet"),
    "check": Message("Check:", "call sheet"),
    "if_no": Message("If no:", "call sheet"),
    "or": Message("Or:", "call sheet"),
}
SAY = Message('Say: "{script}"')
ASK_AHEAD = Message('You can ask first: "{script}"')
"""Where the client makes the contact and the worker may call ahead."""
AS_IN = Message("as in {number}")
LINES, NOTES = Message("Lines to call"), Message("Keep in mind")
NOBODY_HELPS = Message("If nobody can help")
MORE = Message("More (other paths, costs, rules): add --full")
STATUS = {
    "open": Message("open", "call sheet"),
    "unknown": Message("hours not known", "call sheet"),
    "opens_later": Message("opens later", "call sheet"),
}
OPENS_AT = Message("opens {time}", "call sheet")
ROOM = {
    "available": Message("had room", "call sheet"),
    "full": Message("was full", "call sheet"),
    "stale": Message("ask for room", "call sheet"),
    "unknown": Message("ask for room", "call sheet"),
}


def title_of(service_type: str) -> str:
    """Return the title of a call for a service type.

    >>> title_of("emergency_shelter"), title_of("equine_therapy")
    ('Bed', 'equine therapy')
    """
    call = CALLS_BY_TYPE.get(service_type)
    return codes.service_type(service_type) if call is None else Message(call.title.en, "titles of calls")


def wanted(service_type: str) -> str:
    """Return what is wanted, in the sentence on who is with the worker.

    >>> wanted("legal_immigration")
    'a lawyer'
    """
    call = CALLS_BY_TYPE.get(service_type)
    return codes.service_type(service_type) if call is None else Message(call.need.en, "wanted on calls")


def title(urgencies: Sequence[tuple[str, str]]) -> str:
    """Return the title of a step for pairs of type and urgency; `First stop` without any.

    >>> title([("emergency_shelter", "now"), ("food", "now"), ("legal_civil", "this_week")])
    'Bed, Food (now), Lawyer (this week)'
    """
    by_urgency: dict[str, list[str]] = {}
    for service_type, urgency in urgencies:
        by_urgency.setdefault(urgency, []).append(title_of(service_type))
    parts = [WHEN[urgency].format(title=joined(titles, ", ")) for urgency, titles in by_urgency.items()]
    return joined(parts, ", ") if parts else FIRST_STOP


def question(asked: Iterable[tuple[str, str]], *, beds: int, languages: Sequence[str]) -> str:
    """Return the questions that may always be asked on a call for pairs of type and urgency, each once.

    `beds`: for how many people. `languages`: the client's (tags).

    >>> question([("emergency_shelter", "now"), ("legal_civil", "later")], beds=3, languages=[])
    'Do you have 3 beds tonight? Who can you take? When can you see someone?'
    """
    questions: dict[str, None] = {}
    for service_type, urgency in asked:
        call = CALLS_BY_TYPE.get(service_type)
        word = call.ask if call is not None else "bed" if _is_stay(service_type) else "visit"
        sentence = ASK.get((word, urgency in SOON))
        if word == "interpreter" and sentence is not None:
            names = joined(map(name_of_tag, languages), EITHER)
            sentence = sentence.format(languages=names) if languages else ANY_INTERPRETER
        elif isinstance(sentence, Plural):
            sentence = sentence.format(count=beds)
        if sentence is not None:
            questions[sentence] = None
    return joined(questions, TOGETHER)


def script(origin: str | None, wanted_types: Sequence[str], asks: str) -> Message:
    """Return what the worker says first: a greeting, with the agency's name or none, then what is asked.

    `wanted_types`: the types that may be named as the need of who is with the worker.

    >>> script(None, [], "Can you see someone today?")
    'Hi, I work with a local agency. Can you see someone today?'
    """
    greeting = GREETING_WITHOUT_NAME if origin is None else GREETING.format(origin=origin)
    needs = joined(dict.fromkeys(map(wanted, wanted_types)), BOTH)
    return joined([greeting, WITH_SOMEONE.format(need=needs) if needs else "", asks], TOGETHER)


def in_short(status: str, opens_at: datetime | None, room: str | None, now: datetime) -> Message:
    """Return in a few words when an agency is open, and its room; `room` None: nobody counts places there.

    >>> in_short("open", None, "available", datetime(2026, 3, 2, 8))
    'open · had room'
    """
    if status == "opens_later" and opens_at is not None:
        return OPENS_AT.format(time=ShortTime.of(opens_at, now))
    return joined([STATUS[status], ROOM[room] if room and status == "open" else ""], " · ")


def opens(at: datetime) -> Message:
    """Return the sentence on when an agency opens."""
    return TRY["later"].format(moment=Moment.of(at))


def _is_stay(service_type: str) -> bool:
    return service_type in TYPES and TYPES[service_type].stay
