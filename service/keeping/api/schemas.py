"""The audit, as documented."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from service.loop.api.schemas import example_of

_OBJECT = {"type": "consent", "digest": "5f" * 32, "status": "current"}
_EXAMPLE: dict[str, Any] = {
    "id": "5b1c3c1e-8f7e-4a53-9a40-0c8f2f0f7d11",
    "position": 41,
    "at": "2026-03-02T10:00:00+00:00",
    "operation": "POST /v1/consents",
    "objects": [_OBJECT],
    "details": {},
    "token": None,
}


class AuditedObject(BaseModel):
    """Something that an act was on: a digest of its id, or the id of a record of the directory."""

    model_config = example_of(**_OBJECT)

    type: str
    digest: str
    status: str = Field(description="Its status afterwards.")


class AuditEntryDocument(BaseModel):
    """An act of a token of the organization."""

    model_config = example_of(**_EXAMPLE)

    id: str
    position: int | None = Field(description="Its place in the chain; null for some seconds, until it is linked.")
    at: str
    operation: str = Field(description="Method and path, as a template.")
    objects: list[AuditedObject]
    details: dict[str, Any] = Field(description="Rules and versions of a decision, the reason of a refusal.")
    token: str | None = Field(description="The digest of the token's subject, where one was asked for.")


class AuditPage(BaseModel):
    """A page of acts."""

    model_config = example_of(items=[_EXAMPLE], page=1, per_page=50, total=1)

    items: list[AuditEntryDocument]
    page: int
    per_page: int
    total: int
