"""The heartbeat of serving: what waits for people stands still while nothing is served.

Every serving process beats once a minute. A beat that comes after a silence moves what was waiting by its length:
nobody could answer a referral meanwhile, so nobody is late.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlmodel import Session

from service.store import UnitOfWork, clock
from service.store.table_base import table_of
from service.store.tables import Heartbeat, Timer
from service.store.upsert import insert_new

BEAT_EVERY = timedelta(minutes=1)
SILENCE = timedelta(minutes=2)
"""Without a beat for so long, nothing was served."""
_ONLY = 1
_beats, _timers = table_of(Heartbeat), table_of(Timer)

Standstill = Callable[[UnitOfWork, timedelta], None]
_hooks: list[Standstill] = []


def on_standstill(hook: Standstill) -> Standstill:
    """Have `hook` move, in the transaction that moves the timers, what else waits for people; return it.

    It gets how long nothing was served, and does not commit.
    """
    _hooks.append(hook)
    return hook


def beat(unit_of_work: UnitOfWork, *, at: datetime | None = None) -> timedelta:
    """Note that something is served now; return by how much waiting things were moved (0: nothing stood still)."""
    with unit_of_work:
        session = unit_of_work.session
        now = at or clock.now(session)
        insert_new(session, _beats, {"id": _ONLY, "beat_at": now})
        beat_at = session.execute(select(_beats.c.beat_at).with_for_update()).scalar_one()
        silent = max(now - beat_at, timedelta(0))
        stood = silent if silent > SILENCE else timedelta(0)
        session.execute(update(_beats).values(beat_at=max(now, beat_at)))
        if stood:
            _move_timers(session, stood)
            for hook in _hooks:
                hook(unit_of_work, stood)
        unit_of_work.commit()
    return stood


def is_beating(session: Session, now: datetime) -> bool:
    """Say whether something is served at `now`."""
    beat_at = session.execute(select(_beats.c.beat_at)).scalar_one_or_none()
    return beat_at is not None and now - beat_at <= SILENCE


def _move_timers(session: Session, stood: timedelta) -> None:
    """Move each timer by itself: adding to a moment means something else on each database."""
    waiting = session.execute(select(_timers.c.id, _timers.c.due_at).where(_timers.c.served.is_(True))).all()
    for row in waiting:
        session.execute(update(_timers).where(_timers.c.id == row.id).values(due_at=row.due_at + stood))
