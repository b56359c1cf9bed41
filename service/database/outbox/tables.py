"""The tables of durable work: events until delivered, and timers until fired."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, String, UniqueConstraint, text
from sqlmodel import Field

from service.database.columns import UtcDateTime
from service.database.table_base import ActRow, json_value, key

EVERYBODY = "*"
"""In an audience: every organization; the event's judge then says which of them, and what each may read."""


class Event(ActRow, table=True):
    """An event, written in the transaction of the change. `position` follows after the commit, unique by its lock.

    `data`: members of the body beside `id` and `href`. `about`: facts for the judge, shown to no reader. `spares`: the
    endpoint that is the event's own subject, and gets no delivery.
    """

    __table_args__ = (Index("ix_event_unplaced", "at", sqlite_where=text("placed_at IS NULL"),
                            postgresql_where=text("placed_at IS NULL")),
                      {"postgresql_partition_by": "RANGE (at)"})  # fmt: skip

    id: str = key()
    type: str
    at: datetime = Field(primary_key=True, sa_type=UtcDateTime, index=True)
    object_id: str
    href: str
    data: dict[str, Any] | None = json_value()
    about: dict[str, Any] | None = json_value()
    spares: str | None = Field(default=None, sa_type=String(36))
    position: int | None = Field(default=None, sa_type=BigInteger, index=True)
    placed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class EventAudience(ActRow, table=True):
    """An organization (a slug) in the audience of an event, or EVERYBODY."""

    __tablename__ = "event_audience"
    __table_args__ = (ForeignKeyConstraint(["event_id", "event_at"], ["event.id", "event.at"]),
                      {"postgresql_partition_by": "RANGE (event_at)"})  # fmt: skip

    event_id: str = key()
    event_at: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    organization: str = Field(primary_key=True, index=True)


class EventSequence(ActRow, table=True):
    """The last given position: a single row, and the lock for giving positions."""

    __tablename__ = "event_sequence"

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    last: int = Field(sa_type=BigInteger)


class Timer(ActRow, table=True):
    """Work due at `due_at`: fired once, in the transaction that deletes the row and makes the change.

    `served`: the clock stands still while no process serves. `tries`: how often its handler failed.
    """

    __table_args__ = (UniqueConstraint("kind", "object_id"),)

    id: str = key()
    kind: str
    object_id: str = Field(index=True)
    due_at: datetime = Field(sa_type=UtcDateTime, index=True)
    served: bool = False
    tries: int = 0


class Heartbeat(ActRow, table=True):
    """The last time of serving: a single row, beaten by every serving process."""

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    beat_at: datetime = Field(sa_type=UtcDateTime)


class Restoration(ActRow, table=True):
    """The backup that the database was restored from, until `purge` has run: a single row, and nothing is served.

    In no backup, as it is of this database. `made_at`: when the backup was made.
    """

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    made_at: datetime = Field(sa_type=UtcDateTime)
    restored_at: datetime = Field(sa_type=UtcDateTime)


class Announcement(ActRow, table=True):
    """An announcement made on a date or for a version, by name: made once, by the first process to notice."""

    name: str = Field(primary_key=True)
    value: str
    at: datetime = Field(sa_type=UtcDateTime, index=True)


class RememberedRequest(ActRow, table=True):
    """A request with an `Idempotency-Key`, answered with 201: digests, and the id of the made object."""

    __tablename__ = "remembered_request"

    organization: str = Field(primary_key=True)
    key_digest: str = Field(primary_key=True)
    body_digest: str
    object_id: str
    at: datetime = Field(sa_type=UtcDateTime, index=True)
