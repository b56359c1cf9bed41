"""Sessions at the pages over HTTP: who is signed in, and an end to it, by the person or by the organization."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter
from fastapi import Path as InPath
from starlette.responses import Response

from service.directory.routes.context import RequestContext, context_for
from service.directory.routes.dependencies import require
from service.directory.routes.directory import Page, PerPage
from service.sessions import keep_sessions
from service.sessions.routes.schemas import SessionPage
from service.web.operations import openapi_responses
from service.web.problems import EVERY_PROTECTED, responses_for

router = APIRouter(tags=["sessions"])
SignedIn = Annotated[RequestContext, context_for(require())]
"""Any token: what a caller lists and ends is its own, and with `organization:admin` its organization's."""
SessionId = Annotated[str, InPath(description="The session's `id`.", max_length=100)]


@router.get(
    "/sessions",
    summary="List sessions",
    response_model=None,
    responses=openapi_responses(SessionPage, "A page, the longest first."),
)
async def list_sessions(context: SignedIn, page: Page = 1, per_page: PerPage = 50) -> Response:
    """List who is signed in at the pages: the caller's own sessions, those of the same organization and subject.

    With the scope `organization:admin`, list every session of the caller's organization. No session names its person.
    """
    listing = partial(keep_sessions.list_sessions, page=page, per_page=per_page)
    keys = keep_sessions.SignInKeys(context.parts.verifier, context.parts.issuer)
    return context.page(await context.show(partial(listing, context.reading, context.caller, keys)))


@router.delete(
    "/sessions",
    summary="End your sessions",
    response_class=Response,
    status_code=204,
    responses={204: {"description": "They have ended."}, **responses_for(*EVERY_PROTECTED)},
)
async def delete_sessions(context: SignedIn) -> Response:
    """End all sessions of the caller's own subject, and the links that would begin a new one."""
    await context.change(partial(keep_sessions.end_own_sessions, context.writing, context.caller))
    return Response(status_code=204)


@router.delete(
    "/sessions/{id}",
    summary="End a session",
    response_class=Response,
    status_code=204,
    responses={204: {"description": "It has ended."}, **responses_for(*EVERY_PROTECTED, "not_found")},
)
async def delete_session(context: SignedIn, id: SessionId) -> Response:  # noqa: A002 - the name on the wire
    """End a session that the caller may list: its pages show nothing any more."""
    await context.change(partial(keep_sessions.end_listed_session, context.writing, context.caller, id))
    return Response(status_code=204)
