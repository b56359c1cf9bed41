"""The effect of time on referrals: unanswered and waiting ones stall and expire, holds end, accepted ones complete."""

from __future__ import annotations

from datetime import timedelta

from service.directory.parties import PartyRole
from service.directory.store.capacity import CapacityStore
from service.infrastructure import outbox as events
from service.infrastructure.database import clock
from service.infrastructure.database.unit_of_work import UnitOfWork
from service.infrastructure.outbox import DueTimer, TimerType
from service.loop.store.referrals import UNANSWERED, WAITLISTED, Referrals, WholeReferral
from service.loop.work.count_outcomes import keep_summary
from service.loop.work.move_referral import close, show
from service.loop.work.referral_changes import HOLD_END, keep_room, tell, time_places
from service.loop.work.referral_views import ends_at, gone_at

WAITING = (*UNANSWERED, WAITLISTED)


def _stall(work: UnitOfWork, timer: DueTimer) -> None:
    whole = Referrals(work.session).find(timer.object_id, lock=True)
    if whole is not None and whole.referral.status in WAITING and timer.now < ends_at(whole.referral):
        tell(work.session, "referral.stalled", whole.referral)


def _expire(work: UnitOfWork, timer: DueTimer) -> None:
    whole = Referrals(work.session).find(timer.object_id, lock=True)
    if whole is None or whole.referral.status not in WAITING:
        return
    _end(work, whole, timer, status="expired")
    tell(work.session, "referral.expired", whole.referral)


def _complete(work: UnitOfWork, timer: DueTimer) -> None:
    """Complete a referral accepted long ago and surely forgotten by its receiver; no party is told."""
    whole = Referrals(work.session).find(timer.object_id, lock=True)
    if whole is not None and whole.referral.status == "accepted":
        whole.referral.outcome = "unknown"
        _end(work, whole, timer, status="completed")


def _end(work: UnitOfWork, whole: WholeReferral, timer: DueTimer, *, status: str) -> None:
    referral = whole.referral
    referral.status, referral.changed_at = status, timer.now
    Referrals(work.session).add_move(referral, status, at=timer.now, by=None, seen=referral.progress)
    if referral.progress:
        show(whole, timer.now)
    close(work, whole, timer.now)


def _end_hold(work: UnitOfWork, timer: DueTimer) -> None:
    whole = Referrals(work.session).find(timer.object_id, lock=True)
    if whole is None:
        return
    referral, over = whole.referral, [hold for hold in whole.open_holds if hold.until <= timer.now]
    for hold in over:
        CapacityStore(work.session).end(hold)
    time_places(work.session, whole)
    if not over:
        return
    referral.changed_at = timer.now
    if referral.progress:
        show(whole, timer.now)
    work.session.flush()
    if referral.status not in UNANSWERED or timer.now < referral.expires_at:  # else its end is told, and that alone
        tell(work.session, timer.timer_type.replace("hold_end", "hold_ended"), referral)


def _delete(work: UnitOfWork, timer: DueTimer) -> None:
    referrals = Referrals(work.session)
    whole = referrals.find(timer.object_id, lock=True)
    if whole is None:
        return
    gone = max(gone_at(whole, PartyRole.SENDER), gone_at(whole, PartyRole.RECEIVER))
    if timer.now < gone:
        events.schedule(work.session, timer.timer_type, timer.object_id, gone)
        return
    events.cancel(work.session, whole.referral.id)
    referrals.delete(whole, keep_summary(work, whole.referral))


@events.on_standstill
def _stand_still(work: UnitOfWork, stood: timedelta) -> None:
    for whole in Referrals(work.session).move_clocks(stood, clock.now(work.session)):
        if whole.referral.consent_withdrawn:
            keep_room(work, whole)


events.declare_timer(TimerType("referral.stall", _stall, served=True))
events.declare_timer(TimerType("referral.expire", _expire, served=True))
events.declare_timer(TimerType(HOLD_END, _end_hold))
events.declare_timer(TimerType("referral.complete", _complete))
events.declare_timer(TimerType("referral.delete", _delete, purges=True))
