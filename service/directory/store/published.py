"""The publishable part of the directory, chunk by chunk: organizations visible to the reader, never a private place.

Every query starts from visible organizations, so that no hidden record is counted, sorted, searched or cut into pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlmodel import Session

from service.directory.store.capacity_tables import ServiceCount
from service.infrastructure.database.bulk import Values, chunks
from service.infrastructure.database.table_base import table_of

from .capacity import CapacityStore
from .directory_tables import keys, of_type, records
from .record_documents import unit_name, written

_CHUNK = 500
AT_LOCATION = "service_at_location"


@dataclass(frozen=True, slots=True)
class VisibleOrganizations:
    """A reader's visible organizations: listed ones, `own` (slugs), or `unlisted` organizations too."""

    unlisted: bool = False
    own: frozenset[str] = field(default_factory=frozenset)


LISTED_ONLY = VisibleOrganizations()


class Published:
    """Reads the visible records, within the transaction of `session`. Not safe to share between threads."""

    def __init__(self, session: Session, sight: VisibleOrganizations = LISTED_ONLY) -> None:
        self._session = session
        self.sight = sight

    def hidden_names(self) -> list[str]:
        """Return every name that could tell a hidden organization: name, slug, id."""
        rows = self._session.execute(of_type("organization", ~self.visible))
        return [name for row in rows for name in (row.document["name"], row.slug, row.id)]

    def chunks(self, record_type: str, size: int = _CHUNK) -> Iterator[dict[str, Values]]:
        """Yield every visible record of a type, in the order of ids."""
        after = ""
        while rows := self.after(record_type, after, size):
            yield rows
            after = max(rows)

    def after(self, record_type: str, after: str, size: int, *where: ColumnElement[bool]) -> dict[str, Values]:
        """Return the next `size` visible records of a type, by id, after the id `after`."""
        chosen = self.of_type(record_type, records.c.id > after, *where)
        return self._rows(chosen.order_by(records.c.id).limit(size))

    def of_type(self, record_type: str, *where: ColumnElement[bool]) -> Select[Any]:
        """Select the visible records of a type that fit; of places, and of services at places, the public ones."""
        return of_type(record_type, self.visible, *_public(record_type), *where)

    @property
    def visible(self) -> ColumnElement[bool]:
        """The condition for records of visible organizations."""
        if self.sight.unlisted:
            return records.c.owner_id.is_not(None)
        house = records.alias("house")
        own = select(house.c.id).where(house.c.type == "organization", house.c.slug.in_(sorted(self.sight.own)))
        return or_(records.c.listed, records.c.owner_id.in_(own))

    def rows(self, record_type: str, column: str, values: Iterable[str]) -> dict[str, Values]:
        """Return the records of a type with a column among `values`, by id; of places, the public places only."""
        found: dict[str, Values] = {}
        for chunk in chunks(sorted(set(values))):
            found |= self._rows(of_type(record_type, records.c[column].in_(chunk), *_public(record_type)))
        return found

    def given_at(self, services: Iterable[str]) -> dict[str, Values]:
        """Return where services (ids) are given at public places, by id."""
        found: dict[str, Values] = {}
        for chunk in chunks(sorted(set(services))):
            named = select(keys.c.record_id).where(keys.c.name == f"{AT_LOCATION}.service_id", keys.c.value.in_(chunk))
            found |= self._rows(of_type(AT_LOCATION, records.c.id.in_(named), records.c.private.is_(False)))
        return found

    def last_counted(self) -> datetime | None:
        """Return the time of the last count at services with public counts; None: never."""
        counts = table_of(ServiceCount)
        named = and_(records.c.type == "service", records.c.slug == counts.c.service)
        shown = records.c.listed, records.c.private.is_(False)
        query = select(func.max(counts.c.updated)).select_from(counts.join(records, named)).where(*shown)
        return self._session.execute(query).scalar_one_or_none()

    def counted(self, services: dict[str, Values]) -> dict[str, Values]:
        """Return services with their people's own newer counts in the place of the records'."""
        by_slug, found = {row["slug"]: row for row in services.values()}, dict(services)
        for count in CapacityStore(self._session).counted(by_slug):
            row = found[by_slug[count.service]["id"]]
            capacities = list(row["document"].get("capacities", ()))
            at = next(
                (at for at, part in enumerate(capacities) if unit_name(part["unit"]) == count.unit), len(capacities)
            )
            earlier = capacities[at] if at < len(capacities) else {"id": count.id, "unit": count.unit}
            before = earlier.get("updated")
            if count.updated is not None and (before is None or count.updated > datetime.fromisoformat(before)):
                told = {"available": count.available, "maximum": count.maximum, "updated": written(count.updated)}
                capacities[at : at + 1] = [{**earlier, **told}]
                found[row["id"]] = {**row, "document": {**row["document"], "capacities": capacities}}
        return found

    def _rows(self, statement: Select[Any]) -> dict[str, Values]:
        return {row["id"]: dict(row) for row in self._session.execute(statement).mappings()}


def _public(record_type: str) -> tuple[ColumnElement[bool], ...]:
    """Return the condition for places, and services at places, to be public; of other types every record may be."""
    return () if record_type in ("organization", "service") else (records.c.private.is_(False),)
