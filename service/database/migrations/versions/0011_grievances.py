"""Grievances, as codes, and whom each is kept from."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: None = None
depends_on: None = None

JSON: Any = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "grievance",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("about", JSON, nullable=False),
        sa.Column("codes", JSON, nullable=False),
        sa.Column("week", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("code_digest", sa.String(64), nullable=False),
        sa.Column("code_key", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_grievance"),
        sa.UniqueConstraint("code_digest", name="uq_grievance_code_digest"),
    )
    op.create_index("ix_grievance_week", "grievance", ["week"])
    op.create_table(
        "grievance_kept_from",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("grievance_id", sa.String(36), nullable=False),
        sa.Column("organization", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["grievance_id"], ["grievance.id"], name="fk_grievance_kept_from_grievance_id_grievance"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_grievance_kept_from"),
    )
    op.create_index("ix_grievance_kept_from_grievance_id", "grievance_kept_from", ["grievance_id"])
    op.create_index("ix_grievance_kept_from_organization", "grievance_kept_from", ["organization"])


def downgrade() -> None:
    """Take the tables back to the revision before."""
    op.drop_table("grievance_kept_from")
    op.drop_table("grievance")
