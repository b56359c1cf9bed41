"""What operators read of delivery and of referrals: how much waits, for how long, what failed; and nobody's doings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session
from webhook_builders import DELIVERIES, Stage

from service.database import counters
from service.database.database import Database
from service.directory.snapshot.snapshots import Snapshots
from service.maintenance.count_work import text_of
from service.web.metrics import Metrics
from service.web.outgoing.transport import DeliveryOutcome
from service.webhooks.claiming import claim, look_at_queue
from service.webhooks.fan_out import place_events
from service.webhooks.pace import WorkerPacing
from service.webhooks.settling import Result, settle


def test_the_queue_is_what_waits_and_its_lag_what_is_late(stage: Stage) -> None:
    """Events without their place and pending deliveries; the lag counts from when the first became due."""
    endpoint = stage.endpoint("http://127.0.0.1:1/")
    work = stage.database.unit_of_work(writes=False)
    assert (look_at_queue(work).depth, look_at_queue(work).lag_s) == (0, 0.0)

    stage.light("one", "two")
    assert look_at_queue(work).depth == 2
    place_events(stage.database.unit_of_work())
    late, later = stage.rows(DELIVERIES)
    stage.change(DELIVERIES, late.id, due_at=datetime.now(UTC) - timedelta(minutes=5))
    stage.change(DELIVERIES, later.id, due_at=datetime.now(UTC) + timedelta(minutes=5))

    queue = look_at_queue(work)
    assert queue.depth == 2
    assert 300 <= queue.lag_s < 360
    stage.change(DELIVERIES, late.id, state="delivered")
    assert (look_at_queue(work).depth, look_at_queue(work).lag_s) == (1, 0.0)
    assert endpoint


@pytest.mark.parametrize(
    ("outcome", "label"), [(DeliveryOutcome(5, error="timeout"), "timeout"), (DeliveryOutcome(5, status=500), "status")]
)
def test_a_failed_attempt_is_counted_by_its_class(stage: Stage, outcome: DeliveryOutcome, label: str) -> None:
    """Once it is committed, and not when its result came too late to count."""
    stage.endpoint("http://127.0.0.1:1/")
    stage.light("one")
    work = stage.database.unit_of_work()
    place_events(work)
    [delivery] = claim(work, stage.database.secrets, WorkerPacing(), room=9, room_for_failing=9)
    before = counters.totals(counters.FAILURES).get(label, 0)

    settle(work, [Result(delivery, outcome)], WorkerPacing())
    settle(work, [Result(delivery, outcome)], WorkerPacing())

    assert counters.totals(counters.FAILURES)[label] == before + 1


def test_what_is_rolled_back_is_not_counted(stage: Stage) -> None:
    """Neither a whole transaction, nor the part of it that a failing timer undoes."""
    before = counters.totals(counters.MOVES).get("received", 0)
    with Session(stage.database.engine) as session:
        counters.count_once_committed(session, counters.MOVES, "received")
        session.connection()
        session.rollback()
        counters.count_once_committed(session, counters.MOVES, "received")
        part = session.begin_nested()
        counters.count_once_committed(session, counters.MOVES, "received")
        part.rollback()
        session.commit()
        counters.count_once_committed(session, counters.MOVES, "received")
        session.connection()
        session.commit()

    assert counters.totals(counters.MOVES)["received"] == before + 1


def test_moves_of_referrals_are_told_in_steps(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """One referral more or less shows in no figure; no label names an organization, a type or an area."""
    monkeypatch.setitem(counters._totals, counters.MOVES, counters.Counter(declined=9))
    metrics = Metrics()

    def lines() -> list[str]:
        database = Database(stage.database.engine, stage.database.cipher, stage.database.secrets)
        text = text_of(metrics, Snapshots(database))
        return [line for line in text.decode().splitlines() if line.startswith("referral_router_referral_moves_total")]

    assert lines() == ['referral_router_referral_moves_total{status="declined"} 0.0']
    counters.count(counters.MOVES, "declined")
    assert lines() == ['referral_router_referral_moves_total{status="declined"} 10.0']
    counters.count(counters.MOVES, "declined")
    assert lines() == ['referral_router_referral_moves_total{status="declined"} 10.0']
