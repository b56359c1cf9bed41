"""How long referrals took to be answered, accepted and completed, as classes: of deleted ones, and medians of cells."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "b3f1c07d92ae"
down_revision: str | None = "0042"
branch_labels: None = None
depends_on: None = None
ADDITIVE = True

TABLES = ("closed_referral", "outcome_cell")
COLUMNS = ("to_answer", "to_acceptance", "to_completion")


def upgrade() -> None:
    """Bring the tables to this revision."""
    for table in TABLES:
        for name in COLUMNS:
            op.add_column(table, sa.Column(name, sa.String(), nullable=True))


def downgrade() -> None:
    """Take the tables back to the revision before."""
    for table in reversed(TABLES):
        with op.batch_alter_table(table) as changed:
            for name in reversed(COLUMNS):
                changed.drop_column(name)
