"""On PostgreSQL events, their audiences and attempts are partitioned by month.

A partitioned table has the moment in each key, so what refers to an event names its moment too; on SQLite as well. A
unique index over partitions needs the moment in it, so that of positions is a plain one.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from service.database.months import add_month, month

revision: str = "0031"
down_revision: str | None = "0030"
branch_labels: None = None
depends_on: None = None

JSON: Any = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
MOMENT = sa.DateTime(timezone=True)
UUID = sa.String(36)
TABLES = ("event", "event_audience", "webhook_delivery", "webhook_attempt")
"""Each after those that it refers to."""
BY = {"event": "RANGE (at)", "event_audience": "RANGE (event_at)", "webhook_attempt": "RANGE (at)"}
INDEXES: tuple[tuple[str, str, tuple[str, ...], str | None], ...] = (
    ("ix_event_at", "event", ("at",), None),
    ("ix_event_unplaced", "event", ("at",), "placed_at IS NULL"),
    ("ix_event_audience_organization", "event_audience", ("organization",), None),
    ("ix_webhook_delivery_due", "webhook_delivery", ("endpoint_id", "due_at"), "state = 'pending'"),
    ("ix_webhook_delivery_next", "webhook_delivery", ("due_at",), "state = 'pending'"),
    ("ix_webhook_delivery_made", "webhook_delivery", ("endpoint_id", "created_at"), None),
)


def upgrade() -> None:
    """Bring the tables to this revision."""
    _make_anew(in_months=True)


def downgrade() -> None:
    """Take the tables back to the revision before."""
    _make_anew(in_months=False)


def _make_anew(*, in_months: bool) -> None:
    """Make the tables anew, in months or in one piece, with the rows that they have."""
    for name in TABLES:
        with_moment = in_months and name in ("event_audience", "webhook_delivery")
        moment = f", (SELECT at FROM event WHERE event.id = {name}.event_id) AS event_at" if with_moment else ""  # noqa: S608
        op.execute(f"CREATE TEMPORARY TABLE former_{name} AS SELECT {name}.*{moment} FROM {name}")  # noqa: S608
    for name in reversed(TABLES):
        op.drop_table(name)
    for name in TABLES:
        items = _items(name, in_months=in_months)
        options: Any = {"postgresql_partition_by": BY[name]} if in_months and name in BY else {}
        op.create_table(name, *items, **options)
        if options and op.get_bind().dialect.name == "postgresql":
            op.execute(f"CREATE TABLE {name}_default PARTITION OF {name} DEFAULT")
            for ahead in range(3):
                add_month(op.get_bind(), name, BY[name], month(datetime.now(UTC), ahead))
        columns = ", ".join(item.name for item in items if isinstance(item, sa.Column))
        op.execute(f"INSERT INTO {name} ({columns}) SELECT {columns} FROM former_{name}")  # noqa: S608  our own names
        op.execute(f"DROP TABLE former_{name}")
    for index, name, of, where in INDEXES:
        only: Any = {} if where is None else {f"{kind}_where": sa.text(where) for kind in ("sqlite", "postgresql")}
        op.create_index(index, name, list(of), **only)
    if in_months:
        op.create_index("ix_event_position", "event", ["position"])


def _items(name: str, *, in_months: bool) -> list[Any]:
    moment = [sa.Column("event_at", MOMENT, nullable=False)] if in_months else []
    event = ["event_id", *(column.name for column in moment)], ["event.id", *(["event.at"] if in_months else [])]
    key_of_event = sa.ForeignKeyConstraint(*event, name=f"fk_{name}_{'_'.join(event[0])}_event")
    match name:
        case "event":
            unique = [] if in_months else [sa.UniqueConstraint("position", name="uq_event_position")]
            return [
                sa.Column("id", UUID, nullable=False),
                sa.Column("type", sa.String(), nullable=False),
                sa.Column("at", MOMENT, nullable=False),
                sa.Column("object_id", sa.String(), nullable=False),
                sa.Column("href", sa.String(), nullable=False),
                sa.Column("data", JSON, nullable=True),
                sa.Column("about", JSON, nullable=True),
                sa.Column("spares", UUID, nullable=True),
                sa.Column("position", sa.BigInteger(), nullable=True),
                sa.Column("placed_at", MOMENT, nullable=True),
                sa.PrimaryKeyConstraint("id", *(["at"] if in_months else []), name="pk_event"),
                *unique,
            ]
        case "event_audience":
            return [
                sa.Column("event_id", UUID, nullable=False),
                *moment,
                sa.Column("organization", sa.String(), nullable=False),
                sa.PrimaryKeyConstraint(*event[0], "organization", name="pk_event_audience"),
                key_of_event,
            ]
        case "webhook_delivery":
            return [
                sa.Column("id", UUID, nullable=False),
                sa.Column("event_id", UUID, nullable=False),
                *moment,
                sa.Column("endpoint_id", UUID, nullable=False),
                sa.Column("organization", sa.String(), nullable=False),
                sa.Column("type", sa.String(), nullable=False),
                sa.Column("state", sa.String(), nullable=False),
                sa.Column("due_at", MOMENT, nullable=False),
                sa.Column("sending", sa.Boolean(), nullable=False),
                sa.Column("claims", sa.Integer(), nullable=False),
                sa.Column("tries", sa.Integer(), nullable=False),
                sa.Column("trigger", sa.String(), nullable=False),
                sa.Column("error", sa.String(), nullable=True),
                sa.Column("exhausted", sa.Boolean(), nullable=False),
                sa.Column("created_at", MOMENT, nullable=False),
                sa.Column("ended_at", MOMENT, nullable=True),
                sa.PrimaryKeyConstraint("id", name="pk_webhook_delivery"),
                sa.UniqueConstraint("event_id", "endpoint_id", name="uq_webhook_delivery_event_id_endpoint_id"),
                key_of_event,
                sa.ForeignKeyConstraint(
                    ["endpoint_id"], ["webhook_endpoint.id"], name="fk_webhook_delivery_endpoint_id_webhook_endpoint"
                ),
            ]
        case _:
            return [
                sa.Column("delivery_id", UUID, nullable=False),
                sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
                sa.Column("at", MOMENT, nullable=False),
                sa.Column("trigger", sa.String(), nullable=False),
                sa.Column("status", sa.Integer(), nullable=True),
                sa.Column("error", sa.String(), nullable=True),
                sa.Column("milliseconds", sa.Integer(), nullable=False),
                sa.PrimaryKeyConstraint(
                    "delivery_id", "number", *(["at"] if in_months else []), name="pk_webhook_attempt"
                ),
                sa.ForeignKeyConstraint(
                    ["delivery_id"], ["webhook_delivery.id"], name="fk_webhook_attempt_delivery_id_webhook_delivery"
                ),
            ]
