"""Deliveries of an organization's own endpoints: how each fared, once more, a test, tasks on the past, statistics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, func, insert, select, update
from sqlalchemy import Row as ResultRow
from sqlmodel import Session

from service.database import clock
from service.database.database import Database
from service.database.outbox.outbox import wake_after
from service.database.outbox.tables import Event, EventAudience
from service.database.table_base import table_of
from service.documents.entity_tags import TaggedDocument, with_etag
from service.errors import NotFound, Problem, RecordRefused, StillNeeded
from service.i18n import webhooks as wording
from service.security import Caller
from service.webhooks import delivery_events, tasks
from service.webhooks.claiming import TEST
from service.webhooks.fan_out import delivery_row
from service.webhooks.pace import WorkerPacing
from service.webhooks.settling import once_more
from service.webhooks.tables import DELIVERED, FAILED, PENDING, WebhookAttempt, WebhookDelivery, WebhookTask

from .endpoints import may_keep, own_endpoint

RECOVERY, REPLAY, REPLAY_MISSING = TASK_TYPES = tasks.RECOVERY, tasks.REPLAY, tasks.REPLAY_MISSING
LOOKS_BACK = timedelta(days=7)
_deliveries, _attempts, _tasks = table_of(WebhookDelivery), table_of(WebhookAttempt), table_of(WebhookTask)
_events, _audience = table_of(Event), table_of(EventAudience)


@dataclass(frozen=True, slots=True)
class Filters:
    """A filter on the deliveries of an endpoint; None: no filter."""

    status: str | None = None
    type: str | None = None
    since: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return the filters as conditions. Pure."""
        columns = _deliveries.c
        conditions = [] if self.since is None else [columns.created_at >= self.since]
        exact = ((columns.state, self.status), (columns.type, self.type))
        return conditions + [column == value for column, value in exact if value is not None]


def list_deliveries(
    database: Database, caller: Caller, endpoint_id: str, filters: Filters, *, page: int, per_page: int
) -> TaggedDocument:
    """Return a page of an endpoint's deliveries with their attempts, the newest first.

    Raises:
        NotFound: the caller's organization has no such endpoint.
    """
    work = database.unit_of_work(writes=False)
    with work:
        session = work.session
        endpoint = own_endpoint(session, caller, endpoint_id)
        fitting = [_deliveries.c.endpoint_id == endpoint.id, *filters.conditions()]
        total = session.execute(select(func.count()).select_from(_deliveries).where(*fitting)).scalar_one()
        query = select(_deliveries).where(*fitting).order_by(_deliveries.c.created_at.desc(), _deliveries.c.id)
        rows = session.execute(query.offset((page - 1) * per_page).limit(per_page)).all()
        items = _documents(session, rows)
    return with_etag({"items": items, "page": page, "per_page": per_page, "total": total})


def get_delivery(database: Database, caller: Caller, delivery_id: str) -> TaggedDocument:
    """Return a delivery to an endpoint of the caller's organization, with every attempt.

    Raises:
        NotFound: no delivery has the id, or the delivery is another organization's.
    """
    work = database.unit_of_work(writes=False)
    with work:
        [document] = _documents(work.session, [_own_delivery(work.session, caller, delivery_id)])
    return with_etag(document)


def retry_delivery(database: Database, caller: Caller, delivery_id: str) -> TaggedDocument:
    """Have a delivery attempted once more, now; a delivery under attempt stays as before.

    Raises:
        NotFound: no delivery has the id, or the delivery is another organization's.
        StillNeeded: its endpoint is disabled.
    """
    work = database.unit_of_work()
    with work:
        session = work.session
        row = _own_delivery(session, caller, delivery_id)
        now = clock.now(session)
        if not own_endpoint(session, caller, row.endpoint_id).enabled:
            raise StillNeeded(wording.IS_DISABLED)
        if not (row.sending and row.due_at > now):
            values = once_more(row, WorkerPacing(), now)
            session.execute(update(_deliveries).where(_deliveries.c.id == row.id).values(**values))
        wake_after(session)
        [document] = _documents(session, [_own_delivery(session, caller, delivery_id)])
        work.commit()
    return with_etag(document)


