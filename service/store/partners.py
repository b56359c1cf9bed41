"""Partners by agreements in force, from the stored directory: the day's own question, asked of the rows."""

from __future__ import annotations

from datetime import date

from sqlalchemy import or_, select
from sqlmodel import Session

from .coalition_tables import Agreement, AgreementParty
from .record_tables import Organization
from .table_base import table_of

IN_FORCE = ("mou", "team")


def partners_of(session: Session, organization: str, day: date) -> frozenset[str]:
    """Return the partners (slugs) of an organization by agreements in force, on a day in the coalition's zone."""
    parties, houses = table_of(AgreementParty), table_of(Organization)
    mine, other, house, partner = parties.alias(), parties.alias(), houses.alias(), houses.alias()
    agreement = table_of(Agreement)
    query = (
        select(partner.c.slug)
        .join(other, other.c.organization_id == partner.c.id)
        .join(agreement, agreement.c.id == other.c.agreement_id)
        .join(mine, mine.c.agreement_id == agreement.c.id)
        .join(house, house.c.id == mine.c.organization_id)
        .where(
            house.c.slug == organization,
            agreement.c.status == "signed",
            agreement.c.type.in_(IN_FORCE),
            or_(agreement.c.effective.is_(None), agreement.c.effective <= day),
            or_(agreement.c.expires.is_(None), agreement.c.expires >= day),
        )
    )
    return frozenset(session.execute(query).scalars()) - {organization}


def may_see_counts(session: Session, reader: str, owner: str, day: date) -> bool:
    """Say whether an organization (a slug) may see the numbers of places at the services of `owner` (a slug).

    For an unlisted owner, or an owner with a private address: the owner itself, and community-based organizations with
    an agreement in force with the owner.
    """
    table = table_of(Organization)
    query = select(table.c.slug, table.c.listed, table.c.address_private, table.c.basis)
    rows = {row.slug: row for row in session.execute(query.where(table.c.slug.in_({reader, owner})))}
    house, mine = rows.get(owner), rows.get(reader)
    if reader == owner or (house is not None and house.listed == "public" and not house.address_private):
        return True
    if house is None or mine is None or mine.basis != "community":
        return False
    return owner in partners_of(session, reader, day)
