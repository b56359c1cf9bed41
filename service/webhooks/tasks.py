"""Tasks on an endpoint's past: failed, delivered, or never sent deliveries become due again.

A task goes on bit by bit, each bit a timer that fires in a transaction of its own: a crash loses and repeats no bit.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row as ResultRow
from sqlalchemy import insert, select, update
from sqlmodel import Session

from service.database.outbox import DueTimer, TimerType, data_for, declare_timer, schedule
from service.database.outbox.tables import EVERYBODY, Event, EventAudience
from service.database.table_base import table_of
from service.database.unit_of_work import UnitOfWork
from service.webhooks.tables import DELIVERED, FAILED, PENDING, WebhookDelivery, WebhookEndpoint, WebhookTask

from .fan_out import SCHEDULED, delivery_row, wants

RECOVERY, REPLAY, REPLAY_MISSING = "recovery", "replay", "replay-missing"
WAITING, DONE = "waiting", "done"
FURTHEST_BACK = timedelta(days=14)
BIT = 200
_tasks, _endpoints, _deliveries = table_of(WebhookTask), table_of(WebhookEndpoint), table_of(WebhookDelivery)
_events, _audience = table_of(Event), table_of(EventAudience)
_AGAIN = {RECOVERY: (FAILED,), REPLAY: (FAILED, DELIVERED)}


def begin(session: Session, task_id: str, now: datetime) -> None:
    """Have a newly stored task done, from now on."""
    schedule(session, TASK.name, task_id, now)


def _go_on(unit_of_work: UnitOfWork, due: DueTimer) -> None:
    session = unit_of_work.session
    task = session.execute(select(_tasks).where(_tasks.c.id == due.object_id).with_for_update()).one_or_none()
    if task is None or task.status == DONE:
        return
    endpoint = session.execute(select(_endpoints).where(_endpoints.c.id == task.object_id)).one_or_none()
    if endpoint is None:
        last_id, count = None, 0
    elif task.kind == REPLAY_MISSING:
        last_id, count = _send_missing(session, task, endpoint, due.now)
    else:
        last_id, count = _send_again(session, task, due.now)
    values: dict[str, Any] = {"done": task.done + count, "reached": last_id}
    if last_id is None:
        values |= {"status": DONE, "ended_at": due.now}
    else:
        schedule(session, TASK.name, task.id, due.now)
    session.execute(update(_tasks).where(_tasks.c.id == task.id).values(**values))


def _send_again(session: Session, task: ResultRow[Any], now: datetime) -> tuple[str | None, int]:
    """Make a batch of ended deliveries due again; return the id reached (None: the end) and the number due."""
    query = (
        select(_deliveries.c.id, _deliveries.c.state)
        .join(_events, _events.c.id == _deliveries.c.event_id)
        .where(_deliveries.c.endpoint_id == task.object_id, _deliveries.c.trigger != "test")
        .where(_events.c.at >= task.since, _events.c.at <= task.until, _deliveries.c.id > (task.reached or ""))
    )
    rows = session.execute(query.order_by(_deliveries.c.id).limit(BIT)).all()
    again = [row.id for row in rows if row.state in _AGAIN[task.kind]]
    values = {"state": PENDING, "due_at": now, "tries": 0, "trigger": SCHEDULED, "sending": False, "ended_at": None}
    session.execute(update(_deliveries).where(_deliveries.c.id.in_(again)).values(**values))
    return (rows[-1].id if len(rows) == BIT else None), len(again)


def _send_missing(
    session: Session, task: ResultRow[Any], endpoint: ResultRow[Any], now: datetime
) -> tuple[str | None, int]:
    """Make deliveries for a batch of the events without a delivery to the endpoint."""
    audience = select(_audience.c.event_id).where(_audience.c.organization.in_((endpoint.organization, EVERYBODY)))
    with_delivery = select(_deliveries.c.event_id).where(_deliveries.c.endpoint_id == endpoint.id)
    query = (
        select(_events)
        .where(_events.c.at >= task.since, _events.c.at <= task.until, _events.c.id > (task.reached or ""))
        .where(_events.c.position.is_not(None), _events.c.id.in_(audience), _events.c.id.not_in(with_delivery))
    )
    rows = session.execute(query.order_by(_events.c.id).limit(BIT)).all()
    events = [Event(**row._mapping) for row in rows]
    deliveries = [
        delivery_row(event, endpoint.id, endpoint.organization, now)
        for event in events
        if wants(endpoint, event, (endpoint.organization,))
        and data_for(session, event, endpoint.organization) is not None
    ]
    if deliveries:
        session.execute(insert(_deliveries), deliveries)
    return (rows[-1].id if len(rows) == BIT else None), len(deliveries)


TASK = declare_timer(TimerType("webhook.task", _go_on))