def test_endpoint(database: Database, caller: Caller, endpoint_id: str) -> TaggedDocument:
    """Send `webhook.test` to an endpoint, once, enabled or not; return the delivery.

    Raises:
        NotFound: the caller's organization has no such endpoint.
    """
    work = database.unit_of_work()
    with work:
        session = work.session
        endpoint = own_endpoint(session, caller, endpoint_id)
        now = clock.now(session)
        event = Event(
            id=str(uuid4()),
            type=delivery_events.TEST.name,
            at=now,
            object_id=endpoint.id,
            href=f"{delivery_events.ENDPOINTS}/{endpoint.id}",
            data={},
            about={},
            placed_at=now,  # it has no position: it is for this endpoint, and for no reader of events
        )
        session.execute(insert(_events).values(**event.model_dump()))
        row = delivery_row(event, endpoint.id, endpoint.organization, now, TEST)
        session.execute(insert(_deliveries).values(**row))
        wake_after(session)
        [document] = _documents(session, [_own_delivery(session, caller, row["id"])])
        work.commit()
    return with_etag(document)


def begin_task(
    database: Database, caller: Caller, endpoint_id: str, task_type: str, *, since: datetime, until: datetime | None
) -> TaggedDocument:
    """Begin a task on an endpoint's past (see `service.webhooks.tasks`); `until` None: now.

    Raises:
        NotFound: the caller's organization has no such endpoint.
        RecordRefused: the time is too far back, or ends before its beginning.
        StillNeeded: a task for the endpoint is under way, or the endpoint is disabled.
    """
    work = database.unit_of_work()
    with work:
        session = work.session
        endpoint = own_endpoint(session, caller, endpoint_id, lock=True)
        now = clock.now(session)
        _check_time(since, until, now)
        if not endpoint.enabled:
            raise StillNeeded(wording.IS_DISABLED)
        under_way = select(_tasks.c.id).where(_tasks.c.object_id == endpoint.id, _tasks.c.status != tasks.DONE)
        if session.execute(under_way.limit(1)).first() is not None:
            raise StillNeeded(wording.TASK_UNDER_WAY)
        row = {
            "id": str(uuid4()), "organization": endpoint.organization, "kind": task_type, "object_id": endpoint.id,
            "since": since, "until": min(until or now, now), "status": tasks.WAITING, "done": 0, "created_at": now,
        }  # fmt: skip
        session.execute(insert(_tasks).values(**row))
        tasks.begin(session, str(row["id"]), now)
        document = _task_document(session.execute(select(_tasks).where(_tasks.c.id == row["id"])).one())
        work.commit()
    return with_etag(document)


def get_task(database: Database, caller: Caller, task_id: str) -> TaggedDocument:
    """Return a task of the caller's organization.

    Raises:
        NotFound: no task has the id, or the task is another organization's.
    """
    work = database.unit_of_work(writes=False)
    with work:
        row = work.session.execute(select(_tasks).where(_tasks.c.id == task_id.lower())).one_or_none()
    if row is None or not may_keep(caller, row.organization):
        raise NotFound
    return with_etag(_task_document(row))


def get_statistics(database: Database, caller: Caller, endpoint_id: str) -> TaggedDocument:
    """Return an endpoint's last 7 days: deliveries by state and hour, and the length of attempts.

    Raises:
        NotFound: the caller's organization has no such endpoint.
    """
    work = database.unit_of_work(writes=False)
    with work:
        session = work.session
        endpoint = own_endpoint(session, caller, endpoint_id)
        since = clock.now(session) - LOOKS_BACK
        hours = _by_hour(session, endpoint.id, since)
        took = _milliseconds(session, endpoint.id, since)
    totals = {state: sum(hour[state] for hour in hours) for state in (DELIVERED, FAILED, PENDING)}
    return with_etag({**totals, **took, "failing_since": _moment(endpoint.failing_since), "hours": hours})


