"""The words of profiles and answers over HTTP: for pick lists, forms and checks."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response

from service.directory.routes.context import RequestContext, context_for
from service.directory.routes.dependencies import Current, require_any
from service.directory.routes.schemas.terms import TermsDocument
from service.directory.use_cases.list_terms import list_terms as every_term
from service.vocabulary import TYPES
from service.web.preferences import for_reader
from service.web.problems import EVERY_PROTECTED, responses_for

router = APIRouter(tags=["directory"])
QuestionFinder = Annotated[RequestContext, context_for(require_any("directory:read", "route"))]
_LISTS = ("traits", "genders", "urgencies", "kinds", "regimes", "data_classes", "marks", "languages")
_EXAMPLE = {
    **{name: [] for name in _LISTS},
    "service_types": [{"code": "food", "name": "food", "meaning": TYPES["food"].meaning.en}],
    "areas": [{"code": "travis", "name": "Travis County", "meaning": None}],
    "words": [{"term": "safe bed", "organization": "harbor-house", "means": "emergency_shelter"}],
    "directory_version": 12,
}


@router.get(
    "/terms",
    summary="Every word of every closed list",
    responses={200: {"content": {"application/json": {"example": _EXAMPLE}}}, **responses_for(*EVERY_PROTECTED)},
)
async def list_terms(context: QuestionFinder, response: Response, directory: Current) -> TermsDocument:
    """List service types, traits, genders, urgencies, kinds, regimes, data classes, marks, areas, languages and words.

    Names and meanings are in the language that `Accept-Language` prefers. Holds the coalition's own words, without the
    words of organizations hidden from the caller. Needs the scope `route` or `directory:read`.
    """
    term_list = await context.show(lambda: every_term(directory.seen_by(context.caller.organization)))
    terms, headers = for_reader(context.request, term_list)
    response.headers.update(headers)
    return TermsDocument(**terms)
