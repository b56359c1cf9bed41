"""Months: PostgreSQL's partitions of the rows of a month (UTC), by a column that holds a moment.

What is of a month without a partition is in the default partition, so that no insert fails.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy import Connection, Table, text

from service.database.unit_of_work import shut_gate

AHEAD = 2
PATIENCE_MS = 200
"""Shorter than PostgreSQL's look for deadlocks: in a knot of locks, the one to let go is the one that can wait."""


def add_first_partitions(connection: Connection, tables: Iterable[Table], now: datetime) -> None:
    """Make the default partitions of new tables, and those of this month and the next AHEAD. PostgreSQL only."""
    if connection.dialect.name != "postgresql":
        return
    for table, by in _in_months(tables).items():
        connection.exec_driver_sql(f"CREATE TABLE {table}_default PARTITION OF {table} DEFAULT")
        for ahead in range(AHEAD + 1):
            add_month(connection, table, by, month(now, ahead))


def _in_months(tables: Iterable[Table]) -> dict[str, str]:
    return {table.name: by for table in tables if (by := table.dialect_options["postgresql"]["partition_by"])}


def keep_partitions(connection: Connection, tables: Iterable[Table], now: datetime) -> None:
    """Make the partitions of the next AHEAD months; where all are there, drop the empty ones of months that are over.

    On PostgreSQL, in the caller's transaction. Fails, and changes nothing, where it would wait longer than PATIENCE_MS
    for anybody, as others may wait for it meanwhile.
    """
    if connection.dialect.name != "postgresql":
        return
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = {PATIENCE_MS}")
    in_months = _in_months(tables)
    partitions = {table: set(connection.scalars(_PARTITIONS, {"table": table})) for table in in_months}
    additions = [
        add_month(connection, table, in_months[table], month(now, ahead))
        for table, names in partitions.items()
        for ahead in range(1, AHEAD + 1)
        if _name(table, month(now, ahead)) not in names
    ]
    if any(additions):  # what it has locked is let go before it waits for everybody
        return
    for table, names in partitions.items():
        for name in sorted(names):
            if name < _name(table, month(now)):  # the default's name comes after those of months
                _drop_empty(connection, table, name)


def add_month(connection: Connection, table: str, by: str, begin: datetime) -> bool:
    """Make the partition of the month that begins at `begin`, unless the default has rows of that month; say whether.

    `by`: how the table is partitioned, such as `RANGE (at)`. Attached and not made in place: so the table itself is
    read and written on, for as long as the default is looked through.
    """
    column = by.removeprefix("RANGE (").removesuffix(")")
    first, last = begin.isoformat(), month(begin, 1).isoformat()
    rows = f"SELECT FROM {table}_default WHERE {column} >= '{first}' AND {column} < '{last}' LIMIT 1"
    if connection.exec_driver_sql(rows).first() is not None:
        return False
    name = _name(table, begin)
    connection.exec_driver_sql(f"CREATE TABLE {name} (LIKE {table})")
    connection.exec_driver_sql(f"ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM ('{first}') TO ('{last}')")
    return True


def month(moment: datetime, ahead: int = 0) -> datetime:
    """Return the beginning of the month of `moment` (UTC), or of one so many months ahead."""
    years, months = divmod(moment.year * 12 + moment.month - 1 + ahead, 12)
    return datetime(years, months + 1, 1, tzinfo=UTC)


def _drop_empty(connection: Connection, table: str, name: str) -> None:
    """Drop a partition without rows, while nobody is in a transaction.

    A backup that began before its rows were deleted would lack them, though it has what refers to them. It is looked at
    again behind the gate: a row of that month may be written this late.
    """
    rows = f"SELECT FROM {name} LIMIT 1"
    if connection.exec_driver_sql(rows).first() is None:
        shut_gate(connection)
        if connection.exec_driver_sql(rows).first() is None:
            connection.exec_driver_sql(f"ALTER TABLE {table} DETACH PARTITION {name}")
            connection.exec_driver_sql(f"DROP TABLE {name}")


def _name(table: str, begin: datetime) -> str:
    return f"{table}_{begin:%Y_%m}"


_PARTITIONS = text(
    "SELECT relname FROM pg_class JOIN pg_inherits ON inhrelid = pg_class.oid AND inhparent = CAST(:table AS regclass)"
)
