"""Rows for every table, drawn by the types of its columns alone: whatever tables are added later get theirs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    Float,
    Integer,
    String,
    Table,
    insert,
    select,
)
from sqlmodel import AutoString

from service.database.columns import UtcDateTime
from service.maintenance.tables import all_tables

WORDS = ("house", "Ärzte", "ß", "日本", "🏠", "a,b\t\\N", '"quoted"', "line\nbreak", "", "NULL", "\\.", "Zebra")
LEFT_OUT = {"restoration"}


def kept_tables() -> list[Table]:
    return [table for table in all_tables().sorted_tables if table.name not in LEFT_OUT]


def draw_rows(connection: Connection, random: Random, *, most: int = 8) -> int:
    """Put some rows into every table; return how many."""
    drawn = 0
    for table in kept_tables():
        used: set[tuple[Any, ...]] = set()
        for number in range(random.randint(1, most)):
            row = {column.name: _value(column, random, number) for column in table.columns if not column.foreign_keys}
            for key in sorted(table.foreign_key_constraints, key=lambda key: str(key.name)):
                there = connection.execute(select(*(element.column for element in key.elements))).all()
                row |= zip(key.column_keys, random.choice(there), strict=True)
            keys = [tuple(repr(row[name]) for name in names) for names in _unique(table)]
            if used.isdisjoint((place, *key) for place, key in enumerate(keys)):
                used |= {(place, *key) for place, key in enumerate(keys)}
                connection.execute(insert(table).values(**row))
                drawn += 1
    return drawn


def contents(connection: Connection) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables, read by SQLAlchemy, in an order of Python's own."""
    return {
        table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
        for table in kept_tables()
    }


def _unique(table: Table) -> Iterable[list[str]]:
    yield [column.name for column in table.primary_key]
    yield from ([column.name for column in index.columns] for index in table.indexes if index.unique)
    for constraint in table.constraints:
        if type(constraint).__name__ == "UniqueConstraint":
            yield [column.name for column in constraint.columns]  # type: ignore[attr-defined]


def _value(column: Column[Any], random: Random, number: int) -> Any:
    if column.nullable and random.random() < 0.3:
        return None
    kind = column.type
    if isinstance(kind, UtcDateTime):
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=random.randrange(10**14))
    if isinstance(kind, JSON):
        return random.choice([[], {}, [1, "ß", None, {"b": 1.5, "a": [True]}], {"z": "日本", "a": {"c": -7}}])
    if isinstance(kind, Boolean):
        return random.random() < 0.5
    if isinstance(kind, Date):
        return date(2026, 1, 1) + timedelta(days=random.randrange(400))
    if isinstance(kind, Float):
        return random.choice([0.1, -1e-300, 1.7976931348623157e308, 3.0, random.random()])
    if isinstance(kind, Integer):
        return number if column.primary_key else random.randrange(2**62 if isinstance(kind, BigInteger) else 2**31)
    assert isinstance(kind, String | AutoString)
    length = getattr(kind, "length", None)
    if length == 36:
        return str(UUID(int=random.getrandbits(128)))
    return f"{random.choice(WORDS)}{random.randrange(10**6)}"[:length]
