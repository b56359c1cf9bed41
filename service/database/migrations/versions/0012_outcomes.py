"""Outcomes by quarter; a closed referral is one row, whatever it was for."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: None = None
depends_on: None = None

JSON: Any = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """Bring the tables to this revision."""
    kept = op.get_bind().execute(sa.text("SELECT * FROM closed_referral")).mappings().all()
    op.drop_table("closed_referral")
    closed = op.create_table(
        "closed_referral",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("quarter", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("types", JSON, nullable=False),
        sa.Column("areas", JSON, nullable=False),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("answered", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_closed_referral"),
    )
    op.create_index("ix_closed_referral_quarter", "closed_referral", ["quarter"])
    names = ("id", "quarter", "origin", "recipient", "outcome", "reason", "answered")
    rows = [{**{name: row[name] for name in names}, "types": [row["type"]], "areas": []} for row in kept]
    op.bulk_insert(closed, rows)
    op.create_table(
        "outcome_quarter",
        sa.Column("quarter", sa.String(), nullable=False),
        sa.Column("computed_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("quarter", name="pk_outcome_quarter"),
    )
    op.create_table(
        "outcome_cell",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("quarter", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("referrals", sa.Integer(), nullable=False),
        sa.Column("answered", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_outcome_cell"),
        sa.UniqueConstraint("quarter", "by", "value", name="uq_outcome_cell_quarter_by_value"),
    )
    op.create_index("ix_outcome_cell_quarter", "outcome_cell", ["quarter"])


def downgrade() -> None:
    """Take the tables back to the revision before."""
    op.drop_table("outcome_cell")
    op.drop_table("outcome_quarter")
    op.drop_table("closed_referral")
    op.create_table(
        "closed_referral",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("quarter", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("answered", sa.String(), nullable=True),
        sa.Column("referrals", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_closed_referral"),
    )
    op.create_index("ix_closed_referral_quarter", "closed_referral", ["quarter"])
