"""The sentences of an answer: paths and their steps, reasons, duties, notices. The rules bring their own sentences."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import policies
import routing
from policies.messages import EITHER, TOGETHER, Message, Plural, joined
from service.words.times import Duration, Moment

EXPOSURE = {
    "protected": Message("A community agency keeps what is said here private, as a law asks of it."),
    "disclosed": Message("One more agency knows what is said here; this directory names no privacy law for it."),
    "discoverable": Message("What is said here may reach a prosecutor and a defense lawyer, and may come up in court."),
}
UNDER_A_LAW = Message("One more agency knows what is said here; a privacy law limits whom it may tell.")
AT_HOME = Message("Nothing leaves your agency.")

MODE = {
    "internal": Message("Your own service: nothing leaves your agency."),
    "report": Message("You make the report yourself; the client need not speak, and nobody is handed over."),
    "report_in_doubt": Message("You call yourself and ask; the client need not speak, and nobody is handed over."),
    "self_by_third_party": Message("Call there yourself and say what you saw; nobody is handed over."),
    "warm": Message("Call together with the client; the client speaks."),
    "warm_by_holder": Message(
        "Call with the child beside you; you speak for the child, and say no more than is listed."
    ),
    "self": Message("Give the client this contact; you share nothing."),
    "self_with_adult": Message(
        "Give this contact to the safe parent or guardian, not to the child; you share nothing."
    ),
    "packet": Message("Send what is listed, and nothing more."),
}

REPORT_SAYS = Message("Say what the law asks for, and nothing more.")
HOLDER_SAYS_NOTHING = Message(
    "Call with the child beside you; you speak for the child: say that you call for a child, and no more."
)
MAY_BE_SAID = Message("You may say: {data}.")
LEFT_UNSAID = Message("Leave unsaid: {data}.")

TERM = {
    "exposure": Message("how far what is said may travel"),
    "delay": Message("waiting until each need is met"),
    "order": Message("something that usually comes first is met later"),
    "uncertain": Message("not known for sure, or asked by the agency itself: call first"),
    "distance": Message("distance to travel"),
    "specialised": Message("not a place made for people who were trafficked"),
    "not_designated": Message("another service is the coalition's named provider"),
    "mode": Message("the kind of hand-off"),
    "relationship": Message("how closely the agencies work together"),
    "asks": Message("steps that need something first"),
    "optional_uncovered": Message("needs left open that were not required"),
}

CLIENT_NOT_ASKED = Message(
    "The client was not asked: what you saw can be reported, or told to a crisis line, and no more."
)
REASON = {
    "no_service": Message("No service of this type is in the directory."),
    "age": Plural("{count} service is for other ages.", "{count} services are for other ages."),
    "area": Plural("{count} service does not cover this area.", "{count} services do not cover this area."),
    "gender": Plural(
        "{count} service is for people of some other gender.", "{count} services are for people of some other gender."
    ),
    "language": Plural("{count} service does not have this language.", "{count} services do not have this language."),
    "trait": Plural("{count} service is for other situations.", "{count} services are for other situations."),
    "closed": Plural(
        "{count} service is closed when it is needed.", "{count} services are closed when they are needed."
    ),
    "full": Plural("{count} service is full.", "{count} services are full."),
    "source": Plural(
        "{count} service takes people only if some other agency sends them there.",
        "{count} services take people only if some other agency sends them there.",
    ),
    "prerequisite": Plural(
        "{count} service asks for something first that no path reaches.",
        "{count} services ask for something first that no path reaches.",
    ),
    "agreement": Plural(
        "{count} service needs an agreement in force with this agency.",
        "{count} services need an agreement in force with this agency.",
    ),
    "consent": Plural(
        "{count} service asks for something that may not be sent as things stand.",
        "{count} services ask for something that may not be sent as things stand.",
    ),
    "mode": Plural(
        "{count} service needs the client on the call, or another kind of hand-off.",
        "{count} services need the client on the call, or another kind of hand-off.",
    ),
    "avoided": Plural(
        "{count} service is with an agency the client does not want.",
        "{count} services are with agencies the client does not want.",
    ),
    "unknown": Plural(
        "{count} service may fit, but something it asks about is not known yet.",
        "{count} services may fit, but something they ask about is not known yet.",
    ),
    "client": CLIENT_NOT_ASKED,
}

ONLY_AT_A_PRICE = Message(
    "This could be covered, but only in a way that gives up more than it brings. Ask for it as required to see how."
)

NOT_LOOKED_INTO = Message(
    "There was no time to look for everybody who could help with this. Somebody may: call and ask."
)

PACKET_NEEDS = Message("To send it, this would be needed: {needs}.")
NOT_ON_IT = Message("Help does not depend on it.")
NO_FORM = Message("That agency lists no form that it takes: ask which one, before anybody signs.")
WITH_CONSENT = Message("With the client's agreement, in the form this agency needs, this could be shared.")
NOTHING_LIFTS = Message("Help for the client does not depend on it.")
MAY_BE_SENT = Message(
    "Nothing is sent when the client makes contact. To send it for them, this would be needed: {needs}."
)

GUARDIAN_SUSPECTED = Message(
    "A parent or guardian is under suspicion: they must not be told of this call, or of where the client goes."
)
NOT_THE_SUSPECTED = Message("Never the parent or guardian who is not safe.")
SAFE_CONTACT = Message(
    "The client is not here: reach them only by a way that they called safe. Leave no voicemail, and give no name to "
    "whoever answers."
)
SPEAK_ALONE = Message("An adult is with a young person: speak with each of them alone first.")
NO_STATE_RULES = Message(
    "No rules of the state where the client is are loaded here: what its law asks for, and by when, is not in this "
    "answer. Ask your supervisor."
)
TRIBAL_LAND = Message(
    "The client is on tribal land. Ask whose law counts there, the tribe's or the state's; take neither for granted. "
    "The tribe's own agencies may help too."
)
ASK_FOR_EACH = Message(
    "No place here is known to take everyone together. Ask for each of them, and ask the client first if being apart "
    "would be all right."
)
SAFE_TO_TALK = Message("First ask if it is safe to talk, and agree what to do if it stops being safe.")
KEEP_AWAY = Message("Keep yourself safe: do not go near, follow nobody, and ask nobody there. Say only what you saw.")
PROTECTED_ADVOCATE = Message(
    "Some topics are better raised by an advocate who can keep them private: immigration, substance use, probation, "
    "being LGBTQ, trafficking. Before you ask about one of them, offer a call with {names}."
)
NOT_LEGAL_ADVICE = Message(
    "This is guidance from a rule pack, not legal advice. It creates no lawyer-client relationship. "
    "It does not decide if a person is a victim or eligible."
)
PACK_REVIEW = Message(
    "Rule packs {names}, version {version}, last read against their sources on {day} by the authors of this "
    "application. Laws may have changed. Counsel for each coalition and agency must review them before use; "
    "an agency's own policy may ask for more."
)
TO_BE_CONFIRMED = Message(
    'Rules marked "to be confirmed" rest on memory. {overlay} is a sample overlay; other states differ. '
    "Answers depend on what agencies declared, on the day they declared it."
)
STATE_OVERLAY = Message("A state's pack")
NATIONAL_HOTLINE = Message("National Human Trafficking Hotline")
DAY_AND_NIGHT = Message("day and night")
HOTLINE = Message(
    "If someone is in immediate danger call 911. National Human Trafficking Hotline 1-888-373-7888. "
    "Enter no client names here."
)
DECLARATION_DUE = Message(
    "{name} said it would review what it declared here by {day}. Check with it before relying on this."
)
ANY_ADVOCATE = Message("a community-based advocate")
RECORD_WITHOUT_CONTENT = Message(
    "If you keep a record, note the date, the rules and the level of consent, never the client's words."
)
PATH_WITHHELD = Message(
    "A path was left out because two checks of the rules did not agree. Please tell whoever runs this application."
)

DUTY_OPENING = Message(
    "Where it is safe, tell the client first: what you have to report, to whom, and what happens next."
)
DUTY_DUE = Message("A report is due {when}.")
DUTY_DUE_IF_SO = Message("If it does, a report is due {when}.")
DUTY_MAY_APPLY = Message("This duty may apply; it depends on facts that are not known yet.")
DUTY_OF_A_COMPANION = Message("It would be about a child who comes along with the client.")
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
DUTY_ASK_WHEN = Message("Ask there by when it is due.")
DUTY_SAY = Message("Say: {data}.")
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

GRIEVANCE = Message("To question this answer or what an agency did, write to this contact.")
CODE_OF_ETHICS = Message("Its code of ethics: {name}.")
GRIEVANCE_NONE = Message(
    "This agency has not named a contact for complaints. Ask its director how to question this answer."
)

NEXT_OPENING = Message("The next opening is {moment}.")
NO_HANDOFF = Message("no hand-off")
HANDOFFS = Plural("{count} hand-off", "{count} hand-offs")
AT_ONCE, WITHIN = Message("at once"), Message("within {time}")
_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")


def due(duration: str) -> Message:
    """Return an ISO 8601 duration in words as a time to act in.

    >>> due("PT0S"), due("PT24H"), due("P2DT1H")
    ('at once', 'within 24 hours', 'within 2 days 1 hour')
    """
    found = _DURATION.fullmatch(duration)
    if found is None:
        return WITHIN.format(time=duration)
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    if not (days or hours or minutes or seconds):
        return AT_ONCE
    return WITHIN.format(time=Duration.of(days=days, hours=hours, minutes=minutes, seconds=seconds))


def report_due(duration: str | None, *, certain: bool) -> str:
    """Return the sentence on when a report is due, empty where the law's time is not known.

    >>> report_due("PT24H", certain=False)
    'If it does, a report is due within 24 hours.'
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
    rest = [data for data in share if data not in by_law]
    held = DUTY_HOLDS.format(data=data_listed(first)) if first else ""
    return joined([held, DUTY_MAY_HOLD.format(data=data_listed(rest)) if rest else ""], TOGETHER)


