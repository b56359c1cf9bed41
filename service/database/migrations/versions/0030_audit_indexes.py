"""What the audit forgets is found by an index: a look through years of entries would hold up every writer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0030"
down_revision: str | None = "0028"
branch_labels: None = None
depends_on: None = None

PARTS = {"ix_audit_entry_subject": "subject_salt IS NOT NULL", "ix_audit_entry_anchor": "operation = 'audit anchor'"}


def upgrade() -> None:
    """Bring the tables to this revision."""
    for name, part in PARTS.items():
        op.create_index(name, "audit_entry", ["at"], sqlite_where=sa.text(part), postgresql_where=sa.text(part))


def downgrade() -> None:
    """Take the tables back to the revision before."""
    for name in PARTS:
        op.drop_index(name, "audit_entry")
