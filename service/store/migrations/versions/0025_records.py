"""Every record of the directory is one document."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from service.store.directory_tables import DIRECTORY

revision: str = "0025"
down_revision: str | None = "0020"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    c = op.get_bind()
    for name in ("record", "gone_record", "record_key", "term_use"):
        if name == "term_use":
            op.drop_table("term_use")
        DIRECTORY.tables[name].create(c)


def downgrade() -> None:
    pass
