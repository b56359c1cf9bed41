"""Access to consents, referrals, proposals and grievances, in one table: which party may do which act.

No other module decides access to an act's object.

To a caller who is no party an object is answered as absent (404); an act that a party may see and may not do is 403.
`service.directory.access` prints the table under its own. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

CONSENT = "consent"
CONSENT_ANY = "consent:any"
REFERRAL = "referral"
CAPACITY = "capacity"
GRIEVANCE = "grievance"

FROM, TO = "from", "to"
"""The parties of a consent, as its lists are filtered."""
IN, OUT = "in", "out"
"""Referrals received and sent, as their lists are filtered."""


class PartyRole(StrEnum):
    """The role of a caller towards the object of an act."""

    FROM = "its `from`"
    RECEIVED = "a `to` that a packet on it was sent to"
    NAMED = "any other `to`"
    SENDER = "its sender"
    RECEIVER = "its receiver"
    OWNER = "the service's organization"
    MEMBER = "a member of the coalition"
    BODY = "the body that hears it; never an organization of the house that it is about"
    SUBJECT = "the organization itself"
    HOUSE = "a member of its house or of its proposer's"
    OTHER_HOUSE = "a member of another house, its proposer's aside"
    DECIDER = "the member that its `decided_by` names; any member where that names none"
    OTHER = "everybody else"


class Act(StrEnum):
    """An act of a caller."""

    READ_CONSENT = "read or list a consent"
    LOOK_UP_CONSENT = "look a consent up by its code"
    USE_CONSENT = "name a consent in a profile"
    CONFIRM_CONSENT = "confirm a consent"
    WITHDRAW_CONSENT = "withdraw a consent, or its own part of it"
    PRINT_RECEIPT = "get the receipt of a consent"
    TELL_WITHDRAWAL = "pass on a client's withdrawal, by code"
    READ_REFERRAL = "read or list a referral"
    LOOK_UP_REFERRAL = "look a referral up by its code"
    ANSWER_REFERRAL = "receive, accept, put on a waiting list, decline or complete a referral"
    CANCEL_REFERRAL = "cancel a referral"
    FOLLOW_UP = "check back on a referral"
    ASK_AGAIN = "ask again from a referral"
    COUNT_PLACES = "count the places of a service"
    PROPOSE_WORD = "propose a word or a code"
    DECIDE_WORD = "accept or decline a proposed word or code"
    PROPOSE_LABELS = "propose labels of an organization"
    DECIDE_LABELS = "settle labels of an organization"
    READ_GRIEVANCE = "read, list or settle a grievance"


SCOPES: Mapping[Act, tuple[str, ...]] = {  # any of these
    **{act: (CONSENT,) for act in Act if "consent" in act or "withdrawal" in act},
    **{act: (REFERRAL,) for act in Act if "referral" in act},
    Act.USE_CONSENT: ("route", REFERRAL),
    Act.COUNT_PLACES: (CAPACITY, "directory:write"),
    Act.PROPOSE_WORD: ("directory:write",),
    Act.DECIDE_WORD: ("directory:admin",),
    Act.PROPOSE_LABELS: ("directory:write",),
    Act.DECIDE_LABELS: ("directory:admin",),
    Act.READ_GRIEVANCE: (GRIEVANCE,),
}
MAY: Mapping[Act, frozenset[PartyRole]] = {
    Act.READ_CONSENT: frozenset({PartyRole.FROM, PartyRole.RECEIVED}),
    Act.LOOK_UP_CONSENT: frozenset({PartyRole.FROM, PartyRole.RECEIVED, PartyRole.NAMED}),
    Act.USE_CONSENT: frozenset({PartyRole.FROM, PartyRole.RECEIVED, PartyRole.NAMED}),
    Act.CONFIRM_CONSENT: frozenset({PartyRole.FROM}),
    Act.WITHDRAW_CONSENT: frozenset({PartyRole.FROM, PartyRole.RECEIVED, PartyRole.NAMED}),
    Act.PRINT_RECEIPT: frozenset({PartyRole.FROM}),
    Act.TELL_WITHDRAWAL: frozenset({PartyRole.FROM, PartyRole.RECEIVED, PartyRole.NAMED, PartyRole.OTHER}),
    Act.READ_REFERRAL: frozenset({PartyRole.SENDER, PartyRole.RECEIVER}),
    Act.LOOK_UP_REFERRAL: frozenset({PartyRole.RECEIVER}),
    Act.ANSWER_REFERRAL: frozenset({PartyRole.RECEIVER}),
    Act.CANCEL_REFERRAL: frozenset({PartyRole.SENDER}),
    Act.FOLLOW_UP: frozenset({PartyRole.SENDER}),
    Act.ASK_AGAIN: frozenset({PartyRole.SENDER}),
    Act.COUNT_PLACES: frozenset({PartyRole.OWNER}),
    Act.PROPOSE_WORD: frozenset({PartyRole.MEMBER, PartyRole.DECIDER}),
    Act.DECIDE_WORD: frozenset({PartyRole.DECIDER}),
    Act.PROPOSE_LABELS: frozenset({PartyRole.SUBJECT, PartyRole.HOUSE, PartyRole.OTHER_HOUSE}),
    Act.DECIDE_LABELS: frozenset({PartyRole.OTHER_HOUSE}),
    Act.READ_GRIEVANCE: frozenset({PartyRole.BODY}),
}
_OF_CONSENTS = (PartyRole.FROM, PartyRole.RECEIVED, PartyRole.NAMED, PartyRole.OTHER)
_OF_REFERRALS = (PartyRole.SENDER, PartyRole.RECEIVER, PartyRole.OTHER)
_OF_COUNTS = (PartyRole.OWNER, PartyRole.OTHER)
_OF_WORDS = (PartyRole.DECIDER, PartyRole.MEMBER, PartyRole.OTHER)
_OF_LABELS = (PartyRole.SUBJECT, PartyRole.HOUSE, PartyRole.OTHER_HOUSE, PartyRole.OTHER)
_ELSE: Mapping[Act, tuple[PartyRole, ...]] = {
    Act.COUNT_PLACES: _OF_COUNTS,
    Act.PROPOSE_WORD: _OF_WORDS,
    Act.DECIDE_WORD: _OF_WORDS,
    Act.PROPOSE_LABELS: _OF_LABELS,
    Act.DECIDE_LABELS: _OF_LABELS,
    Act.READ_GRIEVANCE: (PartyRole.BODY, PartyRole.OTHER),
}


def columns_of(act: Act) -> tuple[PartyRole, ...]:
    """Return the roles that a caller can have towards the object of an act.

    >>> [str(role) for role in columns_of(Act.READ_REFERRAL)]
    ['its sender', 'its receiver', 'everybody else']
    """
    return _ELSE.get(act) or (_OF_REFERRALS if "referral" in act else _OF_CONSENTS)


def describe_parties() -> str:
    """Return the table in Markdown."""
    rows = [["act", "scope", "who may"], ["---"] * 3]
    for act in Act:
        parties = [party for party in columns_of(act) if party in MAY[act]]
        rows.append([str(act), " or ".join(SCOPES[act]), ", ".join(parties)])
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)
