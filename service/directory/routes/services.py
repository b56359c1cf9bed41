"""The services of organizations over HTTP."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi import Path as InPath
from starlette.responses import Response

from service import vocabulary
from service.directory.parties import SCOPES, Act
from service.directory.routes.context import RequestContext, context_for
from service.directory.routes.dependencies import require_any
from service.directory.routes.directory import (
    CODE,
    SLUG,
    NamedAs,
    Page,
    PerPage,
    Reading,
    add_item_endpoints,
    list_extras,
    list_response,
    one_of,
)
from service.directory.routes.schemas.capacity import CapacityDocument, RoomDocument, RoomsDocument
from service.directory.use_cases.count_places import (
    ChangeBody,
    ConfirmationBody,
    CountBody,
    change_places,
    confirm_places,
    count_places,
    read_places,
)
from service.documents.bodies import read_sent_body
from service.web.bodies import body_of
from service.web.idempotency import KEY_PARAMETER, REPLAYED, required_key_of
from service.web.media_types import JsonBody
from service.web.operations import openapi_responses

Counting = Annotated[RequestContext, context_for(require_any(*SCOPES[Act.COUNT_PLACES]))]
router = APIRouter(tags=["directory"])


@router.get("/services", **list_extras("OneService", "services"))
async def list_services(
    *,
    context: Reading,
    organization: Annotated[str | None, Query(pattern=SLUG, description="Id or slug of the organization.")] = None,
    type: Annotated[str | None, Query(pattern=CODE, description="A service type that it offers.")] = None,  # noqa: A002
    status: Annotated[str | None, Query(pattern=one_of(vocabulary.SERVICE_STATUSES))] = None,
    area: Annotated[
        str | None,
        Query(pattern=SLUG, description="Code of an area that it covers as a whole, or as part of a wider one."),
    ] = None,
    designated: Annotated[bool | None, Query(description="Whether the coalition named it for its types.")] = None,
    q: NamedAs = None,
    page: Page = 1,
    per_page: PerPage = 50,
) -> Response:
    """List the services of organizations visible to the caller. Needs the scope `directory:read`."""
    plain = {"organization": organization, "type": type, "status": status, "area": area}
    return await list_response(context, "services", {**plain, "designated": designated, "q": q}, page, per_page)


@router.get(
    "/services/{id}/capacity",
    summary="Read the places of a service",
    response_model=None,
    responses=openapi_responses(RoomsDocument, "Its places.", "not_found", "not_yours"),
)
async def get_service_capacity(
    context: Counting,
    id: Annotated[str, InPath(description="The service's `id` (a UUID) or its `slug`.", examples=["jb-line"])],  # noqa: A002
) -> Response:
    """Read the places of an own service, how many of them are held, and who holds more than half.

    Needs the scope `capacity` or `directory:write`. `largest_holder` names the sender whose referrals hold more than
    half of the empty places, so that the house can call that agency; null where nobody does.
    """
    return context.answer(await context.show(partial(read_places, context.reading, context.caller, id)))


@router.put(
    "/services/{id}/capacity",
    summary="Count the places of a service",
    response_model=None,
    responses=openapi_responses(CapacityDocument, "It is stored.", "not_found", "not_yours", body=True),
    openapi_extra=body_of(CountBody, {"beds": {"unit": "bed", "available": 2, "maximum": 8}}, filled=""),
)
async def put_service_capacity(
    context: Counting,
    body: JsonBody,
    id: Annotated[str, InPath(description="The service's `id` (a UUID) or its `slug`.", examples=["jb-line"])],  # noqa: A002
) -> Response:
    """Store the number of empty places of an own service; the answer tells who holds how many.

    Needs the scope `capacity` or `directory:write`. A count is no change of the directory: no version and no tag
    changes. Every process uses the count within two seconds. Places held by referrals are taken off, unless
    `holds_counted` says that the count leaves held places out already.
    """
    count_body = await context.read(partial(read_sent_body, CountBody, body))
    return context.answer(await context.change(partial(count_places, context.writing, context.caller, id, count_body)))


@router.post(
    "/services/{id}/capacity/change",
    summary="Change the count of places",
    response_model=None, responses=openapi_responses(
        RoomDocument, "It is added, now or before under the same key.", "not_found", "not_yours", "out_of_range",
        "count_first", "idempotency_key_required", "idempotency_key_reused", body=True,
    ),
    openapi_extra={
        **body_of(ChangeBody, {"taken": {"unit": "bed", "by": -1}}, filled=""),
        "parameters": [KEY_PARAMETER],
    },
)  # fmt: skip
async def change_service_capacity(
    context: Counting,
    body: JsonBody,
    id: Annotated[str, InPath(description="The service's `id` (a UUID) or its `slug`.", examples=["jb-line"])],  # noqa: A002
) -> Response:
    """Add to the number of empty places of an own service: two people who each take one place leave two fewer.

    Needs the scope `capacity` or `directory:write`. Below zero, or above `maximum`, nothing changes; nor without a
    count of the last day, which has to be stored first. A count that left held places out keeps its `updated`.
    """
    read_key = partial(required_key_of, context.request)
    change_body = await context.read(partial(read_sent_body, ChangeBody, body))
    change = partial(change_places, context.writing, context.caller, id, change_body, read_key=read_key, data=body)
    room, repeated = await context.change(change)
    return context.answer(room, headers={REPLAYED: "true"} if repeated else None)


@router.post(
    "/services/{id}/capacity/confirmation",
    summary="Confirm the count of places",
    response_model=None,
    responses=openapi_responses(
        RoomDocument, "It counts as of now.", "not_found", "not_yours", "count_changed", body=True
    ),
    openapi_extra=body_of(ConfirmationBody, {"beds": {"unit": "bed", "available": 2}}, filled=""),
)
async def confirm_service_capacity(
    context: Counting,
    body: JsonBody,
    id: Annotated[str, InPath(description="The service's `id` (a UUID) or its `slug`.", examples=["jb-line"])],  # noqa: A002
) -> Response:
    """Say that the count of an own service is still right: the same number, counted now, however old it was.

    Needs the scope `capacity` or `directory:write`. `available`: the number that was looked at. If somebody has counted
    otherwise meanwhile nothing changes, so that no press undoes another's.
    """
    confirmation = await context.read(partial(read_sent_body, ConfirmationBody, body))
    return context.answer(
        await context.change(partial(confirm_places, context.writing, context.caller, id, confirmation))
    )


add_item_endpoints(router, "services", schema="OneService", noun="a service", example="jb-line")
