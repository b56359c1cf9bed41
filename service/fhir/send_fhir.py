"""What is sent as FHIR, as the bodies of our own operations: a referral to send, and its move. Pure."""

from __future__ import annotations

import json

from service.fhir.elements import Element
from service.fhir.sending import ReferralRequest, read_move
from service.infrastructure.auth import Caller
from service.infrastructure.documents.bodies import Given, read_given
from service.infrastructure.errors import BodyRefused
from service.loop.work.move_referral import StatusBody
from service.loop.work.referral_body import AskedReferral, read_referral


def asked_referral(request: ReferralRequest, caller: Caller) -> AskedReferral:
    """Return the referral that a transaction asks for.

    Raises:
        BodyRefused: its profile is wrong, told at its place in the transaction.
        ActRefused: its mode sends no referral.
    """
    with request.within():
        return read_referral(request.body, origin=caller.organization)


def given_move(data: bytes, shown: Element) -> Given[StatusBody]:
    """Return the move that a Task asks for, which is the Task as `shown` with another status; never raises."""
    move = read_move(data, shown)
    given = read_given(StatusBody, json.dumps(dict(move.fields)).encode())
    return Given(given.tree, BodyRefused(move.problems)) if move.problems else given
