"""The audit's head is signed, from this upgrade on; and grievances that came from one network share a pile.

The head goes into a table of another name: a process of the version before, which signs nothing, links nothing any more
until it is replaced.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

from service.database.columns import UtcDateTime

revision: str = "0033"
down_revision: str | None = "0032"
branch_labels: None = None
depends_on: None = None


def columns() -> tuple[sa.Column[object], ...]:
    """Return the columns that a head has had from the beginning."""
    return (
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("link", sa.String(), nullable=False),
    )


def upgrade() -> None:
    """Bring the tables to this revision, and sign the head that is there: nobody could tell later who changed it."""
    signed = op.create_table(
        "audit_signed_head",
        *columns(),
        sa.Column("signed_at", UtcDateTime()),
        sa.Column("key", sa.String()),
        sa.Column("signature", sa.String()),
        sa.PrimaryKeyConstraint("id", name="pk_audit_signed_head"),
    )
    connection, sign = op.get_bind(), context.config.attributes["sign_head"]
    head = connection.execute(sa.text("SELECT id, position, link FROM audit_head")).one_or_none()
    if head is not None:
        signature = {} if sign is None else sign(head.position, head.link)
        connection.execute(signed.insert().values(**{**head._mapping, **signature}))
    op.drop_table("audit_head")
    with op.batch_alter_table("grievance") as grievances:
        grievances.add_column(sa.Column("pile", sa.String(36), nullable=True))
    op.create_index("ix_grievance_pile", "grievance", ["pile"])


def downgrade() -> None:
    """Take the tables back to the revision before."""
    op.create_table("audit_head", *columns(), sa.PrimaryKeyConstraint("id", name="pk_audit_head"))
    op.execute("INSERT INTO audit_head (id, position, link) SELECT id, position, link FROM audit_signed_head")
    op.drop_table("audit_signed_head")
    op.drop_index("ix_grievance_pile", "grievance")
    with op.batch_alter_table("grievance") as grievances:
        grievances.drop_column("pile")
