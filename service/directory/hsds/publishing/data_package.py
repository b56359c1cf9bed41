"""HSDS records as rows of the tables of a data package, and the package's description. Pure, save for its memory.

The tables have HSDS's own columns and a further column, `additions`: a JSON object of values without a column.
A record in several places is a single row; where a place gives other values, the `additions` of the row there hold the
record again. A part in several places gets an id for each place; its own id is in `additions`.

HSDS lets an organization have many programs, and its tables a single row of `programs` each: the first program has the
row, and every program stands in the organization's `additions`. `told_by`: a service told the program.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from typing import Any

from service.directory.standard.fit_record import Record
from service.directory.standard.identity import id_of
from service.directory.standard.schema import OBJECT_TYPES, VERSION, ObjectType

from .profile import PROFILE_URI

ADDITIONS, TOLD_BY = "additions", "told_by"
_BY_THEMSELVES = frozenset(("organization", "service", "location", "program", "taxonomy_term", "taxonomy", "unit"))
_TOLD_BY_LINK = ("link_entity", "resource_type")  # in a table they say what a row hangs on
_TYPES: Mapping[str, tuple[str, str | None]] = {  # form -> type and format in a table schema
    "uuid": ("string", "uuid"),
    "uri": ("string", "uri"),
    "email": ("string", "email"),
    "number": ("number", None),
    "day": ("date", None),
    "moment": ("datetime", "any"),
    "clock": ("time", "any"),
}

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff]")  # all but tabs and line feeds

Put = Callable[[str, Sequence[Any]], None]


class KeySet:
    """Remembers any number of ids, on disk once the ids are many. Close it after use."""

    def __init__(self) -> None:
        self._rows = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._rows.execute("PRAGMA journal_mode=OFF")
        self._rows.execute("CREATE TABLE seen (id TEXT PRIMARY KEY) WITHOUT ROWID")

    def is_new(self, key: str) -> bool:
        """Remember `key`, and say whether the key is new."""
        return self._rows.execute("INSERT OR IGNORE INTO seen VALUES (?)", (key,)).rowcount == 1

    def holds(self, key: str) -> bool:
        """Say whether `key` is known."""
        return self._rows.execute("SELECT 1 FROM seen WHERE id = ?", (key,)).fetchone() is not None

    def close(self) -> None:
        """Forget everything."""
        self._rows.close()


class Flattener:
    """Lays out records as rows: `put` takes the name of a table and its values in the order of `columns_of`."""

    def __init__(self, put: Put, keys: KeySet) -> None:
        self._put = put
        self._keys = keys

    def add(self, record_type: str, record: Mapping[str, Any], told_by: str = "", **links: str) -> str | None:
        """Lay out a record with its parts; return its id, None if its table cannot take the record."""
        object_type = OBJECT_TYPES[record_type]
        row: Record = {name: record[name] for name in object_type.columns if name in record} | links
        more: Record = {name: value for name, value in record.items() if name not in object_type.fields}
        more |= {name: value for name, value in row.items() if isinstance(value, str) and _is_lost_in_a_cell(value)}
        more |= {name: record[name] for name in _TOLD_BY_LINK if name in record and record[name] != links.get(name)}
        self._others(object_type, record, row, more)
        lacks = any(row.get(name) in (None, "") for name in object_type.required_in_table)
        if lacks or (record_type == "program" and self._is_further_program(row)):
            return None
        if record_type in _BY_THEMSELVES:
            if not self._keys.is_new(f"{record_type}:{row['id']}"):
                return str(row["id"])
            self._keys.is_new(_values_key(record_type, record))
            if record_type == "program" and told_by:
                more[TOLD_BY] = told_by
        else:
            while not self._keys.is_new(f"{record_type}:{row['id']}"):
                more["id"] = record["id"]
                row["id"] = id_of(record_type, *links.values(), str(row["id"]))
        self._parts(object_type, record, str(row["id"]), more)
        additions = json.dumps(more, ensure_ascii=False, sort_keys=True) if more else ""
        self._put(record_type, [_cell(row.get(name, "")) for name in object_type.columns] + [additions])
        return str(row["id"])

    def _others(self, object_type: ObjectType, record: Mapping[str, Any], row: Record, more: Record) -> None:
        """Lay out the records referred to; keep apart a reference to a record without a table."""
        for name, column in ((name, f"{name}_id") for name in ("program", "taxonomy_term", "unit")):
            if column in object_type.columns and name in object_type.fields:
                links = {"organization_id": str(row["organization_id"])} if name == "program" else {}
                nested = record.get(name)
                laid = None if nested is None else self.add(name, nested, told_by=object_type.name, **links)
                if laid is not None:
                    row[column] = laid
                elif column in row and not self._keys.holds(f"{name}:{row[column]}"):
                    more[column] = row.pop(column)
                if nested is not None and not self._keys.holds(_values_key(name, nested)):
                    more[name] = nested
        if object_type.name == "taxonomy_term":
            if (detail := record.get("taxonomy_detail")) is not None:
                row["taxonomy_id"] = self.add("taxonomy", detail)
                if not self._keys.holds(_values_key("taxonomy", detail)):
                    more["taxonomy_detail"] = detail
            code = row.get("code")
            if code and self._keys.is_new(f"code:{code}:{row['id']}") and not self._keys.is_new(f"code:{code}"):
                more["code"] = row.pop("code")  # taxonomies may share a code, a table may not

    def _is_further_program(self, row: Record) -> bool:
        """Say whether a program has no row because another program of its organization has the row."""
        has_row = self._keys.holds(f"program:{row['id']}")
        return not has_row and not self._keys.is_new(f"program of {row['organization_id']}")

    def _parts(self, object_type: ObjectType, record: Mapping[str, Any], row_id: str, more: Record) -> None:
        for name, field in object_type.fields.items():
            if field.record_type == "location" and isinstance(record.get(name), Mapping):
                self.add("location", record[name])
            elif field.many:
                items = record.get(name, ())
                laid = [self._part(object_type, str(field.record_type), item, row_id) for item in items]
                if None in laid:  # the list whole, in its order; those with a row are known again by their ids
                    more[name] = [{**item, "id": own or item["id"]} for item, own in zip(items, laid, strict=True)]

    def _part(self, whole: ObjectType, record_type: str, item: Mapping[str, Any], row_id: str) -> str | None:
        match record_type:
            case "attribute":
                return self.add(record_type, item, link_id=row_id, link_entity=whole.name)
            case "metadata":
                return self.add(record_type, item, resource_id=row_id, resource_type=whole.name)
            case "program":
                laid = self.add(record_type, item, organization_id=row_id)
                return laid if self._keys.holds(_values_key(record_type, item)) else None
            case "location" | "service_at_location":
                links = {"service_id": row_id} if record_type == "service_at_location" else {}
                return self.add(record_type, item, **links)
            case _:
                return self.add(record_type, item, **{f"{whole.name}_id": row_id})


def _is_lost_in_a_cell(text: str) -> bool:
    """Say whether readers of CSV may change a text: to an empty cell, or by another line end."""
    return not text.strip() or _CONTROLS.search(text) is not None


def _cell(value: Any) -> Any:
    return _CONTROLS.sub(" ", value) if isinstance(value, str) else value


def _values_key(record_type: str, record: Mapping[str, Any]) -> str:
    """Return a key for a record with its values."""
    data = json.dumps(record, sort_keys=True).encode()
    return f"{record_type}:{record['id']}={sha256(data).hexdigest()}"


def columns_of(object_type: ObjectType) -> list[str]:
    """Return the columns of an object type's table.

    >>> columns_of(OBJECT_TYPES["unit"])
    ['id', 'name', 'scheme', 'identifier', 'uri', 'additions']
    """
    return [*object_type.columns, ADDITIONS]


def additions_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the `additions` of a row, by name; empty if `additions` is a column of the source's own.

    >>> additions_of({"additions": '{"label": "crisis line"}'}), additions_of({"additions": "none"})
    ({'label': 'crisis line'}, {})
    """
    if isinstance(text := row.get(ADDITIONS), str):
        with suppress(ValueError, RecursionError):
            additions = json.loads(text)
            if isinstance(additions, dict):
                return additions
    return {}


