"""Dates of the last change of organizations and places: as of the upgrade, for nobody kept an earlier one.

Of a record that is gone, its name and its owner are kept from here on. Who reads the directory whole, as every process
does when it starts, needs none of the earlier ones.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision: str = "0028"
down_revision: str | None = "0027"
branch_labels: None = None
depends_on: None = None

RECORD = sa.table("record", sa.column("type", sa.String()), sa.column("last_modified", sa.DateTime(timezone=True)))
DATED = RECORD.c.type.in_(("organization", "location"))


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.get_bind().execute(sa.update(RECORD).where(DATED).values(last_modified=datetime.now(UTC)))
    op.drop_index("ix_record_owner_id", "record")
    op.create_index("ix_record_owner_id_type", "record", ["owner_id", "type"])
    _create_gone(sa.Column("slug", sa.String(), nullable=False), sa.Column("owner_id", sa.String(36), nullable=True))


def downgrade() -> None:
    """Take the tables back to the revision before."""
    op.get_bind().execute(sa.update(RECORD).where(DATED).values(last_modified=None))
    op.drop_index("ix_record_owner_id_type", "record")
    op.create_index("ix_record_owner_id", "record", ["owner_id"])
    _create_gone()


def _create_gone(*further: sa.Column[Any]) -> None:
    op.drop_table("gone_record")
    op.create_table(
        "gone_record",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        *further,
        sa.PrimaryKeyConstraint("version", "type", "id", name="pk_gone_record"),
    )
