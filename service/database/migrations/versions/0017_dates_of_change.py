"""The date of a service's last change is ours: what is stored counts as changed now, once."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision: str = "0017"
down_revision: str | None = "0016"
branch_labels: None = None
depends_on: None = None

SERVICE = sa.table("service", sa.column("last_modified", sa.DateTime(timezone=True)))
INDEX = "ix_service_last_modified"


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.get_bind().execute(sa.update(SERVICE).values(last_modified=datetime.now(UTC)))
    op.create_index(INDEX, "service", ["last_modified"])


def downgrade() -> None:
    """Take the tables back to the revision before. Dates stay: the older program keeps what it is given."""
    op.drop_index(INDEX, "service")
