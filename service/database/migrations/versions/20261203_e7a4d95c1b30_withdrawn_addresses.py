"""Organizations that took a street out of their own records."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "e7a4d95c1b30"
down_revision: str | None = "c41d7e0a9b62"
branch_labels: None = None
depends_on: None = None
ADDITIVE = True


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "withdrawn_address",
        sa.Column("id", sa.String(36), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_withdrawn_address"),
    )


def downgrade() -> None:
    """Take the tables back to the revision before."""
    op.drop_table("withdrawn_address")
