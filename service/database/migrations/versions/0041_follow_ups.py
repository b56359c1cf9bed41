"""When the sender of a referral checks back, and what came of it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0041"
down_revision: str | None = "0040"
branch_labels: None = None
depends_on: None = None
ADDITIVE = True

JSON: Any = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.add_column("referral", sa.Column("follow_up_on", sa.Date(), nullable=True))
    op.add_column("referral", sa.Column("follow_ups", JSON, nullable=True))


def downgrade() -> None:
    """Take the tables back to the revision before."""
    with op.batch_alter_table("referral") as referral:
        referral.drop_column("follow_ups")
        referral.drop_column("follow_up_on")
