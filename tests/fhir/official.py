"""HL7's own definitions of R4, held against a resource: JSON schema, cardinality, types, bindings, invariants."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import fhirpathrs
from jsonschema import Draft6Validator

PLACE = Path(__file__).parent / "r4"
SCHEMA = json.loads((PLACE / "fhir.schema.json").read_text(encoding="utf-8"))
STRUCTURES = json.loads((PLACE / "structures.json").read_text(encoding="utf-8"))
ELEMENTS: Mapping[str, Mapping[str, Any]] = STRUCTURES["elements"]
RESOURCES = {name for name, rows in ELEMENTS.items() if f"{name}.implicitRules" in rows and name[0].isupper()}
_OF_EVERY_VALUE = {"ele-1", "ext-1"}
"""That an element holds something, and that an extension holds one thing: looked at by hand, for primitives too."""


def faults(resource: Mapping[str, Any]) -> list[str]:
    """Return all that is wrong with a resource."""
    return [*_by_schema(resource), *_by_structure(resource)]


@cache
def _validator(resource_type: str) -> Draft6Validator:
    return Draft6Validator({**SCHEMA, "$ref": f"#/definitions/{resource_type}"})


def _by_schema(resource: Mapping[str, Any]) -> Iterator[str]:
    validator = _validator(resource["resourceType"])
    yield from (f"schema: {error.json_path} {error.message[:200]}" for error in validator.iter_errors(resource))


def _by_structure(resource: Mapping[str, Any]) -> Iterator[str]:
    resource_type = resource["resourceType"]
    yield from _element(resource, resource_type, resource_type, resource, resource_type)


def _element(value: Any, structure: str, path: str, root: Mapping[str, Any], label: str) -> Iterator[str]:
    """Yield what is wrong with a value at `path` of a structure, and below it."""
    rows = ELEMENTS[structure]
    row = rows.get(path, {})
    if value in (None, "", [], {}):
        yield f"ele-1: {label} is empty"
        return
    if not isinstance(value, dict):
        return
    for key, rule in row.get("rules", {}).items():
        if key not in _OF_EVERY_VALUE and not _holds(rule, value, root):
            yield f"{key}: {label}"
    below = {name: inner for name, inner in rows.items() if name.rpartition(".")[0] == path}
    names = {"resourceType"} if structure in RESOURCES and path == structure else set()
    for inner_path, inner in below.items():
        name = inner_path.rpartition(".")[2]
        pairs = _values(value, name)
        names |= {key for key, _ in pairs}
        yield from (f"ele-1: {label}.{key} is empty" for key, content in pairs if content in (None, "", [], {}))
        values = [item for _, content in pairs for item in (content if isinstance(content, list) else [content])]
        most = float("inf") if inner["max"] == "*" else int(inner["max"])
        if not inner["min"] <= len(values) <= most:
            yield f"cardinality: {label}.{name} has {len(values)}"
        for place, item in enumerate(values):
            yield from _child(item, structure, inner_path, inner, (root, f"{label}.{name}[{place}]", pairs[0][0]))
    yield from (f"unknown: {label}.{name}" for name in value.keys() - names)


def _child(
    value: Any, structure: str, path: str, row: Mapping[str, Any], more: tuple[Mapping[str, Any], str, str]
) -> Iterator[str]:
    root, label, name = more
    if "codes" in row and not _codes(value) & set(STRUCTURES["codes"].get(row["codes"], _codes(value))):
        yield f"binding: {label} is not of {row['codes']}"
    if isinstance(value, dict) and "resourceType" in value:
        yield from _element(value, value["resourceType"], value["resourceType"], value, label)
        return
    types = row.get("types", [])
    inner = types[0] if len(types) == 1 else next((t for t in types if name.lower().endswith(t.lower())), "")
    if "like" in row:
        yield from _element(value, structure, row["like"], root, label)
    elif inner in ELEMENTS and inner not in ("BackboneElement", "Element"):
        if isinstance(value, dict) != (not inner[0].islower()):
            yield f"type: {label} is no {inner}"
        yield from _element(value, inner, inner, root, label)
    else:
        yield from _element(value, structure, path, root, label)


def _values(value: Mapping[str, Any], name: str) -> list[tuple[str, Any]]:
    """Return the keys of an element, `value[x]` under its several names, with what they hold."""
    if name.endswith("[x]"):
        return [(key, content) for key, content in value.items() if key.startswith(name[:-3]) and key[len(name) - 3 :]]
    return [(name, value[name])] if name in value else []


def _codes(value: Any) -> set[Any]:
    if isinstance(value, dict):
        return {value.get("code")} | {coding.get("code") for coding in value.get("coding", ())}
    return {value}


def _holds(rule: str, value: Any, root: Mapping[str, Any]) -> bool:
    """Say whether an invariant holds of a value; nothing at all is no breach."""
    return fhirpathrs.evaluate(rule, value, {"resource": root, "rootResource": root, "context": value}) is not False
