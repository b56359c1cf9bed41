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


def _element(value: Any, structure: str, path: str, root: Mapping[str, Any], said: str) -> Iterator[str]:
    """Yield what is wrong with a value at `path` of a structure, and below it."""
    rows = ELEMENTS[structure]
    row = rows.get(path, {})
    if value in (None, "", [], {}):
        yield f"ele-1: {said} is empty"
        return
    if not isinstance(value, dict):
        return
    for key, rule in row.get("rules", {}).items():
        if key not in _OF_EVERY_VALUE and not _holds(rule, value, root):
            yield f"{key}: {said}"
    below = {name: inner for name, inner in rows.items() if name.rpartition(".")[0] == path}
    known = {"resourceType"} if structure in RESOURCES and path == structure else set()
    for inner_path, inner in below.items():
        name = inner_path.rpartition(".")[2]
        given = _values(value, name)
        known |= {key for key, _ in given}
        yield from (f"ele-1: {said}.{key} is empty" for key, found in given if found in (None, "", [], {}))
        values = [one for _, found in given for one in (found if isinstance(found, list) else [found])]
        most = float("inf") if inner["max"] == "*" else int(inner["max"])
        if not inner["min"] <= len(values) <= most:
            yield f"cardinality: {said}.{name} has {len(values)}"
        for place, one in enumerate(values):
            yield from _child(one, structure, inner_path, inner, (root, f"{said}.{name}[{place}]", given[0][0]))
    yield from (f"unknown: {said}.{name}" for name in value.keys() - known)


def _child(
    one: Any, structure: str, path: str, row: Mapping[str, Any], more: tuple[Mapping[str, Any], str, str]
) -> Iterator[str]:
    root, said, name = more
    if "codes" in row and not _codes(one) & set(STRUCTURES["codes"].get(row["codes"], _codes(one))):
        yield f"binding: {said} is not of {row['codes']}"
    if isinstance(one, dict) and "resourceType" in one:
        yield from _element(one, one["resourceType"], one["resourceType"], one, said)
        return
    types = row.get("types", [])
    inner = types[0] if len(types) == 1 else next((t for t in types if name.lower().endswith(t.lower())), "")
    if "like" in row:
        yield from _element(one, structure, row["like"], root, said)
    elif inner in ELEMENTS and inner not in ("BackboneElement", "Element"):
        if isinstance(one, dict) != (not inner[0].islower()):
            yield f"type: {said} is no {inner}"
        yield from _element(one, inner, inner, root, said)
    else:
        yield from _element(one, structure, path, root, said)


def _values(value: Mapping[str, Any], name: str) -> list[tuple[str, Any]]:
    """Return the keys of an element, `value[x]` under its several names, with what they hold."""
    if name.endswith("[x]"):
        return [(key, found) for key, found in value.items() if key.startswith(name[:-3]) and key[len(name) - 3 :]]
    return [(name, value[name])] if name in value else []


def _codes(one: Any) -> set[Any]:
    if isinstance(one, dict):
        return {one.get("code")} | {coding.get("code") for coding in one.get("coding", ())}
    return {one}


def _holds(rule: str, value: Any, root: Mapping[str, Any]) -> bool:
    """Say whether an invariant holds of a value; nothing at all is no breach."""
    return fhirpathrs.evaluate(rule, value, {"resource": root, "rootResource": root, "context": value}) is not False
