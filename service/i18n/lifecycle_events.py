"""Sentences of the catalogue of events: what each type of event tells."""

from __future__ import annotations

from policies.messages import TOGETHER, Message, joined

ROOM_CHANGED = Message("A service has room again, or none any more.")
CONSENT_WITHDRAWN = Message("A consent was withdrawn, or your part of it.")
CONSENT_ENDING = Message("A consent ends in seven days.")
CONSENT_ENDED = Message("The last day of a consent is over.")
AGREEMENT_ENDING = Message("An agreement of yours ends within 60 days.")
AGREEMENT_ENDED = Message("An agreement of yours has ended.")
TERM_ENDING = Message("The term of a contact of yours ends within 60 days.")
REVIEW_DUE = Message("It is time to review what you declared.")
POLICY_CHANGED = Message("The rules in force are others than before.")
ENDPOINT_DISABLED = Message("An endpoint of yours was disabled: nothing more is sent to it until you enable it.")
ENDPOINT_CHANGED = Message("An endpoint of yours was changed.")
DELIVERY_EXHAUSTED = Message("A delivery to an endpoint of yours was tried for the last time.")
DELIVERY_RECOVERED = Message("A delivery that was exhausted came through after all.")
WEBHOOK_TEST = Message("You asked for a test of this endpoint.")
BY = Message("Who asked. Told to `from` alone.")
REFERRAL = {
    "requested": Message("A referral was sent to you."),
    "received": Message("The other side has the referral."),
    "accepted": Message("The other side said yes."),
    "waitlisted": Message("The other side put it on a waiting list."),
    "declined": Message("The other side said no."),
    "completed": Message("The other side is done."),
    "cancelled": Message("The sender took a referral back."),
    "expired": Message("No answer came in time, and the referral is closed."),
    "stalled": Message("No answer came in the time that was asked for, or the month to wait for is over."),
    "hold_ended": Message("The places that a referral kept are free again."),
    "follow_up_due": Message("Today is the day on which you wanted to follow up on a referral."),
    "consent_withdrawn": Message("A consent for a referral was withdrawn: share nothing more."),
}
AGE_NOT_KEPT = Message("No age is kept here, so they need the names that sign for a young client too.")
FORM_OF_THEIRS = Message("They need the client's word in a form of their own first.")
NO_RULE_ALLOWS = Message("No rule lets this agency pass on facts about a client to yours.")
NOT_TOLD = Message("So they may not tell you how it goes.")
PHONE_THEM = Message("The client can phone them and ask, alone or with you on the line.")


def not_told(rule: str) -> Message:
    """Return the sentences for a sender that may not be told of progress; `rule`: what keeps the receiver from it.

    >>> not_told("No.")
    'No. So they may not tell you how it goes. The client can phone them and ask, alone or with you on the line.'
    """
    return joined([rule, NOT_TOLD, PHONE_THEM], TOGETHER)


def not_told_before(text: str) -> Message:
    """Return what `not_told` returned, from its English as it is stored.

    >>> not_told_before(str(not_told("No.")))
    'No. So they may not tell you how it goes. The client can phone them and ask, alone or with you on the line.'
    """
    return not_told(Message(text.removesuffix(f" {NOT_TOLD} {PHONE_THEM}")))
