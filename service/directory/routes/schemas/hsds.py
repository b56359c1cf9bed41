"""HSDS objects as documented: the specification's own fields and forms, open to more, as HSDS is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.directory.standard.schema import OBJECT_TYPES, Field, ObjectType
from service.directory.standard.value_forms import WORDS

_NAMES = {name: "Hsds" + "".join(part.capitalize() for part in name.split("_")) for name in OBJECT_TYPES}
_FORMATS = {"uuid": "uuid", "uri": "uri", "email": "email", "moment": "date-time", "day": "date"}
_COUNTS = ("total_items", "total_pages", "page_number", "size")
_SIGNS = ("first_page", "last_page", "empty")
_ID = "0b7c8a52-6d5b-4a51-8f0e-2f4d3b5c6e7f"
_EXAMPLES: Mapping[str, Mapping[str, Any]] = {
    "organization": {"id": _ID, "name": "County Food Pantry", "description": "Food for whoever needs it."},
    "service": {"id": _ID, "name": "Food boxes", "status": "active", "minimum_age": 18},
    "service_at_location": {"id": _ID, "service_id": _ID, "location_id": _ID},
    "taxonomy": {"id": _ID, "name": "Open Eligibility", "description": "A taxonomy of human services."},
    "taxonomy_term": {"id": _ID, "name": "Food Pantry", "description": "Free food to take home."},
}


def reference(record_type: str) -> dict[str, str]:
    """Return a reference to the schema of a type of object.

    >>> reference("service_at_location")
    {'$ref': '#/components/schemas/HsdsServiceAtLocation'}
    """
    return {"$ref": f"#/components/schemas/{_NAMES[record_type]}"}


def page_content(record_type: str) -> dict[str, Any]:
    """Return the documented body of a page of objects; a minimal object holds only ids and times."""
    minimal = {
        "type": "object",
        "properties": {
            "id": {"type": "string", "format": "uuid"},
            "modified_date": {"type": "string", "format": "date-time"},
        },
        "required": ["id"],
    }
    items: dict[str, Any] = (
        {"anyOf": [reference(record_type), minimal]} if record_type == "service" else reference(record_type)
    )
    properties: dict[str, Any] = {name: {"type": "integer"} for name in _COUNTS}
    properties |= {name: {"type": "boolean"} for name in _SIGNS}
    schema = {
        "type": "object",
        "properties": {**properties, "contents": {"type": "array", "items": items}},
        "required": [*properties, "contents"],
    }
    counts = dict(zip(_COUNTS, (1, 1, 1, 1), strict=True)) | {"first_page": True, "last_page": True, "empty": False}
    return {"schema": schema, "example": {**counts, "contents": [example(record_type)]}}


def record_content(record_type: str) -> dict[str, Any]:
    """Return the documented body of one object."""
    return {"schema": reference(record_type), "example": example(record_type)}


def example(record_type: str) -> dict[str, Any]:
    """Return a small object of the type."""
    return dict(_EXAMPLES[record_type])


def hsds_schemas() -> dict[str, Any]:
    """Return the schemas of every type of object, by name.

    >>> hsds_schemas()["HsdsAttribute"]["required"]
    ['id']
    """
    return {_NAMES[name]: _schema(object_type) for name, object_type in OBJECT_TYPES.items()}


def _schema(object_type: ObjectType) -> dict[str, Any]:
    properties = {name: _field(field) for name, field in object_type.fields.items()}
    return {"type": "object", "properties": properties, "required": list(object_type.required)}


def _field(field: Field) -> dict[str, Any]:
    if field.record_type is not None:
        inner = reference(field.record_type)
        return {"type": "array", "items": inner} if field.many else inner
    form = str(field.form)
    if form == "number":
        return {"type": "number"}
    if form in WORDS:
        return {"type": "string", "enum": list(WORDS[form])}
    return {"type": "string"} | ({"format": _FORMATS[form]} if form in _FORMATS else {})
