"""Bearer tokens refused before their end, kept until their end, in the caller's transaction."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from service.infrastructure.database import clock
from service.infrastructure.database.table_base import table_of
from service.infrastructure.database.upsert import upsert
from service.sessions.tables import RefusedToken


def refuse_token(session: Session, name: str, ends_at: datetime) -> None:
    """Refuse tokens of a name from now until `ends_at`, or until the later end where they are refused already."""
    before = session.execute(select(col(RefusedToken.ends_at)).where(col(RefusedToken.name) == name)).scalar()
    latest = ends_at if before is None else max(before, ends_at)
    upsert(session, table_of(RefusedToken), {"name": name, "ends_at": latest}, keys=("name",))


def list_refused(session: Session) -> frozenset[str]:
    """Return the names of the refused tokens that have not ended by themselves."""
    names = select(col(RefusedToken.name)).where(col(RefusedToken.ends_at) > clock.now(session))
    return frozenset(session.execute(names).scalars())
