"""Agreements between organizations over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from service import vocabulary
from service.directory.routes.directory import (
    SLUG,
    NamedAs,
    Page,
    PerPage,
    Reading,
    add_item_endpoints,
    list_extras,
    list_response,
    one_of,
)

router = APIRouter(tags=["directory"])


@router.get("/agreements", **list_extras("Agreement", "agreements"))
async def list_agreements(
    *,
    context: Reading,
    party: Annotated[str | None, Query(pattern=SLUG, description="Id or slug of a party to it.")] = None,
    type: Annotated[str | None, Query(pattern=one_of(vocabulary.AGREEMENT_TYPES))] = None,  # noqa: A002
    level: Annotated[str | None, Query(pattern=one_of(vocabulary.AGREEMENT_LEVELS))] = None,
    status: Annotated[str | None, Query(pattern=one_of(vocabulary.AGREEMENT_STATUSES))] = None,
    q: NamedAs = None,
    page: Page = 1,
    per_page: PerPage = 50,
) -> Response:
    """List the agreements of the caller, and those with only visible parties. Needs the scope `directory:read`."""
    filters = {"party": party, "type": type, "level": level, "status": status, "q": q}
    return await list_response(context, "agreements", filters, page, per_page)


add_item_endpoints(router, "agreements", schema="Agreement", noun="an agreement", example="mou-core")
