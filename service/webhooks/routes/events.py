"""Events over HTTP: the catalogue of types, and the events after a cursor, with a wait where asked for."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import JSONResponse, Response

from service.directory.routes.dependencies import check_again, require
from service.web.operations import openapi_responses
from service.web.preferences import for_reader
from service.web.problems import problem, responses_for
from service.webhooks.endpoints import may_keep
from service.webhooks.lifecycle_events import event_types
from service.webhooks.read_events import AT_ONCE, read_events
from service.webhooks.routes import schemas
from service.webhooks.routes.endpoints import Keeper
from service.webhooks.routes.event_bodies import catalogue, example_body

LONGEST_WAIT_S = 30

router = APIRouter(tags=["webhooks"])
_EVENT_TYPES = catalogue()
_EXAMPLE = {"id": schemas.EXAMPLE_ID, **example_body(event_types()[0])}


@router.get(
    "/event-types",
    summary="The types of event",
    responses={
        200: {"content": {"application/json": {"example": {"items": _EVENT_TYPES[:1]}}}},
        **responses_for(
            "invalid_token",
            "missing_scope",
            "not_acceptable",
            "invalid_request",
            "too_many_requests",
            "internal_error",
            "not_ready",
        ),
    },
    response_model=schemas.EventKinds,
)
async def list_event_types(request: Request, _caller: Annotated[object, Depends(require("webhook"))]) -> Response:
    """List every type of event: its meaning, its body as a JSON schema, and an example. Needs the scope `webhook`."""
    document, headers = for_reader(request, {"items": _EVENT_TYPES})
    return JSONResponse(document, headers=headers)


@router.get(
    "/events",
    summary="Read events without a webhook",
    response_model=None,
    responses=openapi_responses(
        schemas.EventPage, "Done.", "cursor_expired", example={"events": [_EXAMPLE], "next": "gAAAAAB…"}
    ),
)
async def list_events(
    context: Keeper,
    *,
    after: Annotated[str | None, Query(max_length=1000, description="The `next` of an answer before.")] = None,
    limit: Annotated[int, Query(ge=1, le=AT_ONCE, description="How many events at most.")] = 100,
    wait: Annotated[int, Query(ge=0, le=LONGEST_WAIT_S, description="Seconds to wait where there is none.")] = 0,
) -> Response:
    """Read the events that a webhook would carry, in one order, after a cursor; without one, from the oldest.

    A cursor is good for your organization and for 30 days. Needs the scope `webhook`.
    """
    organization, database = context.caller.organization, context.database
    if not may_keep(context.caller, organization):
        raise problem("missing_scope")
    ends = asyncio.get_running_loop().time() + wait
    read = partial(read_events, context.reading, database.secrets, organization, after=after, limit=limit)
    try:
        batch = await context.show(read)
        if not batch.events and wait:
            waiting_room = context.parts.waiting
            async with waiting_room.place(organization, database) as has_place, asyncio.timeout_at(ends):
                while has_place and not batch.events and not await context.request.is_disconnected():
                    next_move = waiting_room.next_move  # taken before the read, so that nothing in between is missed
                    batch = await context.show(read)
                    check_again(context.request, context.caller)  # after the read: a token may be refused meanwhile
                    if not batch.events:
                        await next_move.wait()
    except TimeoutError:
        pass  # nothing came
    return JSONResponse({"events": list(batch.events), "next": batch.cursor})
