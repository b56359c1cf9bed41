"""Who comes along, how long a place is held, and near which area a private place lies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.add_column("organization", sa.Column("near", sa.String(), nullable=True))
    op.add_column("service", sa.Column("companions", sa.Boolean(), nullable=True))
    op.add_column("service", sa.Column("holds_s", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Take the tables back to the revision before."""
    for table, column in (("service", "holds_s"), ("service", "companions"), ("organization", "near")):
        op.drop_column(table, column)
