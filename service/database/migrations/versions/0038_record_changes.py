"""Changes to single records: their history, and for ten minutes what an undo needs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.database.columns import Json

revision: str = "0038"
down_revision: str | None = "0037"
branch_labels: None = None
depends_on: None = None
ADDITIVE = True


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "record_change",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organization", sa.String(), nullable=False),
        sa.Column("resource", sa.String(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("owners", Json, nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("fields", Json, nullable=False),
        sa.Column("etag", sa.String(), nullable=True),
        sa.Column("before", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_record_change"),
    )
    op.create_index("ix_record_change_at", "record_change", ["at"])
    op.create_index("ix_record_change_organization", "record_change", ["organization"])
    op.create_index("ix_record_change_record", "record_change", ["resource", "slug"])


def downgrade() -> None:
    """Take the tables back to the revision before."""
    op.drop_table("record_change")
