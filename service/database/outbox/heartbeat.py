"""The heartbeat of serving: clocks of work for people stand still while no process serves.

Every serving process beats once a minute. A beat after a silence moves the waiting work by the silence's length: no
agency could answer a referral meanwhile, so no agency is late.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlmodel import Session

from service.database import clock
from service.database.outbox.tables import Heartbeat, Timer
from service.database.table_base import table_of
from service.database.unit_of_work import UnitOfWork
from service.database.upsert import insert_new

BEAT_EVERY = timedelta(minutes=1)
SILENCE = timedelta(minutes=2)
"""Without a beat for so long, nothing was served."""
_ONLY = 1
_beats, _timers = table_of(Heartbeat), table_of(Timer)

Standstill = Callable[[UnitOfWork, timedelta], None]
_hooks: list[Standstill] = []


def on_standstill(hook: Standstill) -> Standstill:
    """Have `hook` move further waiting work in the transaction that moves the timers; return the hook.

    The hook gets the length of the silence, and does not commit.
    """
    _hooks.append(hook)
    return hook


def beat(unit_of_work: UnitOfWork, *, at: datetime | None = None) -> timedelta:
    """Note that the program serves now; return the length by which waiting work was moved (0: no silence)."""
    with unit_of_work:
        session = unit_of_work.session
        now = at or clock.now(session)
        insert_new(session, _beats, {"id": _ONLY, "beat_at": now})
        beat_at = session.execute(select(_beats.c.beat_at).with_for_update()).scalar_one()
        silent = max(now - beat_at, timedelta(0))
        stood = silent if silent > SILENCE else timedelta(0)
        session.execute(update(_beats).values(beat_at=now))
        if stood:
            _move_timers(session, stood)
            for hook in _hooks:
                hook(unit_of_work, stood)
        unit_of_work.commit()
    return stood


def is_beating(session: Session, now: datetime) -> bool:
    """Say whether any process serves at `now`."""
    beat_at = session.execute(select(_beats.c.beat_at)).scalar_one_or_none()
    return beat_at is not None and now - beat_at <= SILENCE


def _move_timers(session: Session, stood: timedelta) -> None:
    """Move each timer by itself: adding to a moment differs between the databases."""
    waiting = session.execute(select(_timers.c.id, _timers.c.due_at).where(_timers.c.served.is_(True))).all()
    for row in waiting:
        session.execute(update(_timers).where(_timers.c.id == row.id).values(due_at=row.due_at + stood))
