"""The coalition's own codes and its agencies' own words over HTTP; the description lists the built-in codes."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from service.directory.routes.directory import (
    CODE,
    SLUG,
    Page,
    PerPage,
    Reading,
    add_item_endpoints,
    list_extras,
    list_response,
    one_of,
)
from service.vocabulary import WORD_TYPES

router = APIRouter(tags=["directory"])


@router.get("/vocabulary", **list_extras("VocabularyEntry", "vocabulary entries"))
async def list_vocabulary_entries(
    *,
    context: Reading,
    kind: Annotated[
        str | None, Query(pattern=one_of((*WORD_TYPES, "term")), description="A code for types or traits, or a term.")
    ] = None,
    organization: Annotated[
        str | None, Query(pattern=SLUG, description="Id or slug of the agency whose word it is.")
    ] = None,
    means: Annotated[str | None, Query(pattern=CODE, description="The code that an agency's word stands for.")] = None,
    page: Page = 1,
    per_page: PerPage = 50,
) -> Response:
    """List the words added by the coalition, and each agency's own words. Needs `directory:read`."""
    filters = {"kind": kind, "organization": organization, "means": means}
    return await list_response(context, "vocabulary", filters, page, per_page)


add_item_endpoints(
    router,
    "vocabulary",
    schema="VocabularyEntry",
    noun="a vocabulary entry",
    example="tattoo_removal",
    unused="willow-bend-youth:placement",
    whole_path=True,
)
