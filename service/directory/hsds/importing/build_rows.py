"""The records of an import as rows: the rows that the store is to hold for the touched organizations. Pure.

A stored row keeps the values of fields that the import leaves out; a list of parts in the import replaces the stored
list. An organization of a bundle is left as stored, with its whole record. An imported organization has declared no
fact; not even its parent is taken as a parent, because membership of a house decides on sharing within the house.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from service.database.bulk import Values
from service.directory.hsds.findings import Findings, Place
from service.directory.hsds.reading.record_graph import Entity, PlacedPart, RecordGraph
from service.directory.standard.identity import id_of, is_uuid
from service.directory.standard.record_types import LOCATION, ORGANIZATION, SERVICE, SERVICE_AT_LOCATION
from service.directory.store.directory_tables import RowSet
from service.directory.store.record_documents import EXTRA, filled, quality_of, row_of
from service.i18n import imports
from service.vocabulary import DEFAULT_ACCEPTS_FROM, DEFAULT_MODES

from . import column_map
from .column_map import ColumnLayout, ColumnReading, read_record
from .stored_rows import StoredRows

_LONGEST_NAME = 48
_OTHER = re.compile(r"[^a-z0-9]+")
_ROW = 300  # bytes: about what a row takes besides its texts
_UNSAID: Mapping[str, Any] = {  # of a service's referrals
    "accepts": sorted(DEFAULT_MODES),
    "accepts_from": sorted(DEFAULT_ACCEPTS_FROM),
    "designated": False,
}
_READ_AS: Mapping[str, str] = {  # what a guess is about -> what is said of the words
    **dict.fromkeys(column_map.AGES, imports.AGE_IN_WORDS),
    "languages": imports.LANGUAGES_IN_WORDS,
    "schedules": imports.HOURS_IN_WORDS,
    "service_areas": imports.AREA_IN_WORDS,
}
_SPEAKS_OF_AGES = {*column_map.AGES, "eligibility_description", "eligibility"}
_NAMED = (ORGANIZATION, SERVICE, LOCATION)
CURATION = "curation"  # the file that findings name about what people settled


def build_records(
    graph: RecordGraph,
    stored: StoredRows,
    source: str,
    findings: Findings,
    *,
    prune: bool = False,
    note_copy: Callable[[int], object] = lambda _: None,
) -> RowSet:
    """Return the whole records of the organizations touched by `graph`, as `CoalitionRepository.merge` takes records.

    `prune`: the source's earlier records absent from `graph` go. Cost: linear in what is read, touched and copied;
    `note_copy` is told beforehand the bytes of copies of locations that organizations share.
    """
    writer = _RecordWriter(graph, stored, source, findings, note_copy)
    writer.organizations()
    writer.services()
    writer.locations()
    writer.service_at_locations()
    if prune:
        writer.prune()
    return without_dangling(writer.rows)


class _RecordWriter:
    """Puts records over the stored rows; `rows` holds rows by type and id."""

    def __init__(
        self,
        graph: RecordGraph,
        stored: StoredRows,
        source: str,
        findings: Findings,
        note_copy: Callable[[int], object],
    ) -> None:
        self.rows: defaultdict[str, dict[str, Values]] = defaultdict(dict)
        self._graph, self._stored, self._source, self._findings = graph, stored, source, findings
        self._copied = note_copy
        for name, rows in stored.records.items():
            self.rows[name] = dict(rows)
        self._given_at: defaultdict[str, list[str]] = defaultdict(list)  # by service
        for row in self.rows[SERVICE_AT_LOCATION].values():
            self._given_at[row["document"]["service_id"]].append(row["id"])

    # Records, in the order in which they depend on each other.

    def organizations(self) -> None:
        for entity in self._graph.organizations.values():
            self._settle(entity)
            if entity.id in self._stored.from_bundle:
                self._findings.put_aside(entity.place, imports.OF_A_BUNDLE)
            else:
                self._put(entity, column_map.ORGANIZATION, entity.id, {}, self._findings, owner_id=entity.id)

    def services(self) -> None:
        # HSDS requires a status and has no word for an unknown one. A directory that gives none at all lists what is on
        # offer; where some services have one, nobody knows what its absence means, and those without are left out.
        tells_status = any(entity.fields.get("status") for entity in self._graph.services.values())
        known = self._stored.records.get(SERVICE, {})
        for position, entity in enumerate(self._graph.services.values()):
            owner = self._owner(entity, entity.links.get(ORGANIZATION))
            if owner is None:
                continue
            if not tells_status and entity.id in known:
                entity.fields.pop("status", None)
            elif not tells_status:
                entity.fields["status"] = "active"
                self._findings.mend(Place(entity.place.file), imports.NO_STATUS_ANYWHERE)
            self._settle(entity)
            new = {"referral": dict(_UNSAID)}
            stored = self._put(
                entity, column_map.SERVICE, entity.id, new, self._findings, owner_id=owner, position=position
            )
            if stored and "service_at_locations" in entity.lists:
                for row_id in self._given_at.get(entity.id, ()):
                    self.rows[SERVICE_AT_LOCATION].pop(row_id, None)

    def locations(self) -> None:
        for place in self._graph.service_at_locations.values():
            owner = self._owner_of_service(place)
            location = self._referred_record(place, LOCATION)
            if owner is not None and location in self._graph.locations:
                self._graph.claim(location, owner)
        for position, entity in enumerate(self._graph.locations.values()):
            owners = [owner for owner in self._graph.claims.get(entity.id, ()) if owner in self.rows[ORGANIZATION]]
            keeper = self._stored.owners.get((LOCATION, entity.id), owners[0] if owners else None)
            if keeper in self.rows[ORGANIZATION] and keeper not in owners:
                owners.append(keeper)
            if not owners:
                self._findings.put_aside(entity.place, imports.BELONGS_TO_NONE)
            if len(owners) > 1:
                self._copied((len(owners) - 1) * _size_of(entity))
            findings = self._findings
            for owner in owners:  # each record has a copy, for a record is replaced whole
                row_id = entity.id if owner == keeper else id_of(LOCATION, entity.id, owner)
                self._put(entity, column_map.LOCATION, row_id, {}, findings, owner_id=owner, position=position)
                findings = Findings()  # of a copy nothing is told again

    def service_at_locations(self) -> None:
        for position, entity in enumerate(self._graph.service_at_locations.values()):
            service = self._referred_record(entity, SERVICE)
            owner = self._owner(entity, self._owner_of_service(entity))
            if owner is None:
                continue
            row_id = self._location_row(self._referred_record(entity, LOCATION), owner)
            if row_id is None or service is None or service not in self.rows[SERVICE]:
                reason = imports.HAS_NO_LOCATION if row_id is None else imports.HAS_NO_SERVICE
                self._findings.leave_out(entity.place, reason)
                continue
            links = {"service_id": service, "location_id": row_id}
            columns = {"owner_id": owner, "position": position}
            self._put(entity, column_map.SERVICE_AT_LOCATION, entity.id, {}, self._findings, links=links, **columns)

    def prune(self) -> None:
        """Take out the source's earlier records that it no longer brings."""
        here = {
            record_type: set(self._graph.of(record_type)) for record_type in (SERVICE, LOCATION, SERVICE_AT_LOCATION)
        }
        owners = self.rows[ORGANIZATION]
        here[LOCATION] |= {id_of(LOCATION, place, owner) for place in self._graph.locations for owner in owners}
        for record_type, ids in here.items():
            rows = self.rows[record_type].items()
            self.rows[record_type] = {key: row for key, row in rows if row["source"] != self._source or key in ids}

    # Whose a record is.

    def _owner(self, entity: Entity, link: str | None) -> str | None:
        """Return the organization of an entity's record; None, and a note, for an entity without an organization."""
        keeper = self._stored.owners.get((entity.record_type, entity.id))
        owner = link or keeper
        if owner is not None and {owner, keeper} & self._stored.from_bundle:
            self._findings.put_aside(entity.place, imports.OF_A_BUNDLE)
        elif owner is None or owner not in self.rows[ORGANIZATION]:
            self._findings.leave_out(entity.place, imports.NO_ORGANIZATION)
        elif keeper is not None and keeper != owner:
            self._findings.put_aside(entity.place, imports.OF_ANOTHER)
        else:
            return owner
        return None

    def _referred_record(self, place: Entity, record_type: str) -> str | None:
        """Return the service, or the location, of a service at a location: from the files, else from the store."""
        row = self._stored.records.get(SERVICE_AT_LOCATION, {}).get(place.id)
        return place.links.get(record_type) or (None if row is None else row["document"][f"{record_type}_id"])

    def _location_row(self, location: str | None, owner: str) -> str | None:
        """Return the row of a location in the organization's record: the location's own, or its copy."""
        for row_id in (location, id_of(LOCATION, location or "", owner)):
            row = self.rows[LOCATION].get(row_id or "")
            if row is not None and row["owner_id"] == owner:
                return row_id
        return None

    def _owner_of_service(self, place: Entity) -> str | None:
        service = self._referred_record(place, SERVICE) or ""
        row = self.rows[SERVICE].get(service)
        return self._stored.owners.get((SERVICE, service)) if row is None else row["owner_id"]

    # A record as a row, with its parts.

    def _put(
        self,
        entity: Entity,
        layout: ColumnLayout,
        row_id: str,
        new: Mapping[str, Any],
        findings: Findings,
        *,
        links: Mapping[str, str] = MappingProxyType({}),
        **columns: Any,
    ) -> bool:
        """Put the row of an entity over the stored row; False if a required field is missing.

        `new` and `columns`: the document and the columns of a record that is not stored yet. `links`: ids in the
        document of the records that it refers to.
        """
        before = self._stored.records.get(layout.name, {}).get(row_id)
        reading = self._read(entity.fields, layout, findings, entity.place, entity.places, is_stored=before is not None)
        if reading is None:
            return False
        if before is None:
            slug = self._slug(layout.name, reading.columns.get("name"), row_id)
            before = row_of(layout.name, row_id, slug, new, source=self._source, **columns)
        for guess in reading.guesses:
            _infer(findings, guess, entity.places.get(guess.source, entity.place))
        if entity.original is not None:
            reading.extra["source_identifier"] = {"source": self._source, "identifier": entity.original}
        row = {**before, "document": {**_merge(before["document"], reading), **links}}
        if layout is column_map.SERVICE:
            row["inferred"] = _inferred_values(before["inferred"], entity.fields, reading)
        self.rows[layout.name][row_id] = row
        service = row_id if layout is column_map.SERVICE else links.get("service_id", "")
        lists = {
            key: self._list(inner, row_id, (key, entity.fields[key]), findings, entity.places[key], service=service)
            for key, inner in layout.parts.items()
            if key in entity.fields
        }
        row = self.rows[layout.name][row_id]  # with what was read from words of its parts
        row["document"] = _settled_document(filled({**row["document"], **lists}), row["curated"])
        if layout is column_map.ORGANIZATION:
            row |= quality_of(row["document"])
        return True

    def _read(
        self,
        fields: Mapping[str, Any],
        layout: ColumnLayout,
        findings: Findings,
        place: Place,
        places: Mapping[str, Place] = MappingProxyType({}),
        *,
        is_stored: bool = False,
    ) -> ColumnReading | None:
        """Return the reading of fields, and note the unreadable; None, and a note, where a required one is missing."""
        reading = read_record(fields, layout, self._stored.setting, is_stored=is_stored)
        for name, reason in reading.missing:
            findings.leave_out(places.get(name, place), reason, name)
        if reading.missing:
            return None
        for name, reason, malformed in reading.unread:
            findings.keep_unread(places.get(name, place), name, reason, malformed=malformed)
        return reading

    def _settle(self, entity: Entity) -> None:
        """Lay the settled values of a record over the source's."""
        before = self._stored.records.get(entity.record_type, {}).get(entity.id)
        for name, value in ((before and before["curated"]) or {}).get("fields", {}).items():
            entity.fields[name], entity.places[name] = value, Place(CURATION)

    def _list(
        self,
        layout: ColumnLayout,
        whole: str,
        entry: tuple[str, Any],
        findings: Findings,
        place: Place,
        *,
        service: str,
    ) -> list[Values]:
        """Return the documents of a list of parts of the object `whole` (its id); `entry`: the list after its name."""
        (key, value), documents, names = entry, list[Values](), set[str]()
        for position, item in enumerate(value if isinstance(value, list) else ()):
            where = item.place if isinstance(item, PlacedPart) else place.at(key, position)
            if not isinstance(item, dict):
                findings.leave_out(where, imports.FIELDS)
                continue
            # HSDS repeats a part, id and all, wherever it hangs: the id that follows from its place is always its own.
            name = str(item.get("id") or position)
            part_id = id_of(layout.name, whole, name if name not in names else f"{name}:{position}")
            names.add(name)
            if (reading := self._read(item, layout, findings, where)) is not None:
                for guess in reading.guesses:
                    self._guess_of_part(guess, findings, where, service)
                part = _merge({}, reading) | {"id": item["id"] if is_uuid(item.get("id")) else part_id}
                lists = (
                    (key, self._list(inner, part_id, (key, item.get(key)), findings, where, service=""))
                    for key, inner in layout.parts.items()
                )
                documents.append(part | {key: rows for key, rows in lists if rows})
        return documents

    def _guess_of_part(self, guess: column_map.InferredField, findings: Findings, place: Place, service: str) -> None:
        """Keep the values read from a part of a service, or of its place, with the service itself."""
        row = self.rows[SERVICE].get(service)
        if row is None:
            return
        _infer(findings, guess, place)
        inferred = dict(row["inferred"] or {})
        before = inferred.get(guess.about, {}).get("value", [])
        value = [*before, *(item for item in guess.value if item not in before)]
        inferred[guess.about] = {"value": value, "from": guess.source}
        self.rows[SERVICE][row["id"]] = {**row, "inferred": inferred}

    def _slug(self, record_type: str, name: object, row_id: str) -> str:
        if record_type not in _NAMED:
            return row_id
        slug = slug_of(record_type, name, row_id)
        return slug_of(record_type, name, row_id, long=True) if (record_type, slug) in self._stored.slugs else slug


