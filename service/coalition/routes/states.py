"""The cards of the states over HTTP, open to everybody, with what the coalition corrected."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

import policies
from service.answers.schemas.policy import StatesDocument
from service.coalition.routes.coalition import tagged_response
from service.coalition.routes.guide import PROBLEMS
from service.coalition.use_cases.list_states import list_states
from service.directory.routes.dependencies import OptionalToken, wiring_of
from service.directory.routes.directory import ETAG, NONE_MATCH, SLUG
from service.web.media_types import JSON
from service.web.problems import responses_for

router = APIRouter(tags=["policy"], dependencies=[Depends(OptionalToken())])
StateCode = Annotated[str | None, Query(pattern=SLUG, description="One state alone.", examples=["us-oh"])]


@router.get(
    "/policy/states",
    summary="The cards of the states",
    response_model=None,
    responses={
        200: {
            "model": StatesDocument,
            "description": "The cards.",
            "content": {JSON: {"example": list_states([policies.load_states()["us-oh"]])}},
            "headers": ETAG,
        },
        304: {"description": "They are at hand already."},
        **responses_for(*PROBLEMS),
    },
    openapi_extra={"parameters": [NONE_MATCH]},
)
async def list_state_cards(request: Request, code: StateCode = None) -> Response:
    """Show each state's lines and who reports by when, every fact with its source. Open to all.

    A fact that the coalition corrected says who did (`by`). A card counts where no pack of the state is loaded. A code
    that is no state's has no card.
    """
    directory = wiring_of(request).snapshots.state.directory
    cards = (policies.load_states() if directory is None else directory.names.cards).values()
    return tagged_response(request, list_states(card for card in cards if code in (None, card.code)))
