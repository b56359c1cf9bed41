"""Answers of FHIR: a resource with its version, a page of a search; and the formats of both ways."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends, Query, Request
from starlette.responses import Response

from service.directory.routes.context import RequestContext
from service.directory.routes.hsds import base_of
from service.documents.entity_tags import TaggedDocument, with_etag
from service.fhir.bundles import search_page
from service.fhir.models import validate
from service.fhir.read_fhir import ResourcePage
from service.fhir.routes.outcomes import BASE, FHIR_JSON
from service.fhir.routes.parameters import PageChoice
from service.web.conditions import is_at_hand
from service.web.media_types import JSON, preferred_type, raw_body
from service.web.problems import problem

_FORMATS = (FHIR_JSON, JSON, "json")
_VARY = {"Vary": "Authorization, Accept"}

Format = Annotated[str | None, Query(alias="_format", max_length=100, description="JSON alone; wins over `Accept`.")]


async def check_format(request: Request, _format: Format = None) -> None:
    """Refuse a request for anything but JSON.

    Raises:
        ApiProblem: JSON is not acceptable.
    """
    media_type = request.query_params.get("_format")
    if media_type is None:
        preferred_type(request, FHIR_JSON, JSON)
    elif media_type.partition(";")[0].strip().replace(" ", "+") not in _FORMATS:
        raise problem("not_acceptable")


async def fhir_body(request: Request) -> bytes:
    """Return the raw body of a request, declared as JSON or as JSON of FHIR."""
    return await raw_body(request, FHIR_JSON, JSON)


FhirBody = Annotated[bytes, Depends(fhir_body)]


def answer(request: Request, resource: TaggedDocument, headers: Mapping[str, str] | None = None) -> Response:
    """Return a resource with its version as a weak tag, or 304 for a client that has it."""
    headers = {"ETag": f"W/{resource.etag}", **_VARY, **(headers or {})}
    if request.method == "GET" and is_at_hand(request, resource.etag):
        return Response(status_code=304, headers=headers)
    body = json.dumps(resource.document, ensure_ascii=False)
    return Response(body, headers=headers, media_type=FHIR_JSON)


def page_of(
    context: RequestContext,
    resource_page: ResourcePage,
    choice: PageChoice,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a page of a search, with the addresses of itself and of the next page, if any."""
    base, url = base_address(context), context.request.url
    self_url, next_url = (
        f"{base}{url.path.removeprefix(BASE)}?{url.include_query_params(page=number).query}"
        for number in (choice.page, choice.page + 1)
    )
    more = choice.page * choice.count < resource_page.total
    bundle = search_page(
        resource_page.resources,
        base,
        total=resource_page.total,
        self_url=self_url,
        next_url=next_url if more else None,
        included=resource_page.included,
    )
    return answer(context.request, with_etag(validate(bundle)), headers)


def base_address(context: RequestContext) -> str:
    """Return the base address: of the pages where the settings name it, else as the client called it."""
    return (context.parts.settings.page_url or base_of(context.request)).rstrip("/") + BASE
