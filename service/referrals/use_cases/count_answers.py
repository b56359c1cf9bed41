"""Count how soon services answer: each closed referral waits for a batch, and once a week what waited is counted."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from secrets import choice

from service.database import outbox as events
from service.database.advisory_locks import wait_for_turn
from service.database.outbox import DueTimer, TimerType
from service.database.unit_of_work import UnitOfWork
from service.directory.store.capacity import part_of_day, wants_answer_times
from service.directory.store.directory_tables import read_zone
from service.referrals.answer_times import ClosedAnswer, combine, figure_of, take_batch, time_class
from service.referrals.store.answer_times import AnswerTimes
from service.referrals.store.referrals import ReferralRecord

COUNTS_FOR = timedelta(days=180)
_DAY = timedelta(days=1)


def keep_answer(work: UnitOfWork, record: ReferralRecord, now: datetime) -> None:
    """Have a referral that was just closed wait for a batch, if its sender knows its course.

    One that its sender canceled while there was time to answer says nothing of how soon it is answered. One that came
    with a restored backup may have been counted before the restore, and a second figure of it would overlap the first.
    """
    referral, zone = record.referral, read_zone(work.session)
    was_answered = referral.answered_at is not None
    if not referral.progress or referral.is_restored or not (was_answered or now > referral.respond_by):
        return
    if not wants_answer_times(work.session):
        return
    asked = referral.requested_at.astimezone(zone)
    answer = ClosedAnswer(
        sender=referral.origin,
        in_time=referral.answered_at is not None and referral.answered_at <= referral.respond_by,
        time=time_class(asked, referral.answered_at and referral.answered_at.astimezone(zone)),
        accepted=referral.status == "completed" or any(move.status == "accepted" for move in record.moves),
    )
    cell = referral.services[0], part_of_day(asked)
    AnswerTimes(work.session).add(cell, answer, closed_on=now.astimezone(zone).date())


def count_answers(work: UnitOfWork, today: date) -> None:
    """Count what closed before this week, and show it; again in the same week, it changes nothing."""
    wait_for_turn(work.session, "answer times")
    store, week = AnswerTimes(work.session), today - today.weekday() * _DAY
    if not wants_answer_times(work.session):
        store.forget()
        return
    store.drop_before(week - COUNTS_FOR)
    for cell, waiting in store.waiting(before=week).items():
        if batch := take_batch(waiting):
            store.store_batch(cell, figure_of(batch, (choice((False, True)), choice((False, True)))), on=week)
    store.show((cell, combine(batches)) for cell, batches in store.batches().items())


def _count(work: UnitOfWork, timer: DueTimer) -> None:
    zone = read_zone(work.session)
    today = timer.now.astimezone(zone).date()
    count_answers(work, today)
    midnight = datetime.combine(today + _DAY, time(), zone)
    events.schedule(work.session, timer.timer_type, timer.object_id, midnight)


events.declare_timer(TimerType("answers.count", _count, standing=True))
