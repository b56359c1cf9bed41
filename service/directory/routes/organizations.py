"""The organizations of the coalition over HTTP."""

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


@router.get("/organizations", **list_extras("Organization", "organizations"))
async def list_organizations(
    *,
    context: Reading,
    kind: Annotated[str | None, Query(pattern=one_of(vocabulary.KINDS), description="Its kind.")] = None,
    basis: Annotated[str | None, Query(pattern=one_of(vocabulary.BASES), description="Whom its staff work for")] = None,
    membership: Annotated[str | None, Query(pattern=one_of(vocabulary.MEMBERSHIPS))] = None,
    regime: Annotated[
        str | None,
        Query(pattern=one_of(vocabulary.REGIMES), description="A confidentiality regime that it is under."),
    ] = None,
    parent: Annotated[
        str | None, Query(pattern=SLUG, description="Id or slug of the organization it belongs to.")
    ] = None,
    q: NamedAs = None,
    page: Page = 1,
    per_page: PerPage = 50,
) -> Response:
    """List the organizations that the caller may see, each whole but for its private places. Needs `directory:read`."""
    filters = {"kind": kind, "basis": basis, "membership": membership, "regime": regime, "parent": parent, "q": q}
    return await list_response(context, "organizations", filters, page, per_page)


add_item_endpoints(
    router,
    "organizations",
    schema="Organization",
    noun="an organization",
    example="juniper-bridge-hotline",
    unused="bright-basin-dental",
)
