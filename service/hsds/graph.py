"""The records of an import as one graph, however the files nest and repeat them. Pure.

HSDS tells the same organization in a list, in a full record and inside each of its services. Records of one id are
one record here: a field that is present wins over the one met before, and a field that is absent says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from service.store.identity import id_of

from .files import Document
from .findings import Findings, Place
from .shapes import LOCATION, ORGANIZATION, SERVICE, SERVICE_AT_LOCATION, records_in

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)

# For each kind: keys that hold another record, lists of other records, and keys that refer to one by id.
_ONE: Mapping[str, Mapping[str, str]] = {
    SERVICE: {"organization": ORGANIZATION},
    SERVICE_AT_LOCATION: {"service": SERVICE, "location": LOCATION},
}
_MANY: Mapping[str, Mapping[str, str]] = {
    ORGANIZATION: {"services": SERVICE, "locations": LOCATION},
    SERVICE: {"service_at_locations": SERVICE_AT_LOCATION},
}
_BY_ID: Mapping[str, Mapping[str, str]] = {
    SERVICE: {"organization_id": ORGANIZATION},
    LOCATION: {"organization_id": ORGANIZATION},
    SERVICE_AT_LOCATION: {"service_id": SERVICE, "location_id": LOCATION},
}


@dataclass(slots=True)
class Entity:
    """One record. `places` tells for each field which record gave it; `lists` which lists of records it had.

    `original` is the id as the source wrote it, where that is no UUID. `links` holds ids by kind: of a service's
    organization, of a service_at_location's service and location.
    """

    kind: str
    id: str
    original: str | None
    place: Place
    fields: dict[str, Any] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    lists: set[str] = field(default_factory=set)
    links: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Graph:
    """Entities by id, in the order in which they were met; `claims` are the organizations that name a location."""

    organizations: dict[str, Entity] = field(default_factory=dict)
    services: dict[str, Entity] = field(default_factory=dict)
    locations: dict[str, Entity] = field(default_factory=dict)
    service_at_locations: dict[str, Entity] = field(default_factory=dict)
    claims: dict[str, dict[str, None]] = field(default_factory=dict)

    def of(self, kind: str) -> dict[str, Entity]:
        """Return the entities of one kind."""
        found: dict[str, Entity] = getattr(self, f"{kind}s")
        return found

    def claim(self, location: str, organization: str) -> None:
        """Note that an organization has or uses a location."""
        self.claims.setdefault(location, {})[organization] = None


def collect(documents: Iterable[Document], source: str, findings: Findings) -> Graph:
    """Return the graph of all records in `documents`; ids that are no UUIDs become UUIDv5 of `source` and id."""
    collector = _Collector(source, findings)
    for document in documents:
        for kind, record, place in records_in(document, findings):
            collector.add(kind, record, place, {})
    return collector.graph


class _Collector:
    def __init__(self, source: str, findings: Findings) -> None:
        self.graph = Graph()
        self._source = source
        self._findings = findings

    def add(self, kind: str, record: Mapping[str, Any], place: Place, links: Mapping[str, str]) -> str | None:
        """Add a record and all that it nests; return its id, None if it has none. `links` come from where it nests."""
        found = self._identify(kind, record.get("id"))
        if found is None:
            self._findings.leave_out(place, "is required: text that names this record", "id")
            return None
        entity_id, original = found
        entity = self.graph.of(kind).setdefault(entity_id, Entity(kind, entity_id, original, place))
        self._link(entity, links)
        for key, value in record.items():
            if key in _ONE.get(kind, {}):
                self._nested(entity, _ONE[kind][key], key, value, place)
            elif key in _MANY.get(kind, {}):
                entity.lists.add(key)
                for item, where in self._items(value, place, key):
                    self.add(_MANY[kind][key], item, where, {kind: entity_id})
            elif key in _BY_ID.get(kind, {}):
                self._refer(entity, _BY_ID[kind][key], value)
            elif key != "id":
                entity.fields[key], entity.places[key] = value, place
        return entity_id

    def _nested(self, entity: Entity, kind: str, key: str, value: Any, place: Place) -> None:
        if isinstance(value, dict):
            nested = self.add(kind, value, place.at(key), {})
            self._link(entity, {kind: nested} if nested else {})
        elif value is not None:
            self._findings.leave_out(place.at(key), "must be a mapping of fields")

    def _refer(self, entity: Entity, kind: str, value: Any) -> None:
        found = self._identify(kind, value)
        self._link(entity, {kind: found[0]} if found else {})

    def _link(self, entity: Entity, links: Mapping[str, str]) -> None:
        for kind, target in links.items():
            if entity.kind == LOCATION:
                self.graph.claim(entity.id, target)
            else:
                entity.links.setdefault(kind, target)

    def _items(self, value: Any, place: Place, key: str) -> Iterator[tuple[dict[str, Any], Place]]:
        if value is not None and not isinstance(value, list):
            self._findings.leave_out(place.at(key), "must be a list")
            return
        for index, item in enumerate(value or ()):
            if isinstance(item, dict):
                yield item, place.at(key, index)
            else:
                self._findings.leave_out(place.at(key, index), "must be a mapping of fields")

    def _identify(self, kind: str, raw: Any) -> tuple[str, str | None] | None:
        """Return (id, None) for a UUID, (UUIDv5, the id as given) for another, None for what is no id."""
        if isinstance(raw, bool) or not isinstance(raw, (str, int)) or not str(raw).strip():
            return None
        text = str(raw).strip()
        if _UUID.fullmatch(text.lower()):
            return text.lower(), None
        return id_of("hsds", self._source, kind, text), text
