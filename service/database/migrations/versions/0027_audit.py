"""The audit: entries with their links, the last link, and the salts of the objects that entries are about."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.database.columns import Json

revision: str = "0027"
down_revision: str | None = "0026"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    words, moment = sa.String, sa.DateTime(timezone=True)
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("organization", words(), nullable=True),
        sa.Column("operation", words(), nullable=False),
        sa.Column("objects", Json, nullable=False),
        sa.Column("details", Json, nullable=True),
        sa.Column("subject_salt", words(), nullable=True),
        sa.Column("subject_digest", words(), nullable=True),
        sa.Column("subject_mark", words(), nullable=True),
        sa.Column("keep_days", sa.Integer(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.Column("link", words(), nullable=True),
        sa.Column("key", words(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_audit_entry"),
        sa.UniqueConstraint("position", name="uq_audit_entry_position"),
    )
    op.create_index("ix_audit_entry_at", "audit_entry", ["at"])
    op.create_index("ix_audit_entry_subject_digest", "audit_entry", ["subject_digest"])
    op.create_index("ix_audit_entry_organization", "audit_entry", ["organization", "position"])
    unlinked = sa.text("position IS NULL")
    op.create_index("ix_audit_entry_unlinked", "audit_entry", ["at"], sqlite_where=unlinked, postgresql_where=unlinked)
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("link", words(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_head"),
    )
    op.create_table(
        "audit_salt",
        sa.Column("object_id", sa.String(36), nullable=False),
        sa.Column("salt", words(), nullable=False),
        sa.PrimaryKeyConstraint("object_id", name="pk_audit_salt"),
    )


def downgrade() -> None:
    """Take the tables back to the revision before."""
    for table in ("audit_salt", "audit_head", "audit_entry"):
        op.drop_table(table)
