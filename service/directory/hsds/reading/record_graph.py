"""The records of an import as a graph, with the parts that have tables of their own: a contact's phones, say. Pure.

Whoever keeps the rows of parts is asked for those of each record.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from service.directory.hsds.findings import ImportRefused, Place
from service.i18n import imports

from .decoding import LARGEST_RECORD

_DEEPEST = 10  # a contact has phones, a phone languages, a language attributes
_BESIDES = 100  # bytes that a part counts for, besides its own text


class PlacedPart(dict[str, Any]):
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
        entities: dict[str, Entity] = getattr(self, f"{record_type}s")
        return entities

    def claim(self, location: str, organization: str) -> None:
        """Note that an organization has or uses a location."""
        self.claims.setdefault(location, {})[organization] = None


class PartRow(NamedTuple):
    """A part as it is kept: `fields` as JSON, from `path` in `file`; `key` is the list of the record that it is in."""

    record_type: str
    id: str
    key: str
    file: str
    path: str
    fields: str


class PartTree:
    """The parts of a single record. A part may hang on several parts, so all that is shown of them is counted."""

    def __init__(self, rows: Callable[[str, str], Sequence[PartRow]], nesting: Set[str]) -> None:
        self._rows = rows  # of the parts that hang on a record, by its type and id
        self._nesting = nesting  # record types of parts that other parts hang on
        self._size = 0
        self._ids: dict[str, set[str]] = {}  # by list of the record: what it holds

    def hang(self, entity: Entity, row: PartRow) -> None:
        """Put a part with its own parts into a list of the record; a part there already stays as it is.

        Raises:
            ImportRefused: parts hang on parts without end, or make a record larger than any directory's.
        """
        part = self._part(row, ())
        there = entity.fields.get(row.key)
        if not isinstance(there, list):
            there = entity.fields[row.key] = []
        if (ids := self._ids.get(row.key)) is None:
            part_ids = (item.get("id") for item in there if isinstance(item, dict))
            ids = self._ids[row.key] = {part_id for part_id in part_ids if isinstance(part_id, str)}
        if row.id not in ids:
            ids.add(row.id)
            there.append(part)
        entity.places.setdefault(row.key, part.place)

    def below(self, record_type: str, own: str, above: tuple[tuple[str, str], ...] = ()) -> dict[str, list[PlacedPart]]:
        """Return the parts that hang on a part or a term, by list.

        Raises:
            ImportRefused: as `hang`.
        """
        lists: dict[str, list[PlacedPart]] = {}
        for row in self._rows(record_type, own):
            if row[:2] != (record_type, own) and row[:2] not in above:
                lists.setdefault(row.key, []).append(self._part(row, (*above, (record_type, own))))
        return lists

    def _part(self, row: PartRow, above: tuple[tuple[str, str], ...]) -> PlacedPart:
        self._size += len(row.fields) + _BESIDES
        if self._size > LARGEST_RECORD or len(above) > _DEEPEST:
            too_large = imports.RECORD_LARGER.format(most=LARGEST_RECORD // 1024**2)
            reason = imports.TOO_DEEP if self._size <= LARGEST_RECORD else too_large
            raise ImportRefused(imports.NOTHING_OF_IT.format(file=row.file, path=row.path, reason=reason))
        part = PlacedPart(json.loads(row.fields))
        part.place = Place(row.file, row.path)
        if row.record_type in self._nesting:
            for key, parts in self.below(row.record_type, row.id, above).items():
                part.setdefault(key, []).extend(parts)
        return part
