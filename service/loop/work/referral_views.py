"""A referral in each side's view. A sender without sight of the course learns of the course from no field.

To such a sender a referral is `requested` until `expires_at`, then `closed`, whatever happens on the far side; for the
sender the referral is gone a fixed time after that, not after its real end.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from service.directory.parties import MAY, Act, PartyRole
from service.infrastructure.database.key_ring import KeyRing
from service.infrastructure.documents.entity_tags import TaggedDocument, with_etag
from service.infrastructure.errors import NotHere
from service.loop.store.referrals import OPEN, WAITLISTED, WholeReferral
from service.loop.store.tables import Referral
from service.words import duties, happenings

CLOSED = "closed"
SHOWN_DECLINES = ("full", "not_offered")
"""Reasons of a decline that say nothing about a client: a sender is always told."""
_SHOWN_AS_THEY_ARE = (*SHOWN_DECLINES, "area", "language")
WARM, NEED = "warm", "need"


def party_to(
    whole: WholeReferral | None, organization: str, act: Act, now: datetime
) -> tuple[WholeReferral, PartyRole]:
    """Return a referral and the organization's role in it, if the organization may know of the referral.

    Raises:
        NotHere: the referral is absent or gone, or the organization is no party to it.
    """
    stands = PartyRole.OTHER if whole is None else _standing(whole.referral, organization)
    if whole is None or stands not in MAY[act] or now >= gone_at(whole, stands):
        raise NotHere
    return whole, stands


def seen_by(whole: WholeReferral, party: PartyRole, now: datetime, ring: KeyRing | None = None) -> TaggedDocument:
    """Return the referral in its sender's or receiver's view. `ring`: to tell the sender the code; lists do not."""
    return with_etag(_for_sender(whole, now, ring) if party is PartyRole.SENDER else _for_receiver(whole))


def shown_reason(reason: str | None) -> str | None:
    """Return how a sender reads the reason of a decline.

    >>> shown_reason("full"), shown_reason("unsafe")
    ('full', 'other')
    """
    return reason if reason is None or reason in _SHOWN_AS_THEY_ARE else "other"


def gone_at(whole: WholeReferral, party: PartyRole) -> datetime:
    """Return when a referral is gone for a party: a fixed time after its close, as known to the party."""
    one, never = whole.referral, datetime.max.replace(tzinfo=whole.referral.requested_at.tzinfo)
    if party is PartyRole.SENDER and not one.progress:
        closed: datetime | None = one.expires_at if one.seen_status in OPEN else one.seen_changed_at
    else:
        closed = one.closed_at
    return never if closed is None else closed + timedelta(days=one.keep_days)


def timed_out(one: Referral, now: datetime) -> bool:
    """Say whether a sender without sight of the course sees the referral closed by time."""
    return not one.progress and one.seen_status in OPEN and now >= one.expires_at


def ends_at(one: Referral) -> datetime:
    """Return when a referral expires: on a waiting list, at the end of the wait."""
    return one.waits_until if one.status == WAITLISTED and one.waits_until is not None else one.expires_at


def _standing(one: Referral, organization: str) -> PartyRole:
    if organization == one.recipient:
        return PartyRole.RECEIVER
    return PartyRole.SENDER if organization == one.origin else PartyRole.OTHER


def _for_sender(whole: WholeReferral, now: datetime, ring: KeyRing | None) -> dict[str, Any]:
    one, over = whole.referral, timed_out(whole.referral, now)
    status = CLOSED if over else one.seen_status
    is_open = status in OPEN
    history = [_move(move.status, move.at, move.by) for move in whole.moves if move.seen]
    if over:
        history.append(_move(CLOSED, one.expires_at, None))
    code = None
    if ring is not None and is_open and one.code_key:
        code = ring.referral_code(one.id, one.code_key, one.code_language)
    return {
        "id": one.id,
        **({} if ring is None else {"code": code}),
        "status": status,
        "reason": one.seen_reason,
        "outcome": one.seen_outcome,
        "expected": one.seen_expected,
        "from": one.origin,
        "to": one.recipient,
        "services": one.services,
        "covers": one.covers,
        "mode": one.mode,
        "share": [] if one.seen_withdrawn else one.share,
        "urgency": one.urgency,
        "progress": one.seen_progress,
        "progress_plain": None if one.progress_plain is None else happenings.not_told_before(one.progress_plain),
        "consents": [consent.consent_id for consent in whole.consents],
        "consent_withdrawn": one.seen_withdrawn,
        "held": one.seen_held if is_open else None,
        **_times(one, one.seen_status, one.expires_at),
        "changed_at": (one.expires_at if over else one.seen_changed_at).isoformat(),
        "rules": duties.told_before(one.rules),
        "obligations": duties.told_before(one.obligations),
        "directory_version": one.directory_version,
        "policy_version": one.policy_version,
        "decision_id": one.decision_id,
        "history": history,
    }


def _for_receiver(whole: WholeReferral) -> dict[str, Any]:
    one = whole.referral
    share = [] if one.consent_withdrawn else one.share
    told: dict[str, Any] = {
        "id": one.id,
        "status": one.status,
        "reason": one.reason,
        "outcome": one.outcome,
        "expected": one.expected,
        "from": one.origin,
        "to": one.recipient,
        "mode": one.mode,
        "share": share,
        "consents": [consent.consent_id for consent in whole.consents],
        "consent_withdrawn": one.consent_withdrawn,
        "held": held_of(whole),
        **_times(one, one.status, ends_at(one)),
        "changed_at": one.changed_at.isoformat(),
        "history": [_move(move.status, move.at, move.by) for move in whole.moves if move.real],
    }
    if one.mode == WARM or NEED in share:
        told |= {"services": one.services, "covers": one.covers, "urgency": one.urgency}
    return told


def held_of(whole: WholeReferral) -> dict[str, Any] | None:
    """Return a referral's holds: the most places at any service, and until when all of the holds last."""
    places, until = [hold.places for hold in whole.open_holds], whole.held_until
    return None if until is None else {"places": max(places), "until": until.isoformat()}


def _times(one: Referral, status: str, expires_at: datetime) -> dict[str, str | None]:
    return {
        "requested_at": one.requested_at.isoformat(),
        "respond_by": None if status == WAITLISTED else one.respond_by.isoformat(),
        "expires_at": expires_at.isoformat(),
    }


def _move(status: str, at: datetime, by: str | None) -> dict[str, Any]:
    return {"status": status, "at": at.isoformat(), "by": by}
