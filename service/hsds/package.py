"""HSDS records as rows of the tables of a data package, and what describes the package. Pure, save for its memory.

The tables have HSDS's own columns and one more, `additions`: a JSON object of all that a record says beyond them. What
stands in several places is one row. A part that does so gets an id for each place, for in a table an id is unique.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from service.store.identity import id_of

from .fitting import Record
from .objects import KINDS, VERSION, Kind
from .profile import PROFILE_URI

ADDITIONS = "additions"
_BY_THEMSELVES = frozenset(("organization", "service", "location", "program", "taxonomy_term", "taxonomy", "unit"))
_TYPES: Mapping[str, tuple[str, str | None]] = {  # form -> type and format in a table schema
    "uuid": ("string", "uuid"),
    "uri": ("string", "uri"),
    "email": ("string", "email"),
    "number": ("number", None),
    "day": ("date", None),
    "moment": ("datetime", "any"),
    "clock": ("time", "any"),
}

Put = Callable[[str, Sequence[Any]], None]


class Seen:
    """Remembers ids, however many: on disk once they are many. Close it after use."""

    def __init__(self) -> None:
        self._rows = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._rows.execute("PRAGMA journal_mode=OFF")
        self._rows.execute("CREATE TABLE seen (id TEXT PRIMARY KEY) WITHOUT ROWID")

    def is_new(self, key: str) -> bool:
        """Remember `key`, and say whether it was not known yet."""
        return self._rows.execute("INSERT OR IGNORE INTO seen VALUES (?)", (key,)).rowcount == 1

    def holds(self, key: str) -> bool:
        """Say whether `key` is known."""
        return self._rows.execute("SELECT 1 FROM seen WHERE id = ?", (key,)).fetchone() is not None

    def close(self) -> None:
        """Forget everything."""
        self._rows.close()


class Flattener:
    """Lays out records as rows: `put` takes the name of a table and its values in the order of `columns_of`."""

    def __init__(self, put: Put, seen: Seen) -> None:
        self._put = put
        self._seen = seen

    def add(self, kind_name: str, record: Mapping[str, Any], **links: str) -> str | None:
        """Lay out a record and all that hangs on it; return its id, None if its table cannot take it."""
        kind = KINDS[kind_name]
        row: Record = {name: record[name] for name in kind.columns if name in record} | links
        more: Record = {name: value for name, value in record.items() if name not in kind.fields}
        self._others(kind, record, row, more)
        if any(row.get(name) in (None, "") for name in kind.required_in_table):
            return None
        if kind_name in _BY_THEMSELVES:
            if not self._seen.is_new(f"{kind_name}:{row['id']}"):
                return str(row["id"])
        else:
            while not self._seen.is_new(f"{kind_name}:{row['id']}"):
                row["id"] = id_of(kind_name, *links.values(), str(row["id"]))
        self._parts(kind, record, str(row["id"]), more)
        packed = json.dumps(more, ensure_ascii=False, sort_keys=True) if more else ""
        self._put(kind_name, [row.get(name, "") for name in kind.columns] + [packed])
        return str(row["id"])

    def _others(self, kind: Kind, record: Mapping[str, Any], row: Record, more: Record) -> None:
        """Lay out the records that this one refers to; keep apart a reference to what is in no table."""
        for name, column in (("program", "program_id"), ("taxonomy_term", "taxonomy_term_id"), ("unit", "unit_id")):
            if column in kind.columns and name in kind.fields:
                links = {"organization_id": str(row["organization_id"])} if name == "program" else {}
                nested = record.get(name)
                if nested is not None and (laid := self.add(name, nested, **links)) is not None:
                    row[column] = laid
                elif column in row and not self._seen.holds(f"{name}:{row[column]}"):
                    more[column] = row.pop(column)
        if kind.name == "taxonomy_term":
            if (detail := record.get("taxonomy_detail")) is not None:
                row["taxonomy_id"] = self.add("taxonomy", detail)
            if row.get("code") and not self._seen.is_new(f"code:{row['code']}:{row['id']}"):
                return
            if row.get("code") and self._code_is_taken(row):
                more["code"] = row.pop("code")

    def _code_is_taken(self, row: Record) -> bool:
        """Say whether another term has this code: taxonomies may share one, a table may not."""
        return not self._seen.is_new(f"code:{row['code']}")

    def _parts(self, kind: Kind, record: Mapping[str, Any], row_id: str, more: Record) -> None:
        for name, field in kind.fields.items():
            if field.kind == "location" and isinstance(record.get(name), Mapping):
                self.add("location", record[name])
            elif field.many:
                items = record.get(name, ())
                if left := [item for item in items if self._part(kind, str(field.kind), item, row_id) is None]:
                    more[name] = left

    def _part(self, whole: Kind, kind_name: str, item: Mapping[str, Any], row_id: str) -> str | None:
        match kind_name:
            case "attribute":
                return self.add(kind_name, item, link_id=row_id, link_entity=whole.name)
            case "metadata":
                return self.add(kind_name, item, resource_id=row_id, resource_type=whole.name)
            case "location" | "service_at_location":
                links = {"service_id": row_id} if kind_name == "service_at_location" else {}
                return self.add(kind_name, item, **links)
            case _:
                return self.add(kind_name, item, **{f"{whole.name}_id": row_id})


def columns_of(kind: Kind) -> list[str]:
    """Return the columns of a kind's table."""
    return [*kind.columns, ADDITIONS]


def unpacked(extra: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a row said beyond HSDS with its `additions`, where they are ours, unpacked again."""
    packed = extra.get(ADDITIONS)
    if not isinstance(packed, str):
        return extra
    try:
        found = json.loads(packed)
    except (ValueError, RecursionError):
        return extra
    if not isinstance(found, dict):
        return extra
    return {**{name: value for name, value in extra.items() if name != ADDITIONS}, **found}


def package() -> dict[str, Any]:
    """Return what `datapackage.json` says of the tables."""
    return {
        "name": "human_services_data",
        "title": "Human services, in the tables of the Human Services Data Specification (Open Referral)",
        "profile": "tabular-data-package",
        "hsds_version": VERSION,
        "hsds_profile": PROFILE_URI,
        "resources": [_resource(kind) for kind in KINDS.values()],
    }


def _resource(kind: Kind) -> dict[str, Any]:
    keys = [
        {"fields": name, "reference": {"resource": name.removesuffix("_id"), "fields": "id"}}
        for name in kind.columns
        if name.endswith("_id") and name.removesuffix("_id") in KINDS
    ]
    fields = [_column(kind, name, form) for name, form in kind.columns.items()]
    schema: dict[str, Any] = {"fields": [*fields, {"name": ADDITIONS, "type": "object"}], "primaryKey": "id"}
    return {
        "name": kind.name,
        "path": kind.file,
        "profile": "tabular-data-resource",
        "encoding": "utf-8",
        "format": "csv",
        "mediatype": "text/csv",
        "schema": schema | ({"foreignKeys": keys} if keys else {}),
    }


def _column(kind: Kind, name: str, form: str) -> dict[str, Any]:
    known_type, known_format = _TYPES.get(form, ("string", None))
    constraints: dict[str, Any] = {"required": True} if name in kind.required_in_table else {}
    if name == "id":
        constraints["unique"] = True
    column = {"name": name, "type": known_type, "format": known_format, "constraints": constraints}
    return {key: value for key, value in column.items() if value}
