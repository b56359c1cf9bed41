"""What Alembic runs: the migrations, on the connection that `upgrade` hands over."""

from __future__ import annotations

from alembic import context

from service.infrastructure.database.table_base import Row

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Row.metadata,  # for the names of constraints
    render_as_batch=True,  # SQLite changes a table by writing a new one
)
with context.begin_transaction():
    context.run_migrations()
