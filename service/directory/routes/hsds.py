"""The HSDS 3.2 API: the public part of the directory for any client that reads HSDS.

Open to everybody unless a setting closes the API. A token shows more: a member's token with `directory:read` also shows
unlisted organizations. Private places are never shown. POST takes the parameters of GET, in the query as HSDS defines.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi import Path as InPath
from starlette.responses import Response, StreamingResponse

from service.directory.routes.context import RequestContext
from service.directory.routes.dependencies import OptionalToken, Requires, require
from service.directory.routes.directory import ETAG, NONE_MATCH, PAGE_HEADERS
from service.directory.routes.schemas.hsds import example, page_content, record_content
from service.directory.standard.record_query import RecordQuery
from service.directory.standard.schema import VERSION
from service.directory.use_cases.read_hsds import (
    RecordDepth,
    get_record,
    list_records,
    profile_documents,
    stream_records,
    version_seen,
)
from service.documents.entity_tags import TaggedDocument, with_etag
from service.errors import NotFound
from service.i18n import refusals
from service.vocabulary import words_of
from service.web.conditions import is_at_hand, next_page
from service.web.media_types import JSON, preferred_type, require_acceptable
from service.web.problems import EVERY_PROTECTED, problem, responses_for

NDJSON = "application/x-ndjson"
_MOST_PER_PAGE, _USUAL_PER_PAGE = 200, 50
_FARTHEST_M = 500_000
_UUID = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
_MOMENT = r"^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})?)?$"
_HOST = re.compile(r"([A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:\d{1,5})?", re.ASCII)
_VARY = {"Vary": "Authorization, Accept"}

Search = Annotated[str | None, Query(max_length=200, description="Words that names or descriptions hold, all of them.")]
PageNumber = Annotated[int, Query(ge=1, le=1_000_000, description="Which page, from 1.")]
PerPage = Annotated[
    int | None, Query(ge=1, le=_MOST_PER_PAGE, description="Records on a page: 50, and of minimal services all.")
]
Format = Annotated[
    str | None,
    Query(pattern="^(json|ndjson)$", description="`ndjson`: all that fits, without pages. Left out: as `Accept` says."),
]
TermId = Annotated[str | None, Query(pattern=_UUID, description="A taxonomy term that classifies the record.")]
TaxonomyId = Annotated[str | None, Query(pattern=_UUID, description="A taxonomy with a term that does.")]
OrganizationId = Annotated[str | None, Query(pattern=_UUID, description="Whose services.")]
ModifiedAfter = Annotated[
    str | None,
    Query(pattern=_MOMENT, description="Changed by us at or after: a day or a moment, in UTC if no offset is given."),
]
ParentId = Annotated[str | None, Query(pattern=_UUID, description="Terms right under this one.")]
TopOnly = Annotated[bool, Query(description="Only terms under no other.")]
Full = Annotated[bool, Query(description="Whole records instead of fields with one value.")]
FullService = Annotated[bool, Query(description="Whole organizations with their whole services.")]
Minimal = Annotated[bool, Query(description="No more of a service than `id` and `modified_date`.")]
Postcode = Annotated[
    str | None, Query(pattern=r"^[A-Za-z0-9 -]{1,20}$", description="Places with this postcode, or near them.")
]
Proximity = Annotated[int | None, Query(ge=1, le=_FARTHEST_M, description="Meters from the middle of the postcode.")]
Id = Annotated[str, InPath(description="A UUID.", max_length=100)]


class HsdsRequest(RequestContext):
    """A request for documents in the form of HSDS."""

    async def record(self, record_type: str, record_id: str, form: RecordDepth) -> Response:
        """Return one record."""
        require_acceptable(self.request, JSON)
        if not re.fullmatch(_UUID, record_id):
            raise NotFound
        return await self.show(
            lambda: self.plain(get_record(self.reading, self.visitor, record_type, record_id.lower(), form))
        )

    def fixed_document(self, document: dict[str, Any]) -> Response:
        """Return a document that depends on no record."""
        require_acceptable(self.request, JSON)
        return self.plain(with_etag(document))

    def plain(self, view: TaggedDocument, links: Mapping[str, str] | None = None) -> Response:
        """Return a document in its one language with its entity tag, or 304 for a client with the same tag."""
        headers = {"ETag": view.etag, **_VARY, **(links or {})}
        if self.request.method == "GET" and is_at_hand(self.request, view.etag):
            return Response(status_code=304, headers=headers)
        return Response(json.dumps(view.document, ensure_ascii=False), headers=headers, media_type=JSON)


async def _context(request: Request) -> HsdsRequest:
    """Return the context of an operation; the router has checked the caller."""
    return HsdsRequest(request)


HsdsContext = Annotated[HsdsRequest, Depends(_context)]


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A request for a page of records, or for every record as lines."""

    context: HsdsRequest
    page: int
    per_page: int | None
    lines: bool

    async def answer(self, record_type: str, query: RecordQuery, form: RecordDepth) -> Response:
        """Return the matching records of a type."""
        if self.lines:
            return await self._lines(record_type, query, form)
        return await self.context.show(partial(self._page, record_type, query, form))

    def _page(self, record_type: str, query: RecordQuery, form: RecordDepth) -> Response:
        size = self.per_page or (None if form.minimal else _USUAL_PER_PAGE)
        work = self.context.reading
        records = list_records(work, self.context.visitor, record_type, query, form, page=self.page, per_page=size)
        links = {} if records.document["last_page"] else next_page(self.context.request, self.page)
        return self.context.plain(records, links)

    async def _lines(self, record_type: str, query: RecordQuery, form: RecordDepth) -> Response:
        """Stream lines. The tag follows from the version and the query, and so is known before the first line."""
        version = await self.context.show(partial(version_seen, self.context.reading, self.context.visitor))
        tag = hashlib.sha256(f"{version}:{record_type}:{query}:{form}".encode()).hexdigest()[:32]
        headers = {"ETag": f'W/"{tag}"', **_VARY}
        if self.context.request.method == "GET" and is_at_hand(self.context.request, f'"{tag}"'):
            return Response(status_code=304, headers=headers)
        lines = stream_records(lambda: self.context.reading, self.context.visitor, record_type, query, form)
        return StreamingResponse(self._in_turns(lines), headers=headers, media_type=NDJSON)

    async def _in_turns(self, lines: Iterator[bytes]) -> AsyncIterator[bytes]:
        """Yield some lines at a time, each time in turn: a download keeps no other caller from the directory."""
        while chunk := await self.context.show(partial(next, lines, b"")):
            yield chunk


