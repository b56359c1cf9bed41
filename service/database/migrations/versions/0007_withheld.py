"""Texts that read like an address, sealed beside the record that they came with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: None = None
depends_on: None = None

TABLES = ("organization", "agreement", "release_form", "vocabulary_term")


def upgrade() -> None:
    """Bring the tables to this revision."""
    for table in TABLES:
        op.add_column(table, sa.Column("withheld", sa.String(), nullable=True))


def downgrade() -> None:
    """Take the tables back to the revision before."""
    for table in TABLES:
        op.drop_column(table, "withheld")
