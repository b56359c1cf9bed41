"""The effect of time on referrals: unanswered and waiting ones stall and expire, holds end, accepted ones complete."""

from __future__ import annotations

from datetime import timedelta

from service.database import clock
from service.database import outbox as events
from service.database.outbox import DueTimer, TimerType
from service.database.unit_of_work import UnitOfWork
from service.directory.store.capacity import CapacityStore
from service.referrals.store.referrals import OPEN, UNANSWERED, WAITLISTED, ReferralRecord, Referrals
from service.referrals.use_cases.count_outcomes import keep_summary
from service.referrals.use_cases.move_referral import close, show
from service.referrals.use_cases.referral_changes import (
    DELETE,
    HOLD_END,
    deleted_at,
    keep_room,
    show_room_kept,
    tell,
    time_places,
)
from service.referrals.use_cases.referral_views import ends_at

WAITING = (*UNANSWERED, WAITLISTED)


def _stall(work: UnitOfWork, timer: DueTimer) -> None:
    record = Referrals(work.session).find(timer.object_id, lock=True)
    if record is not None and record.referral.status in WAITING and timer.now < ends_at(record.referral):
        tell(work.session, "referral.stalled", record.referral)


def _expire(work: UnitOfWork, timer: DueTimer) -> None:
    record = Referrals(work.session).find(timer.object_id, lock=True)
    if record is None or record.referral.status not in WAITING:
        return
    _end(work, record, timer, status="expired")
    tell(work.session, "referral.expired", record.referral)


def _complete(work: UnitOfWork, timer: DueTimer) -> None:
    """Complete a referral accepted long ago and surely forgotten by its receiver; no party hears of it."""
    record = Referrals(work.session).find(timer.object_id, lock=True)
    if record is not None and record.referral.status == "accepted":
        record.referral.outcome = "unknown"
        _end(work, record, timer, status="completed")


def _end(work: UnitOfWork, record: ReferralRecord, timer: DueTimer, *, status: str) -> None:
    referral = record.referral
    referral.status, referral.changed_at = status, timer.now
    Referrals(work.session).add_move(referral, status, at=timer.now, by=None, seen=referral.progress)
    if referral.progress:
        show(record, timer.now)
    close(work, record, timer.now)


def _end_hold(work: UnitOfWork, timer: DueTimer) -> None:
    record = Referrals(work.session).find(timer.object_id, lock=True)
    if record is None:
        return
    referral, over = record.referral, [hold for hold in record.open_holds if hold.until <= timer.now]
    for hold in over:
        CapacityStore(work.session).end(hold)
    time_places(work.session, record)
    if not over:
        return
    referral.changed_at = timer.now
    if referral.progress:
        show(record, timer.now)
    work.session.flush()
    if referral.status not in UNANSWERED or timer.now < referral.expires_at:  # else its end is told, and that alone
        tell(work.session, timer.timer_type.replace("hold_end", "hold_ended"), referral)


def _delete(work: UnitOfWork, timer: DueTimer) -> None:
    referrals = Referrals(work.session)
    record = referrals.find(timer.object_id, lock=True)
    if record is None:
        return
    if timer.now < (last_day := deleted_at(record)):
        events.schedule(work.session, timer.timer_type, timer.object_id, last_day)
        return
    events.cancel(work.session, record.referral.id)
    referrals.delete(record, keep_summary(work, record.referral))


@events.on_standstill
def _stand_still(work: UnitOfWork, stood: timedelta) -> None:
    now = clock.now(work.session)
    for record in Referrals(work.session).move_clocks(stood, now):
        if record.referral.consent_withdrawn:
            keep_room(work, record)
        if record.referral.seen_withdrawn and record.referral.seen_status in OPEN:
            show_room_kept(record, now - stood)


events.declare_timer(TimerType("referral.stall", _stall, served=True))
events.declare_timer(TimerType("referral.expire", _expire, served=True))
events.declare_timer(TimerType(HOLD_END, _end_hold))
events.declare_timer(TimerType("referral.complete", _complete))
events.declare_timer(TimerType(DELETE, _delete, purges=True))
