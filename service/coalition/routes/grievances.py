"""Grievances over HTTP: filed by any person, read by the coalition's grievance body alone."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi import Path as InPath
from starlette.responses import Response

from service.coalition.routes.schemas.coalition_acts import (
    FiledGrievance,
    GrievanceDocument,
    GrievancePage,
    GrievanceState,
)
from service.coalition.use_cases import hear_grievances
from service.coalition.use_cases.hear_grievances import STATUSES, GrievanceBody, GrievanceStatusBody
from service.directory.parties import GRIEVANCE
from service.directory.routes.context import Context, RequestContext, context_for
from service.directory.routes.dependencies import PublicOperation, require
from service.directory.routes.directory import MATCH, Page, PerPage, one_of
from service.documents.bodies import read_sent_body
from service.i18n.spoken_codes import language_of_codes
from service.web.addresses import address_of
from service.web.bodies import body_of
from service.web.conditions import condition_of
from service.web.media_types import JsonBody
from service.web.operations import creation, openapi_responses, read_code
from service.web.preferences import LANGUAGE_PARAMETER
from service.web.rates import GRIEVANCE as GRIEVANCE_ACT
from service.web.schemas import CodeBody

router = APIRouter(tags=["coalition"])
Hearing = Annotated[RequestContext, context_for(require(GRIEVANCE))]
NoToken = Depends(PublicOperation(GRIEVANCE_ACT))
GrievanceId = Annotated[str, InPath(description="The grievance's `id`.", max_length=100)]
_FILED = {"agency": {"about": {"organization": "bluestem-haven"}, "codes": ["not_heard"]}}


@router.post(
    "/grievances",
    summary="File a grievance",
    dependencies=[NoToken],
    response_model=None,
    status_code=201,
    responses=openapi_responses(FiledGrievance, "It is kept.", status=201, public=True, body=True),
    openapi_extra={**body_of(GrievanceBody, _FILED), "parameters": [LANGUAGE_PARAMETER]},
)
async def file_grievance(context: Context, body: JsonBody) -> Response:
    """File a complaint about an agency, a decision or the coalition, as codes. Open to all: a token is not read.

    The complaint goes to the coalition's grievance body, and never to the agency, to its parent or to its departments.
    To have a decision looked at without its agency, name the agency too. No trace of the filer is kept; 5 an hour from
    one address, 30 from an IPv4 /24 or an IPv6 /48, 100 from an IPv6 /32.
    """
    grievance = await context.read(partial(hear_grievances.read_grievance, body))
    file = partial(hear_grievances.file_grievance, context.writing, context.ring, context.parts.settings, grievance)
    file = partial(file, address=address_of(context.request), language=language_of_codes(context.language))
    return creation(context.request, await context.change(file), repeated=False)


@router.post(
    "/grievances/look-up",
    summary="Look a grievance up by its code",
    dependencies=[NoToken],
    response_model=None,
    responses=openapi_responses(GrievanceState, "How it stands.", "not_found", public=True, body=True),
    openapi_extra=body_of(CodeBody, {"code": {"code": "acoustic bamboo canoe dolphin"}}),
)
async def look_up_grievance(context: Context, body: JsonBody) -> Response:
    """Show the state or the outcome of a grievance to the holder of its code. 20 tries an hour from one address."""
    code = await context.read(partial(read_code, body))
    look_up = partial(hear_grievances.look_up_grievance, context.writing, context.ring, context.parts.settings, code)
    return context.answer(await context.change(partial(look_up, address=address_of(context.request))))


@router.get(
    "/grievances",
    summary="List grievances",
    response_model=None,
    responses=openapi_responses(GrievancePage, "A page, the newest week first."),
)
async def list_grievances(
    context: Hearing,
    page: Page = 1,
    per_page: PerPage = 50,
    status: Annotated[str | None, Query(pattern=one_of(STATUSES))] = None,
    pile: Annotated[
        str | None, Query(max_length=36, description="Every grievance of this pile, those least alike first.")
    ] = None,
) -> Response:
    """List the grievances that the caller's agency hears; for any other agency the list is empty.

    When many come from one network within an hour, they share a `pile`. The list has one grievance of each pile, and
    `piles` says how many there are; `?pile=` lists them all.
    """
    list_page = partial(hear_grievances.list_grievances, status=status, pile=pile, page=page, per_page=per_page)
    grievances = await context.show(
        partial(list_page, context.reading, context.parts.settings, context.caller.organization)
    )
    return context.page(grievances)


@router.get(
    "/grievances/{id}",
    summary="Show a grievance",
    response_model=None,
    responses=openapi_responses(GrievanceDocument, "The grievance.", "not_found"),
)
async def get_grievance(context: Hearing, id: GrievanceId) -> Response:  # noqa: A002 - the name on the wire
    """Show a grievance to the body that hears it."""
    view = partial(hear_grievances.get_grievance, context.reading, context.parts.settings, context.caller, id)
    return context.answer(await context.show(view))


@router.put(
    "/grievances/{id}/status",
    summary="Say what becomes of a grievance",
    response_model=None,
    responses=openapi_responses(
        GrievanceDocument, "It is noted.", "not_found", "precondition_required", "stale", "not_from_here", body=True
    ),
    openapi_extra={
        **body_of(GrievanceStatusBody, {"closed": {"status": "closed", "outcome": "put_right"}}),
        "parameters": [MATCH],
    },
)
async def settle_grievance(context: Hearing, body: JsonBody, id: GrievanceId) -> Response:  # noqa: A002
    """Take up a grievance, or close it with an outcome, as the body that hears it. Its filer sees this by the code."""
    sent_body = await context.read(partial(read_sent_body, GrievanceStatusBody, body))
    settle = partial(hear_grievances.settle_grievance, sent_body=sent_body, condition=condition_of(context.request))
    caller, settings = context.caller, context.parts.settings
    return context.answer(await context.change(partial(settle, context.writing, settings, caller.organization, id)))
