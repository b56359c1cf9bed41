"""Ask again from a referral: its needs, and what changed in the directory since, as far as its sender may see it."""

from __future__ import annotations

from datetime import date, datetime

from sqlmodel import Session

from service.database import clock
from service.database.unit_of_work import UnitOfWork
from service.directory.access import READ
from service.directory.parties import MAY, Act
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.directory.store.capacity import CapacityStore
from service.directory.store.record_changes import RecordChanges
from service.documents.entity_tags import TaggedDocument, with_etag
from service.errors import Forbidden
from service.i18n.ask_again import since_sent
from service.referrals.store.referrals import Referrals
from service.referrals.store.tables import Referral
from service.referrals.use_cases.referral_views import party_to
from service.security import Caller

CHANGES = ("opened", "free", "ended")


def ask_again(work: UnitOfWork, directory: DirectorySnapshot, caller: Caller, referral_id: str) -> TaggedDocument:
    """Return the needs of a referral that the caller's agency sent, and what changed; no fact about a client is kept.

    Raises:
        NotFound: no such referral, or not the caller's.
        Forbidden: the caller received it.
    """
    with work:
        now = clock.now(work.session)
        record, role = party_to(
            Referrals(work.session).find(referral_id, party=caller.organization, own_part=True),
            caller.organization,
            Act.READ_REFERRAL,
            now,
        )
        if role not in MAY[Act.ASK_AGAIN]:
            raise Forbidden
        referral, view = record.referral, directory.seen_by(caller.organization)
        changes = _changes(work.session, view, referral, now) if READ in caller.scopes else None
    names = {slug: organization.name for slug, organization in view.names.organizations.items()}
    sentence = changes and since_sent({kind: [names[slug] for slug in changes[kind]] for kind in CHANGES})
    needs = [{"type": code, "urgency": referral.urgency} for code in referral.covers]
    return with_etag({"needs": needs, "changed": changes, "plain": sentence})


def _changes(session: Session, view: DirectorySnapshot, referral: Referral, now: datetime) -> dict[str, list[str]]:
    """Return the agencies (slugs) with a service for the needs that opened, or has a bed free; and ended agreements."""
    sender, since, zone = referral.origin, referral.requested_at, view.snapshot.zone
    fitting = [service for service in view.snapshot.services if service.active and service.types & set(referral.covers)]
    records, owners = RecordChanges(session), {service.slug: service.organization for service in fitting}
    added = records.added_since(since, "services", owners.keys())
    opened = {owners[slug] for slug in added}
    free = set[str]()
    for slug, rooms in CapacityStore(session).of(service.slug for service in fitting).items():
        beds = [room for room in rooms if room.unit == "bed"] or [room for room in rooms if room.unit != "crib"]
        is_free = any(room.free and room.is_fresh(now) and room.updated and room.updated > since for room in beds)
        if is_free and view.sees_counts(sender, owners[slug], now):
            free.add(owners[slug])
    own = {agreement.id: agreement for agreement in view.policy.agreements.values() if sender in agreement.between}
    changed = records.changed_since(since, "agreements", own.keys())
    first, today = since.astimezone(zone).date(), now.astimezone(zone).date()
    ended = {
        party
        for agreement in own.values()
        if _has_ended(agreement.expires, first, today) or (agreement.status == "ended" and agreement.id in changed)
        for party in agreement.between
        if party != sender and party in view.names.organizations
    }
    return {"opened": sorted(opened), "free": sorted(free), "ended": sorted(ended)}


def _has_ended(expires: date | None, first: date, today: date) -> bool:
    return expires is not None and first <= expires < today
