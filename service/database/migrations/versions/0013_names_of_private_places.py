"""A private place goes by its organization's name and its own: no other place meets that, or the id that follows."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

from service.directory.standard.identity import id_of, place_name, place_slug

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: None = None
depends_on: None = None

ORGANIZATION = sa.table("organization", *map(sa.column, ("id", "slug")))
PLACE = sa.table("location", *map(sa.column, ("id", "slug", "organization_id", "location_type", "private", "position")))
SEALED = sa.table("private_address", sa.column("id"))
AT_PLACE = sa.table("service_at_location", *map(sa.column, ("id", "owner_id", "service_id", "location_id", "position")))


def upgrade() -> None:
    """Bring the rows to this revision."""
    _rename(lambda organization, name: place_name(organization, name, private=True))


def downgrade() -> None:
    """Take the rows back to the revision before."""
    _rename(lambda _, name: place_slug(name))


def _rename(new_name: Callable[[str, str], str]) -> None:
    """Give each private place a new name, and the id that follows, and move what refers to it along."""
    connection = op.get_bind()
    slugs = {row.id: row.slug for row in connection.execute(sa.select(ORGANIZATION))}
    for place in connection.execute(sa.select(PLACE).where(PLACE.c.private.is_(sa.true()))).mappings().all():
        name = new_name(slugs[place["organization_id"]], place["slug"])
        old, new = place["id"], id_of("location", name)
        connection.execute(sa.insert(PLACE).values({**place, "id": new, "slug": name}))
        connection.execute(sa.update(SEALED).where(SEALED.c.id == old).values(id=new))
        for given in connection.execute(sa.select(AT_PLACE).where(AT_PLACE.c.location_id == old)).all():
            known_by = (given.owner_id, given.service_id, old, str(given.position))
            follows = given.id == id_of("service_at_location", *known_by)
            moved = id_of("service_at_location", given.owner_id, given.service_id, new, str(given.position))
            values = {"location_id": new, **({"id": moved} if follows else {})}
            connection.execute(sa.update(AT_PLACE).where(AT_PLACE.c.id == given.id).values(values))
        connection.execute(sa.delete(PLACE).where(PLACE.c.id == old))
