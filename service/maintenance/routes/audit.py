"""The audit over HTTP: what an organization's tokens did."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from service.directory.routes.context import RequestContext, context_for
from service.directory.routes.dependencies import require
from service.directory.routes.directory import Page, PerPage
from service.maintenance.list_audit import list_audit
from service.web.operations import openapi_responses
from service.web.schemas import example_of

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

router = APIRouter(tags=["audit"])
Auditor = Annotated[RequestContext, context_for(require("audit"))]
Token = Annotated[
    str | None,
    Query(
        max_length=64,
        pattern="^[0-9a-f]{64}$",
        description="Only acts of this token's subject: its digest, as `referral-router audit token` prints it.",
    ),
]


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


@router.get(
    "/audit",
    summary="List what your tokens did",
    response_model=None,
    responses=openapi_responses(AuditPage, "A page, the newest first."),
)
async def list_audit_entries(context: Auditor, token: Token = None, page: Page = 1, per_page: PerPage = 50) -> Response:
    """List the acts of the caller's own organization: when, which operation, on what, by which rules; never content.

    Needs the scope `audit`. Ids of consents and referrals stand as digests. Whose token acted is told only where one
    token is asked for.
    """
    listing = partial(list_audit, context.reading, context.caller, token=token, page=page, per_page=per_page)
    return context.page(await context.show(listing))
