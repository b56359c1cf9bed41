"""The publishable part of the directory, chunk by chunk: organizations visible to the reader, never a private place.

Every query starts from visible organizations, so that no hidden record is counted, sorted, searched or cut into pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, func, or_, select
from sqlmodel import Session

from .directory_tables import DIRECTORY
from .loop_tables import ServiceCount
from .rooms import Rooms
from .rows import RowSet, Values
from .table_base import table_of

PARTS: Mapping[str, str] = {  # table of parts -> the list that HSDS keeps them in
    "contact": "contacts",
    "phone": "phones",
    "language": "languages",
    "schedule": "schedules",
    "address": "addresses",
    "service_area": "service_areas",
    "service_capacity": "capacities",
}
"""Tables in the order in which parts hang on parts."""
_WHOLES = ("organization", "service", "location", "service_at_location", "contact", "phone")
_CHUNK = 500


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
        if self.sight.unlisted:
            return []
        table = named("organization")
        rows = self._session.execute(select(table.c.name, table.c.slug, table.c.id).where(~self._seen(table)))
        return [name for row in rows for name in row]

    def seen_organizations(self) -> Select[Any]:
        """Select the ids of the visible organizations."""
        table = named("organization")
        return select(table.c.id).where(self._seen(table))

    def chunks(self, table_name: str, size: int = _CHUNK) -> Iterator[dict[str, Values]]:
        """Yield every visible organization, or service: whole rows, in the order of their ids."""
        after = ""
        while rows := self.after(table_name, after, size):
            yield rows
            after = max(rows)

    def after(self, table_name: str, after: str, size: int, *where: ColumnElement[bool]) -> dict[str, Values]:
        """Return the next `size` visible rows, by id, after the id `after`."""
        table = named(table_name)
        chosen = select(table).where(self.visible(table_name), table.c.id > after, *where)
        return self._rows(chosen.order_by(table.c.id).limit(size))

    def visible(self, table_name: str) -> ColumnElement[bool]:
        """Return the condition for a visible row of an organization, a service, a location or a service there."""
        table = named(table_name)
        match table_name:
            case "organization":
                return self._seen(table)
            case "service":
                return table.c.organization_id.in_(self.seen_organizations())
            case "location":
                return table.c.organization_id.in_(self.seen_organizations()) & table.c.id.in_(self.public_places())
            case _:
                return table.c.owner_id.in_(self.seen_organizations()) & table.c.location_id.in_(self.public_places())

    def rows(self, table_name: str, column: str, values: Iterable[str]) -> dict[str, Values]:
        """Return the rows of a table with a `column` among `values`, by id; of places, the public places only."""
        table = named(table_name)
        found: dict[str, Values] = {}
        for chunk in _chunks(sorted(set(values))):
            chosen = select(table).where(table.c[column].in_(chunk))
            if table_name == "location":
                chosen = chosen.where(table.c.id.in_(self.public_places()))
            found |= self._rows(chosen)
        return found

    def with_parts(self, rows: RowSet) -> RowSet:
        """Return `rows` with their parts and the parts' parts, in a fixed number of reads."""
        found: RowSet = dict(rows)
        for table_name in PARTS:
            table = named(table_name)
            parts: dict[str, Values] = {}
            for whole in _WHOLES:
                if f"{whole}_id" in table.c and found.get(whole):
                    parts |= self.rows(table_name, f"{whole}_id", found[whole])
            found[table_name] = parts
        if services := found.get("service"):
            found["service_capacity"] = self._counted(services, found["service_capacity"])
        return found

    def last_counted(self) -> datetime | None:
        """Return the time of the last count at services with public counts; None: never."""
        counts, services, owners = table_of(ServiceCount), named("service"), named("organization")
        joined = counts.join(services, services.c.slug == counts.c.service)
        joined = joined.join(owners, owners.c.id == services.c.organization_id)
        shown = owners.c.listed == "public", owners.c.address_private.is_(False)
        query = select(func.max(counts.c.updated)).select_from(joined).where(*shown)
        return self._session.execute(query).scalar_one_or_none()

    def _counted(self, services: Mapping[str, Values], recorded: Mapping[str, Values]) -> dict[str, Values]:
        """Return capacities of services with the people's own newer counts in the place of the record's."""
        by_slug = {row["slug"]: row for row in services.values()}
        found, at = dict(recorded), {(row["service_id"], row["unit"]): row for row in recorded.values()}
        for count in Rooms(self._session).counted(by_slug):
            service = by_slug[count.service]
            told = {"available": count.available, "maximum": count.maximum, "updated": count.updated}
            key = service["id"], count.unit
            new = {"id": count.id, "service_id": key[0], "owner_id": service["organization_id"], "unit": key[1]}
            earlier = at.get(key, {**new, "extra": None, "position": len(recorded)})
            before = earlier.get("updated")
            if count.updated is not None and (before is None or count.updated > before):
                found[earlier["id"]] = {**earlier, **told}
        return found

    def public_places(self) -> Select[Any]:
        """Select the ids of public places."""
        places, owners = named("location"), named("organization")
        joined = places.join(owners, owners.c.id == places.c.organization_id)
        public = places.c.private.is_(False), owners.c.address_private.is_(False)
        return select(places.c.id).select_from(joined).where(*public)

    def _seen(self, organizations: Table) -> ColumnElement[bool]:
        if self.sight.unlisted:
            return organizations.c.id.is_not(None)
        return or_(organizations.c.listed == "public", organizations.c.slug.in_(sorted(self.sight.own)))

    def _rows(self, statement: Select[Any]) -> dict[str, Values]:
        return {row["id"]: dict(row) for row in self._session.execute(statement).mappings()}


def named(name: str) -> Table:
    """Return the table with a name."""
    return DIRECTORY.tables[name]


def _chunks(values: Sequence[str]) -> Iterator[list[str]]:
    iterator = iter(values)
    while chunk := list(islice(iterator, _CHUNK)):
        yield chunk
