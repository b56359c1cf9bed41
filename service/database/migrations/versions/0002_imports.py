"""Imports: whose record a row is, what was read out of free text, what people settled, and parts of a place."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: None = None
depends_on: None = None

JSON: Any = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
SOURCED = ("organization", "service", "location", "service_at_location")
PLACED = ("phone", "schedule", "service_area")
TEXTS = (("organization", "curated"), ("service", "curated"), ("service", "inferred"))


def upgrade() -> None:
    """Bring the tables to this revision."""
    for table in SOURCED:
        op.add_column(table, sa.Column("source", sa.String(), nullable=True))
    for table, column in TEXTS:
        op.add_column(table, sa.Column(column, JSON, nullable=True))
    for table in PLACED:
        # In SQL of its own: SQLite takes a reference only with the column, and Alembic would write the table anew.
        name = f"fk_{table}_service_at_location_id_service_at_location"
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN service_at_location_id VARCHAR(36) "
            f"CONSTRAINT {name} REFERENCES service_at_location (id)"
        )
        op.create_index(f"ix_{table}_service_at_location_id", table, ["service_at_location_id"])


def downgrade() -> None:
    """Take the tables back to the revision before."""
    for table in PLACED:
        op.drop_index(f"ix_{table}_service_at_location_id", table)
        op.execute(f"ALTER TABLE {table} DROP COLUMN service_at_location_id")
    for table, column in TEXTS:
        op.drop_column(table, column)
    for table in SOURCED:
        op.drop_column(table, "source")
