"""The tables of webhooks: endpoints, each delivery with its attempts, and tasks on deliveries."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, Index, String, UniqueConstraint, text
from sqlmodel import Field

from service.database.columns import UtcDateTime
from service.database.table_base import ActRow, json_value, key

PENDING, DELIVERED, FAILED = "pending", "delivered", "failed"


class WebhookEndpoint(ActRow, table=True):
    """The endpoint for an organization's (a slug's) events. Secrets and header values are sealed.

    `types` null: every type. `old_secret` signs beside `secret` until `old_secret_until`. `healthy`: the last attempt
    succeeded. `failing_since`: the first scheduled attempt that failed with no success after it.
    `send_after`: where `max_per_second` is set, when the next attempt may begin.
    """

    __tablename__ = "webhook_endpoint"

    id: str = key()
    organization: str = Field(index=True)
    url: str
    types: list[str] | None = json_value()
    description: str
    enabled: bool
    disabled_reason: str | None = None
    disabled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    max_per_second: int | None = None
    send_after: datetime | None = Field(default=None, sa_type=UtcDateTime)
    secret: str
    old_secret: str | None = None
    old_secret_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    headers: str | None = None
    header_names: list[str] | None = json_value()
    healthy: bool = True
    failing_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)


class WebhookDelivery(ActRow, table=True):
    """An event on its way to an endpoint.

    `due_at`: when to try next; while `sending`, when the lease ends. `claims` counts attempts begun and fences their
    results; `tries` counts ended scheduled attempts. `trigger`: scheduled, test or manual.
    """

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        ForeignKeyConstraint(["event_id", "event_at"], ["event.id", "event.at"]),
        UniqueConstraint("event_id", "endpoint_id"),
        Index("ix_webhook_delivery_due", "endpoint_id", "due_at", sqlite_where=text("state = 'pending'"),
              postgresql_where=text("state = 'pending'")),
        Index("ix_webhook_delivery_next", "due_at", sqlite_where=text("state = 'pending'"),
              postgresql_where=text("state = 'pending'")),
        Index("ix_webhook_delivery_made", "endpoint_id", "created_at"),
    )  # fmt: skip

    id: str = key()
    event_id: str = Field(sa_type=String(36))
    event_at: datetime = Field(sa_type=UtcDateTime)
    endpoint_id: str = Field(sa_type=String(36), foreign_key="webhook_endpoint.id")
    organization: str
    type: str
    state: str
    due_at: datetime = Field(sa_type=UtcDateTime)
    sending: bool = False
    claims: int = 0
    tries: int = 0
    trigger: str
    error: str | None = None
    exhausted: bool = False
    created_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class WebhookAttempt(ActRow, table=True):
    """An ended attempt: its HTTP status, or the class of its failure. No part of the reply is kept."""

    __tablename__ = "webhook_attempt"
    __table_args__ = ({"postgresql_partition_by": "RANGE (at)"},)

    delivery_id: str = Field(primary_key=True, sa_type=String(36), foreign_key="webhook_delivery.id")
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    trigger: str
    status: int | None = None
    error: str | None = None
    milliseconds: int


class WebhookTask(ActRow, table=True):
    """Work longer than a request, done by a worker bit by bit. `kind`: recovery, replay, replay-missing."""

    __tablename__ = "task"

    id: str = key()
    organization: str
    kind: str
    object_id: str = Field(index=True)
    since: datetime = Field(sa_type=UtcDateTime)
    until: datetime = Field(sa_type=UtcDateTime)
    status: str
    done: int = 0
    reached: str | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
