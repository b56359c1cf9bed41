"""Request bodies that endpoints read themselves, documented from the models that read them.

The framework would read a body for us, but it repeats what it refuses; ours names the field alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from service.api.handlers import request_errors
from service.api.problems import problem
from service.wording import refusals

REF = "#/components/schemas/{model}"
Body = TypeVar("Body", bound=BaseModel)
BODY_MODELS: dict[type[BaseModel], str] = {}


def body_of(model: type[BaseModel], examples: Mapping[str, Any], *, filled: str = "") -> dict[str, Any]:
    """Return `openapi_extra=` for an operation whose body is read as `model`; `examples` by name.

    `filled` is the field that takes the token's organization where the body leaves it out.
    """
    BODY_MODELS[model] = filled
    named = {name: {"value": value} for name, value in examples.items()}
    content = {"schema": {"$ref": REF.format(model=model.__name__)}, "examples": named}
    return {"requestBody": {"required": True, "content": {"application/json": content}}}


def read_body_as(model: type[Body], data: bytes) -> Body:
    """Return the body in `data`, strictly as its model says.

    Raises:
        ApiProblem: with every field that is wrong, and no value of any.
    """
    try:
        return model.model_validate_json(data, strict=True)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        if any(detail["type"] == "json_invalid" for detail in details):
            raise problem("invalid_request", errors=[{"pointer": "", "detail": refusals.IS_JSON}]) from None
        placed = [{**detail, "loc": ("body", *detail["loc"])} for detail in details]
        raise problem("invalid_request", errors=request_errors(placed)) from None


def body_schemas() -> dict[str, Any]:
    """Return the JSON schemas of all bodies and of what they hold, by name; what may be left out may be null."""
    found: dict[str, Any] = {}
    for model, filled in BODY_MODELS.items():
        schema = model.model_json_schema(ref_template=REF, mode="validation")
        if "required" in schema:
            schema["required"] = [name for name in schema["required"] if name != filled]
        found |= schema.pop("$defs", {}) | {model.__name__: schema}
    return {name: _with_nulls(schema) for name, schema in found.items()}


def _with_nulls(schema: dict[str, Any]) -> dict[str, Any]:
    required = schema.get("required", ())
    properties = schema.get("properties", {})
    nullable = {
        name: value if name in required or _takes_null(value) else _or_null(value) for name, value in properties.items()
    }
    return {**schema, "properties": nullable} if properties else schema


def _takes_null(schema: Mapping[str, Any]) -> bool:
    return any(choice.get("type") == "null" for choice in schema.get("anyOf", ()))


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    about: dict[str, Any] = {key: schema[key] for key in ("title", "description", "default") if key in schema}
    inner = {key: value for key, value in schema.items() if key not in about}
    return about | {"anyOf": [inner, {"type": "null"}]}
