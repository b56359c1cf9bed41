"""The records of an import as rows: what the store should hold of the organizations that it touches. Pure.

A stored row keeps what the import does not speak of; a list of parts that the import gives replaces the stored one.
An organization that a bundle stored is left as it is, with all that is its own. An imported organization has declared
nothing; not even its parent is taken as one, for who belongs to one house decides what may be shared within it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from service.store.identity import id_of
from service.store.rows import RowSet, Values
from service.store.tables import Row
from service.vocabulary import DEFAULT_ACCEPTS_FROM, DEFAULT_MODES

from . import layouts
from .findings import Findings, Place
from .graph import Entity, Graph, Placed
from .layouts import Layout, Reading, read_record
from .shapes import LOCATION, ORGANIZATION, SERVICE, SERVICE_AT_LOCATION
from .slugs import slug_of
from .stored import Stored

_BUNDLE_SAYS = "is stored as a bundle's; an import changes nothing of it"
_OTHER_HAS_IT = "is stored as another organization's; left there"
_NO_ORGANIZATION = "has no organization that could be stored"

_UNDECLARED: Mapping[str, Any] = {
    "declared": False,
    "regimes": [],
    "operator_authorised": [],
    "accepted_forms": [],
    "membership": "none",
    "listed": "public",
    "address_private": False,
}
_UNSAID: Mapping[str, Any] = {  # of a service
    "limits_known": False,
    "types": [],
    "accepts": sorted(DEFAULT_MODES),
    "accepts_from": sorted(DEFAULT_ACCEPTS_FROM),
    "requires": [],
    "intake_data": [],
    "only_traits": [],
    "not_traits": [],
    "designated": False,
}


def build_records(graph: Graph, stored: Stored, source: str, findings: Findings, *, prune: bool = False) -> RowSet:
    """Return the whole records of all organizations that `graph` touches, as `CoalitionRepository.merge` takes them.

    Notes what is left out, unread or set aside. `prune`: what this source once brought and `graph` does not hold goes.
    Cost: linear in the size of the graph and of the records touched.
    """
    writer = _Writer(graph, stored, source, findings)
    writer.organizations()
    writer.services()
    writer.locations()
    writer.service_at_locations()
    if prune:
        writer.prune()
    return writer.finished()


def without_source(records: RowSet, source: str) -> RowSet:
    """Return `records` less the services and places that `source` brought, and all that hangs on them. Pure."""
    rows = {name: dict(found) for name, found in records.items()}
    for name in (SERVICE, LOCATION, SERVICE_AT_LOCATION):
        rows[name] = {key: row for key, row in rows.get(name, {}).items() if row["source"] != source}
    return _hanging_on_something(rows)


_READ_AS: Mapping[str, str] = {  # what a guess is about -> what is said of the words
    **dict.fromkeys(layouts.AGES, "tells an age limit in words, or with a number that stands for none"),
    "languages": "tells languages in words",
    "schedules": "tells hours in words",
    "service_areas": "names an area of the coalition in words",
}
_SPEAKS_OF_AGES = {*layouts.AGES, "eligibility_description", "eligibility"}
_HANGING = ("organization_id", "service_id", "location_id", "contact_id", "phone_id")
_REFERRED: Mapping[str, str] = {  # column -> table of what a part hangs on
    "service_id": SERVICE,
    "location_id": LOCATION,
    "service_at_location_id": SERVICE_AT_LOCATION,
    "contact_id": "contact",
    "phone_id": "phone",
}
_IN_ORDER = (
    SERVICE_AT_LOCATION,
    "contact",
    "phone",
    "schedule",
    "service_area",
    "service_capacity",
    "address",
    "language",
)
CURATION = "curation"  # the file that findings name about what people settled
_PLACE_ROOM = 1_000  # positions of a service's own parts come before those of its places


@dataclass(frozen=True, slots=True)
class _Whole:
    """A row that parts hang on, and the organization whose record they belong to."""

    layout: Layout
    id: str
    owner: str
    service: str = ""
    place: int = 0

    @property
    def hangs(self) -> dict[str, str]:
        """The columns that its parts have from it. Those of a service's place hang on the service too."""
        return {"owner_id": self.owner, self.column: self.id} | ({"service_id": self.service} if self.service else {})

    @property
    def column(self) -> str:
        """The column in which its parts name it."""
        return f"{self.layout.name}_id"


