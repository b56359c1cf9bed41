"""The records of an import as rows: the rows that the store is to hold for the touched organizations. Pure.

A stored row keeps the values of fields that the import leaves out; a list of parts in the import replaces the stored
list. An organization of a bundle is left as stored, with its whole record. An imported organization has declared no
fact; not even its parent is taken as a parent, because membership of a house decides on sharing within the house.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from service.directory.hsds.findings import Findings
from service.directory.hsds.reading.record_graph import Entity, RecordGraph
from service.directory.standard.identity import id_of
from service.directory.standard.record_types import LOCATION, ORGANIZATION, SERVICE, SERVICE_AT_LOCATION
from service.directory.store.directory_tables import RowSet
from service.infrastructure.database.bulk import Values
from service.words import imports
from service.words.vocabulary import DEFAULT_ACCEPTS_FROM, DEFAULT_MODES

from . import column_map
from .merge_row import RowWriter
from .slugs import slug_of
from .stored_rows import Stored

_ROW = 300  # bytes: about what a row takes besides its texts
_UNSAID: Mapping[str, Any] = {  # of a service's referrals
    "accepts": sorted(DEFAULT_MODES),
    "accepts_from": sorted(DEFAULT_ACCEPTS_FROM),
    "designated": False,
}


def build_records(
    graph: RecordGraph,
    stored: Stored,
    source: str,
    findings: Findings,
    *,
    prune: bool = False,
    copied: Callable[[int], object] = lambda _: None,
) -> RowSet:
    """Return the whole records of the organizations touched by `graph`, as `CoalitionRepository.merge` takes records.

    Notes omissions, unread values and records set aside. `prune`: the source's earlier records absent from `graph` go.
    Cost: linear in the size of the graph, of the records touched, and of the copies of locations that organizations
    share, of which `copied` is told the bytes beforehand.
    """
    writer = _RecordWriter(graph, stored, source, findings, copied)
    writer.organizations()
    writer.services()
    writer.locations()
    writer.service_at_locations()
    if prune:
        writer.prune()
    return writer.finished()


class _RecordWriter:
    def __init__(
        self,
        graph: RecordGraph,
        stored: Stored,
        source: str,
        findings: Findings,
        copied: Callable[[int], object],
    ) -> None:
        self._graph, self._stored, self._source, self._findings = graph, stored, source, findings
        self._copied = copied
        self._into = RowWriter(stored, source, findings)
        self._rows = self._into.rows

    # Records, in the order in which they depend on each other.

    def organizations(self) -> None:
        for entity in self._graph.organizations.values():
            self._into.settle(entity)
            if entity.id in self._stored.from_bundle:
                self._findings.put_aside(entity.place, imports.OF_A_BUNDLE)
            else:
                self._into.put(entity, column_map.ORGANIZATION, entity.id, {}, owner_id=entity.id)

    def services(self) -> None:
        for position, entity in enumerate(self._graph.services.values()):
            owner = self._owner(entity, entity.links.get(ORGANIZATION))
            if owner is None:
                continue
            self._into.settle(entity)
            new = {"referral": dict(_UNSAID)}
            stored = self._into.put(entity, column_map.SERVICE, entity.id, new, owner_id=owner, position=position)
            if stored and "service_at_locations" in entity.lists:
                self._into.clear_places(entity.id)

    def locations(self) -> None:
        for place in self._graph.service_at_locations.values():
            owner = self._owner_of_service(place)
            location = self._location_of(place)
            if owner is not None and location in self._graph.locations:
                self._graph.claim(location, owner)
        for position, entity in enumerate(self._graph.locations.values()):
            wanted = [owner for owner in self._graph.claims.get(entity.id, ()) if owner in self._rows[ORGANIZATION]]
            keeper = self._stored.owners.get((LOCATION, entity.id), wanted[0] if wanted else None)
            if keeper in self._rows[ORGANIZATION] and keeper not in wanted:
                wanted.append(keeper)
            if not wanted:
                self._findings.put_aside(entity.place, imports.BELONGS_TO_NONE)
            if len(wanted) > 1:
                self._copied((len(wanted) - 1) * _size_of(entity))
            for number, owner in enumerate(wanted):
                self._location(entity, position, owner, keeper=keeper, quiet=number > 0)

    def _location(self, entity: Entity, position: int, owner: str, *, keeper: str | None, quiet: bool) -> None:
        """Put a location into an organization's record. Each record has a copy, for a record is replaced whole."""
        row_id = entity.id if owner == keeper else id_of(LOCATION, entity.id, owner)
        self._into.findings = Findings() if quiet else self._findings
        self._into.put(entity, column_map.LOCATION, row_id, {}, owner_id=owner, position=position)
        self._into.findings = self._findings

    def service_at_locations(self) -> None:
        for position, entity in enumerate(self._graph.service_at_locations.values()):
            service = self._service_of(entity)
            owner = self._owner(entity, self._owner_of_service(entity))
            if owner is None:
                continue
            row_id = self._location_row(self._location_of(entity), owner)
            if row_id is None or service is None or service not in self._rows[SERVICE]:
                self._findings.leave_out(
                    entity.place, imports.HAS_NO_LOCATION if row_id is None else imports.HAS_NO_SERVICE
                )
                continue
            links = {"service_id": service, "location_id": row_id}
            columns = {"owner_id": owner, "position": position}
            self._into.put(entity, column_map.SERVICE_AT_LOCATION, entity.id, {}, links=links, **columns)

    def prune(self) -> None:
        """Take out the source's earlier records that it no longer brings."""
        here = {
            record_type: set(self._graph.of(record_type)) for record_type in (SERVICE, LOCATION, SERVICE_AT_LOCATION)
        }
        owners = self._rows[ORGANIZATION]
        here[LOCATION] |= {id_of(LOCATION, place, owner) for place in self._graph.locations for owner in owners}
        for record_type, ids in here.items():
            rows = self._rows[record_type].items()
            self._rows[record_type] = {key: row for key, row in rows if row["source"] != self._source or key in ids}

    def finished(self) -> RowSet:
        """Return every row, less what was given at deleted places, or of deleted services."""
        return without_dangling(self._rows)

    # Whose a record is.

    def _owner(self, entity: Entity, named: str | None) -> str | None:
        """Return the organization of an entity's record; None, and a note, for an entity without an organization."""
        held = self._stored.owners.get((entity.record_type, entity.id))
        owner = named or held
        if owner is not None and {owner, held} & self._stored.from_bundle:
            self._findings.put_aside(entity.place, imports.OF_A_BUNDLE)
        elif owner is None or owner not in self._rows[ORGANIZATION]:
            self._findings.leave_out(entity.place, imports.NO_ORGANIZATION)
        elif held is not None and held != owner:
            self._findings.put_aside(entity.place, imports.OF_ANOTHER)
        else:
            return owner
        return None

    def _service_of(self, place: Entity) -> str | None:
        return place.links.get(SERVICE) or self._kept(place, "service_id")

    def _location_of(self, place: Entity) -> str | None:
        return place.links.get(LOCATION) or self._kept(place, "location_id")

    def _location_row(self, location: str | None, owner: str) -> str | None:
        """Return the row of a location in the organization's record: the location's own, or its copy."""
        for row_id in (location, id_of(LOCATION, location or "", owner)):
            row = self._rows[LOCATION].get(row_id or "")
            if row is not None and row["owner_id"] == owner:
                return row_id
        return None

    def _kept(self, place: Entity, column: str) -> str | None:
        row = self._stored.records.get(SERVICE_AT_LOCATION, {}).get(place.id)
        return None if row is None else row["document"][column]

    def _owner_of_service(self, place: Entity) -> str | None:
        service = self._service_of(place) or ""
        row = self._rows[SERVICE].get(service)
        return self._stored.owners.get((SERVICE, service)) if row is None else row["owner_id"]


def without_dangling(rows: Mapping[str, Mapping[str, Values]]) -> RowSet:
    """Return the rows of whole records less services at places of which the service or the place is not there."""
    kept: RowSet = {name: dict(found) for name, found in rows.items()}
    kept[SERVICE_AT_LOCATION] = {
        row_id: row
        for row_id, row in kept.get(SERVICE_AT_LOCATION, {}).items()
        if row["document"]["service_id"] in kept[SERVICE] and row["document"]["location_id"] in kept[LOCATION]
    }
    return kept


def _size_of(entity: Entity) -> int:
    """Return about the bytes that the rows of an entity take."""
    text = json.dumps(entity.fields)
    return len(text) + _ROW * text.count("{")


def candidate_slugs(graph: RecordGraph) -> dict[str, list[str]]:
    """Return the slugs that new records of `graph` would take, by table."""
    return {record_type: list(_slugs(record_type, graph)) for record_type in (ORGANIZATION, SERVICE, LOCATION)}


def _slugs(record_type: str, graph: RecordGraph) -> Iterator[str]:
    for entity in graph.of(record_type).values():
        yield slug_of(record_type, entity.fields.get("name"), entity.id)
