"""A version of the directory for everybody, one for members, and what single organizations saw besides.

Each begins at the version that everybody was told so far.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0036"
down_revision: str | None = "0035"
branch_labels: None = None
depends_on: None = None

VERSIONS = ("public_version", "members_version")
COALITION = sa.table("coalition", *(sa.column(name, sa.Integer()) for name in ("directory_version", *VERSIONS)))


def upgrade() -> None:
    """Bring the tables to this revision."""
    for name in VERSIONS:
        op.add_column("coalition", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
        op.execute(sa.update(COALITION).values({name: COALITION.c.directory_version}))
    with op.batch_alter_table("coalition") as coalition:
        for name in VERSIONS:
            coalition.alter_column(name, existing_type=sa.Integer(), server_default=None)
    op.create_table(
        "party_version",
        sa.Column("organization", sa.String(), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("organization", name="pk_party_version"),
    )


def downgrade() -> None:
    """Take the tables back to the revision before."""
    op.drop_table("party_version")
    with op.batch_alter_table("coalition") as coalition:
        for name in VERSIONS:
            coalition.drop_column(name)
