"""Endpoints, deliveries, events and tasks, as bodies are read and answers documented."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from service.documents import fields
from service.documents.base import BundleModel, MaxEntries, Rows
from service.webhooks.endpoints import MOST_HEADERS

Types = Annotated[
    Rows[str], MaxEntries(100), Field(description="The types to send; null or left out: all, also those to come.")
]
EXAMPLE_ID = "5b1c3c1e-8f7e-4a53-9a40-0c8f2f0f7d11"
MOMENT = "2026-03-02T10:00:00+00:00"


class NewEndpoint(BundleModel):
    """An address to send events to."""

    url: Annotated[str, Field(max_length=2048, description="An https URL; its host must be on the public internet.")]
    types: Types | None = None
    description: Annotated[str, Field(max_length=200)] = ""


class ChangedEndpoint(NewEndpoint):
    """An endpoint in its new form."""

    enabled: bool = True
    max_per_second: Annotated[int, Field(ge=1, le=1000)] | None = None


class Rotation(BundleModel):
    """How long the old secret signs beside the new one; 0 where the old secret was given away."""

    grace_seconds: Annotated[int, Field(ge=0, le=604_800)] = 86_400
    force: bool = False


class Period(BundleModel):
    """A span of time; `until` left out: now."""

    since: fields.Instant
    until: fields.Instant | None = None


class SentAlong(BundleModel):
    """Headers by name. No answer shows their values afterwards."""

    headers: Annotated[dict[str, str], MaxEntries(MOST_HEADERS)]


class Endpoint(BaseModel):
    """An endpoint. `disabled_reason`: gone, asked, failing, owner, key_lost or restored."""

    id: str
    url: str
    types: list[str] | None
    description: str
    enabled: bool
    disabled_reason: str | None
    disabled_at: str | None
    max_per_second: int | None
    old_secret_until: str | None
    created_at: str
    changed_at: str


class CreatedEndpoint(Endpoint):
    """A new endpoint. `secret` is shown only once; null where the request was a repeat."""

    secret: str | None


class EndpointPage(BaseModel):
    """A page of endpoints."""

    items: list[Endpoint]
    page: int
    per_page: int
    total: int


class Secret(BaseModel):
    """A new secret, shown only once."""

    secret: str


class HeaderNames(BaseModel):
    """The names of the headers sent along."""

    names: list[str]


class Attempt(BaseModel):
    """One attempt: the status of the reply, or the class of the error."""

    at: str
    trigger: Literal["scheduled", "test", "manual"]
    status: int | None
    error: str | None
    milliseconds: int


class Delivery(BaseModel):
    """One event on its way to one endpoint. `event` is the `webhook-id`."""

    id: str
    endpoint: str
    event: str
    type: str
    status: Literal["pending", "delivered", "failed"]
    error: str | None
    exhausted: bool
    created_at: str
    next_attempt_at: str | None
    attempts: list[Attempt]


class DeliveryPage(BaseModel):
    """A page of deliveries."""

    items: list[Delivery]
    page: int
    per_page: int
    total: int


class Hour(BaseModel):
    """Deliveries made in an hour, by their present status."""

    hour: str
    delivered: int
    failed: int
    pending: int


class Statistics(BaseModel):
    """An endpoint's deliveries of the last 7 days."""

    delivered: int
    failed: int
    pending: int
    median_milliseconds: int | None
    p95_milliseconds: int | None
    failing_since: str | None
    hours: list[Hour]


class TaskDocument(BaseModel):
    """A task. `deliveries`: the number of deliveries made due so far."""

    id: str
    kind: Literal["recovery", "replay", "replay-missing"]
    endpoint: str
    status: Literal["waiting", "done"]
    since: str
    until: str
    deliveries: int
    created_at: str
    ended_at: str | None


class EventKind(BaseModel):
    """A type of event: its meaning, its body as a JSON schema, and an example."""

    type: str
    description: str
    body: dict[str, Any] = Field(alias="schema")
    example: dict[str, Any]
    deprecated: bool


class EventKinds(BaseModel):
    """The types of event."""

    items: list[EventKind]


class ReadEvent(BaseModel):
    """An event as a webhook would carry it; `id` would be its `webhook-id`."""

    id: str
    type: str
    timestamp: str
    data: dict[str, Any]


class EventPage(BaseModel):
    """Events in their order, and the cursor for the next request."""

    events: list[ReadEvent]
    next: str


ENDPOINT: dict[str, Any] = {
    "id": EXAMPLE_ID, "url": "https://example.org/hooks", "types": ["directory.changed"], "description": "Our app",
    "enabled": True, "disabled_reason": None, "disabled_at": None, "max_per_second": None, "old_secret_until": None,
    "created_at": MOMENT, "changed_at": MOMENT,
}  # fmt: skip
DELIVERY: dict[str, Any] = {
    "id": EXAMPLE_ID, "endpoint": EXAMPLE_ID, "event": EXAMPLE_ID, "type": "directory.changed", "status": "delivered",
    "error": None, "exhausted": False, "created_at": MOMENT, "next_attempt_at": None,
    "attempts": [{"at": MOMENT, "trigger": "scheduled", "status": 204, "error": None, "milliseconds": 41}],
}  # fmt: skip
STATISTICS: dict[str, Any] = {
    "delivered": 40, "failed": 1, "pending": 0, "median_milliseconds": 41, "p95_milliseconds": 230,
    "failing_since": None, "hours": [{"hour": MOMENT, "delivered": 40, "failed": 1, "pending": 0}],
}  # fmt: skip
TASK: dict[str, Any] = {
    "id": EXAMPLE_ID, "kind": "recovery", "endpoint": EXAMPLE_ID, "status": "done", "since": MOMENT, "until": MOMENT,
    "deliveries": 3, "created_at": MOMENT, "ended_at": MOMENT,
}  # fmt: skip