async def _page_request(
    context: HsdsContext,
    page: PageNumber = 1,
    per_page: PerPage = None,
    format: Format = None,  # noqa: A002 HSDS's name
) -> PageRequest:
    """Gather the arguments of every list; `format` wins, if `Accept` has nothing against it."""
    media_types = (JSON, NDJSON) if format is None else (NDJSON if format == "ndjson" else JSON,)
    return PageRequest(context, page, per_page, lines=preferred_type(context.request, *media_types) == NDJSON)


Listing = Annotated[PageRequest, Depends(_page_request)]


async def get_hsds(context: HsdsContext) -> Response:
    """Return the version of HSDS, and the addresses of the profile and of the description."""
    base = base_of(context.request)
    about = {"version": VERSION, "profile": f"{base}/hsds/profile", "openapi_url": f"{base}/openapi.json"}
    return context.fixed_document({**about, "description": "The public part of a directory of human services."})


async def get_hsds_profile(context: HsdsContext) -> Response:
    """Show the additions to HSDS in the records of this directory."""
    return await context.show(lambda: context.fixed_document(profile_documents()))


async def list_services(
    *,
    page_request: Listing,
    search: Search = None,
    taxonomy_term_id: TermId = None,
    taxonomy_id: TaxonomyId = None,
    organization_id: OrganizationId = None,
    modified_after: ModifiedAfter = None,
    minimal: Minimal = False,
    full: Full = False,
) -> Response:
    """List services of organizations that may be seen. All filters that are given must hold."""
    query = _query(search, taxonomy_term_id, taxonomy_id, organization_id, modified_after)
    return await page_request.answer("service", query, RecordDepth(full=full and not minimal, minimal=minimal))


