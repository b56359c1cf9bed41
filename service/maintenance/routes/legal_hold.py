"""What to know when a subpoena comes, over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from service.coalition.routes.coalition import CoalitionContext, Now, tagged_response, view_responses
from service.coalition.routes.examples_of_work import LEGAL_HOLD
from service.coalition.routes.schemas.coalition import LegalHoldDocument
from service.directory.routes.directory import NONE_MATCH
from service.documents import fields
from service.maintenance.show_legal_hold import show_legal_hold
from service.web.media_types import accepts_json

UUID = fields.anchor(fields.UUID)

router = APIRouter(tags=["coalition"])


@router.get(
    "/coalition/legal-hold",
    summary="What to know when a subpoena comes",
    response_model=None,
    dependencies=[Depends(accepts_json)],
    responses=view_responses(LegalHoldDocument, LEGAL_HOLD, "members_only"),
    openapi_extra={"parameters": [NONE_MATCH]},
)
async def get_coalition_legal_hold(
    look: CoalitionContext,
    at: Now,
    id: Annotated[str | None, Query(pattern=UUID, description="What is held about this id.")] = None,  # noqa: A002
) -> Response:
    """List each agency's contact for a subpoena, the rows held about an id (never content), and the kinds never kept.

    For members. Records without the caller's organization as a party count as absent. Needs the scope `directory:read`.
    """

    def respond() -> Response:
        about = None if id is None else id.lower()
        legal_hold = show_legal_hold(look.reading, look.parts.settings, look.visible_to_members, at, about)
        return tagged_response(look.request, legal_hold.document())

    return await look.show(respond)
