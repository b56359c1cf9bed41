"""Webhooks over HTTP: a caller's own endpoints, their secrets and headers, and their deliveries."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Literal, TypeVar

from fastapi import APIRouter, Query
from fastapi import Path as InPath
from starlette.responses import JSONResponse, Response

from service.directory.routes.context import RequestContext, context_for
from service.directory.routes.dependencies import require
from service.directory.routes.directory import ETAG, MATCH, NONE_MATCH, Page, PerPage
from service.documents import fields
from service.documents.base import BundleModel
from service.documents.entity_tags import Condition, TaggedDocument
from service.web.bodies import body_of, read_body_as
from service.web.conditions import condition_of
from service.web.idempotency import KEY_PARAMETER, REPLAYED, key_of
from service.web.media_types import JsonBody
from service.web.operations import openapi_responses
from service.web.problems import EVERY_BODY, EVERY_PROTECTED, responses_for
from service.webhooks import deliveries, endpoints
from service.webhooks.endpoints import EndpointSpec
from service.webhooks.routes import schemas

router = APIRouter(tags=["webhooks"])
Body = TypeVar("Body", bound=BundleModel)
Keeper = Annotated[RequestContext, context_for(require("webhook"))]
Id = Annotated[str, InPath(description="The endpoint's `id`.", examples=[schemas.EXAMPLE_ID], max_length=36)]
DeliveryId = Annotated[str, InPath(description="The delivery's `id`.", examples=[schemas.EXAMPLE_ID], max_length=36)]
ENDPOINTS, ENDPOINT = "/webhook-endpoints", "/webhook-endpoints/{id}"
_TO_COME = {"status": "pending", "next_attempt_at": schemas.MOMENT, "attempts": list[Any]()}
_PERIOD = {"since": "2026-03-01T00:00:00+00:00"}


def _with(body: dict[str, Any], *parameters: dict[str, Any]) -> dict[str, Any]:
    return {**body, "parameters": list(parameters)} if parameters else body


async def _read_for(context: RequestContext, endpoint_id: str, model: type[Body], body: bytes) -> Body:
    """Return a body for an endpoint of the caller; an unknown endpoint is refused before any fault of the body."""
    await context.show(partial(endpoints.get_endpoint, context.database, context.caller, endpoint_id))
    return await context.read(partial(read_body_as, model, body))


def _present(context: RequestContext, endpoint_id: str, condition: Condition) -> TaggedDocument:
    """Return the endpoint that the condition of a change names."""
    present = endpoints.get_endpoint(context.database, context.caller, endpoint_id)
    condition.check(present)
    return present


@router.get(
    ENDPOINTS,
    summary="List your endpoints",
    response_model=None,
    responses=openapi_responses(
        schemas.EndpointPage,
        "Done.",
        example={"items": [schemas.ENDPOINT], "page": 1, "per_page": 50, "total": 1},
        headers=ETAG,
    ),
)
async def list_webhook_endpoints(context: Keeper, page: Page = 1, per_page: PerPage = 50) -> Response:
    """List your agency's endpoints, the oldest first. Each webhook operation needs the scope `webhook`."""
    listing = partial(endpoints.list_endpoints, context.database, context.caller, page=page, per_page=per_page)
    return context.page(await context.show(listing))


@router.post(
    ENDPOINTS,
    summary="Add an endpoint",
    response_model=None,
    status_code=201,
    responses=openapi_responses(
        schemas.CreatedEndpoint,
        "Done.",
        *EVERY_BODY,
        "conflict",
        "idempotency_key_required",
        "idempotency_key_reused",
        example={**schemas.ENDPOINT, "secret": "whsec_…"},
        status=201,
        headers=ETAG,
    ),
    openapi_extra=_with(
        body_of(
            schemas.NewEndpoint, {"one type": {"url": "https://example.org/hooks", "types": ["directory.changed"]}}
        ),
        KEY_PARAMETER,
    ),
)
async def create_webhook_endpoint(context: Keeper, body: JsonBody) -> Response:
    """Have events sent to a URL. The secret for signatures is shown only once. At most 20 for an organization."""
    key = key_of(context.request)
    terms = await context.read(partial(read_body_as, schemas.NewEndpoint, body))
    spec = EndpointSpec(terms.url, None if terms.types is None else tuple(terms.types), terms.description)
    caller, check = context.caller, context.parts.post.check
    await context.look_up(partial(endpoints.check_spec, spec, check, caller.organization))
    result = await context.change(
        partial(endpoints.create_endpoint, context.database, caller, spec, key=key, body=body)
    )
    replayed = {REPLAYED: "true"} if result.secret is None else {}
    headers = {
        "ETag": result.endpoint.etag,
        "Location": f"/v1{ENDPOINTS}/{result.endpoint.document['id']}",
        **replayed,
    }
    return JSONResponse({**result.endpoint.document, "secret": result.secret}, 201, headers)


