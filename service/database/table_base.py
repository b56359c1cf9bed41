"""The common base of tables, and the columns shared by many tables."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, MetaData, String, Table
from sqlmodel import Field, SQLModel

from .columns import Json, UtcDateTime

_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
_UNVALIDATED: Any = {"defer_build": True}  # no row is validated: a validator for each table would be built for nothing


class Row(SQLModel):
    """Base of the directory's tables: the content of a bundle, replaced whole by a load."""

    model_config = _UNVALIDATED
    metadata = MetaData(naming_convention=_NAMES)


class ActRow(SQLModel):
    """Base of the tables of acts (events, timers, deliveries ...): no load of a directory touches the rows.

    No row refers to a row of the directory by a foreign key: a record may go, the act stays.
    """

    model_config = _UNVALIDATED
    metadata = MetaData(naming_convention=_NAMES)


def table_of(model: type[SQLModel]) -> Table:
    """Return the table of a model, for statements that name columns (`table_of(Timer).c.due_at`)."""
    table: Table = model.__table__  # type: ignore[attr-defined]
    return table


def key() -> Any:
    """Return the column of a row's id: a UUID as text."""
    return Field(primary_key=True, sa_type=String(36))


def words() -> Any:
    """Return a column for a list of words, sorted."""
    return Field(sa_type=Json, nullable=False)


def json_value() -> Any:
    """Return a column for plain data, nullable."""
    return Field(default=None, sa_type=Json, nullable=True)


def to(target: str) -> Any:
    """Return a column that refers to `target`."""
    return Field(sa_type=String(36), index=True, nullable=False, sa_column_args=[ForeignKey(f"{target}.id")])


def moment(*, optional: bool = False, index: bool = False) -> Any:
    """Return the column of a moment, kept in UTC."""
    default: dict[str, Any] = {"default": None} if optional else {}
    return Field(**default, sa_type=UtcDateTime, nullable=optional, index=index)
