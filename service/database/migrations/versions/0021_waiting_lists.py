"""A service's list for when it is full; and a referral on such a list: until when, and the month that is expected."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0021"
down_revision: str | None = "0020"
branch_labels: None = None
depends_on: None = None

COLUMNS = (
    ("service", "waitlist", sa.Boolean()),
    ("referral", "expected", sa.String()),
    ("referral", "seen_expected", sa.String()),
    ("referral", "waits_until", sa.DateTime(timezone=True)),
)


def upgrade() -> None:
    """Bring the tables to this revision."""
    for table, name, kind in COLUMNS:
        op.add_column(table, sa.Column(name, kind, nullable=True))


def downgrade() -> None:
    """Take the tables back to the revision before."""
    for table, name, _ in reversed(COLUMNS):
        op.drop_column(table, name)
