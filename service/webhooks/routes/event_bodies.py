"""The bodies of events as JSON schemas with examples: for the catalogue, and for `webhooks` of the description."""

from __future__ import annotations

from typing import Any

from service.webhooks.lifecycle_events import EventType, event_types
from service.webhooks.routes.schemas import EXAMPLE_ID, MOMENT


def body_schema(event_type: EventType) -> dict[str, Any]:
    """Return the JSON schema of the body of events of a type. Pure."""
    data: dict[str, Any] = {"id": {"type": "string"}, "href": {"type": "string"}, **event_type.data}
    return {
        "type": "object",
        "required": ["type", "timestamp", "data"],
        "properties": {
            "type": {"const": event_type.name},
            "timestamp": {"type": "string", "format": "date-time"},
            "data": {"type": "object", "required": list(data), "properties": data},
        },
    }


def example_body(event_type: EventType) -> dict[str, Any]:
    """Return an example of the body of an event of a type. Pure."""
    data = {"id": EXAMPLE_ID, "href": event_type.example_href, **event_type.example}
    return {"type": event_type.name, "timestamp": MOMENT, "data": data}


def catalogue() -> list[dict[str, Any]]:
    """Return every type of event as the interface lists the types."""
    return [
        {
            "type": event_type.name,
            "description": event_type.description,
            "schema": body_schema(event_type),
            "example": example_body(event_type),
            "deprecated": event_type.deprecated,
        }
        for event_type in event_types()
    ]


def described_webhooks() -> dict[str, Any]:
    """Return `webhooks` of the description (OpenAPI 3.1): each type of event as a request to the receiver."""
    return {event_type.name: {"post": _operation(event_type)} for event_type in event_types()}


def _operation(event_type: EventType) -> dict[str, Any]:
    headers = [
        {"name": name, "in": "header", "required": True, "schema": {"type": "string"}, "description": about}
        for name, about in (
            ("webhook-id", "The same on every attempt."),
            ("webhook-timestamp", "When this attempt began, seconds since 1970."),
            ("webhook-signature", "`v1,` and the signature in base64; two during a rotation."),
        )
    ]
    content = {"application/json": {"schema": body_schema(event_type), "example": example_body(event_type)}}
    return {
        "operationId": f"webhook_{event_type.name.replace('.', '_')}",
        "summary": event_type.name,
        "description": event_type.description,
        "tags": ["webhooks"],
        "deprecated": event_type.deprecated,
        "security": [],  # a receiver checks the signature, and is shown no token
        "parameters": headers,
        "requestBody": {"required": True, "content": content},
        "responses": {"2XX": {"description": "It is taken; anything else is tried again."}},
    }