@router.get(
    ENDPOINT,
    summary="Show an endpoint",
    response_model=None,
    responses=openapi_responses(
        schemas.Endpoint, "Done.", "not_found", example=schemas.ENDPOINT, cached=True, headers=ETAG
    ),
    openapi_extra={"parameters": [NONE_MATCH]},
)
async def get_webhook_endpoint(context: Keeper, id: Id) -> Response:  # noqa: A002 - the name on the wire
    """Show an endpoint; if disabled, with the time and the reason."""
    return context.answer(await context.show(partial(endpoints.get_endpoint, context.database, context.caller, id)))


@router.put(
    ENDPOINT,
    summary="Change an endpoint",
    response_model=None,
    responses=openapi_responses(
        schemas.Endpoint,
        "Done.",
        *EVERY_BODY,
        "not_found",
        "stale",
        "precondition_required",
        example=schemas.ENDPOINT,
        headers=ETAG,
    ),
    openapi_extra=_with(
        body_of(schemas.ChangedEndpoint, {"paused": {"url": "https://example.org/hooks", "enabled": False}}), MATCH
    ),
)
async def put_webhook_endpoint(context: Keeper, body: JsonBody, id: Id) -> Response:  # noqa: A002
    """Replace the endpoint named by `If-Match`. Enabling an endpoint forgets its failures."""
    condition = condition_of(context.request)
    present = await context.show(partial(_present, context, id, condition))
    terms = await context.read(partial(read_body_as, schemas.ChangedEndpoint, body))
    types = None if terms.types is None else tuple(terms.types)
    spec = EndpointSpec(
        terms.url,
        types,
        terms.description,
        terms.enabled,
        terms.max_per_second,
    )
    checking = partial(endpoints.check_spec, spec, context.parts.post.check, context.caller.organization)
    await context.look_up(partial(checking, present=present))
    changing = partial(endpoints.change_endpoint, context.database, context.caller, id, spec, condition=condition)
    return context.answer(await context.change(changing))


@router.delete(
    ENDPOINT,
    summary="Delete an endpoint",
    response_class=Response,
    status_code=204,
    responses={204: {"description": "It is gone."}, **responses_for(*EVERY_PROTECTED, "not_found", "stale")},
    openapi_extra={"parameters": [{**MATCH, "required": False}]},
)
async def delete_webhook_endpoint(context: Keeper, id: Id) -> Response:  # noqa: A002
    """Delete an endpoint and its pending deliveries; `If-Match` may be left out."""
    condition = condition_of(context.request)
    await context.change(partial(endpoints.delete_endpoint, context.database, context.caller, id, condition=condition))
    return Response(status_code=204)


@router.post(
    f"{ENDPOINT}/secret-rotation",
    summary="Give an endpoint a new secret",
    response_model=None,
    responses=openapi_responses(
        schemas.Secret, "Done.", *EVERY_BODY, "not_found", "conflict", example={"secret": "whsec_…"}
    ),
    openapi_extra=body_of(schemas.Rotation, {"at once": {"grace_seconds": 0}}),
)
async def rotate_webhook_secret(context: Keeper, body: JsonBody, id: Id) -> Response:  # noqa: A002
    """Sign with a new secret, shown only once; the old secret signs beside the new one for `grace_seconds`."""
    rotation = await _read_for(context, id, schemas.Rotation, body)
    rotate = partial(endpoints.rotate_secret, grace_s=rotation.grace_seconds, force=rotation.force)
    secret = await context.change(partial(rotate, context.database, context.caller, id))
    return JSONResponse({"secret": secret})


@router.get(
    f"{ENDPOINT}/headers",
    summary="Name the headers that are sent along",
    response_model=None,
    responses=openapi_responses(schemas.HeaderNames, "Done.", "not_found", example={"names": ["X-Key"]}),
)
async def get_webhook_headers(context: Keeper, id: Id) -> Response:  # noqa: A002
    """Name the headers sent along with every event. Their values are never shown."""
    names = await context.show(partial(endpoints.get_header_names, context.database, context.caller, id))
    return JSONResponse({"names": names})


@router.put(
    f"{ENDPOINT}/headers",
    summary="Have headers sent along",
    response_model=None,
    responses=openapi_responses(schemas.HeaderNames, "Done.", *EVERY_BODY, "not_found", example={"names": ["X-Key"]}),
    openapi_extra=body_of(schemas.SentAlong, {"a key": {"headers": {"X-Key": "opens-our-door"}}}),
)
async def put_webhook_headers(context: Keeper, body: JsonBody, id: Id) -> Response:  # noqa: A002
    """Have up to 10 headers of your own sent along, in place of the earlier headers."""
    headers = await _read_for(context, id, schemas.SentAlong, body)
    names = await context.change(partial(endpoints.put_headers, context.database, context.caller, id, headers.headers))
    return JSONResponse({"names": names})


