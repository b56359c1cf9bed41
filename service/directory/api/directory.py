"""Common parts of the directory's objects over HTTP: pages, entity tags, conditions, refusals."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi import Path as InPath
from starlette.responses import Response

from service.directory.api.schemas.directory import page_schema, reference
from service.directory.work.condition import Condition
from service.directory.work.read_directory import Found, get_object, has_area, list_objects
from service.directory.work.record_body import Body, read_body
from service.directory.work.write_directory import check_object, delete_object, put_object
from service.infrastructure.auth import Caller
from service.infrastructure.database.database import Database, telling_driver_errors
from service.infrastructure.errors import (
    KeyReused,
    NoCondition,
    NotHere,
    NotYours,
    ObjectError,
    RecordRefused,
    Stale,
    StillNeeded,
)
from service.infrastructure.http.deps import Work, Working, require, wiring_of
from service.infrastructure.http.media_types import JSON, JsonBody
from service.infrastructure.http.preferences import for_reader, tag_in, version_of
from service.infrastructure.http.problems import (
    EVERY_BODY,
    EVERY_PROTECTED,
    ApiProblem,
    problem,
    refused_fields,
    responses_for,
)
from service.words import refusals

MOST_PER_PAGE = 200
SLUG = r"^[a-z0-9-]{1,100}$"
CODE = r"^[a-z][a-z0-9_]{0,99}$"
LANGUAGE = r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,8}$"
_TAG = re.compile(r'(W/)?("[\x21\x23-\x7e]*")')

Reading = Annotated[Caller, Depends(require("directory:read"))]
Writing = Annotated[Caller, Depends(require("directory:write"))]
Page = Annotated[int, Query(ge=1, le=1_000_000, description="Which page, from 1.")]
PerPage = Annotated[int, Query(ge=1, le=MOST_PER_PAGE, description="How many objects on a page.")]
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
    """Return a pattern that fits exactly the given words.

    >>> one_of(("in", "out"))
    '^(in|out)$'
    """
    return "^(" + "|".join(map(re.escape, words)) + ")$"


async def database(request: Request) -> Database:
    """Return the database of the running application."""
    return wiring_of(request).snapshots.database


Stored = Annotated[Database, Depends(database)]


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A request for a page: the request itself, the caller, the database, and the page."""

    request: Request
    working: Work
    caller: Caller
    database: Database
    page: int
    per_page: int


async def asked(
    *, request: Request, caller: Reading, stored: Stored, working: Working, page: Page = 1, per_page: PerPage = 50
) -> PageRequest:
    """Gather the arguments of every list."""
    return PageRequest(request, working, caller, stored, page, per_page)


Listing = Annotated[PageRequest, Depends(asked)]


async def listed(resource: str, asked: PageRequest, filters: Mapping[str, str | bool | None]) -> Response:
    """Return a page of objects of a resource, in the caller's turn; a filter of None was not given."""
    return await asked.working.show(partial(_listed, resource, asked, filters))


def _listed(resource: str, asked: PageRequest, filters: Mapping[str, str | bool | None]) -> Response:
    given = {name: str(value).lower() if isinstance(value, bool) else value for name, value in filters.items()}
    chosen = {name: value for name, value in given.items() if value is not None}
    with telling():
        work = asked.database.unit_of_work(writes=False)
        if "area" in chosen and not has_area(work, chosen["area"]):
            detail = {"pointer": "", "parameter": "area", "detail": refusals.NO_AREA_OF_COALITION}
            raise problem("invalid_request", errors=[detail])
        page = list_objects(work, asked.caller, resource, chosen, page=asked.page, per_page=asked.per_page)
    return paged(asked.request, page)


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
    router: APIRouter, resource: str, *, schema: str, noun: str, example: str, whole_path: bool = False
) -> None:
    """Add GET, PUT and DELETE of one object of `resource` to `router`. `whole_path`: its slugs may hold a slash."""
    path = f"/{resource}/{{id:path}}" if whole_path else f"/{resource}/{{id}}"
    key: Any = InPath(description="The object's `id` (a UUID) or its `slug`.", examples=[example], min_length=1)
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
    async def get_one(
        request: Request,
        caller: Reading,
        stored: Stored,
        working: Working,
        id: str = key,  # noqa: A002 - the contract's word
    ) -> Response:
        """Show one object in the bundle's own form, with its `id` and `slug`. Needs the scope `directory:read`."""

        def shown() -> Response:
            return respond(request, get_object(stored.unit_of_work(writes=False), caller, resource, id))

        with telling():
            return await working.show(shown)

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
    async def put_one(
        *,
        request: Request,
        caller: Writing,
        stored: Stored,
        working: Working,
        body: JsonBody,
        id: str = key,  # noqa: A002
    ) -> Response:
        """Replace the object named by `If-Match`, or add a new object (`If-None-Match: *`).

        Takes the document of GET; checked as strictly as a bundle. Needs the scope `directory:write`.
        """
        condition = condition_of(request)

        def put(given: Body) -> Response:
            written = put_object(stored.unit_of_work(), caller, resource, id, body=given, condition=condition)
            return respond(request, written.found, status=201 if written.created else 200)

        with telling():
            given = await working.read(partial(read_body, resource, body))
            if given.misshapen:  # refused for all its reasons, none of which needs the write lock
                reading = stored.unit_of_work(writes=False)
                check = partial(check_object, reading, caller, resource, id, body=given, condition=condition)
                await working.show(check)
            return await working.change(partial(put, given))

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
    async def delete_one(
        request: Request,
        caller: Writing,
        stored: Stored,
        working: Working,
        id: str = key,  # noqa: A002
    ) -> Response:
        """Delete the object named by `If-Match`, if no record refers to it. Needs the scope `directory:write`."""
        delete = partial(delete_object, stored.unit_of_work(), caller, resource, id, condition=condition_of(request))
        with telling():
            await working.change(delete)
        return Response(status_code=204)


