"""A made-up next version of this program: it adds a table and a column, or takes a column away."""

from __future__ import annotations

import shutil
from pathlib import Path

from environments import PROJECT

from service.database.migrations import newest

REVISION = "5e2c9a71b0d4"
ADDS, TAKES_AWAY = "adds", "takes_away"
BODIES = {
    ADDS: """
    op.create_table("visit", sa.Column("id", sa.String(), primary_key=True), sa.Column("of", sa.String()))
    op.add_column("referral", sa.Column("visit", sa.String(), nullable=True))
    op.add_column("record", sa.Column("seen", sa.Integer(), nullable=False, server_default="0"))
""",
    TAKES_AWAY: """
    with op.batch_alter_table("record") as record:
        record.drop_column("confirmed")
""",
}
MIGRATION = '''"""Of a version to come."""

import sqlalchemy as sa
from alembic import op

revision: str = "{revision}"
down_revision: str | None = "{before}"
branch_labels = depends_on = None
ADDITIVE = {additive}


def upgrade() -> None:{body}'''


def make_migrations(folder: Path, change: str, *, additive: bool | None = None) -> Path:
    """Copy the migrations into a folder and add a next one there, which says of itself whether it only adds."""
    migrations = folder / "migrations"
    source = PROJECT / "service/database/migrations"
    shutil.copytree(source, migrations, ignore=shutil.ignore_patterns("__pycache__"))
    text = MIGRATION.format(
        revision=REVISION,
        before=newest(),
        body=BODIES[change],
        additive=change == ADDS if additive is None else additive,
    )
    (migrations / "versions" / f"2099_{REVISION}_next.py").write_text(text)
    return migrations


def make_program(folder: Path, change: str) -> Path:
    """Copy the program into a folder with a migration more; return what goes into `PYTHONPATH` to run it."""
    for name in ("service", "routing", "policies"):
        # With what is compiled, which takes seconds to do again, but for what is being written just now.
        shutil.copytree(PROJECT / name, folder / name, ignore=shutil.ignore_patterns("*.pyc.*"))
    inside = folder / "service/database"
    shutil.rmtree(inside / "migrations")
    make_migrations(inside, change)
    return folder
