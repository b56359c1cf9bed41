"""The types of event raised by webhooks themselves, for their owner alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session

from service.database.outbox import EventType, declare_type
from service.database.outbox.outbox import as_written
from service.database.outbox.tables import Event
from service.i18n import lifecycle_events

ENDPOINTS = "/v1/webhook-endpoints"
DELIVERIES = "/v1/webhook-deliveries"
_EXAMPLE = "0b8f2b52-6f0e-4c6c-9f0e-2f6f2f4f1c11"
REASONS = ("gone", "asked", "failing")
"""What an endpoint is disabled for: it answered 410, it answered `webhook-delivery: disable`, or it failed for days."""


def _owners(_session: Session, event: Event, organization: str) -> Mapping[str, Any] | None:
    return event.data or {} if (event.about or {}).get("owner") == organization else None


DISABLED = declare_type(
    EventType(
        "endpoint.disabled",
        lifecycle_events.ENDPOINT_DISABLED,
        _owners,
        f"{ENDPOINTS}/{_EXAMPLE}",
        data={"reason": {"type": "string", "enum": list(REASONS)}},
        example={"reason": "failing"},
    )
)
CHANGED = declare_type(
    EventType("endpoint.changed", lifecycle_events.ENDPOINT_CHANGED, _owners, f"{ENDPOINTS}/{_EXAMPLE}")
)
EXHAUSTED = declare_type(
    EventType(
        "delivery.exhausted",
        lifecycle_events.DELIVERY_EXHAUSTED,
        _owners,
        f"{DELIVERIES}/{_EXAMPLE}",
    )
)
RECOVERED = declare_type(
    EventType(
        "delivery.recovered",
        lifecycle_events.DELIVERY_RECOVERED,
        _owners,
        f"{DELIVERIES}/{_EXAMPLE}",
    )
)
TEST = declare_type(
    EventType(
        "webhook.test",
        lifecycle_events.WEBHOOK_TEST,
        as_written,
        f"{ENDPOINTS}/{_EXAMPLE}",
    )
)
ABOUT_DELIVERY = frozenset(event.name for event in (DISABLED, CHANGED, EXHAUSTED, RECOVERED, TEST))
"""Events about deliveries: that one of these is exhausted is no event, or two dead endpoints would tell each other."""