def _infer(findings: Findings, guess: column_map.InferredField, place: Place) -> None:
    findings.infer(place, guess.source, _READ_AS[guess.about], malformed=guess.malformed)


def without_dangling(rows: Mapping[str, Mapping[str, Values]]) -> RowSet:
    """Return the rows of whole records less services at places of which the service or the place is not there."""
    tables: RowSet = {name: dict(table) for name, table in rows.items()}
    tables[SERVICE_AT_LOCATION] = {
        row_id: row
        for row_id, row in tables.get(SERVICE_AT_LOCATION, {}).items()
        if row["document"]["service_id"] in tables[SERVICE] and row["document"]["location_id"] in tables[LOCATION]
    }
    return tables


def _size_of(entity: Entity) -> int:
    """Return about the bytes that the rows of an entity take."""
    text = json.dumps(entity.fields)
    return len(text) + _ROW * text.count("{")


def candidate_slugs(graph: RecordGraph) -> dict[str, list[str]]:
    """Return the slugs that new records of `graph` would take, by table."""
    return {
        name: [slug_of(name, entity.fields.get("name"), entity.id) for entity in graph.of(name).values()]
        for name in _NAMED
    }


def _inferred_values(before: Values | None, fields: Mapping[str, Any], reading: ColumnReading) -> Values | None:
    """Return the values read from a service's words: anew for a field in `fields`, else as before."""
    inferred = {
        about: guess
        for about, guess in (before or {}).items()
        if about not in fields and not (about in column_map.AGES and fields.keys() & _SPEAKS_OF_AGES)
    }
    return inferred | {guess.about: {"value": guess.value, "from": guess.source} for guess in reading.guesses} or None