def _own_delivery(session: Session, caller: Caller, delivery_id: str) -> ResultRow[Any]:
    row = session.execute(select(_deliveries).where(_deliveries.c.id == delivery_id.lower())).one_or_none()
    if row is None or not may_keep(caller, row.organization):
        raise NotFound
    return row


def _documents(session: Session, rows: Sequence[ResultRow[Any]]) -> list[dict[str, Any]]:
    ids = [row.id for row in rows]
    attempts: dict[str, list[dict[str, Any]]] = {row_id: [] for row_id in ids}
    query = select(_attempts).where(_attempts.c.delivery_id.in_(ids)).order_by(_attempts.c.number)
    for row in session.execute(query):
        attempts[row.delivery_id].append(
            {
                "at": row.at.isoformat(),
                "trigger": row.trigger,
                "status": row.status,
                "error": row.error,
                "milliseconds": row.milliseconds,
            }
        )
    return [
        {
            "id": row.id,
            "endpoint": row.endpoint_id,
            "event": row.event_id,
            "type": row.type,
            "status": row.state,
            "error": row.error,
            "exhausted": row.exhausted,
            "created_at": row.created_at.isoformat(),
            "next_attempt_at": row.due_at.isoformat() if row.state == PENDING and not row.sending else None,
            "attempts": attempts[row.id],
        }
        for row in rows
    ]


def _check_time(since: datetime, until: datetime | None, now: datetime) -> None:
    problems = []
    if since < now - tasks.FURTHEST_BACK:
        problems.append(Problem("/since", wording.TOO_FAR_BACK.format(days=tasks.FURTHEST_BACK.days)))
    if (until or now) <= since:
        problems.append(Problem("/until", wording.AFTER_SINCE))
    if problems:
        raise RecordRefused("", tuple(problems))


def _task_document(row: ResultRow[Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        "kind": row.kind,
        "endpoint": row.object_id,
        "status": row.status,
        "since": row.since.isoformat(),
        "until": row.until.isoformat(),
        "deliveries": row.done,
        "created_at": row.created_at.isoformat(),
        "ended_at": _moment(row.ended_at),
    }


def _by_hour(session: Session, endpoint_id: str, since: datetime) -> list[dict[str, Any]]:
    at = _deliveries.c.created_at
    if session.get_bind().dialect.name == "postgresql":
        hour: ColumnElement[str] = func.to_char(func.timezone("UTC", at), 'YYYY-MM-DD"T"HH24":00:00+00:00"')
    else:
        hour = func.strftime("%Y-%m-%dT%H:00:00+00:00", at)
    query = select(hour.label("hour"), _deliveries.c.state, func.count().label("many"))
    query = query.where(_deliveries.c.endpoint_id == endpoint_id, at >= since)
    hours: dict[str, dict[str, Any]] = {}
    for row in session.execute(query.group_by(hour, _deliveries.c.state).order_by(hour)):
        counts = hours.setdefault(row.hour, {"hour": row.hour, DELIVERED: 0, FAILED: 0, PENDING: 0})
        counts[row.state] = row.many
    return list(hours.values())


def _milliseconds(session: Session, endpoint_id: str, since: datetime) -> Mapping[str, int | None]:
    """Return median and 95th percentile of the length of successful attempts (nearest rank)."""
    took = (
        select(_attempts.c.milliseconds)
        .join(_deliveries, _deliveries.c.id == _attempts.c.delivery_id)
        .where(_deliveries.c.endpoint_id == endpoint_id, _attempts.c.at >= since)
        .where(_attempts.c.status.between(200, 299))
    )
    many = session.execute(select(func.count()).select_from(took.subquery())).scalar_one()

    def milliseconds_at(share: float) -> int | None:
        if not many:
            return None
        rank = max(0, -int(-many * share // 1) - 1)
        query = took.order_by(_attempts.c.milliseconds).offset(rank).limit(1)
        return int(session.execute(query).scalar_one())

    return {"median_milliseconds": milliseconds_at(0.5), "p95_milliseconds": milliseconds_at(0.95)}


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
