"""The bodies of events as JSON schemas with examples: for the catalogue, and for `webhooks` of the description."""

from __future__ import annotations

from typing import Any

import service.happenings  # noqa: F401 - registers every type of event to describe
from service.api.schemas.webhooks import EXAMPLE_ID, MOMENT
from service.events import EventType, event_types


def body_schema(kind: EventType) -> dict[str, Any]:
    """Return the JSON schema of the body of events of a type. Pure."""
    data: dict[str, Any] = {"id": {"type": "string"}, "href": {"type": "string"}, **kind.data}
    return {
        "type": "object",
        "required": ["type", "timestamp", "data"],
        "properties": {
            "type": {"const": kind.name},
            "timestamp": {"type": "string", "format": "date-time"},
            "data": {"type": "object", "required": list(data), "properties": data},
        },
    }


def example_body(kind: EventType) -> dict[str, Any]:
    """Return an example of the body of an event of a type. Pure."""
    data = {"id": EXAMPLE_ID, "href": kind.example_href, **kind.example}
    return {"type": kind.name, "timestamp": MOMENT, "data": data}


def catalogue() -> list[dict[str, Any]]:
    """Return every type of event as the interface lists the types."""
    return [
        {
            "type": kind.name,
            "description": kind.description,
            "schema": body_schema(kind),
            "example": example_body(kind),
            "deprecated": kind.deprecated,
        }
        for kind in event_types()
    ]


def described_webhooks() -> dict[str, Any]:
    """Return `webhooks` of the description (OpenAPI 3.1): each type of event as a request to the receiver."""
    return {kind.name: {"post": _operation(kind)} for kind in event_types()}


def _operation(kind: EventType) -> dict[str, Any]:
    headers = [
        {"name": name, "in": "header", "required": True, "schema": {"type": "string"}, "description": about}
        for name, about in (
            ("webhook-id", "The same on every attempt."),
            ("webhook-timestamp", "When this attempt began, seconds since 1970."),
            ("webhook-signature", "`v1,` and the signature in base64; two during a rotation."),
        )
    ]
    content = {"application/json": {"schema": body_schema(kind), "example": example_body(kind)}}
    return {
        "operationId": f"webhook_{kind.name.replace('.', '_')}",
        "summary": kind.name,
        "description": kind.description,
        "tags": ["webhooks"],
        "deprecated": kind.deprecated,
        "parameters": headers,
        "requestBody": {"required": True, "content": content},
        "responses": {"2XX": {"description": "It is taken; anything else is tried again."}},
    }
