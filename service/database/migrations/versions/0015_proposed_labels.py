"""Labels of organizations are proposed beside words and codes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: None = None
depends_on: None = None

TABLE = "vocabulary_proposal"
RESOURCE = sa.table(TABLE, sa.column("resource"))


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.add_column(TABLE, sa.Column("resource", sa.String(), nullable=True))
    op.execute(sa.update(RESOURCE).values(resource="vocabulary"))
    with op.batch_alter_table(TABLE) as table:
        table.alter_column("resource", existing_type=sa.String(), nullable=False)


def downgrade() -> None:
    """Take the tables back to the revision before; proposals of labels had no place there."""
    op.execute(sa.delete(RESOURCE).where(RESOURCE.c.resource != "vocabulary"))
    op.drop_column(TABLE, "resource")