async def list_organizations(
    *,
    page_request: Listing,
    search: Search = None,
    taxonomy_term_id: TermId = None,
    taxonomy_id: TaxonomyId = None,
    full: Full = False,
    full_service: FullService = False,
) -> Response:
    """List organizations that may be seen. All filters that are given must hold."""
    query = _query(search, taxonomy_term_id, taxonomy_id)
    return await page_request.answer("organization", query, RecordDepth(full=full, full_service=full_service))


async def list_places(
    *,
    page_request: Listing,
    search: Search = None,
    taxonomy_term_id: TermId = None,
    taxonomy_id: TaxonomyId = None,
    organization_id: OrganizationId = None,
    modified_after: ModifiedAfter = None,
    full: Full = False,
    postcode: Postcode = None,
    proximity: Proximity = None,
) -> Response:
    """List where services are given: public places only. All filters that are given must hold."""
    if proximity is not None and postcode is None:
        raise _parameter_problem("proximity", refusals.MEASURED_FROM_POSTCODE)
    query = _query(search, taxonomy_term_id, taxonomy_id, organization_id, modified_after)
    return await page_request.answer(
        "service_at_location", replace(query, postcode=postcode, meters=proximity), RecordDepth(full=full)
    )


async def list_taxonomies(*, page_request: Listing, search: Search = None) -> Response:
    """List the taxonomies in use by records that may be seen."""
    return await page_request.answer("taxonomy", _query(search), RecordDepth())


async def list_terms(
    *,
    page_request: Listing,
    search: Search = None,
    taxonomy_id: TaxonomyId = None,
    top_only: TopOnly = False,
    parent_id: ParentId = None,
) -> Response:
    """List the taxonomy terms in use by records that may be seen."""
    query = _query(search, taxonomy_id=taxonomy_id)
    return await page_request.answer(
        "taxonomy_term", replace(query, top_only=top_only, parent_id=_lower(parent_id)), RecordDepth()
    )


async def get_organization(context: HsdsContext, id: Id, full_service: FullService = False) -> Response:  # noqa: A002 HSDS's name
    """Return one organization whole; 404 for one that is hidden, as for one that is not here."""
    return await context.record("organization", id, RecordDepth(full=True, full_service=full_service))


def _getter(record_type: str) -> Callable[..., Awaitable[Response]]:
    async def get_record(context: HsdsContext, id: Id) -> Response:  # noqa: A002 HSDS's name
        """Return one record whole; 404 for one that is hidden, as for one that is not here."""
        return await context.record(record_type, id, RecordDepth(full=True))

    return get_record


_LISTS: Mapping[str, tuple[str, Callable[..., Awaitable[Response]], Callable[..., Awaitable[Response]]]] = {
    "/services": ("service", list_services, _getter("service")),
    "/organizations": ("organization", list_organizations, get_organization),
    "/service_at_locations": ("service_at_location", list_places, _getter("service_at_location")),
    "/taxonomies": ("taxonomy", list_taxonomies, _getter("taxonomy")),
    "/taxonomy_terms": ("taxonomy_term", list_terms, _getter("taxonomy_term")),
}


