"""Reads of many records at once: the number of statements never grows with the number of rows."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, select
from sqlalchemy import Row as ResultRow

from service.infrastructure.database.table_base import table_of
from service.infrastructure.errors import NothingLoaded
from service.words import refusals

from .coalition_tables import Coalition
from .record_tables import Record, RecordKey

AnyRow = ResultRow[Any]
records, keys = table_of(Record), table_of(RecordKey)
_AT_ONCE = 1_000


def read_rows(connection: Connection, record_type: str, *where: ColumnElement[bool]) -> Iterator[AnyRow]:
    """Yield every record of a type that fits, each without what is sealed; none is held."""
    columns = (column for column in records.columns if column.name not in ("sealed", "withheld"))
    chosen = select(*columns).where(records.c.type == record_type, *where)
    yield from connection.execute(chosen.execution_options(yield_per=_AT_ONCE))


def read_slugs(connection: Connection, record_type: str) -> Collection[str]:
    """Return the slugs of every record of a type."""
    return connection.execute(select(records.c.slug).where(records.c.type == record_type)).scalars().all()


def read_coalition(connection: Connection) -> AnyRow:
    """Return the single row of `coalition`.

    Raises:
        NothingLoaded: the table is empty.
    """
    for row in connection.execute(select(table_of(Coalition))):
        return row
    raise NothingLoaded(refusals.NO_COALITION)


def with_key(name: str, *values: str) -> Select[Any]:
    """Select the ids of the records with a key (`service.types`) of one of the values."""
    return select(keys.c.record_id).where(keys.c.name == name, keys.c.value.in_(values))


def of_type(record_type: str, *where: ColumnElement[bool]) -> Select[Any]:
    """Select the records of a type that fit, whole."""
    return select(records).where(records.c.type == record_type, *where)
