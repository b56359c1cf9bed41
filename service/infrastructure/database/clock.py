"""The time, the same for every process: the database's clock; for SQLite, the clock of its host. Ids that say it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlmodel import Session

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def now(session: Session) -> datetime:
    """Return the moment, in UTC. The moment moves on within a transaction."""
    if session.get_bind().dialect.name == "postgresql":
        moment: datetime = session.execute(select(func.clock_timestamp())).scalar_one()
        return moment.astimezone(UTC)
    return datetime.now(UTC)


def id_at(moment: datetime) -> str:
    """Return a new id that begins with `moment`, to the millisecond: a UUID of version 7 (RFC 9562).

    The rest is chance and counts nothing: an id says no more than the moment that is shown beside it.
    """
    return str(UUID(int=first_id(moment).int | 7 << 76 | uuid4().int % (1 << 76)))


def first_id(moment: datetime) -> UUID:
    """Return the bound of the ids of `moment`: none that begins with it is less."""
    return UUID(int=(moment - _EPOCH) // timedelta(milliseconds=1) << 80)