def hsds_router(*, is_open: bool) -> APIRouter:
    """Return the router of `/hsds`; unless open, `/hsds` needs the scope `directory:read`."""
    visitor: Requires | OptionalToken = OptionalToken() if is_open else require("directory:read")
    router = APIRouter(prefix="/hsds", tags=["hsds"], dependencies=[Depends(visitor)])
    documents = _Documents(is_open=is_open)
    router.get("/", **documents.root())(get_hsds)
    router.get("/profile", **documents.profile())(get_hsds_profile)
    for path, (record_type, listing, getting) in _LISTS.items():
        noun, name = record_type.replace("_", " "), path.removeprefix("/")
        for verb, add in (("list", router.get), ("search", router.post)):
            add(path, operation_id=f"{verb}_hsds_{name}", **documents.page(record_type, f"Each {noun} that fits"))(
                listing
            )
        record = documents.record(record_type, f"One {noun}")
        router.get(path + "/{id}", operation_id=f"get_hsds_{record_type}", **record)(getting)
    return router


class _Documents:
    """The documentation of the operations."""

    def __init__(self, *, is_open: bool) -> None:
        self._refusals = [code for code in EVERY_PROTECTED if not (is_open and code == "missing_scope")]

    def page(self, record_type: str, summary: str) -> dict[str, Any]:
        """Return the keyword arguments of a list."""
        lines = {NDJSON: {"schema": {"type": "string"}, "example": f"{json.dumps(example(record_type))}\n"}}
        content = {JSON: page_content(record_type), **lines}
        return self._operation(summary, content, "A page, in the order of the ids.", headers=PAGE_HEADERS)

    def record(self, record_type: str, summary: str) -> dict[str, Any]:
        """Return the keyword arguments of one record."""
        return self._operation(summary, {JSON: record_content(record_type)}, "The record.", "not_found")

    def root(self) -> dict[str, Any]:
        """Return the keyword arguments of the API's page about itself."""
        names = ("version", "profile", "openapi_url", "description")
        schema = {"type": "object", "properties": {name: {"type": "string"} for name in names}, "required": list(names)}
        example = {"version": VERSION, "profile": "…", "openapi_url": "…", "description": "…"}
        content = {JSON: {"schema": schema, "example": example}}
        return self._operation("About this API", content, "What this is.", conditional=False)

    def profile(self) -> dict[str, Any]:
        """Return the keyword arguments of the profile."""
        schema = {"type": "object", "additionalProperties": {"type": "object"}}
        content = {JSON: {"schema": schema, "example": {"service.json": {"properties": {}}}}}
        description = "Its files by name: merge patches of HSDS's schemas."
        return self._operation("The HSDS profile", content, description, conditional=False)

    def _operation(
        self,
        summary: str,
        content: dict[str, Any],
        description: str,
        *more: str,
        conditional: bool = True,
        headers: Mapping[str, Any] = ETAG,
    ) -> dict[str, Any]:
        return {
            "summary": summary,
            "response_class": Response,
            "responses": {
                200: {"description": description, "content": content, "headers": headers},
                304: {"description": "It is at hand already."},
                **responses_for(*self._refusals, *more),
            },
            "openapi_extra": {"parameters": [NONE_MATCH]} if conditional else {},
        }


def _query(
    search: str | None = None,
    term_id: str | None = None,
    taxonomy_id: str | None = None,
    organization_id: str | None = None,
    modified_after: str | None = None,
) -> RecordQuery:
    return RecordQuery(
        search=None if search is None else tuple(words_of(search)),
        term_id=_lower(term_id),
        taxonomy_id=_lower(taxonomy_id),
        organization_id=_lower(organization_id),
        modified_after=None if modified_after is None else _moment(modified_after),
    )


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _parameter_problem("modified_after", refusals.DAY_OR_MOMENT) from None


def _lower(text: str | None) -> str | None:
    return None if text is None else text.lower()


def _parameter_problem(parameter: str, detail: str) -> Exception:
    return problem("invalid_request", errors=[{"pointer": "", "parameter": parameter, "detail": detail}])


def base_of(request: Request) -> str:
    """Return the address of the API as the client called it; a malformed name in `Host` is replaced by `localhost`."""
    host_header = request.headers.get("host", "")
    host = host_header if _HOST.fullmatch(host_header) else "localhost"
    return f"{request.scope['scheme']}://{host}"
