"""Whose land an area is: tribal land, where a report has two places to go."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0023"
down_revision: str | None = "0022"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.add_column("area", sa.Column("jurisdiction", sa.String(), nullable=True))


def downgrade() -> None:
    """Take the tables back to the revision before."""
    op.drop_column("area", "jurisdiction")
