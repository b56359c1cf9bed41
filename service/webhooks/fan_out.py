"""Gives committed events their positions, and makes a delivery for each endpoint in the audience.

Positions are given under a lock, to committed events, and are committed in their order. So a reader of every event up
to a position has missed no earlier event, in whatever order the changes themselves were committed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Row as ResultRow
from sqlalchemy import bindparam, insert, select, update
from sqlmodel import Session

from service.database import clock
from service.database.outbox.outbox import data_for, wake
from service.database.outbox.tables import EVERYBODY, Event, EventAudience, EventSequence
from service.database.table_base import table_of
from service.database.unit_of_work import UnitOfWork
from service.database.upsert import insert_new
from service.webhooks.tables import PENDING, WebhookDelivery, WebhookEndpoint

AT_ONCE = 500
SCHEDULED = "scheduled"
_events, _audience, _sequence = table_of(Event), table_of(EventAudience), table_of(EventSequence)
_endpoints, _deliveries = table_of(WebhookEndpoint), table_of(WebhookDelivery)
_ONLY = 1


def has_unplaced(session: Session) -> bool:
    """Say whether an event waits for its position."""
    return session.execute(select(_events.c.id).where(_events.c.placed_at.is_(None)).limit(1)).first() is not None


def place_events(unit_of_work: UnitOfWork) -> int:
    """Give up to AT_ONCE events their positions and their deliveries, in a single transaction; return the number."""
    with unit_of_work:
        session = unit_of_work.session
        insert_new(session, _sequence, {"id": _ONLY, "last": 0})
        last = session.execute(select(_sequence.c.last).with_for_update()).scalar_one()
        unplaced = select(_events).where(_events.c.placed_at.is_(None)).order_by(_events.c.at, _events.c.id)
        events = [Event(**row._mapping) for row in session.execute(unplaced.limit(AT_ONCE))]
        if not events:
            return 0
        now = clock.now(session)
        positions = [
            {"this": event.id, "place": last + number, "moment": now} for number, event in enumerate(events, start=1)
        ]
        session.connection().execute(
            update(_events)
            .where(_events.c.id == bindparam("this"))
            .values(position=bindparam("place"), placed_at=bindparam("moment")),
            positions,
        )
        session.execute(update(_sequence).values(last=last + len(events)))
        if rows := list(_deliveries_of(session, events, now)):
            session.execute(insert(_deliveries), rows)
        unit_of_work.commit()
    wake()  # who reads along by cursor
    return len(events)


def _deliveries_of(session: Session, events: Iterable[Event], now: datetime) -> Iterator[dict[str, Any]]:
    by_id = {event.id: event for event in events}
    audiences: dict[str, set[str]] = {}
    for row in session.execute(select(_audience).where(_audience.c.event_id.in_(by_id))):
        audiences.setdefault(row.event_id, set()).add(row.organization)
    organizations = set().union(*audiences.values()) if audiences else set()
    enabled = select(_endpoints).where(_endpoints.c.enabled.is_(True))
    if EVERYBODY not in organizations:
        enabled = enabled.where(_endpoints.c.organization.in_(organizations))
    endpoints = session.execute(enabled).all()
    for event_id, audience in audiences.items():
        judgements: dict[str, bool] = {}
        for endpoint in endpoints:
            if not wants(endpoint, by_id[event_id], audience):
                continue
            owner = endpoint.organization
            if owner not in judgements:
                judgements[owner] = data_for(session, by_id[event_id], owner) is not None
            if judgements[owner]:
                yield delivery_row(by_id[event_id], endpoint.id, owner, now)


def wants(endpoint: ResultRow[Any], event: Event, audience: Iterable[str]) -> bool:
    """Say whether an endpoint asks for the event's type, and its organization is in the audience. Pure."""
    return (
        event.spares != endpoint.id
        and (endpoint.types is None or event.type in endpoint.types)
        and not {endpoint.organization, EVERYBODY}.isdisjoint(audience)
    )


def delivery_row(
    event: Event, endpoint_id: str, organization: str, now: datetime, trigger: str = SCHEDULED
) -> dict[str, Any]:
    """Return the row of a delivery due at once. Pure but for its random id."""
    return {
        "id": str(uuid4()),
        "event_id": event.id,
        "event_at": event.at,
        "endpoint_id": endpoint_id,
        "organization": organization,
        "type": event.type,
        "state": PENDING,
        "due_at": now,
        "sending": False,
        "claims": 0,
        "tries": 0,
        "trigger": trigger,
        "exhausted": False,
        "created_at": now,
    }
