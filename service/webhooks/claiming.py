"""Claims due deliveries: each for an attempt, under a lease, within the bounds on attempts at a time.

A claim moves `due_at` a lease ahead and counts up `claims`. A worker that dies leaves a row that becomes due again,
without notice. The number of the claim fences the result: a late result changes no row.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy import Row as ResultRow
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from service.database import clock
from service.database.advisory_locks import wait_for_turn
from service.database.field_cipher import SecretCipher
from service.database.outbox import body_of, data_for
from service.database.outbox.tables import Event
from service.database.table_base import table_of
from service.database.unit_of_work import UnitOfWork
from service.webhooks.tables import FAILED, PENDING, WebhookDelivery, WebhookEndpoint

from .pace import WorkerPacing

TEST, MANUAL = "test", "manual"
NOT_FOR_YOU, NOT_READY = "not_for_you", "not_ready"
PUT_OFF = timedelta(minutes=5)
_CLAIMS = "webhooks.claims"  # what is under way is counted by one claim at a time
_MOST_LOOKED_AT = 500
_events, _deliveries, _endpoints = table_of(Event), table_of(WebhookDelivery), table_of(WebhookEndpoint)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ClaimedDelivery:
    """An attempt to make now: the `number`th claim of a delivery. Holds secrets; its representation shows no secret."""

    delivery_id: str
    number: int
    endpoint_id: str
    trigger: str
    healthy: bool
    at: datetime
    message_id: str
    url: str
    organization: str
    headers: Mapping[str, str]
    signers: tuple[str, ...]
    body: bytes

    def __repr__(self) -> str:
        return f"Claim(trigger={self.trigger!r}, number={self.number!r})"


def is_claimable(now: datetime) -> ColumnElement[bool]:
    """Fit due deliveries (joined to their endpoints); a disabled endpoint gets tests alone."""
    return and_(
        _deliveries.c.state == PENDING,
        _deliveries.c.due_at <= now,
        or_(_endpoints.c.enabled.is_(True), _deliveries.c.trigger == TEST),
    )


def has_due(session: Session, now: datetime) -> bool:
    """Say whether a delivery is due, with or without room for an attempt."""
    due = select(_deliveries.c.id).join(_endpoints).where(is_claimable(now)).limit(1)
    return session.execute(due).first() is not None


@dataclass(frozen=True, slots=True)
class Queue:
    """The number of waiting deliveries, `lag_s`: seconds since the first delivery ready to send became due."""

    depth: int
    lag_s: float


def look_at_queue(unit_of_work: UnitOfWork) -> Queue:
    """Return the present queue, of every organization together."""
    with unit_of_work:
        session = unit_of_work.session
        now = clock.now(session)
        unplaced = _events.c.placed_at.is_(None)
        unplaced_count, first = session.execute(select(func.count(), func.min(_events.c.at)).where(unplaced)).one()
        pending = select(func.count()).where(_deliveries.c.state == PENDING)
        due = select(func.min(_deliveries.c.due_at)).join(_endpoints).where(is_claimable(now))
        moments = [moment for moment in (first, session.execute(due).scalar_one()) if moment is not None]
        depth = unplaced_count + session.execute(pending).scalar_one()
    return Queue(depth, max(((now - moment).total_seconds() for moment in moments), default=0.0))


def claim(
    unit_of_work: UnitOfWork, secrets: SecretCipher, pace: WorkerPacing, *, room: int, room_for_failing: int
) -> list[ClaimedDelivery]:
    """Claim due deliveries, at most `room`, of which `room_for_failing` to endpoints with a failed last attempt.

    A delivery no longer for its receiver ends here: `failed`, class `not_for_you`.
    """
    with unit_of_work:
        session = unit_of_work.session
        wait_for_turn(session, _CLAIMS)
        now = clock.now(session)
        endpoints = _choose(session, now, pace, room, room_for_failing)
        if not endpoints:
            return []
        # Selected first, then updated: PostgreSQL may run a subquery with LIMIT and SKIP LOCKED once for each row.
        pending = select(_deliveries).where(_deliveries.c.id.in_(endpoints), _deliveries.c.state == PENDING)
        rows = session.execute(pending.where(_deliveries.c.due_at <= now).with_for_update(skip_locked=True)).all()
        claims = list(filter(None, (_guard(session, secrets, row, endpoints[row.id], now) for row in rows)))
        lease = {"sending": True, "due_at": now + timedelta(seconds=pace.lease_s), "claims": _deliveries.c.claims + 1}
        session.execute(
            update(_deliveries)
            .where(_deliveries.c.id.in_([delivery.delivery_id for delivery in claims]))
            .values(**lease)
        )
        unit_of_work.commit()
    return claims


def _choose(
    session: Session, now: datetime, pace: WorkerPacing, room: int, room_for_failing: int
) -> dict[str, ResultRow[Any]]:
    """Return the endpoints of the deliveries to claim, by delivery: the longest due first, within every bound."""
    under_way = select(_deliveries.c.endpoint_id, _deliveries.c.organization, func.count().label("many"))
    under_way = under_way.where(_deliveries.c.state == PENDING, _deliveries.c.sending.is_(True))
    under_way = under_way.where(_deliveries.c.due_at > now)
    at_endpoint: Counter[str] = Counter()
    at_organization: Counter[str] = Counter()
    for row in session.execute(under_way.group_by(_deliveries.c.endpoint_id, _deliveries.c.organization)):
        at_endpoint[row.endpoint_id] += row.many
        at_organization[row.organization] += row.many
    full = [key for key, many in at_endpoint.items() if many >= pace.per_endpoint]
    full_organizations = [key for key, many in at_organization.items() if many >= pace.per_organization]
    rank = func.row_number().over(partition_by=_deliveries.c.endpoint_id, order_by=_deliveries.c.due_at)
    due = select(_deliveries.c.id, _deliveries.c.due_at, rank.label("rank")).join(_endpoints).where(
        is_claimable(now),
        _deliveries.c.endpoint_id.not_in(full),
        _deliveries.c.organization.not_in(full_organizations),
        or_(_endpoints.c.send_after.is_(None), _endpoints.c.send_after <= now),
    ).subquery()  # fmt: skip
    first = select(due.c.id).where(due.c.rank <= pace.per_endpoint).order_by(due.c.due_at).limit(_MOST_LOOKED_AT)
    candidates = (
        select(_deliveries.c.id.label("delivery_id"), _endpoints)
        .join(_endpoints)
        .where(_deliveries.c.id.in_(first))
        .order_by(_deliveries.c.due_at)
    )
    endpoints: dict[str, ResultRow[Any]] = {}
    for row in session.execute(candidates):
        fits = at_endpoint[row.id] < pace.per_endpoint and at_organization[row.organization] < pace.per_organization
        if not fits or len(endpoints) >= room or (not row.healthy and room_for_failing <= 0):
            continue
        if row.max_per_second is not None and not _take_pace(session, row, now):
            continue
        endpoints[row.delivery_id] = row
        at_endpoint[row.id] += 1
        at_organization[row.organization] += 1
        room_for_failing -= 0 if row.healthy else 1
    return endpoints


def _take_pace(session: Session, endpoint: ResultRow[Any], now: datetime) -> bool:
    """Take an attempt from an endpoint's attempts per second, if any is left; unused ones are lost after a second."""
    of_endpoint = _endpoints.c.id == endpoint.id
    after = session.execute(select(_endpoints.c.send_after).where(of_endpoint)).scalar_one()
    if after is not None and after > now:
        return False
    earliest = now - timedelta(seconds=max(0.0, 1 - 1 / endpoint.max_per_second))
    begins = max(after, earliest) if after is not None else earliest
    next_at = begins + timedelta(seconds=1 / endpoint.max_per_second)
    session.execute(update(_endpoints).where(of_endpoint).values(send_after=next_at))
    return True


