"""Writes the results of attempts: delivered, due again by the schedule, exhausted, or an endpoint disabled."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import Row as ResultRow
from sqlalchemy import func, insert, select, update
from sqlmodel import Session

from service.database import clock
from service.database.counters import FAILURES, count_once_committed
from service.database.outbox import append
from service.database.table_base import table_of
from service.database.unit_of_work import UnitOfWork
from service.web.outgoing.transport import DeliveryOutcome
from service.webhooks.tables import DELIVERED, FAILED, PENDING, WebhookAttempt, WebhookDelivery, WebhookEndpoint

from . import delivery_events
from .claiming import MANUAL, TEST, ClaimedDelivery
from .fan_out import SCHEDULED
from .pace import FAILING_EVENTS, FAILING_FOR, SPREAD, WorkerPacing

GONE = 410
DISABLE, ABORT = "disable", "abort-message"
ABORTED, DISABLED = "aborted", "disabled"
_chance = Random()  # noqa: S311 - no secret
_deliveries, _endpoints, _attempts = table_of(WebhookDelivery), table_of(WebhookEndpoint), table_of(WebhookAttempt)


@dataclass(frozen=True, slots=True)
class Result:
    """A claim, with its result."""

    claim: ClaimedDelivery
    outcome: DeliveryOutcome


def settle(unit_of_work: UnitOfWork, results: Iterable[Result], pace: WorkerPacing) -> int:
    """Write results in a single transaction; return the number of counted results.

    The result of a claim with an expired lease and a later claim changes no row, nor does the result of a delivery
    ended meanwhile.
    """
    count = 0
    with unit_of_work:
        # In one order, endpoint before delivery as everywhere, so that no two wait for each other.
        for result in sorted(results, key=lambda attempt: (attempt.claim.endpoint_id, attempt.claim.delivery_id)):
            count += _settle(unit_of_work.session, result, pace)
        unit_of_work.commit()
    return count


def disable(session: Session, endpoint: ResultRow[Any], reason: str, now: datetime) -> None:
    """Disable an endpoint, end its pending deliveries, and tell its owner by further endpoints."""
    off = {"enabled": False, "disabled_reason": reason, "disabled_at": now, "changed_at": now}
    session.execute(update(_endpoints).where(_endpoints.c.id == endpoint.id).values(**off))
    end_pending(session, endpoint.id, now)
    append(
        session,
        delivery_events.DISABLED.name,
        object_id=endpoint.id,
        href=f"{delivery_events.ENDPOINTS}/{endpoint.id}",
        audience=[endpoint.organization],
        data={"reason": reason},
        about={"owner": endpoint.organization},
        spares=endpoint.id,
    )


def end_pending(session: Session, endpoint_id: str, now: datetime) -> None:
    """End an endpoint's pending deliveries, tests excepted: `failed`, class `disabled`."""
    pending = update(_deliveries).where(_deliveries.c.endpoint_id == endpoint_id, _deliveries.c.state == PENDING)
    values = {"state": FAILED, "error": DISABLED, "sending": False, "ended_at": now}
    session.execute(pending.where(_deliveries.c.trigger != TEST).values(**values))


def _settle(session: Session, result: Result, pace: WorkerPacing) -> bool:
    claim, outcome = result.claim, result.outcome
    of_claim = select(_endpoints).where(_endpoints.c.id == claim.endpoint_id)
    endpoint = session.execute(of_claim.with_for_update()).one_or_none()
    query = select(_deliveries).where(_deliveries.c.id == claim.delivery_id)
    row = session.execute(query.with_for_update()).one_or_none()
    if endpoint is None or row is None:
        return False
    if row.claims != claim.number or not row.sending or row.state != PENDING:
        return False
    now = clock.now(session)
    attempt = {
        "delivery_id": row.id,
        "number": claim.number,
        "at": claim.at,
        "trigger": claim.trigger,
        "status": outcome.status,
        "error": outcome.error,
        "milliseconds": outcome.milliseconds,
    }
    session.execute(insert(_attempts).values(**attempt))
    if outcome.came_through:
        _note_delivered(session, row, endpoint, now)
    else:
        _note_failure(session, row, endpoint, result, now=now, pace=pace)
        count_once_committed(session, FAILURES, _class_of(outcome))
    reason = _reason_to_disable(session, row, endpoint, outcome, now)
    if reason is not None and endpoint.enabled:
        disable(session, endpoint, reason, now)
    return True


