"""The shape of a bundle or a profile as a JSON Schema (2020-12), which accepts each document that the reader takes.

The schema does not see a relation between two places of a document (a missing id, an end before a start), nor a day or
a time zone that does not exist (`2026-02-30`); the reader also refuses documents with errors of both sorts.
"""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from service.documents import fields
from service.documents.base import BundleModel

DIALECT = "https://json-schema.org/draft/2020-12/schema"


class _AsWritten(GenerateJsonSchema):
    """Writes days, times of day, moments and durations with the patterns of a document, stricter than `format`."""

    def date_schema(self, schema: core_schema.DateSchema) -> JsonSchemaValue:  # noqa: ARG002 the library's signature
        return {"type": "string", "format": "date", "pattern": fields.anchor(fields.DAY)}

    def datetime_schema(self, schema: core_schema.DatetimeSchema) -> JsonSchemaValue:  # noqa: ARG002
        return {"type": "string", "pattern": fields.anchor(fields.INSTANT)}

    def time_schema(self, schema: core_schema.TimeSchema) -> JsonSchemaValue:  # noqa: ARG002
        return {"type": "string", "pattern": fields.anchor(fields.CLOCK)}

    def timedelta_schema(self, schema: core_schema.TimedeltaSchema) -> JsonSchemaValue:  # noqa: ARG002
        return {"type": "string", "pattern": fields.anchor(fields.DURATION)}


def json_schema(model: type[BundleModel]) -> dict[str, Any]:
    """Return the JSON Schema of the documents that `model` reads. Pure."""
    whole = model.model_json_schema(schema_generator=_AsWritten, mode="validation")
    parts = whole.pop("$defs", {})
    definitions = {name: with_nulls(part) for name, part in parts.items()}
    return {"$schema": DIALECT, **with_nulls(whole), "$defs": definitions}


def with_nulls(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of an object in which every field that may be absent may also be null. Pure.

    >>> with_nulls({"required": ["id"], "properties": {"id": {"type": "string"}, "name": {"type": "string"}}})
    ... # doctest: +NORMALIZE_WHITESPACE
    {'required': ['id'],
     'properties': {'id': {'type': 'string'}, 'name': {'anyOf': [{'type': 'string'}, {'type': 'null'}]}}}
    """
    required = schema.get("required", ())
    properties = schema.get("properties", {})
    nullable = {
        name: value if name in required or _takes_null(value) else _or_null(value) for name, value in properties.items()
    }
    return {**schema, "properties": nullable} if properties else schema


def _takes_null(schema: dict[str, Any]) -> bool:
    return any(choice.get("type") == "null" for choice in schema.get("anyOf", ()))


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    about: dict[str, Any] = {key: schema[key] for key in ("title", "description", "default") if key in schema}
    inner = {key: value for key, value in schema.items() if key not in about}
    return about | {"anyOf": [inner, {"type": "null"}]}
