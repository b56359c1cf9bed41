"""Readers of numbers of places: numbers of a hidden house are for the house and its partners."""

from __future__ import annotations

from datetime import UTC, datetime

from service.serving.served import LISTED, Served

COMMUNITY = "community"


def sees_counts(served: Served, reader: str, owner: str) -> bool:
    """Say whether an organization may see the counts of an owner's services (slugs), as of now.

    Of an unlisted owner, or an owner with a private address: the owner itself and community-based organizations with an
    agreement in force with the owner.
    """
    house = served.names.organizations.get(owner)
    if reader == owner or (house is not None and house.listed == LISTED and not house.address_private):
        return True
    mine, snapshot = served.names.organizations.get(reader), served.snapshot
    if house is None or mine is None or mine.basis != COMMUNITY:
        return False
    day = datetime.now(UTC).astimezone(snapshot.zone).date()
    one, other = snapshot.organization_index[reader], snapshot.organization_index[owner]
    return bool(snapshot.in_force(one, other, day) or snapshot.in_force(other, one, day))
