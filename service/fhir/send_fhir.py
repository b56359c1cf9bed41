"""What is sent as FHIR, as the bodies of our own operations: a referral to send, and its move. Pure."""

from __future__ import annotations

import json

from service.documents.bodies import SentBody, read_sent_body
from service.errors import BodyRefused
from service.fhir.elements import Element
from service.fhir.sending import ReferralRequest, read_move
from service.referrals.store.referrals import WAITLISTED
from service.referrals.use_cases.move_referral import StatusBody
from service.referrals.use_cases.referral_body import AskedReferral, read_referral
from service.security import Caller


def referral_of_request(request: ReferralRequest, caller: Caller) -> AskedReferral:
    """Return the referral that a transaction asks for.

    Raises:
        BodyRefused: its profile is wrong, told at its place in the transaction.
        ActRefused: its mode sends no referral.
    """
    with request.within():
        return read_referral(request.body, origin=caller.organization)


def body_of_move(data: bytes, task: Element, expected: str | None) -> SentBody[StatusBody]:
    """Return the move that a Task asks for, which is the caller's view of the `task` with another status; never raises.

    `expected`: the month of the referral, of which a Task has no word: on a waiting list it stays.
    """
    move = read_move(data, task)
    month = {"expected": expected} if expected and move.fields.get("status") == WAITLISTED else {}
    sent_body = read_sent_body(StatusBody, json.dumps({**move.fields, **month}).encode())
    return SentBody(sent_body.tree, BodyRefused(move.problems)) if move.problems else sent_body
