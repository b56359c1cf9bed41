"""Sentences of the catalogue of events about consents, referrals and places."""

from __future__ import annotations

ROOM_CHANGED = "A service has room again, or none any more."
CONSENT_WITHDRAWN = "A consent was withdrawn, or your part of it."
CONSENT_ENDING = "A consent ends in seven days."
CONSENT_ENDED = "The last day of a consent is over."
BY = "Who asked. Told to `from` alone."
REFERRAL = {
    "requested": "A referral was sent to you.",
    "received": "The other side has the referral.",
    "accepted": "The other side said yes.",
    "waitlisted": "The other side put it on a waiting list.",
    "declined": "The other side said no.",
    "completed": "The other side is done.",
    "cancelled": "The sender took a referral back.",
    "expired": "No answer came in time, and the referral is closed.",
    "stalled": "No answer came in the time that was asked for, or the month to wait for is over.",
    "hold_ended": "The places that a referral kept are free again.",
    "consent_withdrawn": "A consent for a referral was withdrawn: share nothing more.",
}
AGE_NOT_KEPT = "No age is kept here, so they need the names that sign for a young client too."
FORM_OF_THEIRS = "They need the client's word in a form of their own first."
NO_RULE_ALLOWS = "No rule lets this agency pass on facts about a client to yours."
NOT_TOLD = "So they may not tell you how it goes."
PHONE_THEM = "The client can phone them and ask, alone or with you on the line."


def not_told(rule: str) -> str:
    """Return the sentences for a sender that may not be told of progress; `rule`: what keeps the receiver from it.

    >>> not_told("No.")
    'No. So they may not tell you how it goes. The client can phone them and ask, alone or with you on the line.'
    """
    return f"{rule} {NOT_TOLD} {PHONE_THEM}"
