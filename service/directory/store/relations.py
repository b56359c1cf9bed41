"""Organizations in relation to each other, from the stored records: houses, and partners by agreements in force."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date

from sqlalchemy import and_, select
from sqlmodel import Session

from .queries import keys, of_type, records, with_key

IN_FORCE = ("mou", "team")


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


def partners_of(session: Session, organization: str, day: date) -> frozenset[str]:
    """Return the partners (slugs) of an organization by agreements in force, on a day in the coalition's zone."""
    mine, today = records.c.id.in_(with_key("agreement.between", organization)), day.isoformat()
    agreements = (row.document for row in session.execute(of_type("agreement", mine)))
    in_force = (
        told["between"]
        for told in agreements
        if told["status"] == "signed"
        and told["type"] in IN_FORCE
        and told.get("effective", today) <= today <= told.get("expires", today)
    )
    return frozenset[str]().union(*in_force) - {organization}


def may_see_counts(session: Session, reader: str, owner: str, day: date) -> bool:
    """Say whether an organization (a slug) may see the numbers of places at the services of `owner` (a slug).

    For an unlisted owner, or an owner with a private address: the owner itself, and community-based organizations with
    an agreement in force with the owner.
    """
    rows = {row.slug: row for row in session.execute(of_type("organization", records.c.slug.in_({reader, owner})))}
    house, mine = rows.get(owner), rows.get(reader)
    if reader == owner or (house is not None and house.listed and not house.private):
        return True
    if house is None or mine is None or mine.document.get("coalition", {}).get("basis") != "community":
        return False
    return owner in partners_of(session, reader, day)
