"""A record of an import as rows: its values over the stored values, with its parts.

A stored row keeps the values of fields that the record leaves out; a list of parts in the record replaces the stored
list. Settled values lie over both.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from service.hsds.findings import Findings, Place
from service.hsds.reading.record_graph import Entity, Placed
from service.standard.identity import id_of
from service.standard.record_types import SERVICE
from service.store.rows import Values
from service.store.table_base import Row
from service.wording import imports

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
_HANGING = ("organization_id", "service_id", "location_id", "contact_id", "phone_id")
CURATION = "curation"  # the file that findings name about what people settled
PLACE_ROOM = 1_000  # positions of a service's own parts come before those of its places


@dataclass(frozen=True, slots=True)
class OwningRow:
    """A row with parts, and the organization of the parts' record."""

    layout: ColumnLayout
    id: str
    owner: str
    service: str = ""
    place: int = 0

    @property
    def hangs(self) -> dict[str, str]:
        """The columns that its parts have from the row. Parts of a service's place belong to the service too."""
        return {"owner_id": self.owner, self.column: self.id} | ({"service_id": self.service} if self.service else {})

    @property
    def column(self) -> str:
        """The parts' column for the row's id."""
        return f"{self.layout.name}_id"


class RowWriter:
    """Collects the rows of records, beginning with the stored rows; `rows` holds rows by table and id."""

    def __init__(self, stored: Stored, source: str, findings: Findings) -> None:
        self.rows: defaultdict[str, dict[str, Values]] = defaultdict(dict)
        self._stored, self._source, self.findings = stored, source, findings
        self._hanging: defaultdict[tuple[str, str, str], list[str]] = defaultdict(list)  # (table, column, id) -> rows
        for name, rows in stored.records.items():
            self.rows[name] = dict(rows)
            for row in rows.values():
                for column in _HANGING if row.get("service_at_location_id") is None else ("service_at_location_id",):
                    if row.get(column) is not None:
                        self._hanging[name, column, row[column]].append(row["id"])

    def put(self, entity: Entity, layout: ColumnLayout, row_id: str, new: Mapping[str, Any], **links: str) -> bool:
        """Put the row of an entity over the stored row; False if a required column is missing.

        `new`: the first values of a row that is not stored yet.
        """
        before = self._stored.records.get(layout.name, {}).get(row_id)
        reading = read_record(entity.fields, layout, self._stored.setting, known=before is not None)
        for name, reason in reading.missing:
            self.findings.leave_out(entity.places.get(name, entity.place), reason, name)
        if reading.missing:
            return False
        if before is None:
            before = {**_empty(layout), **new}
            if "source" in before:
                before["source"] = self._source
            if "slug" in layout.table.model_fields:
                before["slug"] = self._slug(layout.name, reading.columns.get("name"), row_id)
        for name, reason, malformed in reading.unread:
            self.findings.keep_unread(entity.places.get(name, entity.place), name, reason, malformed=malformed)
        for guess in reading.guesses:
            where = entity.places.get(guess.source, entity.place)
            self.findings.infer(where, guess.source, _READ_AS[guess.about], malformed=guess.malformed)
        if entity.original is not None:
            reading.extra["source_identifier"] = {"source": self._source, "identifier": entity.original}
        row = {**before, **_merged(before, reading), **links, "id": row_id, **_settled(before, "columns")}
        if layout is column_map.SERVICE:
            row["inferred"] = _inferred(before["inferred"], entity.fields, reading)
        self.rows[layout.name][row_id] = row
        return True

    def settle(self, entity: Entity) -> None:
        """Lay the settled values of a record over the source's."""
        before = self._stored.records.get(entity.record_type, {}).get(entity.id)
        for name, value in _settled(before or {}, "fields").items():
            entity.fields[name], entity.places[name] = value, Place(CURATION)

    def parts(self, entity: Entity, whole: OwningRow) -> None:
        """Put the parts of an entity in place of the earlier parts of its row `whole`."""
        for key in whole.layout.parts:
            if key in entity.fields:
                self._list(whole, key, entity.fields[key], entity.places[key])

    def _list(self, whole: OwningRow, key: str, value: Any, place: Place) -> None:
        """Put the rows of a list of parts in place of the list's earlier rows."""
        layout = whole.layout.parts[key]
        self.clear(layout.name, whole.column, whole.id)
        seen: set[str] = set()
        for position, item in enumerate(value if isinstance(value, list) else ()):
            where = item.place if isinstance(item, Placed) else place.at(key, position)
            if not isinstance(item, dict):
                self.findings.leave_out(where, imports.FIELDS)
                continue
            # HSDS repeats a part, id and all, wherever it hangs; a row hangs in one place. Its own id is in `extra`.
            name = str(item.get("id") or position)
            row_id = id_of(layout.name, whole.id, name if name not in seen else f"{name}:{position}")
            seen.add(name)
            hangs = {**whole.hangs, "position": whole.place + position}
            if self._part(layout, row_id, item, where, hangs=hangs):
                for part_key in layout.parts:
                    self._list(OwningRow(layout, row_id, whole.owner), part_key, item.get(part_key), where)

    def _part(self, layout: ColumnLayout, row_id: str, item: Mapping[str, Any], place: Place, *, hangs: Values) -> bool:
        reading = read_record(item, layout, self._stored.setting)
        for name, reason in reading.missing:
            self.findings.leave_out(place, reason, name)
        if reading.missing:
            return False
        for name, reason, malformed in reading.unread:
            self.findings.keep_unread(place, name, reason, malformed=malformed)
        for guess in reading.guesses:
            self._guess_of_part(guess, place, hangs.get("service_id"))
        before = {**_empty(layout), **hangs}
        self.rows[layout.name][row_id] = {**before, **_merged(before, reading), "id": row_id}
        return True

    def _guess_of_part(self, guess: column_map.Guess, place: Place, service: str | None) -> None:
        """Keep the values read from a part of a service, or of its place, with the service itself."""
        row = self.rows[SERVICE].get(service or "")
        if row is None:
            return
        self.findings.infer(place, guess.source, _READ_AS[guess.about], malformed=guess.malformed)
        inferred = dict(row["inferred"] or {})
        before = inferred.get(guess.about, {}).get("value", [])
        value = [*before, *(item for item in guess.value if item not in before)]
        inferred[guess.about] = {"value": value, "from": guess.source}
        self.rows[SERVICE][row["id"]] = {**row, "inferred": inferred}

    def clear(self, table: str, column: str, hangs_on: str) -> None:
        """Take out the rows of `table` that are parts of a stored row."""
        for row_id in self._hanging.get((table, column, hangs_on), ()):
            self.rows[table].pop(row_id, None)

    def _slug(self, record_type: str, name: object, row_id: str) -> str:
        slug = slug_of(record_type, name, row_id)
        return slug_of(record_type, name, row_id, long=True) if (record_type, slug) in self._stored.slugs else slug


@cache
def _defaults(layout_table: type[Row]) -> Values:
    return {name: field.get_default() for name, field in layout_table.model_fields.items()}


def _empty(layout: ColumnLayout) -> Values:
    return dict(_defaults(layout.table))


def _inferred(before: Values | None, fields: Mapping[str, Any], reading: ColumnReading) -> Values | None:
    """Return the values read from a service's words: anew for a field in `fields`, else as before."""
    kept = {
        about: guess
        for about, guess in (before or {}).items()
        if about not in fields and not (about in column_map.AGES and fields.keys() & _SPEAKS_OF_AGES)
    }
    return kept | {found.about: {"value": found.value, "from": found.source} for found in reading.guesses} or None


def _settled(row: Mapping[str, Any], part: str) -> Values:
    """Return the settled values of a stored record: its HSDS `fields`, or `columns` of our own."""
    return dict((row.get("curated") or {}).get(part, {}))


def _merged(before: Mapping[str, Any], reading: ColumnReading) -> Values:
    extra = {
        key: value for key, value in {**(before["extra"] or {}), **reading.extra}.items() if value not in (None, [])
    }
    return {**reading.columns, "extra": extra or None}
