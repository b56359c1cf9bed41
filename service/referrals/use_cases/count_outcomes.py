"""Count the outcomes of referrals: whole quarters, once, two weeks after the close."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from uuid import uuid4

from service.database import outbox as events
from service.database.outbox import DueTimer, TimerType
from service.database.unit_of_work import UnitOfWork
from service.referrals import outcomes
from service.referrals.store.outcomes import Outcomes, columns_of, times_of
from service.referrals.store.referrals import WAITLISTED
from service.referrals.store.tables import Referral
from service.referrals.store.work_tables import ClosedReferral
from service.referrals.use_cases.referral_views import sender_reason

WAITS = timedelta(days=14)
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


def quarter_of(day: date) -> str:
    """Return the quarter of a day: `2026-Q1`.

    >>> quarter_of(date(2026, 4, 1))
    '2026-Q2'
    """
    return f"{day.year}-Q{(day.month + 2) // 3}"


def bounds_of(quarter: str) -> tuple[date, date]:
    """Return the first day of a quarter, and of the next quarter.

    >>> bounds_of("2026-Q4")
    (datetime.date(2026, 10, 1), datetime.date(2027, 1, 1))
    """
    year, number = int(quarter[:4]), int(quarter[-1])
    end = (year + number // 4, number % 4 * 3 + 1)
    return date(year, 3 * number - 2, 1), date(*end, 1)


def summary_of(store: Outcomes, referral: Referral) -> ClosedReferral:
    """Return the countable facts of a closed referral, without its name. Reasons are as a sender reads reasons.

    A referral that time closed on a waiting list has that for its reason.
    """
    closed_on = (referral.closed_at or referral.changed_at).astimezone(store.zone)
    reason = referral.reason if referral.status == "cancelled" else sender_reason(referral.reason)
    if referral.status == "expired" and referral.waits_until is not None:
        reason = WAITLISTED
    return ClosedReferral(
        id=str(uuid4()),
        quarter=quarter_of(closed_on.date()),
        origin=referral.origin,
        recipient=referral.recipient,
        types=sorted(set(referral.covers)),
        areas=store.areas_of(referral.services),
        outcome=referral.outcome if referral.status == "completed" else None,
        reason=reason,
        answered=_answer_class(referral),
        **columns_of(_times(referral, store.accepted_at(referral.id))),
    )


def keep_summary(work: UnitOfWork, referral: Referral) -> Iterator[ClosedReferral]:
    """Yield the summary to keep of a deleted referral, unless its quarter was counted."""
    store = Outcomes(work.session)
    store.take_turn()
    summary = summary_of(store, referral)
    if store.computed_on(summary.quarter) is None:
        yield summary


def count_quarters(work: UnitOfWork, today: date) -> list[str]:
    """Count each uncounted quarter that closed two weeks ago, as of a day; return the counted quarters."""
    store = Outcomes(work.session)
    store.take_turn()
    quarters = [quarter for quarter in _due_quarters(store, today) if store.computed_on(quarter) is None]
    for quarter in quarters:
        first, end = (datetime.combine(day, time(), store.zone) for day in bounds_of(quarter))
        rows = [
            *store.rows_of(quarter),
            *(summary_of(store, referral) for referral in store.closed_between(first, end)),
        ]
        summaries = (
            outcomes.ReferralSummary(
                row.origin,
                row.recipient,
                tuple(row.types),
                tuple(row.areas),
                row.outcome,
                row.reason,
                row.answered,
                times_of(row),
            )
            for row in rows
        )
        store.store(quarter, today, outcomes.cells(summaries))
    return quarters


def _due_quarters(store: Outcomes, today: date) -> list[str]:
    """Return the quarters due on a day with possible content, and the last quarter in any case."""
    last = quarter_of(bounds_of(quarter_of(today - WAITS))[0] - _DAY)
    quarters = store.deleted_quarters() | {last}
    if (first := store.first_closed()) is not None:
        quarter = quarter_of(first.astimezone(store.zone).date())
        while quarter < last:
            quarters.add(quarter)
            quarter = quarter_of(bounds_of(quarter)[1])
    return sorted(quarter for quarter in quarters if quarter <= last)


def _answer_class(referral: Referral) -> str | None:
    """Return the class of the time to the answer; None: no answer."""
    if referral.answered_at is None:
        return None
    took = referral.answered_at - referral.requested_at
    under_an_hour, a_day, longer = outcomes.CLASSES
    return under_an_hour if took < _HOUR else a_day if took <= _DAY else longer


def _times(referral: Referral, accepted_at: datetime | None) -> outcomes.Times:
    """Return how long it took to the answer, to acceptance and to completion."""

    def took(moment: datetime | None) -> str:
        return outcomes.time_class(None if moment is None else (moment - referral.requested_at).total_seconds())

    completed_at = referral.closed_at if referral.status == "completed" else None
    return took(referral.answered_at), took(accepted_at), took(completed_at)


def _count(work: UnitOfWork, timer: DueTimer) -> None:
    zone = Outcomes(work.session).zone
    today = timer.now.astimezone(zone).date()
    count_quarters(work, today)
    midnight = datetime.combine(today + _DAY, time(), zone)
    events.schedule(work.session, timer.timer_type, timer.object_id, midnight)


events.declare_timer(TimerType("outcomes.count", _count, standing=True))