def condition_of(request: Request, *, weak: bool = False) -> Condition:
    """Return the condition of a change, from its headers (RFC 9110, section 13.1); a weak tag matches no object.

    `weak`: weak tags match as well, as FHIR has versions named.

    >>> condition_of(Request({"type": "http", "headers": [(b"if-match", b'W/"1", "2"')]})).matches
    frozenset({'"2"'})
    """
    absent = header_of(request, "if-none-match") == "*"
    given = header_of(request, "if-match")
    if given is None:
        return Condition(absent=absent)
    if given == "*":
        return Condition(frozenset("*"), absent)
    return Condition(frozenset(version_of(tag) for mark, tag in _TAG.findall(given) if weak or not mark), absent)


def next_page(request: Request, page: int) -> dict[str, str]:
    """Return the header that leads from a page to the next (RFC 8288), relative to the server."""
    url = request.url.include_query_params(page=page + 1)
    return {"Link": f'<{url.path}?{url.query}>; rel="next"'}


def paged(request: Request, found: Found) -> Response:
    """Return a page, with a link to the next page if any."""
    page, document = found.document["page"], found.document
    last = page * document["per_page"] >= document["total"]
    return respond(request, found, headers={} if last else next_page(request, page))


def respond(request: Request, found: Found, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a document with its entity tag; 304 for a caller with the same tag."""
    document, language = for_reader(request, found.document)
    body = json.dumps(document, ensure_ascii=False).encode()
    etag = tag_in(found.etag, language)
    return tagged(request, body, etag, status=status, headers={**language, **(headers or {})})


def tagged(
    request: Request,
    body: bytes,
    etag: str,
    *,
    status: int = 200,
    media_type: str = JSON,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a body with its entity tag, or 304 for a caller with the same tag."""
    headers = {"ETag": etag, **(headers or {})}
    if request.method == "GET" and is_at_hand(request, etag):
        return Response(status_code=304, headers=headers)
    return Response(body, status, headers, media_type=media_type)


def is_at_hand(request: Request, etag: str) -> bool:
    """Return whether `If-None-Match` names an entity tag.

    >>> request = Request({"type": "http", "headers": [(b"if-none-match", b'"1", W/"2"')]})
    >>> is_at_hand(request, '"2"'), is_at_hand(request, '"3"')
    (True, False)
    """
    given = header_of(request, "if-none-match")
    return given is not None and (given == "*" or etag in {tag for _, tag in _TAG.findall(given)})


def header_of(request: Request, name: str) -> str | None:
    """Return a header of the request, None without the header; repeated headers are joined.

    >>> header_of(Request({"type": "http", "headers": [(b"if-match", b'"1"'), (b"if-match", b'"2"')]}), "if-match")
    '"1","2"'
    """
    values = request.headers.getlist(name)
    return ",".join(values).strip() if values else None


_PROBLEMS: Mapping[type[ObjectError], Callable[[ObjectError], ApiProblem]] = {
    NotHere: lambda _: problem("not_found"),
    NotYours: lambda error: problem("not_yours", **refused_fields(error)),
    NoCondition: lambda _: problem("precondition_required"),
    Stale: lambda _: problem("stale"),
    StillNeeded: lambda error: problem("conflict", detail=error.args[0]),
    RecordRefused: lambda error: problem("invalid_request", **refused_fields(error)),
    KeyReused: lambda _: problem("idempotency_key_reused"),
}


@contextmanager
def telling() -> Iterator[None]:
    """Turn errors of the use cases within a `with` block into problems."""
    try:
        with telling_driver_errors():
            yield
    except ObjectError as error:
        raise _PROBLEMS[type(error)](error) from None
