"""Timers are set with what they are about, fire once, and stand still while nothing is served."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from event_builders import Declare, DeclareTimer
from sqlalchemy import Engine, select

from service.database import clock
from service.database.field_cipher import AddressCipher
from service.database.outbox import DueTimer, append, beat, cancel, heartbeat, move, schedule
from service.database.outbox.tables import Event, Timer
from service.database.outbox.timers import STANDING_OBJECT, fire_next, has_due, set_standing
from service.database.table_base import table_of
from service.database.unit_of_work import UnitOfWork

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def waiting(engine: Engine) -> dict[tuple[str, str], datetime]:
    """Return when each timer is due."""
    timers = table_of(Timer)
    with engine.connect() as connection:
        return {(row.kind, row.object_id): row.due_at for row in connection.execute(select(timers))}


def objects_told(engine: Engine) -> list[str]:
    """Return the objects of the events that are stored."""
    with engine.connect() as connection:
        return sorted(connection.execute(select(table_of(Event).c.object_id)).scalars())


def test_a_timer_is_set_moved_and_cancelled_in_its_transaction(
    unit_of_work: UnitOfWork, engine: Engine, declare_timer: DeclareTimer
) -> None:
    """One timer of a kind for an object; a rollback leaves all as it was."""
    declare_timer("dim")
    declare_timer("out")
    with unit_of_work:
        session = unit_of_work.session
        schedule(session, "dim", "a", NOON)
        schedule(session, "dim", "a", NOON + HOUR)
        schedule(session, "out", "a", NOON)
        schedule(session, "out", "b", NOON)
        assert move(session, "out", "a", NOON + 2 * HOUR)
        assert not move(session, "out", "c", NOON)
        unit_of_work.commit()
    with unit_of_work:
        assert cancel(unit_of_work.session, "a") == 2

    assert waiting(engine) == {("dim", "a"): NOON + HOUR, ("out", "a"): NOON + 2 * HOUR, ("out", "b"): NOON}
    with unit_of_work:
        assert cancel(unit_of_work.session, "a", "dim") == 1
        unit_of_work.commit()
    assert waiting(engine).keys() == {("out", "a"), ("out", "b")}


def test_firing_is_one_transaction_with_its_change(
    unit_of_work: UnitOfWork, engine: Engine, declare: Declare, declare_timer: DeclareTimer
) -> None:
    """A timer is gone when its event is there; one that is not due yet stays; a handler may set the next."""
    declare()

    def fire(work: UnitOfWork, due: DueTimer) -> None:
        append(work.session, "lamp.lit", object_id=due.object_id, href="/", audience=["north"])
        schedule(work.session, due.timer_type, due.object_id, due.now + HOUR)

    declare_timer("light", fire)
    with unit_of_work:
        schedule(unit_of_work.session, "light", "a", NOON)
        unit_of_work.commit()

    assert not fire_next(unit_of_work, at=NOON - HOUR)
    assert fire_next(unit_of_work, at=NOON)
    assert not fire_next(unit_of_work, at=NOON)

    assert objects_told(engine) == ["a"]
    assert waiting(engine) == {("light", "a"): NOON + HOUR}


def test_a_handler_that_fails_changes_nothing_and_holds_up_nobody(
    unit_of_work: UnitOfWork, engine: Engine, declare: Declare, declare_timer: DeclareTimer
) -> None:
    """What it had written is undone, it is tried again later, and the next timer is fired meanwhile."""
    declare()

    def fire(work: UnitOfWork, due: DueTimer) -> None:
        append(work.session, "lamp.lit", object_id=due.object_id, href="/", audience=["north"])
        if due.object_id == "broken":
            raise RuntimeError("no wick")

    declare_timer("light", fire)
    with unit_of_work:
        schedule(unit_of_work.session, "light", "broken", NOON - HOUR)
        schedule(unit_of_work.session, "light", "good", NOON)
        unit_of_work.commit()

    while fire_next(unit_of_work, at=NOON):
        pass

    assert objects_told(engine) == ["good"]
    assert waiting(engine) == {("light", "broken"): NOON + timedelta(seconds=5)}


def test_many_workers_fire_each_timer_once(
    engine: Engine, cipher: AddressCipher, declare: Declare, declare_timer: DeclareTimer
) -> None:
    """Forty timers, eight workers: forty changes."""
    declare()
    declare_timer(
        "light",
        lambda work, due: append(work.session, "lamp.lit", object_id=due.object_id, href="/", audience=["n"]) and None,
    )
    names = [f"lamp-{number:02}" for number in range(40)]
    work = UnitOfWork(engine, cipher)
    with work:
        for name in names:
            schedule(work.session, "light", name, NOON)
        work.commit()

    def worker(_: int) -> None:
        work = UnitOfWork(engine, cipher)
        while True:
            fire_next(work, at=NOON)
            with work:
                if not has_due(work.session, NOON):
                    return

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(worker, range(8)))

    assert objects_told(engine) == names
    assert waiting(engine) == {}


def test_a_kind_that_this_program_does_not_know_is_left_alone(
    unit_of_work: UnitOfWork, engine: Engine, declare_timer: DeclareTimer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A newer program beside this one sets timers that are its own to fire."""
    declare_timer("newer")
    with unit_of_work:
        schedule(unit_of_work.session, "newer", "a", NOON)
        unit_of_work.commit()
    monkeypatch.undo()

    assert not fire_next(unit_of_work, at=NOON)
    assert waiting(engine) == {("newer", "a"): NOON}


