"""The records of an import as a graph, however files nest, repeat and cut records. Pure.

HSDS tells the same organization in a list, in a full record and inside each of its services. Records with the same id
are a single record here: a present field wins over an earlier field, and an absent field changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from service.directory.hsds.findings import Place


class Placed(dict[str, Any]):
    """A part from a file of its own: its fields, and their places."""

    place: Place


@dataclass(slots=True)
class Entity:
    """A record. `places`: for each field, the place of the record that gave it; `lists`: keys of its lists of records.

    `original` is the id as written by the source, for an id that is no UUID. `links` holds ids by type: of a service's
    organization, of a service_at_location's service and location.
    """

    record_type: str
    id: str
    original: str | None
    place: Place
    fields: dict[str, Any] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    lists: set[str] = field(default_factory=set)
    links: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class RecordGraph:
    """Entities by id, in the order of their first record; `claims` are the organizations that name a location."""

    organizations: dict[str, Entity] = field(default_factory=dict)
    services: dict[str, Entity] = field(default_factory=dict)
    locations: dict[str, Entity] = field(default_factory=dict)
    service_at_locations: dict[str, Entity] = field(default_factory=dict)
    claims: dict[str, dict[str, None]] = field(default_factory=dict)

    def of(self, record_type: str) -> dict[str, Entity]:
        """Return the entities of a type."""
        found: dict[str, Entity] = getattr(self, f"{record_type}s")
        return found

    def claim(self, location: str, organization: str) -> None:
        """Note that an organization has or uses a location."""
        self.claims.setdefault(location, {})[organization] = None
