"""Events are forgotten after their time: events and deliveries after 30 days, and records kept only for repeats."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, select

from service.database.audit import forget as forget_audit
from service.database.idempotency_keys import KEPT_FOR as REMEMBERED_FOR
from service.database.months import keep_partitions
from service.database.outbox.tables import Announcement, Event, EventAudience, RememberedRequest
from service.database.outbox.timers import DueTimer, TimerType, declare_timer, schedule
from service.database.table_base import ActRow, table_of
from service.database.unit_of_work import UnitOfWork
from service.directory.store.record_changes import forget_changes
from service.referrals.store.attempt_limits import forget_tries
from service.sessions.store import forget_ended
from service.webhooks.tables import WebhookAttempt, WebhookDelivery, WebhookTask

AT_ONCE = 500
EVERY = timedelta(hours=1)
KEPT_FOR = timedelta(days=30)
"""How long events can be read, and ended tasks are listed."""
ANNOUNCEMENTS_KEPT_FOR = timedelta(days=400)


def _purge(unit_of_work: UnitOfWork, due: DueTimer) -> None:
    """Delete a batch of rows past their time, and go on soon after a full batch."""
    session = unit_of_work.session
    events, audience = table_of(Event), table_of(EventAudience)
    deliveries, attempts = table_of(WebhookDelivery), table_of(WebhookAttempt)
    # An event is placed after its time, which has an index: a month of events is not gone through for a batch.
    old = select(events.c.id).where(events.c.at < due.now - KEPT_FOR, events.c.placed_at < due.now - KEPT_FOR)
    ids = list(session.execute(old.order_by(events.c.at).limit(AT_ONCE)).scalars())
    of_events = select(deliveries.c.id).where(deliveries.c.event_id.in_(ids))
    session.execute(delete(attempts).where(attempts.c.delivery_id.in_(of_events)))
    session.execute(delete(deliveries).where(deliveries.c.event_id.in_(ids)))
    session.execute(delete(audience).where(audience.c.event_id.in_(ids)))
    session.execute(delete(events).where(events.c.id.in_(ids)))
    requests, tasks, announcements = table_of(RememberedRequest), table_of(WebhookTask), table_of(Announcement)
    session.execute(delete(requests).where(requests.c.at < due.now - REMEMBERED_FOR))
    session.execute(delete(tasks).where(tasks.c.ended_at < due.now - KEPT_FOR))
    forgotten = announcements.c.at < due.now - ANNOUNCEMENTS_KEPT_FOR
    session.execute(delete(announcements).where(forgotten, announcements.c.value == ""))
    forget_tries(session)
    forget_ended(session)
    forget_changes(session, due.now)
    forget_audit(session, due.now)
    more = len(ids) == AT_ONCE
    schedule(session, due.timer_type, due.object_id, due.now + (timedelta(0) if more else EVERY))


def _keep_partitions(unit_of_work: UnitOfWork, due: DueTimer) -> None:
    """Keep PostgreSQL's partitions of months, and look again in an hour."""
    keep_partitions(unit_of_work.session.connection(), ActRow.metadata.sorted_tables, due.now)
    schedule(unit_of_work.session, due.timer_type, due.object_id, due.now + EVERY)


PURGE = declare_timer(TimerType("events.purge", _purge, standing=True, purges=True))
PARTITIONS = declare_timer(TimerType("events.partitions", _keep_partitions, standing=True))
