"""What searches look through, and which taxonomy terms are in use: derived from the records that are there."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: None = None
depends_on: None = None

JSON: Any = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
TABLES = ("search_text", "term_use")  # left empty: what was derived then is derived anew by 0025


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "search_text",
        _key(),
        _owner("search_text"),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("kind", "phrase", "names", "words")),
        sa.PrimaryKeyConstraint("id", name="pk_search_text"),
    )
    op.create_table(
        "term_use",
        _key(),
        _owner("term_use"),
        *(sa.Column(name, sa.String(36), nullable=False) for name in ("record_id", "term_id")),
        *(sa.Column(name, sa.String(36), nullable=True) for name in ("taxonomy_id", "parent_id")),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("words", "taxonomy_words")),
        sa.Column("term", JSON, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_term_use"),
    )
    for table, columns in (("search_text", ("owner_id",)), ("term_use", ("owner_id", "record_id", "term_id"))):
        for column in columns:
            op.create_index(f"ix_{table}_{column}", table, [column])
    op.create_index("ix_term_use_taxonomy_id", "term_use", ["taxonomy_id"])


def downgrade() -> None:
    """Take the tables back to the revision before."""
    for table in reversed(TABLES):
        op.drop_table(table)


def _key() -> sa.Column[Any]:
    return sa.Column("id", sa.String(36), nullable=False)


def _owner(table: str) -> sa.Column[Any]:
    reference = sa.ForeignKey("organization.id", name=f"fk_{table}_owner_id_organization")
    return sa.Column("owner_id", sa.String(36), reference, nullable=False)
