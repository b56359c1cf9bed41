"""A referral in each side's view. A sender without sight of the course learns of the course from no field.

To such a sender a referral is `requested` until `expires_at`, then `closed`, whatever happens on the far side; for the
sender the referral is gone a fixed time after that, not after its real end.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from service.database.key_ring import KeyRing
from service.directory.parties import MAY, Act, PartyRole
from service.documents.entity_tags import TaggedDocument, with_etag
from service.errors import NotFound
from service.i18n import duties, lifecycle_events
from service.referrals.store.referrals import FOLLOW_UP_KEPT, OPEN, WAITLISTED, ReferralRecord
from service.referrals.store.tables import Referral

CLOSED = "closed"
SHOWN_DECLINES = ("full", "not_offered")
"""Reasons of a decline that say nothing about a client: a sender is always told."""
_SHOWN_AS_THEY_ARE = (*SHOWN_DECLINES, "area", "language")
WARM, NEED = "warm", "need"


def party_to(
    record: ReferralRecord | None, organization: str, act: Act, now: datetime
) -> tuple[ReferralRecord, PartyRole]:
    """Return a referral and the organization's role in it, if the organization may know of the referral.

    Raises:
        NotFound: the referral is absent or gone, or the organization is no party to it.
    """
    role = PartyRole.OTHER if record is None else _role_of(record.referral, organization)
    if record is None or role not in MAY[act] or now >= gone_at(record, role):
        raise NotFound
    return record, role


def referral_view(
    record: ReferralRecord, party: PartyRole, now: datetime, ring: KeyRing | None = None
) -> TaggedDocument:
    """Return the referral in its sender's or receiver's view. `ring`: to tell the sender the code; lists do not."""
    return with_etag(_for_sender(record, now, ring) if party is PartyRole.SENDER else _for_receiver(record))


def sender_reason(reason: str | None) -> str | None:
    """Return how a sender reads the reason of a decline.

    >>> sender_reason("full"), sender_reason("unsafe")
    ('full', 'other')
    """
    return reason if reason is None or reason in _SHOWN_AS_THEY_ARE else "other"


def gone_at(record: ReferralRecord, party: PartyRole) -> datetime:
    """Return when a referral is gone for a party: a fixed time after its close, as known to the party.

    A sender that checks back keeps it until a week after that day.
    """
    referral, never = record.referral, datetime.max.replace(tzinfo=record.referral.requested_at.tzinfo)
    if party is PartyRole.SENDER and not referral.progress:
        closed_at: datetime | None = referral.expires_at if referral.seen_status in OPEN else referral.seen_changed_at
    else:
        closed_at = referral.closed_at
    if closed_at is None:
        return never
    over = closed_at + timedelta(days=referral.keep_days)
    if party is PartyRole.SENDER and referral.follow_up_on is not None:
        over = max(over, follow_up_over(referral.follow_up_on))
    return over


def follow_up_over(on: date) -> datetime:
    """Return when a day to check back is over for good: a week after it."""
    return datetime.combine(on, time(), UTC) + FOLLOW_UP_KEPT


def timed_out(referral: Referral, now: datetime) -> bool:
    """Say whether a sender without sight of the course sees the referral closed by time."""
    return not referral.progress and referral.seen_status in OPEN and now >= referral.expires_at


def ends_at(referral: Referral) -> datetime:
    """Return when a referral expires: on a waiting list, at the end of the wait."""
    return (
        referral.waits_until
        if referral.status == WAITLISTED and referral.waits_until is not None
        else referral.expires_at
    )


def _role_of(referral: Referral, organization: str) -> PartyRole:
    if organization == referral.recipient:
        return PartyRole.RECEIVER
    return PartyRole.SENDER if organization == referral.origin else PartyRole.OTHER


def _for_sender(record: ReferralRecord, now: datetime, ring: KeyRing | None) -> dict[str, Any]:
    referral, over = record.referral, timed_out(record.referral, now)
    status = CLOSED if over else referral.seen_status
    is_open = status in OPEN
    history = [_move(move.status, move.at, move.by) for move in record.moves if move.seen]
    if over:
        history.append(_move(CLOSED, referral.expires_at, None))
    code = None
    if ring is not None and is_open and referral.code_key:
        code = ring.referral_code(referral.id, referral.code_key, referral.code_language)
    return {
        "id": referral.id,
        **({} if ring is None else {"code": code}),
        "status": status,
        "reason": referral.seen_reason,
        "outcome": referral.seen_outcome,
        "expected": referral.seen_expected,
        "from": referral.origin,
        "to": referral.recipient,
        "services": referral.services,
        "covers": referral.covers,
        "mode": referral.mode,
        "share": [] if referral.seen_withdrawn else referral.share,
        "urgency": referral.urgency,
        "progress": referral.seen_progress,
        "progress_plain": None
        if referral.progress_plain is None
        else lifecycle_events.not_told_before(referral.progress_plain),
        "consents": [consent.consent_id for consent in record.consents],
        "consent_withdrawn": referral.seen_withdrawn,
        "held": referral.seen_held if is_open else None,
        "advocate": referral.advocate,
        "follow_up_on": referral.follow_up_on and referral.follow_up_on.isoformat(),
        "follow_ups": referral.follow_ups or [],
        **_times(referral, referral.seen_status, referral.expires_at),
        "changed_at": (referral.expires_at if over else referral.seen_changed_at).isoformat(),
        "rules": duties.told_before(referral.rules),
        "obligations": duties.told_before(referral.obligations),
        "directory_version": referral.directory_version,
        "policy_version": referral.policy_version,
        "decision_id": referral.decision_id,
        "history": history,
    }


def _for_receiver(record: ReferralRecord) -> dict[str, Any]:
    referral = record.referral
    share = [] if referral.consent_withdrawn else referral.share
    document: dict[str, Any] = {
        "id": referral.id,
        "status": referral.status,
        "reason": referral.reason,
        "outcome": referral.outcome,
        "expected": referral.expected,
        "from": referral.origin,
        "to": referral.recipient,
        "mode": referral.mode,
        "share": share,
        "consents": [consent.consent_id for consent in record.consents],
        "consent_withdrawn": referral.consent_withdrawn,
        "held": holds_document(record),
        **_times(referral, referral.status, ends_at(referral)),
        "changed_at": referral.changed_at.isoformat(),
        "history": [_move(move.status, move.at, move.by) for move in record.moves if move.real],
    }
    if referral.mode == WARM or NEED in share:
        document |= {"services": referral.services, "covers": referral.covers, "urgency": referral.urgency}
    return document


def holds_document(record: ReferralRecord) -> dict[str, Any] | None:
    """Return a referral's holds: the most places at any service, and until when all of the holds last."""
    places, until = [hold.places for hold in record.open_holds], record.holds_until
    return None if until is None else {"places": max(places), "until": until.isoformat()}


def _times(referral: Referral, status: str, expires_at: datetime) -> dict[str, str | None]:
    return {
        "requested_at": referral.requested_at.isoformat(),
        "respond_by": None if status == WAITLISTED else referral.respond_by.isoformat(),
        "expires_at": expires_at.isoformat(),
    }


def _move(status: str, at: datetime, by: str | None) -> dict[str, Any]:
    return {"status": status, "at": at.isoformat(), "by": by}
