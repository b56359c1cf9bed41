"""On PostgreSQL events, their audiences and attempts are partitioned by month: by their ids, which begin with a moment.

Each row goes into the partition that its id belongs to; ids from before are all chance, and go into the default. A
unique index over partitions needs their key in it, so that of positions is a plain index, on SQLite as well.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from service.infrastructure.database.months import add_month, month

revision: str = "0031"
down_revision: str | None = "0030"
branch_labels: None = None
depends_on: None = None

JSON: Any = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
MOMENT = sa.DateTime(timezone=True)
KEYS = {"event": "id", "event_audience": "event_id", "webhook_attempt": "delivery_id"}
REFERENCES = (
    ("event_audience", "event_id", "event"),
    ("webhook_delivery", "event_id", "event"),
    ("webhook_attempt", "delivery_id", "webhook_delivery"),
)
UNPLACED: Any = {f"{dialect}_where": sa.text("placed_at IS NULL") for dialect in ("sqlite", "postgresql")}


def upgrade() -> None:
    """Bring the tables to this revision."""
    _make_anew(in_months=True)


def downgrade() -> None:
    """Take the tables back to the revision before."""
    _make_anew(in_months=False)


def _make_anew(*, in_months: bool) -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("PRAGMA defer_foreign_keys = ON")  # what refers to events finds them again before the commit
        _make_table("event", sa.String(36), in_months=in_months)
        return
    id_type = sa.String(36, collation="C") if in_months else sa.String(36)
    for table, column, referred in REFERENCES:
        op.drop_constraint(f"fk_{table}_{column}_{referred}", table, type_="foreignkey")
    for column in ("id", "event_id"):
        op.alter_column("webhook_delivery", column, type_=id_type, existing_type=sa.String(36), existing_nullable=False)
    for table in KEYS:
        _make_table(table, id_type, in_months=in_months)
    for table, column, referred in REFERENCES:
        op.create_foreign_key(f"fk_{table}_{column}_{referred}", table, referred, [column], ["id"])


def _make_table(name: str, id_type: sa.String, *, in_months: bool) -> None:
    """Make a table anew, in months or in one piece, with the rows that it has."""
    columns = ", ".join(column.name for column in _columns(name, id_type) if isinstance(column, sa.Column))
    op.execute(f"CREATE TEMPORARY TABLE former AS SELECT {columns} FROM {name}")  # noqa: S608  our own names
    op.drop_table(name)
    options: Any = {"postgresql_partition_by": f"RANGE ({KEYS[name]})"} if in_months else {}
    unique = () if in_months or name != "event" else (sa.UniqueConstraint("position", name="uq_event_position"),)
    op.create_table(name, *_columns(name, id_type), *unique, **options)
    if in_months and op.get_bind().dialect.name == "postgresql":
        op.execute(f"CREATE TABLE {name}_default PARTITION OF {name} DEFAULT")
        for ahead in range(3):
            add_month(op.get_bind(), name, KEYS[name], month(datetime.now(UTC), ahead))
    op.execute(f"INSERT INTO {name} ({columns}) SELECT {columns} FROM former")  # noqa: S608  our own names
    op.execute("DROP TABLE former")
    if name == "event":
        op.create_index("ix_event_at", name, ["at"])
        op.create_index("ix_event_unplaced", name, ["at"], **UNPLACED)
        if in_months:
            op.create_index("ix_event_position", name, ["position"])
    elif name == "event_audience":
        op.create_index("ix_event_audience_organization", name, ["organization"])


def _columns(name: str, id_type: sa.String) -> list[Any]:
    key = sa.Column(KEYS[name], id_type, nullable=False)
    match name:
        case "event":
            return [
                key,
                sa.Column("type", sa.String(), nullable=False),
                sa.Column("at", MOMENT, nullable=False),
                sa.Column("object_id", sa.String(), nullable=False),
                sa.Column("href", sa.String(), nullable=False),
                sa.Column("data", JSON, nullable=True),
                sa.Column("about", JSON, nullable=True),
                sa.Column("spares", sa.String(36), nullable=True),
                sa.Column("position", sa.BigInteger(), nullable=True),
                sa.Column("placed_at", MOMENT, nullable=True),
                sa.PrimaryKeyConstraint("id", name="pk_event"),
            ]
        case "event_audience":
            return [
                key,
                sa.Column("organization", sa.String(), nullable=False),
                sa.PrimaryKeyConstraint("event_id", "organization", name="pk_event_audience"),
            ]
        case _:
            return [
                key,
                sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
                sa.Column("at", MOMENT, nullable=False),
                sa.Column("trigger", sa.String(), nullable=False),
                sa.Column("status", sa.Integer(), nullable=True),
                sa.Column("error", sa.String(), nullable=True),
                sa.Column("milliseconds", sa.Integer(), nullable=False),
                sa.PrimaryKeyConstraint("delivery_id", "number", name="pk_webhook_attempt"),
            ]
