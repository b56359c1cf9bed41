"""Sessions have a name, a way in, the key that they end with and a label; refused tokens are kept until they end.

People sign in once more: a session without a name cannot be ended by its organization. Counted tries, an hour of them,
go too: their digests had no key.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    for table in ("page_session", "login_code", "counted_try"):
        op.execute(sa.delete(sa.table(table)))
    with op.batch_alter_table("page_session") as batch:
        batch.add_column(sa.Column("id", sa.String(36), nullable=False))
        batch.add_column(sa.Column("way", sa.String(), nullable=False))
        batch.add_column(sa.Column("signing_key", sa.String(), nullable=True))
        batch.add_column(sa.Column("label", sa.String(), nullable=True))
        batch.create_unique_constraint("uq_page_session_id", ["id"])
        batch.create_index("ix_page_session_organization", ["organization"])
    op.add_column("login_code", sa.Column("signing_key", sa.String(), nullable=True))
    op.create_table(
        "refused_token",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_refused_token"),
    )
    op.create_index("ix_refused_token_ends_at", "refused_token", ["ends_at"])


def downgrade() -> None:
    """Take the tables back to the revision before."""
    op.drop_table("refused_token")
    op.drop_column("login_code", "signing_key")
    with op.batch_alter_table("page_session") as batch:
        batch.drop_index("ix_page_session_organization")
        batch.drop_constraint("uq_page_session_id", type_="unique")
        for column in ("label", "signing_key", "way", "id"):
            batch.drop_column(column)
    op.execute(sa.delete(sa.table("counted_try")))