def package() -> dict[str, Any]:
    """Return the tables' description in `datapackage.json`."""
    return {
        "name": "human_services_data",
        "title": "Human services, in the tables of the Human Services Data Specification (Open Referral)",
        "profile": "tabular-data-package",
        "hsds_version": VERSION,
        "hsds_profile": PROFILE_URI,
        "resources": [_resource(object_type) for object_type in OBJECT_TYPES.values()],
    }


def _resource(object_type: ObjectType) -> dict[str, Any]:
    keys = [
        {"fields": name, "reference": {"resource": name.removesuffix("_id"), "fields": "id"}}
        for name in object_type.columns
        if name.endswith("_id") and name.removesuffix("_id") in OBJECT_TYPES
    ]
    fields = [_column(object_type, name, form) for name, form in object_type.columns.items()]
    schema: dict[str, Any] = {"fields": [*fields, {"name": ADDITIONS, "type": "object"}], "primaryKey": "id"}
    return {
        "name": object_type.name,
        "path": object_type.file,
        "profile": "tabular-data-resource",
        "encoding": "utf-8",
        "format": "csv",
        "mediatype": "text/csv",
        "schema": schema | ({"foreignKeys": keys} if keys else {}),
    }


def _column(object_type: ObjectType, name: str, form: str) -> dict[str, Any]:
    known_type, known_format = _TYPES.get(form, ("string", None))
    constraints: dict[str, Any] = {"required": True} if name in object_type.required_in_table else {}
    if name == "id":
        constraints["unique"] = True
    column = {"name": name, "type": known_type, "format": known_format, "constraints": constraints}
    return {key: value for key, value in column.items() if value}