def _note_delivered(session: Session, row: ResultRow[Any], endpoint: ResultRow[Any], now: datetime) -> None:
    values = {"state": DELIVERED, "error": None, "sending": False, "exhausted": False, "ended_at": now}
    session.execute(update(_deliveries).where(_deliveries.c.id == row.id).values(**values))
    if not _is_test(row) and (endpoint.failing_since is not None or not endpoint.healthy):
        well = {"healthy": True, "failing_since": None}
        session.execute(update(_endpoints).where(_endpoints.c.id == endpoint.id).values(**well))
    if row.exhausted:
        _tell(session, delivery_events.RECOVERED.name, row)


def _note_failure(
    session: Session,
    row: ResultRow[Any],
    endpoint: ResultRow[Any],
    result: Result,
    *,
    now: datetime,
    pace: WorkerPacing,
) -> None:
    outcome = result.outcome
    tries = row.tries + (row.trigger == SCHEDULED)
    values: dict[str, Any] = {"sending": False, "tries": tries, "trigger": SCHEDULED, "error": _class_of(outcome)}
    if outcome.wish == ABORT:
        values |= {"state": FAILED, "error": ABORTED, "ended_at": now}
    elif _is_test(row):
        values |= {"state": FAILED, "trigger": TEST, "ended_at": now}
    elif tries > len(pace.delays_s):
        values |= {"state": FAILED, "exhausted": True, "ended_at": now}
    else:
        delay_s = pace.delays_s[max(tries, 1) - 1] * _chance.uniform(1 - SPREAD, 1 + SPREAD)
        values["due_at"] = now + timedelta(seconds=max(delay_s, outcome.wait_s or 0.0))
    session.execute(update(_deliveries).where(_deliveries.c.id == row.id).values(**values))
    if values.get("exhausted") and not row.exhausted:
        _tell(session, delivery_events.EXHAUSTED.name, row)
    if _is_test(row):
        return
    unwell: dict[str, Any] = {"healthy": False}
    if row.trigger == SCHEDULED and endpoint.failing_since is None:
        unwell["failing_since"] = result.claim.at
    session.execute(update(_endpoints).where(_endpoints.c.id == endpoint.id).values(**unwell))


def _is_test(row: ResultRow[Any]) -> bool:
    """Say whether a delivery is a test, by the schedule or by hand: it counts for no health and is sent once."""
    return bool(row.type == delivery_events.TEST.name)


def _reason_to_disable(
    session: Session, row: ResultRow[Any], endpoint: ResultRow[Any], outcome: DeliveryOutcome, now: datetime
) -> str | None:
    """Return why the endpoint is to be disabled: its reply says so, or it has failed for days; None: it is not."""
    if outcome.status == GONE:
        return "gone"
    if outcome.wish == DISABLE:
        return "asked"
    fails = not outcome.came_through and row.trigger == SCHEDULED and _fails_for_days(session, endpoint, now)
    return "failing" if fails else None


def _fails_for_days(session: Session, endpoint: ResultRow[Any], now: datetime) -> bool:
    since = endpoint.failing_since
    if since is None or now - since < FAILING_FOR:
        return False
    query = select(func.count(_attempts.c.delivery_id.distinct())).join(
        _deliveries, _deliveries.c.id == _attempts.c.delivery_id
    )
    query = query.where(_deliveries.c.endpoint_id == endpoint.id, _attempts.c.trigger == SCHEDULED)
    events = session.execute(query.where(_attempts.c.at >= since)).scalar_one()
    return bool(events >= FAILING_EVENTS)


def _tell(session: Session, type_name: str, row: ResultRow[Any]) -> None:
    if row.type in delivery_events.ABOUT_DELIVERY:
        return
    append(
        session,
        type_name,
        object_id=row.id,
        href=f"{delivery_events.DELIVERIES}/{row.id}",
        audience=[row.organization],
        about={"owner": row.organization},
        spares=row.endpoint_id,
    )


def _class_of(outcome: DeliveryOutcome) -> str:
    return outcome.error or "status"


def once_more(row: ResultRow[Any], pace: WorkerPacing, now: datetime) -> dict[str, Any]:
    """Return the values that make a delivery due now, by hand; an ended delivery gets an attempt, no schedule. Pure."""
    tries = row.tries if row.state == PENDING else len(pace.delays_s) + 1
    return {"state": PENDING, "trigger": MANUAL, "due_at": now, "tries": tries, "ended_at": None, "sending": False}
