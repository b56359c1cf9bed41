"""The date of a service's last change (HSDS `last_modified`): ours to keep, whatever a writer or a source says.

The date moves when the shown record of a service changes: the service, a part of it, or a public place where it is
given. What no reader of HSDS is shown moves no date: private places, matters of the coalition alone, counts of places,
which have a time of their own. A changed service has no date until its transaction is nearly done: `stamp` gives all of
them the same moment, as late as can be, so that no reader asks for later changes first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import ColumnElement, Connection, select, update

from .directory_tables import DIRECTORY
from .record_tables import INNER_COLUMNS, INNER_TITLES

if TYPE_CHECKING:
    from .rows import Values

_CHUNK = 500
_MOVES_NO_DATE = frozenset(("private_address", "service_capacity", "search_text", "term_use"))
_UNSHOWN: Mapping[str, frozenset[str]] = {
    "service": frozenset(("position", "source", "inferred", "curated", "last_modified")),
    "location": frozenset(("position", "source")),
    "contact": INNER_COLUMNS,
}
_VISIBILITY = ("listed", "address_private")


class TableChange(Protocol):
    """The rows of a table before and after a change, by id; of the owners concerned, each has all of its rows."""

    @property
    def name(self) -> str:
        """The table's name."""

    @property
    def current(self) -> Mapping[str, Values]:
        """The rows as stored."""

    @property
    def wanted(self) -> Mapping[str, Values]:
        """The rows to store."""

    def pairs(self) -> Iterator[tuple[Values | None, Values | None]]:
        """Yield each changed row, before and after; None: not there."""


class ChangedServices:
    """The services whose shown record is touched by changes."""

    def __init__(self, changes: Sequence[TableChange]) -> None:
        self._tables = {change.name: change for change in changes}
        self._services: set[str] = set()
        self._organizations: set[str] = set()
        self._places: set[str] = set()
        self._given: defaultdict[str, set[str]] = defaultdict(set)  # services by place
        for change in changes:
            if change.name not in _MOVES_NO_DATE:
                for before, after in change.pairs():
                    self._note(change.name, before, after)

    def clear_dates(self, connection: Connection) -> None:
        """Take the dates from the services; `stamp` gives new ones."""
        services, given = DIRECTORY.tables["service"], DIRECTORY.tables["service_at_location"]
        places = {place for place in (*self._places, *self._given) if self._is_public(place)}
        strange = (place for place in (*self._places, *self._given) if not any(self._versions("location", place)))
        places |= _public_places(connection, strange)
        touched = self._services.union(*(self._given[place] for place in places & self._given.keys()))
        for some in _chunks(places & self._places):
            touched.update(connection.scalars(select(given.c.service_id).where(given.c.location_id.in_(some))))
        new = self._tables["service"].wanted.keys() - self._tables["service"].current.keys()
        for some in _chunks(touched - new):
            _clear(connection, services.c.id.in_(some))
        for some in _chunks(self._organizations):
            _clear(connection, services.c.organization_id.in_(some))

    def _note(self, table: str, before: Values | None, after: Values | None) -> None:
        if before is not None and after is not None:
            changed = {name for name in after if before.get(name) != after[name]}
            if table == "organization" and not changed.isdisjoint(_VISIBILITY):
                self._organizations.add(after["id"])
            if changed <= _UNSHOWN.get(table, frozenset()):
                return
        for row in (before, after):
            if row is not None:
                self._note_wholes(table, row)

    def _note_wholes(self, table: str, row: Values) -> None:
        """Note the services and places that a row is a part of."""
        if table == "service":
            self._services.add(row["id"])
        elif table == "location":
            self._places.add(row["id"])
        elif table == "service_at_location":
            self._given[row["location_id"]].add(row["service_id"])
        elif row.get("service_at_location_id") is not None:  # a row of the service too, told at its place
            self._note_parts_of("service_at_location", row["service_at_location_id"])
        elif table != "contact" or row["title"] not in INNER_TITLES:
            if row.get("service_id") is not None:
                self._services.add(row["service_id"])
            if row.get("location_id") is not None:
                self._places.add(row["location_id"])
            for above in ("contact", "phone"):
                if row.get(f"{above}_id") is not None:
                    self._note_parts_of(above, row[f"{above}_id"])

    def _note_parts_of(self, table: str, row_id: str) -> None:
        for row in self._versions(table, row_id):
            self._note_wholes(table, row)

    def _versions(self, table: str, row_id: str) -> Iterator[Values]:
        """Yield a row as stored and as wanted."""
        for rows in (self._tables[table].current, self._tables[table].wanted):
            if row_id in rows:
                yield rows[row_id]

    def _is_public(self, place: str) -> bool:
        """Say whether a place was public, or is."""
        return any(
            not row["private"]
            and not any(owner["address_private"] for owner in self._versions("organization", row["organization_id"]))
            for row in self._versions("location", place)
        )


def stamp(connection: Connection, moment: datetime) -> None:
    """Date the services that were changed in this transaction."""
    services = DIRECTORY.tables["service"]
    connection.execute(update(services).where(services.c.last_modified.is_(None)).values(last_modified=moment))


def _clear(connection: Connection, which: ColumnElement[bool]) -> None:
    connection.execute(update(DIRECTORY.tables["service"]).where(which).values(last_modified=None))


def _public_places(connection: Connection, ids: Iterable[str]) -> set[str]:
    places, owners = DIRECTORY.tables["location"], DIRECTORY.tables["organization"]
    public = select(places.c.id).join(owners, owners.c.id == places.c.organization_id)
    public = public.where(places.c.private.is_(False), owners.c.address_private.is_(False))
    return {found for some in _chunks(ids) for found in connection.scalars(public.where(places.c.id.in_(some)))}


def _chunks(ids: Iterable[Any]) -> Iterator[list[Any]]:
    iterator = iter(ids)
    while chunk := list(islice(iterator, _CHUNK)):
        yield chunk
