"""What an organization counted as when it was removed; and links that lead elsewhere than to the web are taken out.

Such links were stored before they were refused.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from service.i18n.texts import leads_astray

revision: str = "0022"
down_revision: str | None = "0021"
branch_labels: None = None
depends_on: None = None

TABLE = "removed_organization"
JSON: Any = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
LINKS = frozenset(("uri", "term_uri", "url", "schedule_link", "website", "logo"))
WITHHELD_BEFORE, WITHHELD = "about:blank", "https://example.invalid/not-shown"
"""What stands in the place of a withheld link: before, no link that passed the check."""
AREA = sa.table("service_area", *map(sa.column, ("id", "uri")))


def upgrade() -> None:
    """Bring the tables, and the rows, to this revision."""
    op.create_table(
        TABLE,
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("labels", JSON, nullable=False),
        sa.Column("parent", sa.String(), nullable=True),
        sa.Column("house", JSON, nullable=False),
        sa.PrimaryKeyConstraint("slug", name=f"pk_{TABLE}"),
    )
    connection = op.get_bind()
    for name in sorted(sa.inspect(connection).get_table_names()):
        columns = {column["name"] for column in sa.inspect(connection).get_columns(name)}
        if {"id", "extra"} <= columns:
            _take_out_of(connection, sa.table(name, sa.column("id"), sa.column("extra", JSON)))
    for row in connection.execute(sa.select(AREA).where(AREA.c.uri.is_not(None))).all():
        if row.uri == WITHHELD_BEFORE:
            connection.execute(sa.update(AREA).where(AREA.c.id == row.id).values(uri=WITHHELD))
        elif leads_astray(row.uri):
            connection.execute(sa.update(AREA).where(AREA.c.id == row.id).values(uri=None))


def downgrade() -> None:
    """Take the tables back to the revision before; the links are gone."""
    op.drop_table(TABLE)


def _take_out_of(connection: sa.Connection, table: Any) -> None:
    for row in connection.execute(sa.select(table).where(table.c.extra.is_not(None))).all():
        if (extra := _without_strays(row.extra)) != row.extra:
            connection.execute(sa.update(table).where(table.c.id == row.id).values(extra=extra or None))


def _without_strays(value: Any) -> Any:
    """Return a value without its stray links; a link of a list goes whole."""
    if isinstance(value, list):
        kept = [item for item in value if not (isinstance(item, dict) and _is_stray("url", item.get("url")))]
        return [_without_strays(item) for item in kept]
    if not isinstance(value, dict):
        return value
    links = {name: WITHHELD if name in LINKS and item == WITHHELD_BEFORE else item for name, item in value.items()}
    return {name: _without_strays(item) for name, item in links.items() if not _is_stray(name, item)}


def _is_stray(name: str, value: Any) -> bool:
    return name in LINKS and isinstance(value, str) and leads_astray(value)
