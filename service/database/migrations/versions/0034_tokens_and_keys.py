"""Sessions and sign-in links name the token that they were made with; the names of keys in rows are found by index.

Which of the sessions at hand came of a refused token is written nowhere: people who signed in by a link sign in once
more.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0034"
down_revision: str | None = "0033"
branch_labels: None = None
depends_on: None = None

NAMED = (("consent", "code_key"), ("referral", "code_key"), ("grievance", "code_key"), ("audit_entry", "key"))


def upgrade() -> None:
    """Bring the tables to this revision."""
    sessions = sa.table("page_session", sa.column("way"))
    op.execute(sa.delete(sessions).where(sessions.c.way == "link"))
    op.execute(sa.delete(sa.table("login_code")))
    for table in ("page_session", "login_code"):
        op.add_column(table, sa.Column("token_name", sa.String(64), nullable=True))
    for table, column in NAMED:
        op.create_index(f"ix_{table}_{column}", table, [column])
    op.create_table(
        "lost_key",
        sa.Column("name", sa.String(12), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_lost_key"),
    )


def downgrade() -> None:
    """Take the tables back to the revision before."""
    op.drop_table("lost_key")
    for table, column in NAMED:
        op.drop_index(f"ix_{table}_{column}", table)
    for table in ("page_session", "login_code"):
        op.drop_column(table, "token_name")
