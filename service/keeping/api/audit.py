"""The audit over HTTP: what an organization's tokens did."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from service.directory.api.context import RequestContext, context_for
from service.directory.api.dependencies import require
from service.directory.api.directory import Page, PerPage
from service.infrastructure.http.acts import answers
from service.keeping.api.schemas import AuditPage
from service.keeping.list_audit import list_audit

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


@router.get("/audit", summary="List what your tokens did", **answers(AuditPage, "A page, the newest first."))
async def list_audit_entries(context: Auditor, token: Token = None, page: Page = 1, per_page: PerPage = 50) -> Response:
    """List the acts of the caller's own organization: when, which operation, on what, by which rules; never content.

    Needs the scope `audit`. Ids of consents and referrals stand as digests. Whose token acted is told only where one
    token is asked for.
    """
    listing = partial(list_audit, context.reading, context.caller, token=token, page=page, per_page=per_page)
    return context.page(await context.show(listing))
