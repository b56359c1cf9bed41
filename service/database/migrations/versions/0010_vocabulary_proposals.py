"""Words and codes that are proposed, and how that was decided."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: None = None
depends_on: None = None

JSON: Any = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "vocabulary_proposal",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("organization", sa.String(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("entry", JSON, nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("proposed_on", sa.Date(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_vocabulary_proposal"),
    )
    op.create_index("ix_vocabulary_proposal_organization", "vocabulary_proposal", ["organization"])
    op.create_index("ix_vocabulary_proposal_slug", "vocabulary_proposal", ["slug"])


def downgrade() -> None:
    """Take the tables back to the revision before."""
    op.drop_table("vocabulary_proposal")
