"""The time, the same for every process: the database's clock; for SQLite, the clock of its host."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlmodel import Session


def now(session: Session) -> datetime:
    """Return the moment, in UTC. The moment moves on within a transaction."""
    if session.get_bind().dialect.name == "postgresql":
        moment: datetime = session.execute(select(func.clock_timestamp())).scalar_one()
        return moment.astimezone(UTC)
    return datetime.now(UTC)
