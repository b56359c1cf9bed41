"""Count the rows held about an id, as far as the caller is a party to the id's object: rows, never content."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from service.coalition import LegalHold, VisibleDirectory
from service.coalition.use_cases import hear_grievances, keep_proposals
from service.database import clock
from service.database.outbox import data_for
from service.database.outbox.tables import Event, EventAudience
from service.database.unit_of_work import UnitOfWork
from service.directory.access import Reader
from service.directory.parties import Act, PartyRole
from service.directory.use_cases.read_directory import RESOURCES, View
from service.directory.use_cases.record_history import changes_of
from service.errors import NotFound
from service.referrals.store.consents import Consents
from service.referrals.store.referrals import Referrals
from service.referrals.use_cases import keep_consents, referral_views
from service.security import Caller
from service.settings import Settings
from service.webhooks.tables import WebhookDelivery, WebhookEndpoint


def show_legal_hold(
    work: UnitOfWork, settings: Settings, visible: VisibleDirectory, at: datetime, row_id: str | None
) -> LegalHold:
    """Return the facts for a member, the reader of `visible`, on the arrival of a subpoena.

    An object without the member as party counts as absent.
    """
    if row_id is None:
        return LegalHold(visible, at)
    reader = visible.reader or Reader("", member=False, scopes=frozenset())
    caller = Caller(reader.organization, reader.scopes, "")
    with work:
        counts = Counter[str]()
        for find in (_consent, _referral, _directory, _events):
            counts.update(find(work, caller, row_id))
        counts["proposal"] = int(keep_proposals.sees_proposal(work, visible, row_id))
        counts["grievance"] = int(hear_grievances.hears(work, settings, caller.organization, row_id))
    return LegalHold(visible, at, {kind: rows for kind, rows in counts.items() if rows})


def _consent(work: UnitOfWork, caller: Caller, row_id: str) -> dict[str, int]:
    """Count a consent, and its parties visible to the caller: every party for its `from`, else the caller itself."""
    try:
        record = keep_consents.party_to(
            Consents(work.session).find(row_id, party=caller.organization), caller.organization, Act.READ_CONSENT
        )
    except NotFound:
        return {}
    is_from = keep_consents.role_of(record, caller.organization) is PartyRole.FROM
    return {"consent": 1, "consent_party": len(record.parties) if is_from else 1}


def _referral(work: UnitOfWork, caller: Caller, row_id: str) -> dict[str, int]:
    """Count a referral with its parts, by its id or its sender's decision id, as far as the caller's side may know.

    A sender without sight of the course would read an acceptance off the holds that the house gives with it.
    """
    now, organization, referrals = clock.now(work.session), caller.organization, Referrals(work.session)
    referral_id = referrals.of_decision(row_id, sender=organization) or row_id
    whole = referrals.find(referral_id, party=organization, own_part=True)
    try:
        whole, role = referral_views.party_to(whole, organization, Act.READ_REFERRAL, now)
    except NotFound:
        return {}
    holds = whole.holds if role is PartyRole.RECEIVER or whole.referral.progress else whole.own_holds
    parts = {"referral_move": whole.moves, "referral_consent": whole.consents, "hold": holds}
    return {"referral": 1} | {name: len(rows) for name, rows in parts.items()}


def _directory(work: UnitOfWork, caller: Caller, row_id: str) -> dict[str, int]:
    view = View.open(work, caller)
    resources = [name for name in RESOURCES if view.resources.locate(name, row_id, view.reader) is not None]
    changes = 0
    for resource in resources:
        with suppress(NotFound):
            changes += len(changes_of(work, view, resource, row_id))
    return {"directory": len(resources), "change": changes}


def _events(work: UnitOfWork, caller: Caller, row_id: str) -> dict[str, int]:
    """Count the events about an id readable by the caller, and their deliveries to its own endpoints."""
    session: Session = work.session
    events = select(Event).join(EventAudience, col(EventAudience.event_id) == col(Event.id))
    events = events.where(col(Event.object_id) == row_id, col(EventAudience.organization) == caller.organization)
    rows = session.execute(events).scalars().all()
    ids = [row.id for row in rows if data_for(session, row, caller.organization) is not None]
    deliveries = select(func.count()).select_from(WebhookDelivery)
    deliveries = deliveries.join(WebhookEndpoint, col(WebhookEndpoint.id) == col(WebhookDelivery.endpoint_id))
    deliveries = deliveries.where(
        col(WebhookEndpoint.organization) == caller.organization, col(WebhookDelivery.event_id).in_(ids)
    )
    return {"event": len(ids), "delivery": int(session.execute(deliveries).scalar_one())}
