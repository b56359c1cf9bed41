"""The description of the interface (OpenAPI 3.1): the framework's document, completed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, RouteContext
from pydantic import TypeAdapter

from service.directory.routes.dependencies import BEARER, OptionalToken, Requires
from service.directory.routes.schemas.directory import directory_schemas
from service.directory.routes.schemas.hsds import hsds_schemas
from service.fhir.routes.outcomes import fhir_schemas
from service.web.bodies import REF, body_schemas
from service.web.preferences import SENTENCES_PARAMETER
from service.web.schemas import FieldError, Problem
from service.webhooks.routes.event_bodies import described_webhooks

TAGS = {
    "referral paths": "Who to call next for one client, and what may be said.",
    "directory": "Agencies, services, agreements, release forms and words: read, changed, proposed.",
    "policy": "The rules in force, and one decision by them.",
    "consents": "What a client agreed to, on record, without the client.",
    "referrals": "A hand-off sent, followed, and ended.",
    "webhooks": "Events, sent to other programs as they happen.",
    "coalition": "What members do together: who covers what, what is due, what to change, how it went.",
    "sessions": "Sessions of the pages, ended from elsewhere.",
    "audit": "What the tokens of an organization did.",
    "hsds": "The public part, in the form that other directories read (HSDS 3).",
    "fhir": "The same for systems of hospitals, as FHIR R4: the public part, a referral as a task.",
    "health": "For operators.",
}
"""The groups of operations, in the order of a referral."""

FRAMEWORKS_OWN = ("HTTPValidationError", "ValidationError")
OWN_422 = "#/components/schemas/HTTPValidationError"


def complete_description(description: dict[str, Any], routes: Iterable[RouteContext]) -> dict[str, Any]:
    """Return the framework's description with the service's own bodies and problems, without the framework's errors."""
    for route in routes:
        if isinstance(route.original_route, APIRoute) and route.include_in_schema:
            item = description["paths"][route.path_format]
            for operation in (item[method.lower()] for method in route.methods or ()):
                operation["security"] = _security_of(route.dependant)
                _restore_examples(operation, route, description["components"]["schemas"])
    components = description.setdefault("components", {})
    ours = {model.__name__: model.model_json_schema(ref_template=REF) for model in (FieldError, Problem)}
    for schema in ours.values():
        schema.pop("$defs", None)
    schemas = {
        **components.get("schemas", {}),
        **directory_schemas(),
        **hsds_schemas(),
        **fhir_schemas(),
        **body_schemas(),
        **ours,
    }
    components["schemas"] = {name: schemas[name] for name in sorted(schemas) if name not in FRAMEWORKS_OWN}
    _make_generable(description)
    for operations in description["paths"].values():
        for operation in operations.values():
            parameters = operation.setdefault("parameters", [])
            if all(parameter["name"] != SENTENCES_PARAMETER["name"] for parameter in parameters):
                parameters.append(SENTENCES_PARAMETER)
            _drop_own_errors(operation["responses"])
            for holder in (operation.get("requestBody", {}), *operation["responses"].values()):
                _show_example(holder, components["schemas"])
    description["servers"] = [{"url": "/", "description": "The server that this description was read from."}]
    description["tags"] = [{"name": name, "description": text} for name, text in TAGS.items()]
    description["webhooks"] = described_webhooks()
    return description


def _security_of(dependant: Dependant) -> list[dict[str, list[str]]]:
    """Return the security of an operation by what it depends on: a token, a token or none, nothing if none is read.

    The framework says of a token that may be left out that it is needed.
    """
    kinds, token = {type(call) for call in _calls(dependant)}, {BEARER.scheme_name: list[str]()}
    if Requires in kinds:
        return [token]
    return [token, {}] if OptionalToken in kinds else []


def _calls(dependant: Dependant) -> Iterator[Any]:
    for dependency in dependant.dependencies:
        yield dependency.call
        yield from _calls(dependency)


def _restore_examples(operation: dict[str, Any], route: RouteContext, schemas: dict[str, Any]) -> None:
    """Put every example back as originals: the framework's encoder leaves out nulls, which answers hold."""
    models = (route.response_model, *(response.get("model") for response in route.responses.values()))
    for model in filter(None, models):
        schema = TypeAdapter(model).json_schema(mode="serialization")
        for name, part in {**schema.get("$defs", {}), schema.get("title"): schema}.items():
            if "examples" in part and name in schemas:
                schemas[name]["examples"] = part["examples"]
    originals = {str(status): response for status, response in route.responses.items()}
    originals["body"] = (route.openapi_extra or {}).get("requestBody", {})
    parts = {**operation["responses"], "body": operation.get("requestBody", {})}
    for place, holder in originals.items():
        for media_type, content in holder.get("content", {}).items():
            examples = {name: content[name] for name in ("example", "examples") if name in content}
            parts[place]["content"][media_type] |= examples


_NO_SCHEMA = ("example", "examples", "default", "const", "enum")


def _make_generable(description: dict[str, Any]) -> None:
    """Make the description readable for generators of clients.

    Each schema has one title, its name, which generators use for their classes. No field has a `default`, which some
    generators read as a field that is always present: the description of the field names the default instead.
    """
    schemas = description["components"]["schemas"]
    for schema in _inner(description["paths"], description["components"]):
        if isinstance(schema.get("title"), str):  # a property called `title` is a schema, not a text
            del schema["title"]
    for schema in _inner(schemas):
        for field in schema.get("properties", {}).values():
            if default := field.pop("default", None):
                sentence = f"Left out: `{json.dumps(default)}`."
                field["description"] = f"{field['description']} {sentence}" if "description" in field else sentence
    for name, schema in schemas.items():
        schema["title"] = name


def _inner(*values: Any) -> Iterator[dict[str, Any]]:
    """Yield every object at and below `values`, without the parts that only show or name values."""
    for value in values:
        if isinstance(value, dict):
            yield value
            yield from _inner(*(inner for name, inner in value.items() if name not in _NO_SCHEMA))
        elif isinstance(value, list):
            yield from _inner(*value)


def _drop_own_errors(responses: dict[str, Any]) -> None:
    for status, response in list(responses.items()):
        schema = response.get("content", {}).get("application/json", {}).get("schema", {})
        if schema.get("$ref") == OWN_422:
            del responses[status]


def _show_example(holder: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Give each body without an example the example of its schema."""
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
