"""The language of a referral's code; and the sentence for a sender that may not be told of progress."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0020"
down_revision: str | None = "0019"
branch_labels: None = None
depends_on: None = None

COLUMNS = ("code_language", "progress_plain")


def upgrade() -> None:
    """Bring the tables to this revision."""
    for name in COLUMNS:
        op.add_column("referral", sa.Column(name, sa.String(), nullable=True))


def downgrade() -> None:
    """Take the tables back to the revision before."""
    for name in reversed(COLUMNS):
        op.drop_column("referral", name)
