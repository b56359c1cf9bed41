"""What Alembic runs: the migrations, on the connection that `upgrade` hands over."""

from __future__ import annotations

from typing import Any

from alembic import context
from sqlalchemy import text

from service.database.migrations import revisions_before_notes
from service.database.table_base import Row


def note_step(*, ctx: Any, step: Any, **_: object) -> None:
    """Note a migration as done, and that older programs cannot work with the tables unless it only added to them."""
    context.config.attributes.get("steps", []).append(step.up_revision_id)
    is_additive = getattr(step.up_revision.module, "ADDITIVE", False)
    if step.is_upgrade and step.up_revision_id not in revisions_before_notes() and not is_additive:
        changed = text("UPDATE schema_compatibility SET oldest_program = :revision")
        ctx.connection.execute(changed, {"revision": step.up_revision_id})


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Row.metadata,  # for the names of constraints
    render_as_batch=True,  # SQLite changes a table by writing a new one
    on_version_apply=note_step,  # type: ignore[arg-type] # called by keyword
)
with context.begin_transaction():
    context.run_migrations()
