"""A record of an import as a document: its values over the stored values, with its parts.

A stored document keeps the values of fields that the record leaves out; a list of parts in the record replaces the
stored list. Settled values lie over both.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from service.directory.hsds.findings import Findings, Place
from service.directory.hsds.reading.record_graph import Entity, Placed
from service.directory.standard.identity import id_of, is_uuid
from service.directory.standard.record_types import LOCATION, ORGANIZATION, SERVICE, SERVICE_AT_LOCATION
from service.directory.store.record_documents import EXTRA, filled, row_of, standing_of
from service.infrastructure.database.bulk import Values
from service.words import imports

from . import column_map
from .column_map import ColumnLayout, ColumnReading, read_record
from .slugs import slug_of
from .stored_rows import Stored

_READ_AS: Mapping[str, str] = {  # what a guess is about -> what is said of the words
    **dict.fromkeys(column_map.AGES, imports.AGE_IN_WORDS),
    "languages": imports.LANGUAGES_IN_WORDS,
    "schedules": imports.HOURS_IN_WORDS,
    "service_areas": imports.AREA_IN_WORDS,
}
_SPEAKS_OF_AGES = {*column_map.AGES, "eligibility_description", "eligibility"}
_NAMED = (ORGANIZATION, SERVICE, LOCATION)
CURATION = "curation"  # the file that findings name about what people settled


class RowWriter:
    """Collects the rows of records, beginning with the stored rows; `rows` holds rows by type and id."""

    def __init__(self, stored: Stored, source: str, findings: Findings) -> None:
        self.rows: defaultdict[str, dict[str, Values]] = defaultdict(dict)
        self._stored, self._source, self.findings = stored, source, findings
        for name, rows in stored.records.items():
            self.rows[name] = dict(rows)
        self._given_at: defaultdict[str, list[str]] = defaultdict(list)  # by service
        for row in self.rows[SERVICE_AT_LOCATION].values():
            self._given_at[row["document"]["service_id"]].append(row["id"])

    def put(
        self,
        entity: Entity,
        layout: ColumnLayout,
        row_id: str,
        new: Mapping[str, Any],
        *,
        links: Mapping[str, str] = MappingProxyType({}),
        **columns: Any,
    ) -> bool:
        """Put the row of an entity over the stored row; False if a required field is missing.

        `new` and `columns`: the document and the columns of a record that is not stored yet. `links`: ids in the
        document of the records that it refers to.
        """
        before = self._stored.records.get(layout.name, {}).get(row_id)
        reading = read_record(entity.fields, layout, self._stored.setting, known=before is not None)
        for name, reason in reading.missing:
            self.findings.leave_out(entity.places.get(name, entity.place), reason, name)
        if reading.missing:
            return False
        if before is None:
            slug = self._slug(layout.name, reading.columns.get("name"), row_id)
            before = row_of(layout.name, row_id, slug, new, source=self._source, **columns)
        for name, reason, malformed in reading.unread:
            self.findings.keep_unread(entity.places.get(name, entity.place), name, reason, malformed=malformed)
        for guess in reading.guesses:
            where = entity.places.get(guess.source, entity.place)
            self.findings.infer(where, guess.source, _READ_AS[guess.about], malformed=guess.malformed)
        if entity.original is not None:
            reading.extra["source_identifier"] = {"source": self._source, "identifier": entity.original}
        row = {**before, "document": {**_merged(before["document"], reading), **links}}
        if layout is column_map.SERVICE:
            row["inferred"] = _inferred(before["inferred"], entity.fields, reading)
        self.rows[layout.name][row_id] = row
        service = row_id if layout is column_map.SERVICE else links.get("service_id", "")
        lists = {
            key: self._list(inner, row_id, (key, entity.fields[key]), entity.places[key], service)
            for key, inner in layout.parts.items()
            if key in entity.fields
        }
        row = self.rows[layout.name][row_id]  # with what was read from words of its parts
        row["document"] = _settled_document(filled({**row["document"], **lists}), row["curated"])
        if layout is column_map.ORGANIZATION:
            row |= standing_of(row["document"])
        return True

    def settle(self, entity: Entity) -> None:
        """Lay the settled values of a record over the source's."""
        before = self._stored.records.get(entity.record_type, {}).get(entity.id)
        for name, value in ((before and before["curated"]) or {}).get("fields", {}).items():
            entity.fields[name], entity.places[name] = value, Place(CURATION)

    def clear_places(self, service: str) -> None:
        """Take out where a stored service is given."""
        for row_id in self._given_at.get(service, ()):
            self.rows[SERVICE_AT_LOCATION].pop(row_id, None)

    def _list(
        self, layout: ColumnLayout, whole: str, given: tuple[str, Any], place: Place, service: str
    ) -> list[Values]:
        """Return the documents of a list of parts of the object `whole` (its id); `given`: the list, and its name."""
        (key, value), found, seen = given, list[Values](), set[str]()
        for position, item in enumerate(value if isinstance(value, list) else ()):
            where = item.place if isinstance(item, Placed) else place.at(key, position)
            if not isinstance(item, dict):
                self.findings.leave_out(where, imports.FIELDS)
                continue
            # HSDS repeats a part, id and all, wherever it hangs: the id that follows from its place is always its own.
            name = str(item.get("id") or position)
            part_id = id_of(layout.name, whole, name if name not in seen else f"{name}:{position}")
            seen.add(name)
            if (part := self._part(layout, item, where, service)) is not None:
                part["id"] = item["id"] if is_uuid(item.get("id")) else part_id
                lists = (
                    (key, self._list(inner, part_id, (key, item.get(key)), where, ""))
                    for key, inner in layout.parts.items()
                )
                found.append(part | {key: rows for key, rows in lists if rows})
        return found

    def _part(self, layout: ColumnLayout, item: Mapping[str, Any], place: Place, service: str) -> Values | None:
        reading = read_record(item, layout, self._stored.setting)
        for name, reason in reading.missing:
            self.findings.leave_out(place, reason, name)
        if reading.missing:
            return None
        for name, reason, malformed in reading.unread:
            self.findings.keep_unread(place, name, reason, malformed=malformed)
        for guess in reading.guesses:
            self._guess_of_part(guess, place, service)
        return _merged({}, reading)

    def _guess_of_part(self, guess: column_map.Guess, place: Place, service: str) -> None:
        """Keep the values read from a part of a service, or of its place, with the service itself."""
        row = self.rows[SERVICE].get(service)
        if row is None:
            return
        self.findings.infer(place, guess.source, _READ_AS[guess.about], malformed=guess.malformed)
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


