"""Reads of whole tables, shared by the readers: the number of statements never grows with the number of rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from sqlalchemy import JSON, Column, ColumnElement, Connection, Select, select, type_coerce
from sqlalchemy import Row as ResultRow

from routing import Phone
from service.errors import NothingLoaded
from service.wording import refusals

from .columns import JsonToRead
from .directory_tables import DIRECTORY

_KEPT_ASIDE = frozenset(("extra", "inferred", "curated"))

AnyRow = ResultRow[Any]
Groups = Mapping[str, list[AnyRow]]


@cache
def select_from(table_name: str, *, order: str = "id") -> Select[Any]:
    """Return a query for a table's rows in a fixed order, without columns for HSDS answers and imports only."""
    table = DIRECTORY.tables[table_name]
    keys = [table.c[order]] if order == "id" else [table.c[order], table.c.id]
    columns = [column for column in table.columns if column.name not in _KEPT_ASIDE]
    return select(*map(_to_read, columns)).order_by(*keys)


def _to_read(column: Column[Any]) -> ColumnElement[Any]:
    return type_coerce(column, JsonToRead).label(column.name) if isinstance(column.type, JSON) else column


def read_rows(connection: Connection, table_name: str, *, order: str = "id") -> list[AnyRow]:
    """Return every row of a table in a single statement, in the order of a column."""
    return list(connection.execute(select_from(table_name, order=order)))


def read_parts(connection: Connection, table_name: str, parent: str) -> Groups:
    """Return the rows of a table under a `parent` column, by its value, in the order of the file."""
    column = DIRECTORY.tables[table_name].c[parent]
    rows = connection.execute(select_from(table_name, order="position").where(column.is_not(None)))
    return group(rows, parent)


def group(rows: Iterable[AnyRow], key: str) -> Groups:
    """Return `rows` by the value of a column; an absent value has no rows."""
    groups: defaultdict[str, list[AnyRow]] = defaultdict(list)
    for row in rows:
        groups[getattr(row, key)].append(row)
    return groups


def read_coalition(connection: Connection) -> AnyRow:
    """Return the single row of `coalition`.

    Raises:
        NothingLoaded: the table is empty.
    """
    for row in read_rows(connection, "coalition"):
        return row
    raise NothingLoaded(refusals.NO_COALITION)


def read_agreements(connection: Connection, slugs: Mapping[str, str]) -> list[tuple[AnyRow, tuple[str, ...]]]:
    """Return the agreements with the slugs of their parties; where not mutual, the first refers to the second."""
    parties = read_parts(connection, "agreement_party", "agreement_id")
    return [
        (row, tuple(slugs[party.organization_id] for party in parties.get(row.id, ())))
        for row in read_rows(connection, "agreement", order="slug")
    ]


def phones_in(rows: Iterable[AnyRow]) -> tuple[Phone, ...]:
    """Return phone rows as routing's phones."""
    return tuple(Phone(row.number, row.type, row.description, row.extension) for row in rows)


def words_or_none(words: Iterable[str] | None) -> frozenset[str] | None:
    """Return a set of words; None stays None: no limit, or unsaid.

    >>> words_or_none([]), words_or_none(None)
    (frozenset(), None)
    """
    return None if words is None else frozenset(words)
