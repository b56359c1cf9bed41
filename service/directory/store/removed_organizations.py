"""What organizations were removed with, so that none comes back with more: in the open, or with labels by its house."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from sqlalchemy import Connection, and_, delete, insert, select

from service.directory.access import topmost
from service.infrastructure.database.bulk import chunks
from service.infrastructure.database.table_base import table_of

from .directory_tables import keys, records
from .proposal_tables import RemovedOrganization
from .resources import labels_of

if TYPE_CHECKING:
    from service.infrastructure.database.bulk import Values

_removed = table_of(RemovedOrganization)


def read_houses(connection: Connection) -> Mapping[str, frozenset[str]]:
    """Return each organization's house (slugs): every organization under the same topmost parent."""
    above = records.outerjoin(keys, and_(keys.c.record_id == records.c.id, keys.c.name == "organization.parent"))
    query = select(records.c.slug, keys.c.value).select_from(above).where(records.c.type == "organization")
    parents = {row.slug: row.value for row in connection.execute(query)}
    own_parents = {slug: parent if parent in parents else None for slug, parent in parents.items()}
    tops = {slug: topmost(slug, own_parents.__getitem__) for slug in own_parents}
    houses: defaultdict[str, set[str]] = defaultdict(set)
    for slug, top in tops.items():
        houses[top].add(slug)
    return {slug: frozenset(houses[top]) for slug, top in tops.items()}


def remember_removed(
    connection: Connection, organizations: Iterable[Values], houses: Mapping[str, frozenset[str]]
) -> None:
    """Store labels, parent and house of organizations (rows) before their removal, in place of those of an earlier one.

    `houses`: as `read_houses` returns them.
    """
    for chunk in chunks(organizations):
        rows = [
            {
                "slug": row["slug"],
                "labels": labels_of(row["document"].get("coalition", {})),
                "parent": row["document"].get("parent"),
                "house": sorted(houses[row["slug"]]),
            }
            for row in chunk
        ]
        connection.execute(delete(_removed).where(_removed.c.slug.in_([row["slug"] for row in rows])))
        connection.execute(insert(_removed), rows)


def remember_hidden(connection: Connection, going: Iterable[Values]) -> None:
    """Remember the organizations that are not open, among rows that a load or an import takes out.

    Of the open ones nothing is kept: they may come back as they were.
    """
    hidden = [row for row in going if row["type"] == "organization" and (row["private"] or not row["listed"])]
    if hidden:
        remember_removed(connection, hidden, read_houses(connection))
