"""Deleting rows past their time; and, once after a restore, settling rows of a time that nobody remembers.

Since the backup was made, consents were withdrawn, codes spent and events sent, and none of it is known any more. So a
consent counts for nothing until its `from` confirms it, what was due meanwhile is done without a word, and what was to
be sent is dropped. Until then nothing is served (`UnitOfWork`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlmodel import Session, col

from service.database import clock
from service.database.outbox import hold_back
from service.database.outbox.tables import Event, EventAudience, EventSequence, Heartbeat, Restoration
from service.database.outbox.timers import STANDING_OBJECT, cancel, fire_overdue, fire_purging, schedule
from service.database.table_base import table_of
from service.database.unit_of_work import UnitOfWork
from service.database.upsert import insert_new
from service.directory.store.directory_tables import VERSIONS, Coalition, Record, of_type
from service.i18n import maintenance
from service.referrals.store.answer_times import AnswerTimes
from service.referrals.store.consents import Consents
from service.referrals.store.tables import Consent, Referral
from service.referrals.use_cases.keep_consents import CURRENT, PROPOSED, touch
from service.referrals.use_cases.referral_changes import stop_sharing
from service.sessions.tables import LoginCode, PageSession
from service.settings import Settings, variable_of
from service.webhooks.purging import KEPT_FOR, PURGE
from service.webhooks.tables import PENDING, WebhookAttempt, WebhookDelivery, WebhookTask

_LOST_POSITIONS, _LOST_VERSIONS = 1 << 32, 1000
"""More events, and more versions of the directory, than there were between a backup and its restore.

A position or a version that was given in the time that is lost is then never given again, with another meaning.
"""


@dataclass(frozen=True, slots=True)
class MemberRights:
    """What an organization (a slug) may do by the directory: as a member, and with the addresses of others."""

    organization: str
    membership: str
    authorised_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RestoreSettlement:
    """What was settled after a restore. `made_at`: when the backup was made; `rights`: to be looked through."""

    made_at: datetime
    consents: int
    timers: int
    deliveries: int
    rights: tuple[MemberRights, ...]


@dataclass(frozen=True, slots=True)
class PurgeReport:
    """What a purge did. `settlement`: None where the database was not restored since the purge before."""

    timers: int
    settlement: RestoreSettlement | None


def purge_database(work: UnitOfWork, *, at: datetime | None = None) -> PurgeReport:
    """Delete rows past their time, and settle a restored database first; then it is served again.

    `work` is one that purges. Called again after a crash, it goes on.
    """
    with work:
        session, now = work.session, at or clock.now(work.session)
        restored = session.execute(select(Restoration)).scalars().one_or_none()
        settlement = None if restored is None else _settle(work, restored.made_at, now)
        schedule(session, PURGE.name, STANDING_OBJECT, now)
        work.commit()
    count = fire_purging(work, now)
    if settlement is not None:
        with work:
            work.session.execute(delete(Restoration))
            work.commit()
    return PurgeReport(count, settlement)


def list_keeping_times(settings: Settings) -> list[str]:
    """Return a sentence for each thing that is kept: how long, and by which setting. Pure."""
    by_setting = (
        maintenance.BY_SETTING.format(
            sentence=sentence.format(days=getattr(settings, name)), variable=variable_of(name)
        )
        for name, sentence in maintenance.SET.items()
    )
    return [*by_setting, *(sentence.format(events=KEPT_FOR.days) for sentence in maintenance.FIXED)]


def _settle(work: UnitOfWork, made_at: datetime, now: datetime) -> RestoreSettlement:
    """Settle a restored database in one transaction. Doing so twice does no more than once."""
    session = work.session
    hold_back(session)
    deliveries = _drop_unsent(session)
    for signed_in in (PageSession, LoginCode):  # a session may have been ended since, a code spent
        session.execute(delete(signed_in))
    session.execute(update(Heartbeat).values(beat_at=now))
    # How soon referrals were answered may have been counted since, in figures that are lost: none is counted twice.
    AnswerTimes(session).forget(waiting_only=True)
    session.execute(update(Referral).values(is_restored=True))
    timers = fire_overdue(work, now)
    consents = _unconfirm(work, now)
    insert_new(session, table_of(EventSequence), {"id": 1, "last": 0})
    session.execute(update(EventSequence).values(last=EventSequence.last + _LOST_POSITIONS))
    lost = {name: getattr(Coalition, name) + _LOST_VERSIONS for name in VERSIONS}
    session.execute(update(Coalition).values(lost))
    # Each record has changed for a program that runs on: it has read versions that are lost.
    session.execute(update(Record).values(version=select(col(Coalition.directory_version)).scalar_subquery()))
    return RestoreSettlement(made_at, consents, timers, deliveries, _rights(session))


def _drop_unsent(session: Session) -> int:
    """Drop the deliveries still to be sent: they were sent since, or are of a time that is over. Return how many."""
    unplaced = select(col(Event.id)).where(col(Event.placed_at).is_(None))
    pending = select(col(WebhookDelivery.id)).where(col(WebhookDelivery.state) == PENDING)
    session.execute(delete(WebhookAttempt).where(col(WebhookAttempt.delivery_id).in_(pending)))
    count = session.connection().execute(delete(WebhookDelivery).where(col(WebhookDelivery.state) == PENDING)).rowcount
    session.execute(delete(EventAudience).where(col(EventAudience.event_id).in_(unplaced)))
    session.execute(delete(Event).where(col(Event.placed_at).is_(None)))
    for task in session.execute(select(WebhookTask).where(col(WebhookTask.ended_at).is_(None))).scalars().all():
        cancel(session, task.id)
        session.delete(task)
    session.flush()
    return count


def _unconfirm(work: UnitOfWork, now: datetime) -> int:
    """Have each current consent wait for its `from`, and stop sharing on it; return how many."""
    consents = Consents(work.session)
    ids = work.session.execute(select(col(Consent.id)).where(col(Consent.status) == CURRENT)).scalars().all()
    for consent_id in ids:
        if (record := consents.find(consent_id, lock=True)) is not None:
            touch(record.consent, now, status=PROPOSED)
            work.session.flush()
            stop_sharing(work, consent_id, now=now)
    return len(ids)


def _rights(session: Session) -> tuple[MemberRights, ...]:
    """Return the rights that organizations have by the directory, by slug; those without any are left out."""
    profiles = {row.slug: row.document.get("coalition") or {} for row in session.execute(of_type("organization"))}
    by_reader: dict[str, list[str]] = {slug: [] for slug in profiles}
    for owner, profile in sorted(profiles.items()):
        for reader in profile.get("operator_authorised", ()):
            by_reader.setdefault(reader, []).append(owner)
    rights = (
        MemberRights(slug, profiles.get(slug, {}).get("membership") or "none", tuple(owners))
        for slug, owners in sorted(by_reader.items())
    )
    return tuple(right for right in rights if right.membership != "none" or right.authorised_by)
