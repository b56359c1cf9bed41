"""The tables of what must not be lost: events until everybody has them, and what is to happen when its time comes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, String, UniqueConstraint, text
from sqlmodel import Field

from .columns import UtcDateTime
from .table_base import Happening, json_value, key

EVERYBODY = "*"
"""In an audience: every organization; the event's judge then says which of them, and what each may read."""


class Event(Happening, table=True):
    """One event, written in the transaction of the change. `position` follows once that is committed, under a lock.

    `data`: what stands in the body beside `id` and `href`. `about`: what the judge needs to know, shown to nobody.
    `spares`: the endpoint that it is not sent to, being about it.
    """

    __table_args__ = (Index("ix_event_unplaced", "at", sqlite_where=text("placed_at IS NULL"),
                            postgresql_where=text("placed_at IS NULL")),)  # fmt: skip

    id: str = key()
    type: str
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    object_id: str
    href: str
    data: dict[str, Any] | None = json_value()
    about: dict[str, Any] | None = json_value()
    spares: str | None = Field(default=None, sa_type=String(36))
    position: int | None = Field(default=None, sa_type=BigInteger, unique=True)
    placed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class EventAudience(Happening, table=True):
    """One organization (a slug) in the audience of an event, or EVERYBODY."""

    __tablename__ = "event_audience"

    event_id: str = Field(primary_key=True, sa_type=String(36), foreign_key="event.id")
    organization: str = Field(primary_key=True, index=True)


class EventSequence(Happening, table=True):
    """The last position that was given: one row, and the lock under which positions are given."""

    __tablename__ = "event_sequence"

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    last: int = Field(sa_type=BigInteger)


class Timer(Happening, table=True):
    """What is to happen at `due_at`: fired once, in the transaction that deletes the row and makes the change.

    `served`: its clock stands still while nothing is served. `tries`: how often its handler did not come through.
    """

    __table_args__ = (UniqueConstraint("kind", "object_id"),)

    id: str = key()
    kind: str
    object_id: str = Field(index=True)
    due_at: datetime = Field(sa_type=UtcDateTime, index=True)
    served: bool = False
    tries: int = 0


class Heartbeat(Happening, table=True):
    """When something was last served: one row, beaten by every serving process."""

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    beat_at: datetime = Field(sa_type=UtcDateTime)


class Announcement(Happening, table=True):
    """What follows from a date or a version and was announced already, by name: announced once, whoever notices."""

    name: str = Field(primary_key=True)
    value: str
    at: datetime = Field(sa_type=UtcDateTime, index=True)


class RememberedRequest(Happening, table=True):
    """A request with an `Idempotency-Key` that was answered with 201: digests, and what it made."""

    __tablename__ = "remembered_request"

    organization: str = Field(primary_key=True)
    key_digest: str = Field(primary_key=True)
    body_digest: str
    object_id: str
    at: datetime = Field(sa_type=UtcDateTime, index=True)
