"""Insert a row, or change the present row, in a single statement: two writers at once do not collide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session


def upsert(session: Session, table: Table, values: Mapping[str, Any], *, keys: tuple[str, ...]) -> None:
    """Insert `values`; an existing row with the same `keys` gets the other values instead, its own `id` excepted."""
    changed = {name: value for name, value in values.items() if name not in (*keys, "id")}
    session.execute(_insert(session, table).values(**values).on_conflict_do_update(index_elements=keys, set_=changed))


def insert_new(session: Session, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert `values` unless a row has an equal key; return whether the row was new.

    On PostgreSQL the call waits for a transaction that inserts an equal row, and goes by whether it commits.
    """
    statement = _insert(session, table).values(**values).on_conflict_do_nothing()
    return session.execute(statement.returning(*table.primary_key)).first() is not None


def _insert(session: Session, table: Table) -> Any:
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    return dialect.insert(table)
