"""HSDS's own schemas and package description, as oracles for what goes out."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
from referencing import Registry, Resource

STANDARD = Path(__file__).parent / "standard"
SCHEMAS = STANDARD / "3.2" / "schema"
EXAMPLES = STANDARD / "3.2" / "examples"
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def faults(name: str, instance: Any) -> list[str]:
    """Return what the schema `name` (such as `service`, or `compiled/service_list`) has against an instance."""
    errors = _validator(name).iter_errors(instance)
    return [f"{error.json_path}: {error.message}" for error in errors]


@cache
def _validator(name: str) -> jsonschema.Draft202012Validator:
    formats = jsonschema.Draft202012Validator.FORMAT_CHECKER
    assert {"uuid", "uri", "email", "date-time"} <= formats.checkers.keys(), "the format checkers are not installed"
    schema = {"$ref": f"{name}.json"}
    return jsonschema.Draft202012Validator(schema, registry=_registry(), format_checker=formats)


@cache
def _registry() -> Registry[Any]:
    def resource(file: Path) -> Resource[Any]:
        from referencing.jsonschema import DRAFT202012

        return DRAFT202012.create_resource(json.loads(file.read_text(encoding="utf-8")))

    files = {file.relative_to(SCHEMAS).as_posix(): file for file in SCHEMAS.rglob("*.json")}
    return Registry().with_resources([(name, resource(file)) for name, file in files.items()])


def package_faults(folder: Path, described: Mapping[str, Any]) -> list[str]:
    """Return what a `datapackage.json` has against the tables in a folder: columns, types, constraints, references."""
    tables = {resource["name"]: resource for resource in described["resources"]}
    rows = {name: list(_rows(folder / resource["path"])) for name, resource in tables.items()}
    return [fault for name, resource in tables.items() for fault in _table_faults(resource, rows[name], rows)]


def _rows(file: Path) -> Iterator[dict[str, str]]:
    if file.is_file():
        with file.open(encoding="utf-8", newline="") as opened:
            yield from csv.DictReader(opened)


def _table_faults(resource: Any, rows: list[dict[str, str]], tables: Mapping[str, Any]) -> Iterator[str]:
    for field in resource["schema"]["fields"]:
        limits, name = field.get("constraints", {}), field["name"]
        filled = [row[name] for row in rows if row[name] != ""]
        where = f"{resource['name']}.{name}"
        if limits.get("required") and len(filled) < len(rows):
            yield f"{where}: is required"
        if limits.get("unique") and len(set(filled)) < len(filled):
            yield f"{where}: is not unique"
        if "enum" in limits and not set(filled) <= set(limits["enum"]):
            yield f"{where}: is not one of its words"
        yield from (f"{where}: is no {field['type']}: {value}" for value in filled if not _has_type(value, field))
    for key in resource["schema"].get("foreignKeys", ()):
        there = {row[key["reference"]["fields"]] for row in tables[key["reference"]["resource"]]}
        dangling = {row[key["fields"]] for row in rows} - there - {""}
        yield from (f"{resource['name']}.{key['fields']}: {value} is not there" for value in dangling)


def _has_type(value: str, field: Mapping[str, Any]) -> bool:
    try:
        match field["type"]:
            case "number":
                float(value)
            case "date":
                date.fromisoformat(value)
            case "datetime":
                datetime.fromisoformat(value)
            case "time":
                time.fromisoformat(value)
            case "object":
                return isinstance(json.loads(value), dict)
    except ValueError:
        return False
    return field.get("format") != "uuid" or _UUID.fullmatch(value) is not None
