"""The notes of hidings that the database knows, and the organizations that a restore kept hidden."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0032"
down_revision: str | None = "0031"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "hiding_note",
        sa.Column("id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_hiding_note"),
    )
    op.create_table(
        "unconfirmed_organization",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("restored_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_unconfirmed_organization"),
    )


def downgrade() -> None:
    """Take the tables back to the revision before."""
    op.drop_table("unconfirmed_organization")
    op.drop_table("hiding_note")
