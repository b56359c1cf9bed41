"""Organizations (keyed digests) that hid after a restored backup, and are not in it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "c41d7e0a9b62"
down_revision: str | None = "b3f1c07d92ae"
branch_labels: None = None
depends_on: None = None
ADDITIVE = True


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "absent_hiding",
        sa.Column("digest", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_absent_hiding"),
    )


def downgrade() -> None:
    """Take the tables back to the revision before."""
    op.drop_table("absent_hiding")
