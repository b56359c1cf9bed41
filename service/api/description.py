"""The description of the interface (OpenAPI 3.1): what the framework sees, and what we add to it."""

from __future__ import annotations

from typing import Any

from service.api.bodies import REF, body_schemas
from service.api.schemas.problem import FieldError, Problem

FRAMEWORKS_OWN = ("HTTPValidationError", "ValidationError")
OWN_422 = "#/components/schemas/HTTPValidationError"


def complete_description(found: dict[str, Any]) -> dict[str, Any]:
    """Return the framework's description with our bodies and problems in it, and without its own form of errors."""
    for operations in found["paths"].values():
        for operation in operations.values():
            _drop_own_errors(operation["responses"])
    components = found.setdefault("components", {})
    ours = {model.__name__: model.model_json_schema(ref_template=REF) for model in (FieldError, Problem)}
    for schema in ours.values():
        schema.pop("$defs", None)
    schemas = {**components.get("schemas", {}), **body_schemas(), **ours}
    components["schemas"] = {name: schemas[name] for name in sorted(schemas) if name not in FRAMEWORKS_OWN}
    return found


def _drop_own_errors(responses: dict[str, Any]) -> None:
    for status, response in list(responses.items()):
        schema = response.get("content", {}).get("application/json", {}).get("schema", {})
        if schema.get("$ref") == OWN_422:
            del responses[status]
