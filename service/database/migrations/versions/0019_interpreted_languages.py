"""The languages that the telephone interpreters of a coalition's members offer."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0019"
down_revision: str | None = "0018"
branch_labels: None = None
depends_on: None = None

JSON: Any = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.add_column("coalition", sa.Column("interpreted", JSON, nullable=True))


def downgrade() -> None:
    """Take the tables back to the revision before."""
    op.drop_column("coalition", "interpreted")