def test_a_silence_moves_what_waits_for_people(
    unit_of_work: UnitOfWork, engine: Engine, declare_timer: DeclareTimer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an hour in which nothing was served, such timers are due an hour later, and hooks are told; dates stay."""
    stood: list[timedelta] = []
    monkeypatch.setattr(heartbeat, "_hooks", [lambda work, silent: stood.append(silent)])
    declare_timer("stall", served=True)
    declare_timer("end of a day")
    with unit_of_work:
        schedule(unit_of_work.session, "stall", "a", NOON + HOUR / 2)
        schedule(unit_of_work.session, "end of a day", "a", NOON + HOUR / 2)
        unit_of_work.commit()

    assert beat(unit_of_work, at=NOON) == timedelta(0)
    assert beat(unit_of_work, at=NOON + timedelta(minutes=1)) == timedelta(0)
    assert beat(unit_of_work, at=NOON + timedelta(minutes=61)) == HOUR

    assert stood == [HOUR]
    assert waiting(engine) == {("stall", "a"): NOON + HOUR * 3 / 2, ("end of a day", "a"): NOON + HOUR / 2}


def test_a_silence_is_noticed_after_a_clock_leapt_ahead_and_back(unit_of_work: UnitOfWork) -> None:
    """Not only once the time comes to which it leapt."""
    for at in (NOON, NOON + timedelta(days=30), NOON + timedelta(minutes=1)):
        beat(unit_of_work, at=at)

    assert beat(unit_of_work, at=NOON + timedelta(minutes=61)) == HOUR


def test_a_standing_timer_that_a_clock_set_that_leapt_ahead_is_due_now(
    unit_of_work: UnitOfWork, engine: Engine, declare_timer: DeclareTimer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So is a missing one; that of the next day stays, and so does what waits for an object."""
    for name in ("leapt", "missing", "next day"):
        declare_timer(name, standing=True)
    declare_timer("dim")
    month_later, next_day = NOON + timedelta(days=30), NOON + timedelta(hours=25)
    with unit_of_work:
        schedule(unit_of_work.session, "leapt", STANDING_OBJECT, month_later)
        schedule(unit_of_work.session, "next day", STANDING_OBJECT, next_day)
        schedule(unit_of_work.session, "dim", "a", month_later)
        unit_of_work.commit()
    monkeypatch.setattr(clock, "now", lambda _: NOON)

    set_standing(unit_of_work)

    due = {"leapt": NOON, "missing": NOON, "next day": next_day}
    expected = {(name, STANDING_OBJECT): at for name, at in due.items()} | {("dim", "a"): month_later}
    assert waiting(engine).items() >= expected.items()


def test_what_waits_for_people_is_not_fired_while_nothing_is_served(
    unit_of_work: UnitOfWork, declare_timer: DeclareTimer
) -> None:
    """A worker that wakes after a silence, before the first beat, leaves such timers to be moved first."""
    declare_timer("stall", served=True)
    with unit_of_work:
        schedule(unit_of_work.session, "stall", "a", NOON)
        unit_of_work.commit()

    assert not fire_next(unit_of_work, at=NOON + HOUR)
    beat(unit_of_work, at=NOON - HOUR)
    assert not fire_next(unit_of_work, at=NOON + HOUR)
    beat(unit_of_work, at=NOON + HOUR)
    assert not fire_next(unit_of_work, at=NOON + HOUR)
    for minutes in range(61):
        beat(unit_of_work, at=NOON + HOUR + timedelta(minutes=minutes))
    assert fire_next(unit_of_work, at=NOON + 2 * HOUR)
