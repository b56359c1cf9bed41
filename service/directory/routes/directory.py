"""Common parts of the directory's objects over HTTP: pages, single objects, and the documentation of both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi import Path as InPath
from starlette.responses import Response

from service.directory.routes.context import RequestContext, context_for
from service.directory.routes.dependencies import require
from service.directory.routes.schemas.directory import page_schema, reference
from service.directory.use_cases.read_directory import get_object, has_area, list_objects
from service.directory.use_cases.record_body import read_body
from service.directory.use_cases.write_directory import check_object, delete_object, put_object
from service.errors import FilterRefused, Problem
from service.i18n import refusals
from service.web.conditions import condition_of
from service.web.media_types import JSON, JsonBody
from service.web.problems import EVERY_BODY, EVERY_PROTECTED, responses_for

MOST_PER_PAGE = 200
SLUG = r"^[a-z0-9-]{1,100}$"
CODE = r"^[a-z][a-z0-9_]{0,99}$"
LANGUAGE = r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,8}$"


Reading = Annotated[RequestContext, context_for(require("directory:read"))]
Writing = Annotated[RequestContext, context_for(require("directory:write"))]
Page = Annotated[int, Query(ge=1, le=1_000_000, description="Which page, from 1.")]
PerPage = Annotated[int, Query(ge=1, le=MOST_PER_PAGE, description="How many objects on a page.")]
NamedAs = Annotated[
    str | None,
    Query(max_length=100, description="Words in its name, or in the name of an organization that it belongs to."),
]
ETAG = {"ETag": {"description": "Changes with every change to the body.", "schema": {"type": "string"}}}
PAGE_HEADERS = {
    **ETAG,
    "Link": {
        "description": 'The next page (RFC 8288): a reference with `rel="next"`; absent on the last one.',
        "schema": {"type": "string"},
    },
}
MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "The `ETag` of what is to be changed.",
    "schema": {"type": "string"},
}
NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "description": "Tags of what is at hand already; the answer is then 304 without a body.",
    "schema": {"type": "string"},
}
_OR_NEW = {**MATCH, "required": False, "description": "The `ETag` of what is replaced; this, or `If-None-Match: *`."}
_NEW = {**NONE_MATCH, "description": "`*`: there must be nothing yet at this path. Then what is sent is added."}


def one_of(words: tuple[str, ...]) -> str:
    """Return a pattern that fits exactly the given words of letters, underscores and blanks.

    >>> one_of(("in", "out"))
    '^(in|out)$'
    """
    return "^(" + "|".join(words) + ")$"


async def list_response(
    context: RequestContext, resource: str, filters: Mapping[str, str | bool | None], page: int, per_page: int
) -> Response:
    """Return a page of objects of a resource, in the caller's turn; a filter of None was not given."""
    texts = {name: str(value).lower() if isinstance(value, bool) else value for name, value in filters.items()}
    filter_texts = {name: value for name, value in texts.items() if value is not None}

    def respond() -> Response:
        work = context.reading
        if "area" in filter_texts and not has_area(work, filter_texts["area"]):
            raise FilterRefused(Problem("area", refusals.NO_AREA_OF_COALITION))
        return context.page(list_objects(work, context.caller, resource, filter_texts, page=page, per_page=per_page))

    return await context.show(respond)


def list_extras(schema: str, noun: str) -> dict[str, Any]:
    """Return the keyword arguments that document a list of objects of a schema."""
    content = {JSON: {"schema": page_schema(schema)}}
    page = "A page, sorted by slug. An object that cannot be read now is left out, and counts in `total`."
    return {
        "summary": f"List {noun}",
        "response_class": Response,
        "responses": {
            200: {"description": page, "content": content, "headers": PAGE_HEADERS},
            304: {"description": "The page is at hand already."},
            **responses_for(*EVERY_PROTECTED, "invalid_request"),
        },
        "openapi_extra": {"parameters": [NONE_MATCH]},
    }