def receiver_reports(*, child: bool, adult: bool) -> Message:
    """Return the sentence on an agency's own duty to report abuse of a child, of an adult, or of both.

    >>> receiver_reports(child=True, adult=False)
    'This agency may have to report abuse of a child that it hears of; let the client know before they speak with it.'
    """
    return RECEIVER_REPORTS.format(whom=joined([OF_A_CHILD] * child + [OF_AN_ADULT] * adult, EITHER))


def told_before(entries: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return rules or tasks of an answer with their sentences, from the English as it is stored.

    >>> told_before([{"plain": str(joined([MODE["self"], NOT_THE_SUSPECTED], TOGETHER))}])[0]["plain"].parts[1]
    'Never the parent or guardian who is not safe.'
    """
    return [{**entry, "plain": _told_before(entry["plain"])} for entry in entries]


def _told_before(text: str) -> Message:
    rule = text.removesuffix(f" {NOT_THE_SUSPECTED}")
    whom = (receiver_reports(child=child, adult=adult) for child, adult in ((True, False), (False, True), (True, True)))
    said = next((sentence for sentence in whom if sentence == rule), Message(rule))
    return said if rule == text else joined([said, NOT_THE_SUSPECTED], TOGETHER)


def say_of_duty(
    subject: str | None, due_in: str | None, must_hold: Sequence[str], *, law_known: bool, must: bool = False
) -> list[Message]:
    """Return a duty in at most four short sentences: who reports, by when, what to say, and whom nobody questions.

    `subject`: `child` or `adult`, None for a notice to officials. `due_in`: an ISO 8601 duration. `law_known`: the law
    that asks for the report is loaded here, or a card says by when. `must`: a card says that everybody reports.

    >>> say_of_duty("child", "PT24H", ["identity"], law_known=True)[1:3]
    ['It is due within 24 hours.', 'Say: name and identity.']
    """
    when = [DUTY_BY.format(when=due(due_in))] if due_in else []
    what = [DUTY_SAY.format(data=data_listed(must_hold))] if must_hold else []
    yours = NOTICE_YOURS if subject is None else DUTY_YOURS[subject]
    ask = DUTY_ASK_WHEN if must else DUTY_ASK_THERE
    return [yours, *(when if law_known else [ask]), *what, DUTY_NO_QUESTIONS]


def subpoena_contact(contact: Mapping[str, object] | None) -> Message:
    """Return the contact for a subpoena in words: name, phone and email as far as known; None leads to the director.

    >>> subpoena_contact({"name": "Ana Ruiz", "phone": "512-555-0100", "email": None})
    "Your agency's contact for this: Ana Ruiz, 512-555-0100."
    """
    if contact is None:
        return SUBPOENA_NO_CONTACT
    return SUBPOENA_CONTACT.format(who=", ".join(map(str, filter(None, contact.values()))))


def handoffs(count: int) -> Message:
    """Return the number of hand-offs of a path in words.

    >>> handoffs(0), handoffs(1), handoffs(2)
    ('no hand-off', '1 hand-off', '2 hand-offs')
    """
    return HANDOFFS.format(count=count) if count else NO_HANDOFF


def reason(code: str, count: int, opens_at: datetime | None) -> Message:
    """Return the sentence for a reason and its number of services; `opens_at`: the next opening, where known.

    >>> reason("full", 2, None)
    '2 services are full.'
    >>> reason("closed", 1, datetime(2026, 3, 2, 8))
    '1 service is closed when it is needed. The next opening is Monday 2 March, 08:00.'
    """
    opening = "" if opens_at is None else NEXT_OPENING.format(moment=Moment.of(opens_at))
    return joined([REASON[code].format(count=count), opening], TOGETHER)


def call(manner: str, share: Sequence[str], withheld: Sequence[str]) -> Message:
    """Return the sentences for one call: its manner, the data to share and the data to leave unsaid (data classes).

    >>> call("packet", ["need"], ["health"])
    'Send what is listed, and nothing more. You may say: the services wanted (no name). Leave unsaid: health details.'
    """
    if manner == "report":
        return joined([MODE[manner], REPORT_SAYS], TOGETHER)
    said = [HOLDER_SAYS_NOTHING if manner == "warm_by_holder" and not share else MODE[manner]]
    if share:
        said.append(MAY_BE_SAID.format(data=data_listed(share)))
    if withheld:
        said.append(LEFT_UNSAID.format(data=data_listed(withheld)))
    return joined(said, TOGETHER)


HOURS = {
    "open": Message("open now"),
    "unknown": Message("hours not known{check}"),
    "opens_later": Message("opens later"),
}
OPENS = Message("opens {moment}")
ROOM = {
    "available": Message("room as of the last count"),
    "full": Message("full at the last count"),
    "stale": Message("last count of room is old{check}"),
    "unknown": Message("room not known{check}"),
}
CALL_FIRST, CALL_OWN_FIRST = Message(": call first"), Message(": call first, within your own team")


def exposure(level: str, *, at_home: bool, by_law: bool) -> Message:
    """Return the sentence for an exposure level. `at_home`: in the asking agency; `by_law`: under a privacy law.

    >>> exposure("disclosed", at_home=False, by_law=True)
    'One more agency knows what is said here; a privacy law limits whom it may tell.'
    """
    if at_home:
        return AT_HOME
    return UNDER_A_LAW if level == "disclosed" and by_law else EXPOSURE[level]


def held_back(rule: policies.Rule, needs: policies.Ask | None, *, may_go: bool, takes_forms: bool) -> Message:
    """Return the sentence on withheld data: the rule, and the consent needed to send the data.

    `needs`: the least consent, None if no consent is enough. `may_go`: only the mode of the hand-off prevents sending.
    `takes_forms`: the receiving agency lists a release form of its own.
    """
    on_paper = needs is not None and needs.level in policies.ON_PAPER
    form = "" if takes_forms or not on_paper else NO_FORM
    if may_go:
        needed = MAY_BE_SENT.format(needs=policies.ask_in_words(needs or policies.NOTHING_ASKED))
        return joined([needed, form], TOGETHER)
    said = policies.NOT_AGREED if rule.effect == "permit" else rule.plain
    if needs is None:
        return joined([said, policies.what_would_help(rule), NOTHING_LIFTS], TOGETHER)
    return joined([said, PACKET_NEEDS.format(needs=policies.ask_in_words(needs)), form, NOT_ON_IT], TOGETHER)


def data_listed(classes: Iterable[str]) -> Message:
    """Return data classes in words, separated by semicolons: the words of a class may hold a comma.

    >>> data_listed(["identity", "narrative"])
    "name and identity; what happened, in the client's words"
    """
    return joined(map(policies.data_in_words, classes), "; ")


def availability(found: routing.Availability, *, own: bool = False) -> Message:
    """Return hours and room in words. `own`: a service of the asking agency, where the call stays in the house.

    >>> availability(routing.Availability("unknown", None, "full"))
    'hours not known: call first; full at the last count'
    """
    check = CALL_OWN_FIRST if own else CALL_FIRST
    once = "" if found.capacity in ("stale", "unknown") else check  # "call first" is said once, beside the room then
    moment = None if found.opens_at is None else Moment.of(found.opens_at)
    hours = OPENS if found.status == "opens_later" and moment else HOURS[found.status]
    return joined([hours.format(check=once, moment=moment), ROOM[found.capacity].format(check=check)], "; ")


CONSENT_NOT_ON_RECORD = Message(
    "A consent here is known from this request alone. To send a packet on it, record it first, and name it by its id "
    "or code."
)
