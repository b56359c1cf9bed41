"""Grievances over HTTP: filed by any person, read by the coalition's grievance body alone."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi import Path as InPath
from starlette.responses import Response

from service.coalition.api.schemas.coalition_acts import (
    FiledGrievance,
    GrievanceDocument,
    GrievancePage,
    GrievanceState,
)
from service.coalition.work import hear_grievances
from service.coalition.work.hear_grievances import STATUSES, GrievanceBody, GrievanceStatusBody
from service.directory.api.directory import MATCH, Page, PerPage, Stored, condition_of, one_of, respond
from service.directory.parties import GRIEVANCE
from service.infrastructure.documents.given import read_given
from service.infrastructure.http.addresses import address_of
from service.infrastructure.http.bodies import body_of
from service.infrastructure.http.deps import Opens, Parts, Working, require
from service.infrastructure.http.desk import Desk, desk_for
from service.infrastructure.http.media_types import JsonBody
from service.infrastructure.http.preferences import LANGUAGE_PARAMETER, language_of
from service.infrastructure.http.rates import GRIEVANCE as GRIEVANCE_ACT
from service.loop.api.happenings import answers, made, open_answers, read_code, telling
from service.loop.api.schemas import CodeBody
from service.words.spoken_codes import language_of_codes

router = APIRouter(tags=["coalition"])
Hearing = Annotated[Desk, Depends(desk_for(require(GRIEVANCE)))]
Anybody = Depends(Opens(GRIEVANCE_ACT))
GrievanceId = Annotated[str, InPath(description="The grievance's `id`.", max_length=100)]
_FILED = {"agency": {"about": {"organization": "harbor-house"}, "codes": ["not_heard"]}}
_OPEN: dict[str, Any] = {"security": [{}]}


@router.post(
    "/grievances",
    summary="File a grievance",
    dependencies=[Anybody],
    **open_answers(FiledGrievance, "It is kept.", status=201),
    openapi_extra={**body_of(GrievanceBody, _FILED), **_OPEN, "parameters": [LANGUAGE_PARAMETER]},
)
async def file_grievance(request: Request, stored: Stored, working: Working, parts: Parts, body: JsonBody) -> Response:
    """File a complaint about an agency, a decision or the coalition, as codes. Open to all: a token is not read.

    The complaint goes to the coalition's grievance body, and never to the agency, to its parent or to its departments.
    To have a decision looked at without its agency, name the agency too. No trace of the filer is kept; 5 an hour from
    one address.
    """
    with telling():
        given = await working.read(partial(hear_grievances.read_grievance, body))
        file = partial(hear_grievances.file_grievance, stored.unit_of_work(), parts.ring, parts.settings, given)
        file = partial(file, address=address_of(request), language=language_of_codes(language_of(request)))
        return made(request, await working.change(file), repeated=False)


@router.post(
    "/grievances/look-up",
    summary="Look a grievance up by its code",
    dependencies=[Anybody],
    **open_answers(GrievanceState, "How it stands.", "not_found"),
    openapi_extra={**body_of(CodeBody, {"code": {"code": "acoustic bamboo canoe dolphin"}}), **_OPEN},
)
async def look_up_grievance(
    request: Request, stored: Stored, working: Working, parts: Parts, body: JsonBody
) -> Response:
    """Show the state or the outcome of a grievance to the holder of its code. 20 tries an hour from one address."""
    with telling():
        code = await working.read(partial(read_code, body))
        look_up = partial(hear_grievances.look_up_grievance, stored.unit_of_work(), parts.ring, parts.settings, code)
        return respond(request, await working.change(partial(look_up, address=address_of(request))))


@router.get(
    "/grievances",
    summary="List grievances",
    **answers(GrievancePage, "A page, the newest week first."),
)
async def list_grievances(
    desk: Hearing,
    page: Page = 1,
    per_page: PerPage = 50,
    status: Annotated[str | None, Query(pattern=one_of(STATUSES))] = None,
) -> Response:
    """List the grievances that the caller's agency hears; for any other agency the list is empty."""
    listed = partial(hear_grievances.list_grievances, status=status, page=page, per_page=per_page)
    found = await desk.show(partial(listed, desk.reading, desk.parts.settings, desk.caller.organization))
    return desk.page(found)


@router.get(
    "/grievances/{id}",
    summary="Show a grievance",
    **answers(GrievanceDocument, "The grievance.", "not_found"),
)
async def get_grievance(desk: Hearing, id: GrievanceId) -> Response:  # noqa: A002 - the contract's word
    """Show a grievance to the body that hears it."""
    shown = partial(hear_grievances.get_grievance, desk.reading, desk.parts.settings, desk.caller, id)
    return desk.answer(await desk.show(shown))


@router.put(
    "/grievances/{id}/status",
    summary="Say what becomes of a grievance",
    **answers(
        GrievanceDocument, "It is noted.", "not_found", "precondition_required", "stale", "not_from_here", body=True
    ),
    openapi_extra={
        **body_of(GrievanceStatusBody, {"closed": {"status": "closed", "outcome": "put_right"}}),
        "parameters": [MATCH],
    },
)
async def settle_grievance(desk: Hearing, body: JsonBody, id: GrievanceId) -> Response:  # noqa: A002
    """Take up a grievance, or close it with an outcome, as the body that hears it. Its filer sees this by the code."""
    given = await desk.read(partial(read_given, GrievanceStatusBody, body))
    settle = partial(hear_grievances.settle_grievance, given=given, condition=condition_of(desk.request))
    caller, settings = desk.caller, desk.parts.settings
    return desk.answer(await desk.change(partial(settle, desk.writing, settings, caller.organization, id)))
