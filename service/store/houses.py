"""Houses: an organization with its departments, at any depth."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from sqlalchemy import select
from sqlmodel import Session, col

from .record_tables import Organization


def read_houses(session: Session) -> Mapping[str, frozenset[str]]:
    """Return each organization's house (slugs): every organization under the same topmost parent."""
    query = select(col(Organization.id), col(Organization.slug), col(Organization.parent_id))
    rows = {row.id: row for row in session.execute(query)}
    houses: defaultdict[str, set[str]] = defaultdict(set)
    topmost = {}
    for row in rows.values():
        above = row
        while above.parent_id in rows:
            above = rows[above.parent_id]
        topmost[row.slug] = above.id
        houses[above.id].add(row.slug)
    return {slug: frozenset(houses[top]) for slug, top in topmost.items()}
