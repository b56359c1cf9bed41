"""The coalition's release forms over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from service.directory.routes.directory import (
    LANGUAGE,
    NamedAs,
    Page,
    PerPage,
    Reading,
    add_item_endpoints,
    list_extras,
    list_response,
)

router = APIRouter(tags=["directory"])


@router.get("/release-forms", **list_extras("ReleaseForm", "release forms"))
async def list_release_forms(
    *,
    context: Reading,
    language: Annotated[str | None, Query(pattern=LANGUAGE, description="A language that it is written in.")] = None,
    q: NamedAs = None,
    page: Page = 1,
    per_page: PerPage = 50,
) -> Response:
    """List the release forms. Needs the scope `directory:read`."""
    return await list_response(context, "release-forms", {"language": language, "q": q}, page, per_page)


add_item_endpoints(
    router, "release-forms", schema="ReleaseForm", noun="a release form", example="roi-four-counties", unused="roi-both"
)
