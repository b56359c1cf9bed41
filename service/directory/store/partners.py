"""Partners by agreements in force, from the stored directory: the day's own question, asked of the records."""

from __future__ import annotations

from datetime import date

from sqlmodel import Session

from .queries import of_type, records, with_key

IN_FORCE = ("mou", "team")


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
