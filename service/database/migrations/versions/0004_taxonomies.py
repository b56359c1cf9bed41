"""Taxonomies and their terms, as imports tell them by themselves."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: None = None
depends_on: None = None

JSON: Any = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "taxonomy",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("told", JSON, nullable=False),
        sa.Column("source", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_taxonomy"),
    )
    op.create_table(
        "taxonomy_term",
        sa.Column("id", sa.String(36), nullable=False),
        *(sa.Column(name, sa.String(36), nullable=True) for name in ("taxonomy_id", "parent_id")),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("words", "taxonomy_words")),
        sa.Column("told", JSON, nullable=False),
        sa.Column("source", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_taxonomy_term"),
    )
    op.create_index("ix_taxonomy_term_taxonomy_id", "taxonomy_term", ["taxonomy_id"])


def downgrade() -> None:
    """Take the tables back to the revision before."""
    op.drop_table("taxonomy_term")
    op.drop_table("taxonomy")
