"""The gate that every transaction passes first: shut while a restore is under way, and until `purge` has run.

On PostgreSQL the gate is a lock on the table of the mark. Each transaction shares the lock until it ends; a restore has
it alone, so that it meets no transaction half-way, and no two wait for each other.
"""

from __future__ import annotations

from sqlalchemy import Connection


def is_restored(connection: Connection) -> bool:
    """Pass the gate, once a restore that is under way has ended; say whether the database waits to be purged."""
    _lock(connection, "ACCESS SHARE")  # a statement of its own: what waits within a query reads as of before its wait
    return connection.exec_driver_sql("SELECT id FROM restoration").first() is not None


def shut_gate(connection: Connection) -> None:
    """Wait until every transaction has ended; the next ones wait until this one ends."""
    _lock(connection, "ACCESS EXCLUSIVE")


def _lock(connection: Connection, mode: str) -> None:
    if connection.dialect.name == "postgresql":  # SQLite: a writer is alone, and readers go on as of before
        connection.exec_driver_sql(f"LOCK TABLE restoration IN {mode} MODE")
