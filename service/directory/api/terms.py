"""The words of profiles and answers over HTTP: for pick lists, forms and checks."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from service.directory.api.schemas.terms import TermsDocument
from service.directory.work.list_terms import list_terms as every_term
from service.infrastructure.auth import Caller
from service.infrastructure.http.deps import Current, Working, require_any
from service.infrastructure.http.preferences import for_reader
from service.infrastructure.http.problems import EVERY_PROTECTED, responses_for
from service.words.vocabulary import TYPES

router = APIRouter(tags=["directory"])
Asker = Annotated[Caller, Depends(require_any("directory:read", "route"))]
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
async def list_terms(
    request: Request, response: Response, caller: Asker, served: Current, working: Working
) -> TermsDocument:
    """List service types, traits, genders, urgencies, kinds, regimes, data classes, marks, areas, languages and words.

    Names and meanings are in the language that `Accept-Language` prefers. Holds the coalition's own words, without the
    words of organizations hidden from the caller. Needs the scope `route` or `directory:read`.
    """
    terms, headers = for_reader(request, await working.show(lambda: every_term(served.seen_by(caller.organization))))
    response.headers.update(headers)
    return TermsDocument(**terms)
