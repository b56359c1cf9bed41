"""How soon services answer referrals: referrals that wait for a batch, batches, and what is shown of them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision: str = "0039"
down_revision: str | None = "0038"
branch_labels: None = None
depends_on: None = None
ADDITIVE = True


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.add_column("coalition", sa.Column("answer_times", sa.Boolean(), nullable=True))
    op.add_column("referral", sa.Column("is_restored", sa.Boolean(), nullable=True))
    _create(
        "waiting_answer",
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("in_time", sa.Boolean(), nullable=False),
        sa.Column("time", sa.String(), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=False),
    )
    _create(
        "answer_batch",
        sa.Column("counted_on", sa.Date(), nullable=False),
        sa.Column("referrals", sa.Integer(), nullable=False),
        *_shown(),
    )
    _create("usual_answer", *_shown(), sa.UniqueConstraint("service", "part", name="uq_usual_answer_service_part"))


def downgrade() -> None:
    """Take the tables back to the revision before."""
    for table in ("usual_answer", "answer_batch", "waiting_answer"):
        op.drop_table(table)
    with op.batch_alter_table("referral") as referral:
        referral.drop_column("is_restored")
    with op.batch_alter_table("coalition") as coalition:
        coalition.drop_column("answer_times")


def _shown() -> list[Any]:
    return [
        sa.Column("in_time", sa.Integer(), nullable=False),
        sa.Column("bound", sa.String(), nullable=True),
        sa.Column("time", sa.String(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
    ]


def _create(name: str, *columns: Any) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
    )
    op.create_index(f"ix_{name}_service", name, ["service"])
