"""What-ifs: changes that an organization tries out, and for a day their results."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.database.columns import Json

revision: str = "50bb5db17204"
down_revision: str | None = "e7a4d95c1b30"
branch_labels: None = None
depends_on: None = None
ADDITIVE = True


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "what_if",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("organization", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("body", Json, nullable=False),
        sa.Column("result", Json, nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claims", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_what_if"),
    )
    op.create_index("ix_what_if_organization", "what_if", ["organization"])


def downgrade() -> None:
    """Take the tables back to the revision before."""
    op.drop_table("what_if")
