"""What an organization counted as when it was removed: added anew by its house, it counts as no more."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0022"
down_revision: str | None = "0020"
branch_labels: None = None
depends_on: None = None

TABLE = "removed_organization"
JSON: Any = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        TABLE,
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("labels", JSON, nullable=False),
        sa.Column("parent", sa.String(), nullable=True),
        sa.Column("house", JSON, nullable=False),
        sa.PrimaryKeyConstraint("slug", name=f"pk_{TABLE}"),
    )


def downgrade() -> None:
    """Take the tables back to the revision before."""
    op.drop_table(TABLE)