def _guard(
    session: Session, secrets: SecretCipher, row: ResultRow[Any], endpoint: ResultRow[Any], now: datetime
) -> ClaimedDelivery | None:
    """Put off a single delivery that cannot be made ready (its secret sealed by another key, a defect)."""
    try:
        return _claim_of(session, secrets, row, endpoint, now)
    except SQLAlchemyError:
        raise
    except Exception as error:
        log.warning("a delivery is put off", extra={"error": type(error).__name__})
        later = {"due_at": now + PUT_OFF, "sending": False, "error": NOT_READY}
        session.execute(update(_deliveries).where(_deliveries.c.id == row.id).values(**later))
        return None


def _claim_of(
    session: Session, secrets: SecretCipher, row: ResultRow[Any], endpoint: ResultRow[Any], now: datetime
) -> ClaimedDelivery | None:
    of_delivery = select(_events).where(_events.c.id == row.event_id, _events.c.at == row.event_at)
    event = Event(**session.execute(of_delivery).one()._mapping)
    data = data_for(session, event, row.organization)
    if data is None:
        values = {"state": FAILED, "error": NOT_FOR_YOU, "sending": False, "ended_at": now}
        session.execute(update(_deliveries).where(_deliveries.c.id == row.id).values(**values))
        return None
    signers = [endpoint.secret]
    if endpoint.old_secret is not None and endpoint.old_secret_until > now:
        signers.append(endpoint.old_secret)
    return ClaimedDelivery(
        delivery_id=row.id,
        number=row.claims + 1,
        endpoint_id=row.endpoint_id,
        trigger=row.trigger,
        healthy=endpoint.healthy,
        at=now,
        message_id=event.id,
        url=endpoint.url,
        organization=endpoint.organization,
        headers=json.loads(secrets.open(endpoint.headers)) if endpoint.headers else {},
        signers=tuple(map(secrets.open, signers)),
        body=json.dumps(body_of(event, data), ensure_ascii=False, separators=(",", ":")).encode(),
    )
