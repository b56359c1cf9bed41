"""Takes records apart: each nested object of HSDS becomes a record of the spool, each reference a link."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from service.directory.hsds.findings import Findings, Place
from service.directory.hsds.publishing.data_package import ADDITIONS, TOLD_BY, additions_of
from service.directory.standard.fit_record import FitOptions
from service.directory.standard.identity import id_of, is_uuid
from service.directory.standard.record_types import LOCATION, ORGANIZATION, SERVICE, SERVICE_AT_LOCATION, TAXONOMY, TERM
from service.directory.standard.schema import OBJECT_TYPES
from service.i18n import imports
from service.i18n.texts import is_visible, leads_astray, made_visible

from . import table_layouts
from .spool import Spool

CORE_TYPES = (ORGANIZATION, SERVICE, LOCATION, SERVICE_AT_LOCATION)

# By (record type, key): the type of the record that the key holds, of those that it lists, of the one it refers to.
_ONE: Mapping[tuple[str, str], str] = {
    (SERVICE, "organization"): ORGANIZATION,
    (SERVICE_AT_LOCATION, "service"): SERVICE,
    (SERVICE_AT_LOCATION, "location"): LOCATION,
}
_MANY: Mapping[tuple[str, str], str] = {
    (ORGANIZATION, "services"): SERVICE,
    (ORGANIZATION, "locations"): LOCATION,
    (SERVICE, "service_at_locations"): SERVICE_AT_LOCATION,
}
_BY_ID: Mapping[tuple[str, str], str] = {
    (SERVICE, "at_location_id"): LOCATION,
    (LOCATION, "organization_id"): ORGANIZATION,
    **{(of, f"{to}_id"): to for (of, to) in _ONE},
}
FIELD_NAMES = frozenset(name for object_type in OBJECT_TYPES.values() for name in object_type.fields)
LINKS = frozenset(
    ("logo", *(name for kind in OBJECT_TYPES.values() for name, field in kind.fields.items() if field.form == "uri"))
)


class Collector:
    """Puts records and rows of tables into a spool; ids of another form become UUIDv5 of `source` and id."""

    def __init__(self, spool: Spool, source: str, findings: Findings) -> None:
        self._spool = spool
        self._source = source
        self._findings = findings
        self._terms: dict[tuple[str, str], dict[str, Any]] = {}  # what rows of tables refer to: terms, units, programs

    def record(self, record_type: str, record: Mapping[str, Any], place: Place) -> None:
        """Add a record with its nested records."""
        try:
            self._add(record_type, self._safe(record, place), place, {})
        except RecursionError:
            self._findings.leave_out(place, imports.TOO_DEEP)

    def term(self, record_type: str, record: Mapping[str, Any], place: Place, *, table: str = "") -> None:
        """Add a taxonomy, or a term, told by itself. An id that is no UUID follows from the names."""
        fields = dict(self._safe(record, place))
        if fields.get("kind") == record_type:
            del fields["kind"]
        term = FitOptions().fit(record_type, fields, whole=True)
        if term is None:
            self._findings.leave_out(place, imports.NEEDS_TEXT, "name")
        elif not self._spool.put(record_type, term["id"].lower(), term, place, original=None, lists=(), table=table):
            self._findings.leave_out(place, imports.TOO_DEEP)

    def table(self, table: table_layouts.TableLayout, columns: frozenset[str]) -> None:
        """Note that a table with `columns` begins: a record that its rows could name but do not has an empty list."""
        self._spool.speak_for(table_layouts.lists_of(table, columns))

    def row(self, table: table_layouts.TableLayout, row: table_layouts.Row, place: Place) -> None:
        """Add a row of a table, under HSDS 3 names, and the rows of other tables that its cells stand for."""
        row = self._safe(row, place)
        more = self._safe(additions_of(row), place)
        if more:
            del row[ADDITIONS]
        hangs = table.record_type != table_layouts.PROGRAM or more.pop(TOLD_BY, "") == ""
        if row.get("id") is None and table.record_type not in CORE_TYPES:
            row["id"] = f"{place.file} {place.path}"
        for other, further in table_layouts.derived_rows(table, row):
            self.row(other, further, place)
        self._look_up(table, row, more)
        if table.record_type in CORE_TYPES:
            self._add(table.record_type, {**row, **more}, place, {}, table=place.file)
        elif table.record_type in (TAXONOMY, TERM):
            self.term(table.record_type, self._terms[table.record_type, str(row["id"])], place, table=place.file)
        elif table.key and hangs:
            self._part(table_layouts.with_urls(table, row), row, more, place)

    def _safe(self, value: Any, place: Place, field: str | None = None) -> Any:
        """Return a value without hidden characters and without links that lead elsewhere than to the web."""
        if isinstance(value, Mapping):
            return {made_visible(key, "name"): self._safe(item, place, key) for key, item in value.items()}
        if isinstance(value, list):
            return [self._safe(item, place.at(field or "", index), field) for index, item in enumerate(value)]
        if not isinstance(value, str):
            return value
        name = field if field in FIELD_NAMES else "?"
        if field in LINKS and leads_astray(value):
            self._findings.keep_unread(place, name, imports.NO_WEB_ADDRESS)
            return None
        if is_visible(value, field):
            return value
        self._findings.mend(place, imports.HIDDEN_TAKEN_OUT, name)
        return made_visible(value, field)

    def _part(
        self, table: table_layouts.TableLayout, row: table_layouts.Row, more: table_layouts.Row, place: Place
    ) -> None:
        own = str(row["id"])
        parents = list(table_layouts.parents_of(table, row))
        fields = {name: value for name, value in row.items() if value is not None} | more
        if not any(value for _, value in parents):
            self._findings.leave_out(place, imports.NO_OWNER)
        for record_type, raw in parents:
            is_part = record_type and record_type not in CORE_TYPES
            identity = (str(raw), None) if is_part else self._identify(record_type, raw)
            if identity is not None:
                parent = (record_type, identity[0])
                self._spool.put_part((table.record_type, own), fields, place, parent=parent, key=table.key)

    def _look_up(self, table: table_layouts.TableLayout, row: table_layouts.Row, more: table_layouts.Row) -> None:
        """Keep rows that others refer to; put the referred row in place of a reference, as HSDS nests records."""
        if table.record_type in (TAXONOMY, TERM, table_layouts.UNIT, table_layouts.PROGRAM):
            detail = self._terms.get((TAXONOMY, str(row.get("taxonomy_id"))))
            cells = {name: value for name, value in row.items() if value is not None} | more
            self._terms[table.record_type, str(row.get("id"))] = ({"taxonomy_detail": detail} if detail else {}) | cells
        for name in (TERM, table_layouts.UNIT, table_layouts.PROGRAM):
            target = self._terms.get((name, str(row.get(f"{name}_id"))))
            if row.get(f"{name}_id") is not None and target is not None and name not in row and name not in more:
                row[name] = target
                if name == table_layouts.PROGRAM and row.get("organization_id") is None:
                    row["organization_id"] = target.get("organization_id")

    def _add(
        self, record_type: str, record: Mapping[str, Any], place: Place, links: Mapping[str, str], *, table: str = ""
    ) -> str | None:
        """Add a record with its nested records; return its id, None without one. `links` come from the outer record."""
        if more := additions_of(record):
            record = {**{name: value for name, value in record.items() if name != ADDITIONS}, **more}
        identity = self._identify(record_type, record.get("id"))
        if identity is None:
            self._findings.leave_out(place, imports.NEEDS_NAME, "id")
            return None
        entity_id, original = identity
        fields: dict[str, Any] = {}
        lists: list[str] = []
        self._link(record_type, entity_id, links)
        for key, value in record.items():
            if (inner := _ONE.get((record_type, key))) is not None:
                if isinstance(value, dict):
                    nested = self._add(inner, value, place.at(key), {})
                    self._link(record_type, entity_id, {inner: nested} if nested else {})
                elif value is not None:
                    self._findings.leave_out(place.at(key), imports.FIELDS)
            elif (inner := _MANY.get((record_type, key))) is not None:
                lists.append(key)
                for item, where in self._items(value, place, key):
                    self._add(inner, item, where, {record_type: entity_id})
            elif (inner := _BY_ID.get((record_type, key))) is not None:
                target = self._identify(inner, value)
                self._link(record_type, entity_id, {inner: target[0]} if target else {})
            elif key != "id":
                fields[key] = value
        if not self._spool.put(record_type, entity_id, fields, place, original=original, lists=lists, table=table):
            self._findings.leave_out(place, imports.TOO_DEEP)
        return entity_id

    def _link(self, record_type: str, entity: str, links: Mapping[str, str]) -> None:
        for target_type, target in links.items():
            self._spool.link(record_type, entity, target_type, target)

    def _items(self, value: Any, place: Place, key: str) -> Iterator[tuple[dict[str, Any], Place]]:
        if value is not None and not isinstance(value, list):
            self._findings.leave_out(place.at(key), imports.LIST)
            return
        for index, item in enumerate(value or ()):
            if isinstance(item, dict):
                yield item, place.at(key, index)
            else:
                self._findings.leave_out(place.at(key, index), imports.FIELDS)

    def _identify(self, record_type: str, raw: Any) -> tuple[str, str | None] | None:
        """Return (id, None) for a UUID, (UUIDv5, the id as given) for another id, None for a value that is no id."""
        if isinstance(raw, bool) or not isinstance(raw, (str, int)) or not str(raw).strip():
            return None
        text = str(raw).strip().replace("\0", "")
        return (text.lower(), None) if is_uuid(text) else (id_of("hsds", self._source, record_type, text), text)
