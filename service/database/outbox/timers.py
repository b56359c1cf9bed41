"""Timers: set, moved and cancelled in the transaction of their object; fired once, by one worker of many.

A timer has no effect outside of the database, so a timer needs no lease: firing deletes the timer and makes its change
in a single transaction. A worker that dies in the middle leaves the timer as before. Each room declares its types of
timer; only declared names are known.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlmodel import Session

from service.database import clock
from service.database.actor import Actor, act_as
from service.database.outbox.tables import Timer
from service.database.table_base import table_of
from service.database.unit_of_work import UnitOfWork
from service.database.upsert import insert_new, upsert

from .heartbeat import is_beating
from .outbox import wake_after

FIRST_RETRY_S = 5
LONGEST_RETRY_S = 3600
LONGEST_AHEAD = timedelta(days=2)
"""A standing timer is set for the next day at most: one further ahead was set by a clock that leapt."""
_timers = table_of(Timer)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DueTimer:
    """A due timer, as its handler sees it. `now` is the moment of firing, which may be long after `due_at`."""

    timer_type: str
    object_id: str
    due_at: datetime
    now: datetime


@dataclass(frozen=True, slots=True)
class TimerType:
    """A type of timer. `fire` makes its change in the transaction that deletes the timer, and does not commit.

    `served`: the clock of the timers stands still while no process serves. `standing`: exactly one timer always exists,
    set for `STANDING_OBJECT` at a worker's start; its handler sets the next. `purges`: it deletes what is past its
    time.
    """

    name: str
    fire: Callable[[UnitOfWork, DueTimer], None]
    served: bool = False
    standing: bool = False
    purges: bool = False


STANDING_OBJECT = "-"
_TIMERS: dict[str, TimerType] = {}


def declare_timer(declared: TimerType) -> TimerType:
    """Make a type of timer known, and return the type.

    Raises:
        ValueError: a type of timer has the name already.
    """
    if declared.name in _TIMERS:
        raise ValueError(declared.name)
    _TIMERS[declared.name] = declared
    return declared


def timer_type(name: str) -> TimerType:
    """Return the type of timer with a name; a KeyError is a defect."""
    return _TIMERS[name]


def timer_types(**flags: bool) -> tuple[str, ...]:
    """Return the names of the timer types with the wanted flags: `served`, `standing`, `purges`."""
    return tuple(
        name for name, timer in _TIMERS.items() if all(getattr(timer, key) is value for key, value in flags.items())
    )


def schedule(session: Session, name: str, object_id: str, due_at: datetime) -> None:
    """Set an object's timer of the type `name` to `due_at`, in place of the present timer."""
    values = {
        "id": str(uuid4()),
        "kind": name,
        "object_id": object_id,
        "due_at": due_at,
        "served": timer_type(name).served,
        "tries": 0,
    }
    upsert(session, _timers, values, keys=("kind", "object_id"))
    wake_after(session)


def set_standing(unit_of_work: UnitOfWork) -> None:
    """Set the standing timers that are missing, and those that a clock set that leapt ahead, and commit."""
    with unit_of_work:
        session = unit_of_work.session
        now, standing = clock.now(session), timer_types(standing=True)
        for name in standing:
            values = {"kind": name, "object_id": STANDING_OBJECT, "due_at": now, "served": False, "tries": 0}
            insert_new(session, _timers, {"id": str(uuid4()), **values})
        leapt = _timers.c.kind.in_(standing), _timers.c.due_at > now + LONGEST_AHEAD
        session.execute(update(_timers).where(*leapt).values(due_at=now))
        unit_of_work.commit()


def move(session: Session, name: str, object_id: str, due_at: datetime) -> bool:
    """Set a present timer to `due_at`; return whether the timer was present."""
    there = update(_timers).where(_timers.c.kind == name, _timers.c.object_id == object_id)
    return session.connection().execute(there.values(due_at=due_at)).rowcount > 0