def add_item_endpoints(
    router: APIRouter,
    resource: str,
    *,
    schema: str,
    noun: str,
    example: str,
    unused: str | None = None,
    whole_path: bool = False,
) -> None:
    """Add GET, PUT and DELETE of one object of `resource` to `router`. `whole_path`: its slugs may hold a slash.

    `example`: an object of the demo. `unused`: one that no other refers to, if `example` can't be deleted.
    """
    path = f"/{resource}/{{id:path}}" if whole_path else f"/{resource}/{{id}}"
    keys: Iterator[Any] = (
        InPath(description="The object's `id` (a UUID) or its `slug`.", examples=[slug], min_length=1)
        for slug in (example, unused or example)
    )
    key, unused_key = keys
    content = {JSON: {"schema": reference(schema)}}
    body = {"requestBody": {"required": True, "content": content}}
    name = "_".join(noun.split()[1:])  # of `a release form`: release_form

    @router.get(
        path,
        operation_id=f"get_{name}",
        summary=f"Show {noun}",
        response_class=Response,
        responses={
            200: {"description": "The object, as this caller may see it.", "content": content, "headers": ETAG},
            304: {"description": "The object is at hand already."},
            **responses_for(*EVERY_PROTECTED, "not_found", "invalid_request"),
        },
        openapi_extra={"parameters": [NONE_MATCH]},
    )
    async def get_resource(
        context: Reading,
        id: str = key,  # noqa: A002 - the name on the wire
    ) -> Response:
        """Show one object in the bundle's own form, with its `id` and `slug`. Needs the scope `directory:read`."""
        return context.answer(await context.show(partial(get_object, context.reading, context.caller, resource, id)))

    @router.put(
        path,
        operation_id=f"put_{name}",
        summary=f"Put {noun}",
        response_class=Response,
        responses={
            200: {"description": "It is stored.", "content": content, "headers": ETAG},
            201: {"description": "It is stored, and was not there before.", "content": content, "headers": ETAG},
            **responses_for(*EVERY_PROTECTED, *EVERY_BODY, "not_yours", "not_found", "conflict", "stale"),
            **responses_for("invalid_request", "precondition_required"),
        },
        openapi_extra={**body, "parameters": [_OR_NEW, _NEW]},
    )
    async def put_resource(
        context: Writing,
        body: JsonBody,
        id: str = key,  # noqa: A002
    ) -> Response:
        """Replace the object named by `If-Match`, or add a new object (`If-None-Match: *`).

        Takes the document of GET; checked as strictly as a bundle. Needs the scope `directory:write`.
        """
        condition = condition_of(context.request)
        record_body = await context.read(partial(read_body, resource, body))
        if record_body.misshapen:  # refused for all its reasons, none of which needs the write lock
            check = partial(check_object, body=record_body, condition=condition)
            await context.show(partial(check, context.reading, context.caller, resource, id))
        put_body = partial(put_object, body=record_body, condition=condition)
        result = await context.change(partial(put_body, context.writing, context.caller, resource, id))
        return context.answer(result.document, status=201 if result.created else 200)

    @router.delete(
        path,
        operation_id=f"delete_{name}",
        summary=f"Delete {noun}",
        response_class=Response,
        status_code=204,
        responses={
            204: {"description": "It is gone."},
            **responses_for(*EVERY_PROTECTED, "not_yours", "not_found", "conflict", "stale"),
            **responses_for("invalid_request", "precondition_required"),
        },
        openapi_extra={"parameters": [MATCH]},
    )
    async def delete_resource(
        context: Writing,
        id: str = unused_key,  # noqa: A002
    ) -> Response:
        """Delete the object named by `If-Match`, if no record refers to it. Needs the scope `directory:write`."""
        condition = condition_of(context.request)
        await context.change(partial(delete_object, context.writing, context.caller, resource, id, condition=condition))
        return Response(status_code=204)