class _Writer:
    def __init__(self, graph: Graph, stored: Stored, source: str, findings: Findings) -> None:
        self._graph, self._stored, self._source, self._findings = graph, stored, source, findings
        self._rows: defaultdict[str, dict[str, Values]] = defaultdict(dict)
        self._hanging: defaultdict[tuple[str, str, str], list[str]] = defaultdict(list)  # (table, column, id) -> rows
        for name, rows in stored.records.items():
            self._rows[name] = dict(rows)
            for row in rows.values():
                for column in _HANGING if row.get("service_at_location_id") is None else ("service_at_location_id",):
                    if row.get(column) is not None:
                        self._hanging[name, column, row[column]].append(row["id"])

    # Records, in the order in which they depend on each other.

    def organizations(self) -> None:
        for entity in self._graph.organizations.values():
            self._settle(entity)
            if entity.id in self._stored.from_bundle:
                self._findings.put_aside(entity.place, _BUNDLE_SAYS)
            elif self._put(entity, layouts.ORGANIZATION, entity.id, _UNDECLARED):
                self._parts(entity, _Whole(layouts.ORGANIZATION, entity.id, entity.id))

    def services(self) -> None:
        for position, entity in enumerate(self._graph.services.values()):
            owner = self._owner(entity, entity.links.get(ORGANIZATION))
            if owner is None:
                continue
            self._settle(entity)
            new = {**_UNSAID, "position": position}
            if self._put(entity, layouts.SERVICE, entity.id, new, organization_id=owner):
                self._parts(entity, _Whole(layouts.SERVICE, entity.id, owner))
                if "service_at_locations" in entity.lists:
                    self._clear(SERVICE_AT_LOCATION, "service_id", entity.id)

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
                self._findings.put_aside(entity.place, "belongs to no organization that could be stored")
            for number, owner in enumerate(wanted):
                self._location(entity, position, owner, keeper=keeper, quiet=number > 0)

    def _location(self, entity: Entity, position: int, owner: str, *, keeper: str | None, quiet: bool) -> None:
        """Put a location into one organization's record. Each has a copy, for a record is replaced whole."""
        row_id = entity.id if owner == keeper else id_of(LOCATION, entity.id, owner)
        findings, self._findings = self._findings, Findings() if quiet else self._findings
        new = {"position": position, "private": False}
        if self._put(entity, layouts.LOCATION, row_id, new, organization_id=owner):
            self._parts(entity, _Whole(layouts.LOCATION, row_id, owner))
        self._findings = findings

    def service_at_locations(self) -> None:
        for position, entity in enumerate(self._graph.service_at_locations.values()):
            service = self._service_of(entity)
            owner = self._owner(entity, self._owner_of_service(entity))
            if owner is None:
                continue
            row_id = self._location_row(self._location_of(entity), owner)
            if row_id is None or service is None or service not in self._rows[SERVICE]:
                missing = "location" if row_id is None else "service"
                self._findings.leave_out(entity.place, f"has no {missing} that could be stored")
                continue
            new = {"owner_id": owner, "position": position}
            links = {"service_id": service, "location_id": row_id}
            if self._put(entity, layouts.SERVICE_AT_LOCATION, entity.id, new, **links):
                place = _PLACE_ROOM * (1 + position)
                whole = _Whole(layouts.SERVICE_AT_LOCATION, entity.id, owner, service, place)
                self._parts(entity, whole)

    def prune(self) -> None:
        """Take out what this source once brought and does not bring now."""
        here = {kind: set(self._graph.of(kind)) for kind in (SERVICE, LOCATION, SERVICE_AT_LOCATION)}
        owners = self._rows[ORGANIZATION]
        here[LOCATION] |= {id_of(LOCATION, place, owner) for place in self._graph.locations for owner in owners}
        for kind, ids in here.items():
            rows = self._rows[kind].items()
            self._rows[kind] = {key: row for key, row in rows if row["source"] != self._source or key in ids}

    def finished(self) -> RowSet:
        """Return all rows, less the parts of what went."""
        return _hanging_on_something(self._rows)

    # Whose a record is.

    def _owner(self, entity: Entity, named: str | None) -> str | None:
        """Return the organization in whose record an entity belongs; None, and a note, where it belongs in none."""
        held = self._stored.owners.get((entity.kind, entity.id))
        owner = named or held
        if owner is not None and {owner, held} & self._stored.from_bundle:
            self._findings.put_aside(entity.place, _BUNDLE_SAYS)
        elif owner is None or owner not in self._rows[ORGANIZATION]:
            self._findings.leave_out(entity.place, _NO_ORGANIZATION)
        elif held is not None and held != owner:
            self._findings.put_aside(entity.place, _OTHER_HAS_IT)
        else:
            return owner
        return None

    def _service_of(self, place: Entity) -> str | None:
        return place.links.get(SERVICE) or self._kept(place, "service_id")

    def _location_of(self, place: Entity) -> str | None:
        return place.links.get(LOCATION) or self._kept(place, "location_id")

    def _location_row(self, location: str | None, owner: str) -> str | None:
        """Return the row of a location in this organization's record: the location's own, or its copy."""
        for row_id in (location, id_of(LOCATION, location or "", owner)):
            row = self._rows[LOCATION].get(row_id or "")
            if row is not None and row["organization_id"] == owner:
                return row_id
        return None

    def _kept(self, place: Entity, column: str) -> str | None:
        row = self._stored.records.get(SERVICE_AT_LOCATION, {}).get(place.id)
        return None if row is None else row[column]

    def _owner_of_service(self, place: Entity) -> str | None:
        service = self._service_of(place) or ""
        row = self._rows[SERVICE].get(service)
        return self._stored.owners.get((SERVICE, service)) if row is None else row["organization_id"]

    # Rows.

    def _put(self, entity: Entity, layout: Layout, row_id: str, new: Mapping[str, Any], **links: str) -> bool:
        """Put the row of an entity over the stored one; `new` is what only a row not yet stored takes."""
        before = self._stored.records.get(layout.name, {}).get(row_id)
        reading = read_record(entity.fields, layout, self._stored.setting, known=before is not None)
        for name, reason in reading.missing:
            self._findings.leave_out(entity.places.get(name, entity.place), reason, name)
        if reading.missing:
            return False
        if before is None:
            before = {**_empty(layout), **new}
            if "source" in before:
                before["source"] = self._source
            if "slug" in layout.table.model_fields:
                before["slug"] = self._slug(layout.name, reading.columns.get("name"), row_id)
        for name, reason, malformed in reading.unread:
            self._findings.keep_unread(entity.places.get(name, entity.place), name, reason, malformed=malformed)
        for guess in reading.guesses:
            where = entity.places.get(guess.source, entity.place)
            self._findings.infer(where, guess.source, _READ_AS[guess.about], malformed=guess.malformed)
        if entity.original is not None:
            reading.extra["source_identifier"] = {"source": self._source, "identifier": entity.original}
        row = {**before, **_merged(before, reading), **links, "id": row_id, **_settled(before, "columns")}
        if layout is layouts.SERVICE:
            row["inferred"] = _inferred(before["inferred"], entity.fields, reading)
        self._rows[layout.name][row_id] = row
        return True

    def _settle(self, entity: Entity) -> None:
        """Lay what people settled about a record over what its source says of it."""
        before = self._stored.records.get(entity.kind, {}).get(entity.id)
        for name, value in _settled(before or {}, "fields").items():
            entity.fields[name], entity.places[name] = value, Place(CURATION)

    def _parts(self, entity: Entity, whole: _Whole) -> None:
        for key in whole.layout.parts:
            if key in entity.fields:
                self._list(whole, key, entity.fields[key], entity.places[key])

    def _list(self, whole: _Whole, key: str, value: Any, place: Place) -> None:
        """Put the rows of one list of parts in place of those that hung there."""
        layout = whole.layout.parts[key]
        self._clear(layout.name, whole.column, whole.id)
        seen: set[str] = set()
        for position, item in enumerate(value if isinstance(value, list) else ()):
            where = item.place if isinstance(item, Placed) else place.at(key, position)
            if not isinstance(item, dict):
                self._findings.leave_out(where, "must be a mapping of fields")
                continue
            # HSDS repeats a part, id and all, wherever it hangs; a row hangs in one place. Its own id is in `extra`.
            name = str(item.get("id") or position)
            row_id = id_of(layout.name, whole.id, name if name not in seen else f"{name}:{position}")
            seen.add(name)
            hangs = {**whole.hangs, "position": whole.place + position}
            if self._part(layout, row_id, item, where, hangs=hangs):
                for part_key in layout.parts:
                    self._list(_Whole(layout, row_id, whole.owner), part_key, item.get(part_key), where)

    def _part(self, layout: Layout, row_id: str, item: Mapping[str, Any], place: Place, *, hangs: Values) -> bool:
        reading = read_record(item, layout, self._stored.setting)
        for name, reason in reading.missing:
            self._findings.leave_out(place, reason, name)
        if reading.missing:
            return False
        for name, reason, malformed in reading.unread:
            self._findings.keep_unread(place, name, reason, malformed=malformed)
        for guess in reading.guesses:
            self._guess_of_part(guess, place, hangs.get("service_id"))
        before = {**_empty(layout), **hangs}
        self._rows[layout.name][row_id] = {**before, **_merged(before, reading), "id": row_id}
        return True

    def _guess_of_part(self, guess: layouts.Guess, place: Place, service: str | None) -> None:
        """Keep what a part of a service, or of its place, was read as with the service itself."""
        row = self._rows[SERVICE].get(service or "")
        if row is None:
            return
        self._findings.infer(place, guess.source, _READ_AS[guess.about], malformed=guess.malformed)
        inferred = dict(row["inferred"] or {})
        before = inferred.get(guess.about, {}).get("value", [])
        value = [*before, *(item for item in guess.value if item not in before)]
        inferred[guess.about] = {"value": value, "from": guess.source}
        self._rows[SERVICE][row["id"]] = {**row, "inferred": inferred}

    def _clear(self, table: str, column: str, hangs_on: str) -> None:
        for row_id in self._hanging.get((table, column, hangs_on), ()):
            self._rows[table].pop(row_id, None)

    def _slug(self, kind: str, name: object, row_id: str) -> str:
        slug = slug_of(kind, name, row_id)
        return slug_of(kind, name, row_id, long=True) if (kind, slug) in self._stored.slugs else slug


