"""Sessions and sign-in links name the token that they were made with, and end with it.

Which of those at hand came of a refused token is written nowhere: people who signed in by a link sign in once more.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0034"
down_revision: str | None = "0031"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    sessions = sa.table("page_session", sa.column("way"))
    op.execute(sa.delete(sessions).where(sessions.c.way == "link"))
    op.execute(sa.delete(sa.table("login_code")))
    for table in ("page_session", "login_code"):
        op.add_column(table, sa.Column("token_name", sa.String(64), nullable=True))


def downgrade() -> None:
    """Take the tables back to the revision before."""
    for table in ("page_session", "login_code"):
        op.drop_column(table, "token_name")