def _inferred(before: Values | None, fields: Mapping[str, Any], reading: ColumnReading) -> Values | None:
    """Return the values read from a service's words: anew for a field in `fields`, else as before."""
    kept = {
        about: guess
        for about, guess in (before or {}).items()
        if about not in fields and not (about in column_map.AGES and fields.keys() & _SPEAKS_OF_AGES)
    }
    return kept | {found.about: {"value": found.value, "from": found.source} for found in reading.guesses} or None


def _merged(before: Mapping[str, Any], reading: ColumnReading) -> Values:
    """Return a document with the values of a reading over its own."""
    columns = {name: value for name, value in reading.columns.items() if name not in ("types", "last_modified")}
    found = {**before, **columns, EXTRA: filled({**before.get(EXTRA, {}), **reading.extra})}
    if "types" in reading.columns:
        found["referral"] = filled({**before["referral"], "types": reading.columns["types"]})
    return filled(found)


def _settled_document(document: Values, curated: Mapping[str, Any] | None) -> Values:
    """Return a document with the settled values of our own over it: a declaration, and terms of referral."""
    own: Mapping[str, Any] = (curated or {}).get("own", {})
    referral = {"referral": {**document["referral"], **own["referral"]}} if "referral" in own else {}
    return {**document, **own, **referral}