def _merge(before: Mapping[str, Any], reading: ColumnReading) -> Values:
    """Return a document with the values of a reading over its own."""
    columns = {name: value for name, value in reading.columns.items() if name not in ("types", "last_modified")}
    document = {**before, **columns, EXTRA: filled({**before.get(EXTRA, {}), **reading.extra})}
    if "types" in reading.columns:
        document["referral"] = filled({**before["referral"], "types": reading.columns["types"]})
    return filled(document)


def _settled_document(document: Values, curated: Mapping[str, Any] | None) -> Values:
    """Return a document with the settled values of our own over it: a declaration, and terms of referral."""
    own: Mapping[str, Any] = (curated or {}).get("own", {})
    referral = {"referral": {**document["referral"], **own["referral"]}} if "referral" in own else {}
    return {**document, **own, **referral}


def slug_of(record_type: str, name: object, record_id: str, *, long: bool = False) -> str:
    """Return `hsds-`, the name in plain letters (or the type), and a short mark of the id: whole if `long`. Pure.

    >>> slug_of("service", "Café & Detox", "42"), slug_of("service", None, "42")
    ('hsds-cafe-detox-6861179d', 'hsds-service-6861179d')
    """
    plain = unicodedata.normalize("NFKD", name if isinstance(name, str) else "").encode("ascii", "ignore").decode()
    readable = _OTHER.sub("-", plain.lower())[:_LONGEST_NAME].strip("-")
    mark = id_of(record_type, record_id).replace("-", "")  # of the id, for ids in a row begin alike
    return f"hsds-{readable or record_type.replace('_', '-')}-{mark if long else mark[:8]}"
