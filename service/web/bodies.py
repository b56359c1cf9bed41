"""Request bodies read by the endpoints themselves, documented from the models of the bodies.

The framework's own reading repeats refused values; the reading here names only the field.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel

from service.documents.base import BundleModel
from service.documents.bodies import read_as
from service.documents.document import parse_body
from service.documents.json_schema import with_nulls

REF = "#/components/schemas/{model}"
Body = TypeVar("Body", bound=BundleModel)
BODY_MODELS: dict[type[BaseModel], str] = {}


def body_of(model: type[BaseModel], examples: Mapping[str, Any], *, filled: str = "") -> dict[str, Any]:
    """Return `openapi_extra=` for an operation whose body is read as `model`; `examples` by name.

    `filled`: the field that takes the token's organization where left out of the body.
    """
    BODY_MODELS[model] = filled
    entries = {name: {"value": value} for name, value in examples.items()}
    content = {"schema": {"$ref": REF.format(model=model.__name__)}, "examples": entries}
    return {"requestBody": {"required": True, "content": {"application/json": content}}}


def read_body_as(model: type[Body], data: bytes) -> Body:
    """Return the body in `data`, read strictly by its model.

    Raises:
        BodyRefused: with every wrong field, and no value.
    """
    return read_as(model, data, defaults={}, parse=parse_body)


def body_schemas() -> dict[str, Any]:
    """Return the JSON schemas of every body and of its parts, by name; an optional field may be null."""
    schemas: dict[str, Any] = {}
    for model, filled in BODY_MODELS.items():
        schema = model.model_json_schema(ref_template=REF, mode="validation")
        if "required" in schema:
            schema["required"] = [name for name in schema["required"] if name != filled]
        schemas |= schema.pop("$defs", {}) | {model.__name__: schema}
    return {name: with_nulls(schema) for name, schema in schemas.items()}
