"""The oldest revision whose programs can work with the tables: they stay ready while others are upgraded."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0037"
down_revision: str | None = "0036"
branch_labels: None = None
depends_on: None = None
ADDITIVE = False


def upgrade() -> None:
    """Bring the tables to this revision."""
    table = op.create_table("schema_compatibility", sa.Column("oldest_program", sa.String(), nullable=False))
    op.bulk_insert(table, [{"oldest_program": revision}])


def downgrade() -> None:
    """Take the tables back to the revision before."""
    op.drop_table("schema_compatibility")
