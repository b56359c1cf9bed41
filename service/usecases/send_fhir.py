"""What is sent as FHIR, as the bodies of our own operations: a referral to send, and its move. Pure."""

from __future__ import annotations

import json

from service.auth import Caller
from service.documents.document import parse_body
from service.errors import ProfileRefused
from service.fhir.elements import Element
from service.fhir.sending import ReferralRequest, placed, read_move
from service.profile import read_as
from service.usecases.given import Given
from service.usecases.move_referral import StatusBody
from service.usecases.referral_body import AskedReferral, read_referral


def asked_referral(request: ReferralRequest, caller: Caller) -> AskedReferral:
    """Return the referral that a transaction asks for.

    Raises:
        ProfileRefused: its profile is wrong, told at its place in the transaction.
        HappeningRefused: its mode sends no referral.
    """
    with request.within():
        return read_referral(request.body, origin=caller.organization)


def given_move(data: bytes, shown: Element) -> Given[StatusBody]:
    """Return the move that a Task asks for, which is the Task as `shown` with another status; never raises."""
    move = read_move(data, shown)
    if move.problems:
        return Given(dict(move.fields), ProfileRefused(move.problems))
    try:
        body = read_as(StatusBody, json.dumps(dict(move.fields)).encode(), defaults={}, parse=parse_body)
    except ProfileRefused as refused:
        return Given(dict(move.fields), ProfileRefused(placed(refused.problems), refused.more))
    return Given(dict(move.fields), body)
