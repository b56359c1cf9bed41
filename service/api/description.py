"""The description of the interface (OpenAPI 3.1): what the framework sees, and what we add to it."""

from __future__ import annotations

from typing import Any

from service.api.bodies import REF, body_schemas
from service.api.event_bodies import described_webhooks
from service.api.schemas.directory import directory_schemas
from service.api.schemas.hsds import hsds_schemas
from service.api.schemas.problem import FieldError, Problem

FRAMEWORKS_OWN = ("HTTPValidationError", "ValidationError")
OWN_422 = "#/components/schemas/HTTPValidationError"


def complete_description(found: dict[str, Any]) -> dict[str, Any]:
    """Return the framework's description with our bodies and problems in it, and without its own form of errors."""
    components = found.setdefault("components", {})
    ours = {model.__name__: model.model_json_schema(ref_template=REF) for model in (FieldError, Problem)}
    for schema in ours.values():
        schema.pop("$defs", None)
    schemas = {**components.get("schemas", {}), **directory_schemas(), **hsds_schemas(), **body_schemas(), **ours}
    components["schemas"] = {name: schemas[name] for name in sorted(schemas) if name not in FRAMEWORKS_OWN}
    for operations in found["paths"].values():
        for operation in operations.values():
            _drop_own_errors(operation["responses"])
            for holder in (operation.get("requestBody", {}), *operation["responses"].values()):
                _show_example(holder, components["schemas"])
    found["webhooks"] = described_webhooks()
    return found


def _drop_own_errors(responses: dict[str, Any]) -> None:
    for status, response in list(responses.items()):
        schema = response.get("content", {}).get("application/json", {}).get("schema", {})
        if schema.get("$ref") == OWN_422:
            del responses[status]


def _show_example(holder: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Give each body that has no example the one that its schema carries."""
    for content in holder.get("content", {}).values():
        if "example" not in content and "examples" not in content:
            content["example"] = _example_of(content["schema"], schemas)


def _example_of(schema: dict[str, Any], schemas: dict[str, Any]) -> Any:
    if "$ref" in schema:
        return schemas[schema["$ref"].rpartition("/")[2]]["examples"][0]
    if schema.get("type") == "array":
        return [_example_of(schema["items"], schemas)]
    if schema.get("type") == "object":
        return {name: _example_of(value, schemas) for name, value in schema["properties"].items()}
    return 1  # a count
