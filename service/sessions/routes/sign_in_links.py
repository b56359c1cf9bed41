"""Sign-in links over HTTP: a supervisor makes them for colleagues, sees those that wait, and takes them back."""

from __future__ import annotations

import json
from functools import partial
from typing import Annotated

from fastapi import APIRouter
from fastapi import Path as InPath
from starlette.responses import Response

from service.directory.routes.context import RequestContext, context_for
from service.directory.routes.dependencies import require
from service.documents.bodies import read_sent_body
from service.security import link_key
from service.sessions import keep_links
from service.sessions.keep_links import LinkBody
from service.sessions.routes.schemas import LinkList, MadeLink
from service.web.bodies import body_of
from service.web.media_types import JSON, JsonBody
from service.web.operations import openapi_responses
from service.web.problems import EVERY_PROTECTED, problem, responses_for

router = APIRouter(tags=["sessions"])
Supervisor = Annotated[RequestContext, context_for(require("organization:admin"))]
LinkId = Annotated[str, InPath(description="The link's `id`.", max_length=100)]


@router.get(
    "/sign-in-links",
    summary="List sign-in links",
    response_model=None,
    responses=openapi_responses(LinkList, "Those that wait."),
)
async def list_sign_in_links(context: Supervisor) -> Response:
    """List the links of the caller's own organization that nobody has opened yet, without what they open with.

    Needs the scope `organization:admin`.
    """
    return context.answer(await context.show(partial(keep_links.list_links, context.reading, context.caller)))


@router.post(
    "/sign-in-links",
    summary="Make a sign-in link",
    response_model=None,
    status_code=201,
    responses=openapi_responses(
        MadeLink, "The link, which is told this once.", "not_found", "sign_in_elsewhere", status=201, body=True
    ),
    openapi_extra=body_of(LinkBody, {"a desk": {"scopes": ["route", "consent"]}}, filled=""),
)
async def create_sign_in_link(context: Supervisor, body: JsonBody) -> Response:
    """Make a link that signs one colleague in to the pages, once, within ten minutes.

    `scopes`: some of the caller's own, never `organization:admin`. Needs the scope `organization:admin`. Where people
    sign in with an issuer, no link signs anybody in.
    """
    if context.parts.issuer is not None:
        raise problem("sign_in_elsewhere")
    sent_body = await context.read(partial(read_sent_body, LinkBody, body))

    def make() -> keep_links.Document:
        key = context.caller.key or link_key(context.parts.settings)
        return keep_links.make_link(context.writing, context.caller, key, sent_body)

    return Response(json.dumps(await context.change(make)), 201, media_type=JSON)


@router.delete(
    "/sign-in-links/{id}",
    summary="Take a sign-in link back",
    response_class=Response,
    status_code=204,
    responses={204: {"description": "It opens nothing any more."}, **responses_for(*EVERY_PROTECTED, "not_found")},
)
async def delete_sign_in_link(context: Supervisor, id: LinkId) -> Response:  # noqa: A002 - the name on the wire
    """Take a link out of use that nobody has opened yet. Needs the scope `organization:admin`."""
    await context.change(partial(keep_links.end_link, context.writing, context.caller, id))
    return Response(status_code=204)
