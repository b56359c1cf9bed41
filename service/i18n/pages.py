"""Sentences around an answer on its printed page: headings, labels, and notes to read first."""

from __future__ import annotations

from policies.messages import Message

NO_PATH = Message(
    "No agency in this directory can take this client for any of these needs as things stand. "
    "What keeps each service out is listed below; a wider area, another day or one more fact may change it."
)
NO_PATH_IN_TIME = Message(
    "There was no time to find a way to an agency in this directory. There may be one: ask again."
)
ONLY_ONE = Message(
    "If one of these says no, fewer of the needs can be met: no other agency of this directory can stand in for it."
)
NO_NEED_TO_ANSWER = Message("The client may skip any of these. What is listed above stays open either way.")
NO_NEED_TO_AGREE = Message(
    "None of this is needed for what is listed above. Each of these would open one more way, if the client wants it."
)
NOT_ALL_LOOKED_FOR = Message(
    "There may be other ways that a fact or the client's word would open; not all were looked for."
)
NOT_ALL_OWED = Message(
    "Time ran out before everybody who could be called was looked for; there may be others, and better ones."
)
NOT_ALL_QUESTIONS = Message("Time ran out before every question was thought through; there may be others worth asking.")

LABEL = {
    "agreement": Message("Agreement", "label"),
    "authority": Message("Authority", "label"),
    "cost": Message("Cost", "label"),
    "covers": Message("Covers", "label"),
    "do": Message("Do", "label"),
    "exposure": Message("Exposure", "label"),
    "for": Message("For", "label"),
    "hold back": Message("Hold back", "label"),
    "how": Message("How", "label"),
    "limit": Message("Limit", "label"),
    "open": Message("Still open", "label"),
    "phone": Message("Phone", "label"),
    "report to": Message("Report to", "label"),
    "rules": Message("Rules", "label"),
    "say": Message("Say", "label"),
    "send": Message("Send", "label"),
    "when": Message("When", "label"),
}
AS_OF = Message("As of {moment}, local time.")
DUTY = {True: Message("This applies ({id})"), False: Message("This may apply ({id})")}
NO_NUMBER = Message("no number listed")
COMPLAINTS = Message("Complaints and questions: {contact}. {plain}")
VERSIONS = Message("Directory version {directory}; rules {rules}; answer {answer}.")

FIRST_PATH = Message("Path {rank}: the best there is now")
CONDITIONAL_PATH = Message("Way {rank}: what it would take")
WAY_ON = Message("a way to the next step")
HELD_BACK = Message("Hold back: {data} (rule {rule}).")
DUE = Message("Due {when}.")
TO_DO = Message("Do: {task}")
TO_DO_AGAIN = Message("Do, as above: {tasks}")
SAYS_NOTHING = {
    "internal": Message("nothing leaves your agency"),
    "warm": Message("nothing about the client; they speak for themselves"),
    "warm_by_holder": Message("that you call for a child, and nothing about the child"),
    "self": Message("nothing; the client makes the contact"),
    "self_with_adult": Message("nothing; the safe parent or guardian makes the contact"),
    "self_by_third_party": Message("what you saw, and where"),
    "report": Message("what the law asks for, and nothing more"),
    "report_in_doubt": Message("nothing about the client, until you know that you must report"),
    "packet": Message("nothing"),
}

CONFIDENCE = {
    "P": Message("the text of the provision was read"),
    "S": Message("an official guide or an expert's summary was read"),
    "M": Message("from memory; to be confirmed before it is relied on"),
    "G": Message("good practice of a coalition"),
    "C": Message("a term of the coalition"),
}
UNCONFIRMED = Message("a second look found no other text: confirm it first")
OWN_PAGE = Message("the agency's own page was read")
JURISDICTION = {"F": Message("federal"), "C": Message("coalition agreement"), "G": Message("good practice")}
EFFECT = {
    "permit": Message("permits a share"),
    "forbid": Message("forbids a share, whatever else permits it"),
    "obligation": Message("a task that travels with a share; it changes no decision"),
    "advice": Message("advice that travels with a share; it changes no decision"),
}
CONFIRM = Message("(to be confirmed)")
RULE = {
    "effect": Message("Effect"),
    "due": Message("Due"),
    "asks": Message("Asks for"),
    "authority": Message("Authority"),
    "jurisdiction": Message("Of"),
    "confidence": Message("Confidence"),
    "reviewed": Message("Reviewed"),
    "pack": Message("Pack"),
}
"""The label of each part of a rule."""
SOURCE_KIND = {"rule": Message("rule"), "line": Message("line"), "fact": Message("fact")}
"""What rests on a source, by its kind."""
CARD_ON = {"child": Message("of a child: {facts}"), "adult": Message("of an adult: {facts}")}
"""What a state's card says in short, by whom the report is about."""
REPORTERS = {"everybody": Message("everybody"), "professionals": Message("professionals"), "nobody": Message("nobody")}
"""Who reports by a state's card, by its word."""
NO_FACT_ON = Message("No fact on: {missing}.")
IN_WRITING = Message("{when} in writing")
ONLY_A_NAME = Message("This entry only names the absence of a permit; it is never evaluated.")
THE_RULE_ITSELF = Message("The rule itself, in Cedar:")
PARTS_OF_AN_EXAMPLE = (
    Message("Facts as read:"),
    Message("Answer:"),
    Message("What would change it:"),
    Message("What comes with it:"),
)

FAULTS = "Seeded faults, by what catches them first"
CAUGHT_AT_ALL = "caught by it at all"
WHAT_CATCHES = (
    "refused: such a rule can never hold, so it is not read. example: a case that no longer reads as written. "
    "promise: one that does not hold, at some point of many drawn ones. reach: the rule no longer applies where it is "
    "said to. same: proven to change nothing, for any request."
)
NO_CHANGE = "Proven to change nothing:"
UNSEEN = "Unseen: nothing says where these rules apply, or what they must keep."

LAW_ASKS = Message("WHAT THE LAW ASKS OF YOU")
FIRST = Message("FIRST")
KEEP_IN_MIND = Message("KEEP IN MIND")
CALL_NEXT = Message("WHO TO CALL NEXT")
IF_NO = Message("AND IF THEY SAY NO")
ASK_NEXT = Message("WHAT TO ASK NEXT")
NOT_COVERED = Message("WHAT NO PATH COVERS")
GROUP_CALLS = Message("WHO GOES WHERE")
GROUP_COUNT = Message("{count} of {key} ({needs})")
GROUP_BESIDE = Message("(For {keys}.)")
ANOTHER_WAY = Message("WHAT WOULD OPEN ANOTHER WAY")
OPENS_LATER = Message("WHAT OPENS LATER, OR HAS A WAITING LIST")
PUBLIC_LINES = Message("LINES THAT ANYBODY CAN CALL")
NOBODY_ELSE = Message("NOBODY ELSE COULD STEP IN FOR")
ABOUT = Message("ABOUT THIS ANSWER")
AND_MORE = Message("and {findings} more")
HANDED_ON = Message("{to} (handed on by {name})")
COST = Message("{total} points: {terms}")
COST_EXPLAINED = Message("{total} points, fewer is better: {terms}")
SEE_CATALOGUE = Message("see the catalogue")
LATER_PATH, LATER_PATH_WITHOUT = Message("Path {rank}"), Message("Path {rank}: without {listed}")
NOT_SAID = Message("{data}. {plain} (rule {rule})")
