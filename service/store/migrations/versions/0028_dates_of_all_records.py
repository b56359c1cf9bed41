"""Dates of the last change of organizations and places: as of the upgrade, for nobody kept an earlier one."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision: str = "0028"
down_revision: str | None = "0026"
branch_labels: None = None
depends_on: None = None

RECORD = sa.table("record", sa.column("type", sa.String()), sa.column("last_modified", sa.DateTime(timezone=True)))
DATED = RECORD.c.type.in_(("organization", "location"))


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.get_bind().execute(sa.update(RECORD).where(DATED).values(last_modified=datetime.now(UTC)))


def downgrade() -> None:
    """Take the tables back to the revision before."""
    op.get_bind().execute(sa.update(RECORD).where(DATED).values(last_modified=None))
