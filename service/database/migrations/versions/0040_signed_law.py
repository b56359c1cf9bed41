"""What a coalition corrects on the cards of states, and what its counsel signed off."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.database.columns import Json

revision: str = "0040"
down_revision: str | None = "0039"
branch_labels: None = None
depends_on: None = None
ADDITIVE = True
COLUMNS = ("card_facts", "sign_offs")


def upgrade() -> None:
    """Bring the tables to this revision."""
    for name in COLUMNS:
        op.add_column("coalition", sa.Column(name, Json, nullable=True))


def downgrade() -> None:
    """Take the tables back to the revision before."""
    with op.batch_alter_table("coalition") as coalition:
        for name in COLUMNS:
            coalition.drop_column(name)
