"""Bearer tokens refused before their end, kept until their end, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import Connection, delete, insert, select
from sqlmodel import Session, col

from service.database import clock
from service.database.bulk import chunks
from service.database.table_base import table_of
from service.database.upsert import upsert
from service.security.tables import RefusedToken


def refuse_token(session: Session, name: str, ends_at: datetime) -> None:
    """Refuse tokens of a name from now until `ends_at`, or until the later end where they are refused already."""
    before = session.execute(select(col(RefusedToken.ends_at)).where(col(RefusedToken.name) == name)).scalar()
    latest = ends_at if before is None else max(before, ends_at)
    upsert(session, table_of(RefusedToken), {"name": name, "ends_at": latest}, keys=("name",))


def read_refusals(connection: Connection) -> dict[str, datetime]:
    """Return the end of the refusal of each refused token, by the token's name."""
    refused = table_of(RefusedToken)
    return {row.name: row.ends_at for row in connection.execute(select(refused))}


def restore_refusals(connection: Connection, refusals: Mapping[str, datetime]) -> None:
    """Refuse tokens in a restored database too: by name, until the end given here or stored, whichever is later."""
    stored, now, table = read_refusals(connection), datetime.now(UTC), table_of(RefusedToken)
    missing = {name: ends_at for name, ends_at in refusals.items() if ends_at > max(now, stored.get(name, now))}
    for names in chunks(sorted(missing)):
        connection.execute(delete(table).where(table.c.name.in_(names)))
        connection.execute(insert(table), [{"name": name, "ends_at": missing[name]} for name in names])


def list_refused(session: Session) -> frozenset[str]:
    """Return the names of the refused tokens that have not ended by themselves."""
    names = select(col(RefusedToken.name)).where(col(RefusedToken.ends_at) > clock.now(session))
    return frozenset(session.execute(names).scalars())
