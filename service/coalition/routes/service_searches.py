"""The search of services over HTTP: what is searched for stands in a body, so that no address tells it."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from starlette.responses import Response

from service.coalition.routes.coalition import Now, tagged_response
from service.coalition.routes.schemas.service_searches import ServiceSearchDocument
from service.coalition.use_cases.search_services import SearchBody, search_services
from service.directory.routes.context import Context
from service.directory.routes.dependencies import Current, OptionalToken, Requires, require
from service.documents.bodies import read_sent_body
from service.web.bodies import body_of
from service.web.media_types import JsonBody, accepts_json
from service.web.preferences import SENTENCES_PARAMETER
from service.web.problems import EVERY_BODY, EVERY_PROTECTED, responses_for


def service_searches_router(*, is_open: bool) -> APIRouter:
    """Return the router of the search; unless open, it needs the scope `directory:read`."""
    visitor: Requires | OptionalToken = OptionalToken() if is_open else require("directory:read")
    router = APIRouter(tags=["directory"], dependencies=[Depends(accepts_json), Depends(visitor)])
    refusals = [code for code in EVERY_PROTECTED if not (is_open and code == "missing_scope")]
    extra = body_of(SearchBody, {"beds": {"words": "", "type": "emergency_shelter", "age": 15, "open_now": True}})
    router.post(
        "/service-searches",
        summary="Search the services",
        response_model=None,
        responses={
            200: {"model": ServiceSearchDocument, "description": "As this caller may see it."},
            **responses_for(*refusals, *EVERY_BODY),
        },
        openapi_extra={**extra, "parameters": [SENTENCES_PARAMETER]},
    )(find_services)
    return router


async def find_services(context: Context, body: JsonBody, directory: Current, at: Now) -> Response:
    """List the agencies with a service that fits, by words, need, area, age, language and whether it is open now.

    Open to all unless a setting closes the directory; a member's token with `directory:read` shows unlisted agencies
    too. `sure` false: the service may fit, but something is not known. `choices`: what can be chosen in a search.
    """

    def response() -> Response:
        results = search_services(directory, context.visitor, at, read_sent_body(SearchBody, body))
        return tagged_response(context.request, results)

    return await context.show(response)
