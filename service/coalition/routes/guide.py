"""The guide over HTTP, open to everybody: the guide depends neither on the caller nor on the directory."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from service.coalition import read_guide
from service.coalition.routes.coalition import tagged_response
from service.coalition.routes.schemas.coalition import GuideDocument
from service.directory.routes.dependencies import OptionalToken
from service.directory.routes.directory import ETAG, NONE_MATCH, SLUG
from service.web.media_types import JSON
from service.web.problems import responses_for

router = APIRouter(tags=["coalition"], dependencies=[Depends(OptionalToken())])
PROBLEMS = ("invalid_token", "not_acceptable", "invalid_request", "too_many_requests", "internal_error", "busy")


@router.get(
    "/coalition/guide",
    summary="What may be seen and asked, by sector",
    response_model=None,
    responses={
        200: {
            "model": GuideDocument,
            "description": "The guide.",
            "content": {JSON: {"example": read_guide("schools")}},
            "headers": ETAG,
        },
        304: {"description": "It is at hand already."},
        **responses_for(*PROBLEMS),
    },
    openapi_extra={"parameters": [NONE_MATCH]},
)
async def get_coalition_guide(
    request: Request, sector: Annotated[str | None, Query(pattern=SLUG, description="One sector alone.")] = None
) -> Response:
    """Show signs that staff of a sector may see, neutral questions, and needs to look for. No scores; open to all."""
    return tagged_response(request, read_guide(sector))