def candidate_slugs(graph: Graph) -> dict[str, list[str]]:
    """Return the slugs that new records of `graph` would take, by table."""
    return {kind: list(_slugs(kind, graph)) for kind in (ORGANIZATION, SERVICE, LOCATION)}


def _slugs(kind: str, graph: Graph) -> Iterator[str]:
    for entity in graph.of(kind).values():
        yield slug_of(kind, entity.fields.get("name"), entity.id)


def _hanging_on_something(rows: Mapping[str, Mapping[str, Values]]) -> RowSet:
    """Return `rows` of whole records less those that refer to a service, a place or a part that is not among them."""
    kept: RowSet = {name: dict(found) for name, found in rows.items()}
    for name in _IN_ORDER:
        table = kept.get(name, {})
        columns = [column for column in _REFERRED if column in next(iter(table.values()), ())]
        held = {column: kept.get(_REFERRED[column], {}) for column in columns}
        for key in [
            key for key, row in table.items() if any(row[of] is not None and row[of] not in held[of] for of in columns)
        ]:
            del table[key]
    private = kept.get("private_address", {})
    kept["private_address"] = {key: row for key, row in private.items() if key in kept.get(LOCATION, {})}
    return kept


@cache
def _defaults(layout_table: type[Row]) -> Values:
    return {name: field.get_default() for name, field in layout_table.model_fields.items()}


def _empty(layout: Layout) -> Values:
    return dict(_defaults(layout.table))


def _inferred(before: Values | None, fields: Mapping[str, Any], reading: Reading) -> Values | None:
    """Return what a service's words were read as: anew where `fields` say something about it, else as before."""
    kept = {
        about: guess
        for about, guess in (before or {}).items()
        if about not in fields and not (about in layouts.AGES and fields.keys() & _SPEAKS_OF_AGES)
    }
    return kept | {found.about: {"value": found.value, "from": found.source} for found in reading.guesses} or None


def _settled(row: Mapping[str, Any], part: str) -> Values:
    """Return what people settled about a stored record: its HSDS `fields`, or `columns` of our own."""
    return dict((row.get("curated") or {}).get(part, {}))


def _merged(before: Mapping[str, Any], reading: Reading) -> Values:
    extra = {
        key: value for key, value in {**(before["extra"] or {}), **reading.extra}.items() if value not in (None, [])
    }
    return {**reading.columns, "extra": extra or None}
