"""Webhooks over HTTP: endpoints of one's own, their secrets and headers, and what was sent to them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi import Path as InPath
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from service.api.bodies import body_of, read_body_as
from service.api.deps import JSON, JsonBody, require, wiring_of
from service.api.directory import (
    ETAG,
    MATCH,
    NONE_MATCH,
    Page,
    PerPage,
    Stored,
    condition_of,
    paged,
    respond,
    telling,
)
from service.api.idempotency import KEY_PARAMETER, REPLAYED, key_of
from service.api.problems import EVERY_BODY, EVERY_PROTECTED, problem, responses_for
from service.api.schemas import webhooks as schemas
from service.auth import Caller
from service.usecases import deliveries, endpoints
from service.usecases.endpoints import Wanted
from service.webhooks import tasks
from service.wording import refusals

router = APIRouter(tags=["webhooks"])
Keeper = Annotated[Caller, Depends(require("webhook"))]
Id = Annotated[str, InPath(description="The endpoint's `id`.", examples=[schemas.EXAMPLE_ID], max_length=36)]
DeliveryId = Annotated[str, InPath(description="The delivery's `id`.", examples=[schemas.EXAMPLE_ID], max_length=36)]
ENDPOINTS, ENDPOINT = "/webhook-endpoints", "/webhook-endpoints/{id}"
_PERIOD = {"since": "2026-03-01T00:00:00+00:00"}


def answers(
    model: type[BaseModel], example: Any, *codes: str, status: int = 200, headers: Mapping[str, Any] | None = None
) -> dict[int | str, dict[str, Any]]:
    """Return `responses=` of an operation that gives such a document, or one of these problems."""
    found = {"model": model, "description": "Done.", "content": {JSON: {"example": example}}}
    with_headers = {**found, "headers": dict(headers)} if headers else found
    return {status: with_headers, **responses_for(*EVERY_PROTECTED, *codes)}


def _with(body: dict[str, Any], *parameters: dict[str, Any]) -> dict[str, Any]:
    return {**body, "parameters": list(parameters)} if parameters else body


@router.get(ENDPOINTS, summary="List your endpoints", response_model=None,
            responses=answers(schemas.EndpointPage, {"items": [schemas.ENDPOINT], "page": 1, "per_page": 50,
                                                     "total": 1}, headers=ETAG))  # fmt: skip
def list_webhook_endpoints(
    request: Request, caller: Keeper, stored: Stored, page: Page = 1, per_page: PerPage = 50
) -> Response:
    """List the endpoints of your organization, the oldest first. Needs the scope `webhook`, as all of these do."""
    with telling():
        found = endpoints.list_endpoints(stored, caller, page=page, per_page=per_page)
    return paged(request, found)


@router.post(ENDPOINTS, summary="Add an endpoint", response_model=None, status_code=201,
             responses=answers(schemas.CreatedEndpoint, {**schemas.ENDPOINT, "secret": "whsec_…"}, *EVERY_BODY,
                               "conflict", "idempotency_key_required", "idempotency_key_reused", status=201,
                               headers=ETAG),
             openapi_extra=_with(body_of(schemas.NewEndpoint, {"one type": {
                 "url": "https://app.example.org/hooks", "types": ["directory.changed"]}}), KEY_PARAMETER))  # fmt: skip
def create_webhook_endpoint(request: Request, caller: Keeper, stored: Stored, body: JsonBody) -> Response:
    """Have events sent to a URL. The secret that signs them is shown this once. At most 20 for an organization."""
    key = key_of(request)
    given = read_body_as(schemas.NewEndpoint, body)
    wanted = Wanted(given.url, None if given.types is None else tuple(given.types), given.description)
    with telling():
        made = endpoints.create_endpoint(
            stored, caller, wanted, check=wiring_of(request).post.check, key=key, body=body
        )
    replayed = {REPLAYED: "true"} if made.secret is None else {}
    headers = {"ETag": made.found.etag, "Location": f"/v1{ENDPOINTS}/{made.found.document['id']}", **replayed}
    return JSONResponse({**made.found.document, "secret": made.secret}, 201, headers)


@router.get(ENDPOINT, summary="Show an endpoint", response_model=None,
            responses={304: {"description": "It is at hand already."},
                       **answers(schemas.Endpoint, schemas.ENDPOINT, "not_found", headers=ETAG)},
            openapi_extra={"parameters": [NONE_MATCH]})  # fmt: skip
def get_webhook_endpoint(request: Request, caller: Keeper, stored: Stored, id: Id) -> Response:  # noqa: A002 - the contract's word
    """Show an endpoint, and where it is disabled since when and for what."""
    with telling():
        return respond(request, endpoints.get_endpoint(stored, caller, id))


@router.put(ENDPOINT, summary="Change an endpoint", response_model=None,
            responses=answers(schemas.Endpoint, schemas.ENDPOINT, *EVERY_BODY, "not_found", "stale",
                              "precondition_required", headers=ETAG),
            openapi_extra=_with(body_of(schemas.ChangedEndpoint, {"paused": {
                "url": "https://app.example.org/hooks", "enabled": False}}), MATCH))  # fmt: skip
def put_webhook_endpoint(request: Request, caller: Keeper, stored: Stored, body: JsonBody, id: Id) -> Response:  # noqa: A002
    """Put what an endpoint is to be in place of what `If-Match` names. Enabling it forgets its failures."""
    with telling():
        endpoints.get_endpoint(stored, caller, id)
    given = read_body_as(schemas.ChangedEndpoint, body)
    types = None if given.types is None else tuple(given.types)
    wanted = Wanted(given.url, types, given.description, given.enabled, given.max_per_second)
    with telling():
        changed = endpoints.change_endpoint(
            stored, caller, id, wanted, condition=condition_of(request), check=wiring_of(request).post.check
        )
    return respond(request, changed)


@router.delete(ENDPOINT, summary="Delete an endpoint", response_class=Response, status_code=204,
               responses={204: {"description": "It is gone."},
                          **responses_for(*EVERY_PROTECTED, "not_found", "stale", "precondition_required")},
               openapi_extra={"parameters": [MATCH]})  # fmt: skip
def delete_webhook_endpoint(request: Request, caller: Keeper, stored: Stored, id: Id) -> Response:  # noqa: A002
    """Delete an endpoint and what is pending for it."""
    with telling():
        endpoints.delete_endpoint(stored, caller, id, condition=condition_of(request))
    return Response(status_code=204)


@router.post(f"{ENDPOINT}/secret-rotation", summary="Give an endpoint a new secret", response_model=None,
             responses=answers(schemas.Secret, {"secret": "whsec_…"}, *EVERY_BODY, "not_found", "conflict"),
             openapi_extra=body_of(schemas.Rotation, {"at once": {"grace_seconds": 0}}))  # fmt: skip
def rotate_webhook_secret(caller: Keeper, stored: Stored, body: JsonBody, id: Id) -> Response:  # noqa: A002
    """Sign with a new secret, shown this once; the old one signs beside it for `grace_seconds`."""
    with telling():
        endpoints.get_endpoint(stored, caller, id)
    given = read_body_as(schemas.Rotation, body)
    with telling():
        secret = endpoints.rotate_secret(stored, caller, id, grace_s=given.grace_seconds, force=given.force)
    return JSONResponse({"secret": secret})


@router.get(f"{ENDPOINT}/headers", summary="Name the headers that are sent along", response_model=None,
            responses=answers(schemas.HeaderNames, {"names": ["X-Key"]}, "not_found"))  # fmt: skip
def get_webhook_headers(caller: Keeper, stored: Stored, id: Id) -> Response:  # noqa: A002
    """Name the headers that are sent along with every event. Their values are shown to nobody."""
    with telling():
        return JSONResponse({"names": endpoints.get_header_names(stored, caller, id)})


@router.put(f"{ENDPOINT}/headers", summary="Have headers sent along", response_model=None,
            responses=answers(schemas.HeaderNames, {"names": ["X-Key"]}, *EVERY_BODY, "not_found"),
            openapi_extra=body_of(schemas.SentAlong, {"a key": {"headers": {"X-Key": "…"}}}))  # fmt: skip
def put_webhook_headers(caller: Keeper, stored: Stored, body: JsonBody, id: Id) -> Response:  # noqa: A002
    """Have up to 10 headers of your own sent along, in place of those before."""
    with telling():
        endpoints.get_endpoint(stored, caller, id)
    given = read_body_as(schemas.SentAlong, body)
    with telling():
        return JSONResponse({"names": endpoints.put_headers(stored, caller, id, given.headers)})


@router.post(f"{ENDPOINT}/test", summary="Send a test", response_model=None, status_code=202,
             responses=answers(schemas.Delivery, {**schemas.DELIVERY, "type": "webhook.test"}, "not_found",
                               status=202))  # fmt: skip
def test_webhook_endpoint(request: Request, caller: Keeper, stored: Stored, id: Id) -> Response:  # noqa: A002
    """Send `webhook.test` to an endpoint, once, also where it is disabled. It counts for no health."""
    with telling():
        return respond(request, deliveries.test_endpoint(stored, caller, id), 202)


def _add_task(kind: str, operation: str, summary: str, about: str) -> None:
    @router.post(f"{ENDPOINT}/{kind}", summary=summary, description=about, response_model=None, status_code=202,
                 operation_id=operation,
                 responses=answers(schemas.TaskDocument, {**schemas.TASK, "kind": kind}, *EVERY_BODY, "not_found",
                                   "conflict", status=202),
                 openapi_extra=body_of(schemas.Period, {"since a day": _PERIOD}))  # fmt: skip
    def post_task(request: Request, caller: Keeper, stored: Stored, body: JsonBody, id: Id) -> Response:  # noqa: A002
        with telling():
            endpoints.get_endpoint(stored, caller, id)
        given = read_body_as(schemas.Period, body)
        with telling():
            begun = deliveries.begin_task(stored, caller, id, kind, since=given.since, until=given.until)
        return respond(request, begun, 202, {"Location": f"/v1/tasks/{begun.document['id']}"})


_add_task(
    tasks.RECOVERY, "recover_webhook_deliveries", "Send again what failed", "Make what failed due again, as a task."
)
_add_task(
    tasks.REPLAY,
    "replay_webhook_deliveries",
    "Send everything again",
    "Make what was delivered due again too, as a task.",
)
_add_task(
    tasks.REPLAY_MISSING,
    "replay_missing_webhook_deliveries",
    "Send what never was",
    "Send the events that this endpoint was never sent, as a task.",
)


@router.get("/tasks/{id}", summary="Show a task", response_model=None,
            responses=answers(schemas.TaskDocument, schemas.TASK, "not_found", headers=ETAG))  # fmt: skip
def get_task(request: Request, caller: Keeper, stored: Stored, id: Id) -> Response:  # noqa: A002
    """Show how far a task of yours is."""
    with telling():
        return respond(request, deliveries.get_task(stored, caller, id))


@router.get(f"{ENDPOINT}/statistics", summary="How an endpoint fared", response_model=None,
            responses=answers(schemas.Statistics, schemas.STATISTICS, "not_found", headers=ETAG))  # fmt: skip
def get_webhook_statistics(request: Request, caller: Keeper, stored: Stored, id: Id) -> Response:  # noqa: A002
    """Count the deliveries of the last 7 days, by hour, and say how long they took."""
    with telling():
        return respond(request, deliveries.get_statistics(stored, caller, id))


@router.get(f"{ENDPOINT}/deliveries", summary="List the deliveries to an endpoint", response_model=None,
            responses=answers(schemas.DeliveryPage, {"items": [schemas.DELIVERY], "page": 1, "per_page": 50,
                                                     "total": 1}, "not_found", headers=ETAG))  # fmt: skip
def list_webhook_deliveries(
    request: Request,
    caller: Keeper,
    stored: Stored,
    id: Id,  # noqa: A002
    *,
    status: Annotated[Literal["pending", "delivered", "failed"] | None, Query(description="Only these.")] = None,
    type: Annotated[str | None, Query(max_length=100, description="Only this type.")] = None,  # noqa: A002
    since: Annotated[datetime | None, Query(description="Only those made at or after this moment.")] = None,
    page: Page = 1,
    per_page: PerPage = 50,
) -> Response:
    """List deliveries with every attempt, the newest first. Nothing of a reply but its status is kept."""
    if since is not None and since.tzinfo is None:
        detail = {"pointer": "", "parameter": "since", "detail": refusals.EXPECTED.format(expected=refusals.A_MOMENT)}
        raise problem("invalid_request", errors=[detail])
    filters = deliveries.Filters(status, type, since)
    with telling():
        found = deliveries.list_deliveries(stored, caller, id, filters, page=page, per_page=per_page)
    return paged(request, found)


@router.get("/webhook-deliveries/{id}", summary="Show a delivery", response_model=None,
            responses=answers(schemas.Delivery, schemas.DELIVERY, "not_found", headers=ETAG))  # fmt: skip
def get_webhook_delivery(request: Request, caller: Keeper, stored: Stored, id: DeliveryId) -> Response:  # noqa: A002
    """Show a delivery with every attempt."""
    with telling():
        return respond(request, deliveries.get_delivery(stored, caller, id))


@router.post("/webhook-deliveries/{id}/retry", summary="Try a delivery once more", response_model=None,
             status_code=202,
             responses=answers(schemas.Delivery, schemas.DELIVERY, "not_found", "conflict", status=202))  # fmt: skip
def retry_webhook_delivery(request: Request, caller: Keeper, stored: Stored, id: DeliveryId) -> Response:  # noqa: A002
    """Try a delivery once more, now."""
    with telling():
        return respond(request, deliveries.retry_delivery(stored, caller, id), 202)