def is_set(session: Session, name: str, object_id: str) -> bool:
    """Say whether an object has a timer of the type `name`; the timer is not fired until the transaction ends."""
    there = select(_timers.c.id).where(_timers.c.kind == name, _timers.c.object_id == object_id)
    return session.execute(there.with_for_update()).first() is not None


def cancel(session: Session, object_id: str, *names: str) -> int:
    """Take away an object's timers of the types named, of any type if no name is given; return the number removed."""
    there = delete(_timers).where(_timers.c.object_id == object_id)
    return session.connection().execute(there.where(_timers.c.kind.in_(names)) if names else there).rowcount


def has_due(session: Session, now: datetime) -> bool:
    """Say whether a timer is to be fired at `now`."""
    return session.execute(select(_timers.c.id).where(_is_due(session, now)).limit(1)).first() is not None


def fire_next(unit_of_work: UnitOfWork, *, at: datetime | None = None, purging: bool = False) -> bool:
    """Fire the timer due longest, in one transaction with the timer's change. False: no timer was due.

    `purging`: of those alone that delete. A failing handler changes no row and is tried again later; the failure holds
    up no further timer.
    """
    with unit_of_work:
        session = unit_of_work.session
        now = at or clock.now(session)
        due = select(_timers).where(_is_due(session, now)).order_by(_timers.c.due_at).limit(1)
        if purging:
            due = due.where(_timers.c.kind.in_(timer_types(purges=True)))
        timer = session.execute(due.with_for_update(skip_locked=True)).one_or_none()
        if timer is None:
            return False
        this, actor = _timers.c.id == timer.id, None
        try:
            with session.begin_nested():
                session.execute(delete(_timers).where(this))  # first: the handler may set the next of this type
                due_timer = DueTimer(timer.kind, timer.object_id, timer.due_at, now)
                timer_type(timer.kind).fire(unit_of_work, due_timer)
            actor = None if timer.object_id == STANDING_OBJECT else Actor(timer.kind)
        except Exception as error:
            log.warning("timer put off", extra={"timer": timer.kind, "error": type(error).__name__})
            wait_s = min(LONGEST_RETRY_S, FIRST_RETRY_S * 2 ** min(timer.tries, 10))
            later = {"tries": timer.tries + 1, "due_at": now + timedelta(seconds=wait_s)}
            session.execute(update(_timers).where(this).values(**later))
        with act_as(actor):
            unit_of_work.commit()
    return True


def fire_overdue(unit_of_work: UnitOfWork, now: datetime) -> int:
    """Fire every timer due by now in the caller's transaction, as of its own time; return how many were fired.

    Clocks that stand still without serving go on here: of the time since a backup nothing is known. Standing timers act
    as of now. A handler that fails ends the transaction.
    """
    session, count = unit_of_work.session, 0
    due = select(_timers).where(_timers.c.kind.in_(timer_types()), _timers.c.due_at <= now)
    while (timer := session.execute(due.order_by(_timers.c.due_at).limit(1)).one_or_none()) is not None:
        session.execute(delete(_timers).where(_timers.c.id == timer.id))
        as_of = now if timer.object_id == STANDING_OBJECT else timer.due_at
        timer_type(timer.kind).fire(unit_of_work, DueTimer(timer.kind, timer.object_id, timer.due_at, as_of))
        session.flush()
        count += 1
    return count


def fire_purging(unit_of_work: UnitOfWork, now: datetime) -> int:
    """Fire every timer due by now that deletes, each in a transaction of its own; return how many were fired."""
    count = 0
    while fire_next(unit_of_work, at=now, purging=True):
        count += 1
    return count


def _is_due(session: Session, now: datetime) -> ColumnElement[bool]:
    """Fit due timers of known types; while no process serves, timers with a stopped clock wait."""
    always = _timers.c.kind.in_(timer_types(served=False))
    while_served = _timers.c.kind.in_(timer_types(served=True))
    running = or_(always, while_served) if is_beating(session, now) else always
    return and_(running, _timers.c.due_at <= now)
