"""Many rows at once: as many ids as a statement takes, and rows put into a table as fast as its database takes them.

An import inserts a million rows: by COPY on PostgreSQL, by one prepared statement on SQLite. SQLAlchemy's own way
binds each value of each row by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

T = TypeVar("T")
Values = dict[str, Any]
"""A row: column -> value."""
_Bind = Callable[[Any], Any] | None
_CHUNK = 500  # ids in one statement; SQLite's oldest limit is 999


def chunks(values: Iterable[T]) -> Iterator[list[T]]:
    """Yield values, as many at a time as a statement takes."""
    iterator = iter(values)
    while chunk := list(islice(iterator, _CHUNK)):
        yield chunk


def count_up(connection: Connection, table: Table, key: str, values: Iterable[str], count: str, *, by: int = 1) -> None:
    """Add `by` to the `count` of the row with each of the values as its `key`; a row that is new begins with it."""
    rows = [{key: value, count: by} for value in sorted(values)]  # sorted: two writers never wait for each other
    if rows:
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        insert = dialect.insert(table).on_conflict_do_update(index_elements=[key], set_={count: table.c[count] + by})
        connection.execute(insert, rows)


def insert_rows(connection: Connection, table: Table, rows: Sequence[Values]) -> None:
    """Insert `rows`, each with a value for every column, in the caller's transaction.

    Raises:
        DBAPIError: the database refuses a row; as for any statement of SQLAlchemy's.
    """
    names = [column.name for column in table.columns]
    dialect = connection.dialect
    binds = [column.type.dialect_impl(dialect).bind_processor(dialect) for column in table.columns]
    bound = _bind_rows(rows, list(zip(names, binds, strict=True)))
    quote = dialect.identifier_preparer.quote
    into = f"{quote(table.name)} ({', '.join(map(quote, names))})"
    if dialect.name == "postgresql":
        _copy(connection, f"COPY {into} FROM STDIN", bound)
    else:
        marks = ", ".join("?" * len(names))
        connection.exec_driver_sql(f"INSERT INTO {into} VALUES ({marks})", list(bound))  # noqa: S608  our own names


def _copy(connection: Connection, statement: str, rows: Iterable[Sequence[Any]]) -> None:
    """Run psycopg's COPY; its errors become SQLAlchemy's errors, without a value of any row."""
    cursor: Any = connection.connection.cursor()
    errors: type[Exception] = connection.dialect.loaded_dbapi.Error
    try:
        with cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    except errors as error:
        raise DBAPIError.instance(
            statement, None, error, errors, hide_parameters=True, dialect=connection.dialect
        ) from None
    finally:
        cursor.close()


def _bind_rows(rows: Iterable[Values], columns: Sequence[tuple[str, _Bind]]) -> Iterator[tuple[Any, ...]]:
    for row in rows:
        yield tuple([row[name] if bind is None else bind(row[name]) for name, bind in columns])
