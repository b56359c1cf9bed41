"""The advocate that the sender of a referral names: an organization, as a slug."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0042"
down_revision: str | None = "0041"
branch_labels: None = None
depends_on: None = None
ADDITIVE = True


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.add_column("referral", sa.Column("advocate", sa.String(), nullable=True))


def downgrade() -> None:
    """Take the tables back to the revision before."""
    with op.batch_alter_table("referral") as referral:
        referral.drop_column("advocate")
