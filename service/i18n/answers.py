"""The sentences of an answer: paths and their steps, reasons, duties, notices. The rules bring their own sentences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import policies
import routing
from policies.messages import TOGETHER, Message, Plural, joined
from service.i18n.times import Moment

PRIVATE = Message("They keep what you say private.")
PRIVATE_UNLESS = Message("They keep what you say private unless a child is being hurt or someone is in danger.")
"""What the client is told of a protected agency."""
HEARD_BY_AN_ADVOCATE = Message("A community agency hears what is said here.")
"""Of a protected agency where nothing is promised."""
EXPOSURE = {
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
STATE_AS_GUARDIAN = Message(
    "The state is this young person's guardian: this program may have to tell its agency within 3 days. Tell the young "
    "person before the call."
)
NOT_THE_SUSPECTED = Message("Never the parent or guardian who is not safe.")
SAFE_CONTACT = Message(
    "The client is not here: reach them only by a way that they called safe. Leave no voicemail, and give no name to "
    "whoever answers."
)
CHECK_FACTS = Message("You said that a parent is safe, and that someone at home may be the exploiter. Check both.")
ICWA = Message(
    "The Indian Child Welfare Act may apply to this child. If the state takes the case, it must tell the Nation."
)
OTHERS_HELD = Message(
    "Other people may still be held there. Ask the client what they want done. If someone is in danger now, call 911."
)
KEEP_EVIDENCE = Message("Keep messages and account names. Don't delete, copy or send any images.")
IF_THEY_LEAVE = Message("If they want to leave, don't hold them back. Give them the number, and agree how to check in.")
ACCESS = Message("Ask what they need to get in and around, then ask the agency for it.")
OFFICER = Message(
    "Treat them as a victim. Don't question a child about what happened. Advocate first. What they tell you "
    "can be used."
)
USE_YOUR_PHONE = Message("They have no phone. Let them use your phone.")
PLAN_TO_REACH = Message("They have no phone. Plan how to reach them.")
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
REVIEWED = Message("Reviewed by counsel for {coalition} on {day}.")
REVIEWED_EXCEPT = Message("Except for: {rules}.")
NOT_REVIEWED = Message("Not reviewed by counsel.")
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
MAY_SEND_POLICE = Message("They may send the police too.")
NATIONAL_HOTLINE = Message("National Human Trafficking Hotline")
DAY_AND_NIGHT = Message("day and night")
HOTLINE = Message(
    "If someone is in immediate danger call 911. National Human Trafficking Hotline {number}. "
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


GRIEVANCE = Message("To question this answer or what an agency did, write to this contact.")
CODE_OF_ETHICS = Message("Its code of ethics: {name}.")
GRIEVANCE_NONE = Message(
    "This agency has not named a contact for complaints. Ask its director how to question this answer."
)

NEXT_OPENING = Message("The next opening is {moment}.")
NO_HANDOFF = Message("no hand-off")
HANDOFFS = Plural("{count} hand-off", "{count} hand-offs")


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
    '1 service is closed when it is needed. The next opening is Monday, March 2, 08:00.'
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
    sentences = [HOLDER_SAYS_NOTHING if manner == "warm_by_holder" and not share else MODE[manner]]
    if share:
        sentences.append(MAY_BE_SAID.format(data=data_listed(share)))
    if withheld:
        sentences.append(LEFT_UNSAID.format(data=data_listed(withheld)))
    return joined(sentences, TOGETHER)


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


def exposure(level: str, *, at_home: bool, by_law: bool, promise: Message | None) -> Message:
    """Return the sentence for an exposure level. `at_home`: in the asking agency; `by_law`: under a privacy law.

    `promise`: what the client may be told of a protected agency, None where nothing may be.

    >>> exposure("disclosed", at_home=False, by_law=True, promise=None)
    'One more agency knows what is said here; a privacy law limits whom it may tell.'
    """
    if at_home:
        return AT_HOME
    if level == "protected":
        return promise or HEARD_BY_AN_ADVOCATE
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
    ground = policies.NOT_AGREED if rule.effect == "permit" else rule.plain
    if needs is None:
        return joined([ground, policies.what_would_help(rule), NOTHING_LIFTS], TOGETHER)
    return joined([ground, PACKET_NEEDS.format(needs=policies.ask_in_words(needs)), form, NOT_ON_IT], TOGETHER)


def data_listed(classes: Iterable[str]) -> Message:
    """Return data classes in words, separated by semicolons: the words of a class may hold a comma.

    >>> data_listed(["identity", "narrative"])
    "name and identity; what happened, in the client's words"
    """
    return joined(map(policies.data_in_words, classes), "; ")


def availability(state: routing.Availability, *, own: bool = False) -> Message:
    """Return hours and room in words. `own`: a service of the asking agency, where the call stays in the house.

    >>> availability(routing.Availability("unknown", None, "full"))
    'hours not known: call first; full at the last count'
    """
    check = CALL_OWN_FIRST if own else CALL_FIRST
    once = "" if state.capacity in ("stale", "unknown") else check  # "call first" is said once, beside the room then
    moment = None if state.opens_at is None else Moment.of(state.opens_at)
    hours = OPENS if state.status == "opens_later" and moment else HOURS[state.status]
    return joined([hours.format(check=once, moment=moment), ROOM[state.capacity].format(check=check)], "; ")


USUALLY_ANSWERS = {
    "within_15_minutes": Message("Usually answers within 15 minutes."),
    "within_30_minutes": Message("Usually answers within 30 minutes."),
    "within_an_hour": Message("Usually answers within an hour."),
    "within_two_hours": Message("Usually answers within two hours."),
    "same_day": Message("Usually answers the same day."),
    "next_day": Message("Usually answers the next day."),
    "longer": Message("Usually takes more than a day to answer."),
}
ANSWERED_IN_TIME = {
    None: Message("About {count} of 10 referrals are answered in time."),
    "at_least": Message("About {count} of 10 referrals, or more, are answered in time."),
    "at_most": Message("About {count} of 10 referrals, or fewer, are answered in time."),
}
ACCEPTED = Message("You accept about {count} of 10 referrals.")


def usual_answer(time: str, in_time: int, bound: str | None) -> Message:
    """Return in words how soon a service answers: `in_time` of a hundred referrals, or `bound` more or fewer.

    >>> usual_answer("within_30_minutes", 80, "at_least")
    'Usually answers within 30 minutes. About 8 of 10 referrals, or more, are answered in time.'
    """
    return joined([USUALLY_ANSWERS[time], ANSWERED_IN_TIME[bound].format(count=in_time // 10)], TOGETHER)


CONSENT_NOT_ON_RECORD = Message(
    "A consent here is known from this request alone. To send a packet on it, record it first, and name it by its id "
    "or code."
)
