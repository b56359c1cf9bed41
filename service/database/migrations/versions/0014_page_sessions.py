"""Who is signed in to the page, and links that sign somebody in once: digests of tokens and codes."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: None = None
depends_on: None = None

JSON: Any = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "page_session",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("organization", sa.String(), nullable=False),
        sa.Column("scopes", JSON, nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_page_session"),
    )
    op.create_index("ix_page_session_begun_at", "page_session", ["begun_at"])
    op.create_index("ix_page_session_used_at", "page_session", ["used_at"])
    op.create_table(
        "login_code",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("organization", sa.String(), nullable=False),
        sa.Column("scopes", JSON, nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_login_code"),
    )
    op.create_index("ix_login_code_made_at", "login_code", ["made_at"])


def downgrade() -> None:
    """Take the tables back to the revision before."""
    op.drop_table("login_code")
    op.drop_table("page_session")
