"""What a database knows of its tables, to compare two databases."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, inspect, text

PARTITION = re.compile(r"_(default|20\d\d_\d\d)$")


def schema_of(connection: Connection) -> dict[str, Any]:
    """Return all that a database knows of its tables, but for the order of columns.

    Of PostgreSQL's partitions their names and bounds: the rest follows from their tables.
    """
    inspector = inspect(connection)

    def plain(value: Any) -> Any:
        return {key: str(of) for key, of in value.items()} if isinstance(value, dict) else value

    def rules(found: Iterable[Mapping[str, Any]]) -> list[str]:
        return sorted(str(sorted((key, plain(value)) for key, value in rule.items())) for rule in found)

    schema: dict[str, Any] = {
        table: {
            "columns": rules({**column, "type": str(column["type"])} for column in inspector.get_columns(table)),
            "key": inspector.get_pk_constraint(table),
            "references": rules(
                key for key in inspector.get_foreign_keys(table) if not PARTITION.search(key["referred_table"])
            ),
            "unique": rules(inspector.get_unique_constraints(table)),
            "checks": rules(inspector.get_check_constraints(table)),
            "indexes": rules(inspector.get_indexes(table)),
        }
        for table in inspector.get_table_names()
        if not PARTITION.search(table)
    }
    beside = {
        "sqlite": "SELECT type, name FROM sqlite_master WHERE type NOT IN ('table', 'index')",
        "postgresql": (
            "SELECT relkind, relname, pg_get_expr(relpartbound, oid), pg_get_partkeydef(oid), relispartition "
            "FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind NOT IN ('i', 'I') "
            "UNION ALL SELECT 't', tgname, pg_get_triggerdef(oid), NULL, NULL FROM pg_trigger WHERE NOT tgisinternal"
        ),
    }[connection.dialect.name]
    return schema | {"beside": sorted(map(str, connection.execute(text(beside)).all()))}