@router.post(
    f"{ENDPOINT}/test",
    summary="Send a test",
    response_model=None,
    status_code=202,
    responses=openapi_responses(
        schemas.Delivery,
        "Done.",
        "not_found",
        example={**schemas.DELIVERY, **_TO_COME, "type": "webhook.test"},
        status=202,
    ),
)
async def test_webhook_endpoint(context: Keeper, id: Id) -> Response:  # noqa: A002
    """Send `webhook.test` to an endpoint once, disabled or not. The test does not count for the endpoint's health."""
    test = partial(deliveries.test_endpoint, context.database, context.caller, id)
    return context.answer(await context.change(test), 202)


def _add_task(task_type: str, operation: str, summary: str, about: str) -> None:
    @router.post(
        f"{ENDPOINT}/{task_type}",
        summary=summary,
        description=about,
        response_model=None,
        status_code=202,
        operation_id=operation,
        responses=openapi_responses(
            schemas.TaskDocument,
            "Done.",
            *EVERY_BODY,
            "not_found",
            "conflict",
            example={**schemas.TASK, "kind": task_type},
            status=202,
        ),
        openapi_extra=body_of(schemas.Period, {"since a day": _PERIOD}),
    )
    async def post_task(context: Keeper, body: JsonBody, id: Id) -> Response:  # noqa: A002
        period = await _read_for(context, id, schemas.Period, body)
        begin = partial(deliveries.begin_task, since=period.since, until=period.until)
        task = await context.change(partial(begin, context.database, context.caller, id, task_type))
        return context.answer(task, 202, {"Location": f"/v1/tasks/{task.document['id']}"})


_add_task(
    deliveries.RECOVERY,
    "recover_webhook_deliveries",
    "Send again what failed",
    "Make what failed due again, as a task.",
)
_add_task(
    deliveries.REPLAY,
    "replay_webhook_deliveries",
    "Send everything again",
    "Make what was delivered due again too, as a task.",
)
_add_task(
    deliveries.REPLAY_MISSING,
    "replay_missing_webhook_deliveries",
    "Send what never was",
    "Send the events that this endpoint was never sent, as a task.",
)


@router.get(
    "/tasks/{id}",
    summary="Show a task",
    response_model=None,
    responses=openapi_responses(schemas.TaskDocument, "Done.", "not_found", example=schemas.TASK, headers=ETAG),
)
async def get_task(context: Keeper, id: Id) -> Response:  # noqa: A002
    """Show the progress of a task of yours."""
    return context.answer(await context.show(partial(deliveries.get_task, context.database, context.caller, id)))


@router.get(
    f"{ENDPOINT}/statistics",
    summary="How an endpoint fared",
    response_model=None,
    responses=openapi_responses(schemas.Statistics, "Done.", "not_found", example=schemas.STATISTICS, headers=ETAG),
)
async def get_webhook_statistics(context: Keeper, id: Id) -> Response:  # noqa: A002
    """Count the deliveries of the last 7 days by hour, with their duration."""
    return context.answer(await context.show(partial(deliveries.get_statistics, context.database, context.caller, id)))


@router.get(
    f"{ENDPOINT}/deliveries",
    summary="List the deliveries to an endpoint",
    response_model=None,
    responses=openapi_responses(
        schemas.DeliveryPage,
        "Done.",
        "not_found",
        example={"items": [schemas.DELIVERY], "page": 1, "per_page": 50, "total": 1},
        headers=ETAG,
    ),
)
async def list_webhook_deliveries(
    context: Keeper,
    id: Id,  # noqa: A002
    *,
    status: Annotated[Literal["pending", "delivered", "failed"] | None, Query(description="Only these.")] = None,
    type: Annotated[str | None, Query(max_length=100, description="Only this type.")] = None,  # noqa: A002
    since: Annotated[fields.Instant | None, Query(description="Only those made at or after this moment.")] = None,
    page: Page = 1,
    per_page: PerPage = 50,
) -> Response:
    """List deliveries with every attempt, the newest first. Of a reply, only the status is kept."""
    filters = deliveries.Filters(status, type, since)
    listing = partial(deliveries.list_deliveries, page=page, per_page=per_page)
    return context.page(await context.show(partial(listing, context.database, context.caller, id, filters)))


@router.get(
    "/webhook-deliveries/{id}",
    summary="Show a delivery",
    response_model=None,
    responses=openapi_responses(schemas.Delivery, "Done.", "not_found", example=schemas.DELIVERY, headers=ETAG),
)
async def get_webhook_delivery(context: Keeper, id: DeliveryId) -> Response:  # noqa: A002
    """Show a delivery with every attempt."""
    return context.answer(await context.show(partial(deliveries.get_delivery, context.database, context.caller, id)))


@router.post(
    "/webhook-deliveries/{id}/retry",
    summary="Try a delivery once more",
    response_model=None,
    status_code=202,
    responses=openapi_responses(
        schemas.Delivery, "Done.", "not_found", "conflict", example=schemas.DELIVERY, status=202
    ),
)
async def retry_webhook_delivery(context: Keeper, id: DeliveryId) -> Response:  # noqa: A002
    """Try a delivery once more, now."""
    retry = partial(deliveries.retry_delivery, context.database, context.caller, id)
    return context.answer(await context.change(retry), 202)
