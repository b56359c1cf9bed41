"""Houses: an organization with its departments, at any depth."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from sqlalchemy import and_, select
from sqlmodel import Session

from .queries import keys, records


def read_houses(session: Session) -> Mapping[str, frozenset[str]]:
    """Return each organization's house (slugs): every organization under the same topmost parent."""
    above = records.outerjoin(keys, and_(keys.c.record_id == records.c.id, keys.c.name == "organization.parent"))
    query = select(records.c.slug, keys.c.value).select_from(above).where(records.c.type == "organization")
    parents = {row.slug: row.value for row in session.execute(query)}
    houses: defaultdict[str, set[str]] = defaultdict(set)
    topmost = {}
    for slug in parents:
        top = slug
        while parents.get(top) in parents:
            top = parents[top]
        topmost[slug] = top
        houses[top].add(slug)
    return {slug: frozenset(houses[top]) for slug, top in topmost.items()}
