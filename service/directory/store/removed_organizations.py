"""Remember how organizations were hidden when they were removed, so that adding them again doesn't publish them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, delete, insert, select, update

from service.database.bulk import chunks
from service.database.table_base import table_of

from .proposal_tables import RemovedOrganization
from .resources import labels_of, read_houses

if TYPE_CHECKING:
    from service.database.bulk import Values

_removed = table_of(RemovedOrganization)


def remember_removed(
    connection: Connection, organizations: Iterable[Values], houses: Mapping[str, frozenset[str]]
) -> None:
    """Store labels, parent and house of organizations (rows) that are about to be removed.

    They replace what was stored at an earlier removal. `houses`: as `read_houses` returns them.
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
    """Remember the hidden organizations among rows that a load or an import removes.

    Nothing is stored about open ones: adding them again publishes nothing new.
    """
    hidden = [row for row in going if row["type"] == "organization" and (row["private"] or not row["listed"])]
    if hidden:
        remember_removed(connection, hidden, read_houses(connection))


def may_have_hidden(labels: Mapping[str, Any]) -> bool:
    """Say whether an organization may have hidden where no note tells: a community's, and not one of health."""
    return labels.get("basis") == "community" and labels.get("kind") != "health"


def hide_removed(connection: Connection) -> None:
    """Have the removed organizations that may have hidden count as hidden when they were removed."""
    for slug, labels in connection.execute(select(_removed.c.slug, _removed.c.labels)).all():
        if may_have_hidden(labels):
            hidden = {**labels, "listed": "coalition", "address_private": True}
            connection.execute(update(_removed).where(_removed.c.slug == slug).values(labels=hidden))
