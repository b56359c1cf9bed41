"""What-ifs over HTTP: what other services and agreements would change, worked out in the background."""

from __future__ import annotations

import json
from functools import partial
from typing import Annotated

from fastapi import APIRouter
from fastapi import Path as InPath
from starlette.responses import Response

from service.coalition.routes.coalition import CoalitionContext, Now
from service.coalition.routes.schemas.what_ifs import ASKED, BED, WhatIfDocument
from service.coalition.use_cases.keep_what_ifs import WhatIfBody, ask_what_if, check_what_if, get_what_if
from service.web.bodies import body_of, read_body_as
from service.web.idempotency import KEY_PARAMETER, REPLAYED, key_of
from service.web.media_types import JSON, JsonBody
from service.web.operations import openapi_responses

router = APIRouter(tags=["coalition"])
PLACE = "/v1/coalition/what-ifs"


@router.post(
    "/coalition/what-ifs",
    summary="Try out services and agreements",
    response_model=None, status_code=202, responses=openapi_responses(
        WhatIfDocument, "It waits to be worked out; `Location` says where.", "members_only", "conflict",
        "idempotency_key_reused", "idempotency_key_required", status=202, body=True, example=ASKED,
    ),
    openapi_extra={**body_of(WhatIfBody, {"one more bed": BED}), "parameters": [KEY_PARAMETER]},
)  # fmt: skip
async def create_what_if(look: CoalitionContext, body: JsonBody, at: Now) -> Response:
    """Compare the coalition with one that has more or other services and agreements. Nothing in it is changed.

    For members. Needs the scope `directory:read`. An organization has one at a time, and the result for a day.
    """
    key = key_of(look.request)
    asked = await look.read(partial(read_body_as, WhatIfBody, body))
    visible = await look.show(lambda: look.visible_to_members)
    await look.show(partial(check_what_if, visible, asked, at))
    ask = partial(ask_what_if, key=key, sent=body)
    kept = await look.change(lambda: ask(look.writing, visible, look.caller, asked))
    document = kept.view.document
    headers = {"Location": f"{PLACE}/{document['id']}", "Retry-After": "2"}
    repeat = {REPLAYED: "true"} if kept.repeated else {}
    return Response(json.dumps(document), 202, {**headers, **repeat}, media_type=JSON)


@router.get(
    "/coalition/what-ifs/{id}",
    summary="Show the result of a what-if",
    response_model=None,
    responses=openapi_responses(WhatIfDocument, "As far as it is worked out.", "members_only", "not_found"),
)
async def get_asked_what_if(
    look: CoalitionContext,
    id: Annotated[str, InPath(description="The what-if's `id`.", max_length=100)],  # noqa: A002 - the name on the wire
) -> Response:
    """Show a what-if of the caller's own organization; `result` is what `coalition what-if --json` prints.

    Needs the scope `directory:read`.
    """
    return look.answer(await look.show(lambda: get_what_if(look.reading, look.visible_to_members, look.caller, id)))
