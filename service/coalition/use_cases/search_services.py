"""Search the services that a caller may see, or that everybody may."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from service.coalition import ServiceSearch, visible_directory_of
from service.directory.access import READ
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.directory.use_cases.list_terms import list_terms
from service.documents import fields
from service.documents.base import BundleModel
from service.documents.bodies import SentBody
from service.security import Caller

NOBODY = ""
LONGEST_WORDS, MOST_PER_PAGE = 100, 200


class SearchBody(BundleModel):
    """What is searched for; a field that is left out leaves nothing out."""

    words: Annotated[str, Field(max_length=LONGEST_WORDS)] = ""
    type: fields.Code | None = None
    area: fields.Slug | None = None
    age: fields.Age | None = None
    language: fields.Language | None = None
    open_now: bool = False
    page: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    per_page: Annotated[int, Field(ge=1, le=MOST_PER_PAGE)] = 50


def search_services(
    directory: DirectorySnapshot, caller: Caller | None, at: datetime, sent_body: SentBody[SearchBody]
) -> dict[str, Any]:
    """Return a page of agencies with a service that fits at a moment (aware), and what can be chosen in a search.

    A caller without `directory:read`, or None, sees what everybody sees.

    Raises:
        BodyRefused: the body is wrong.
        FilterRefused: the type or the area is unknown.
    """
    query = sent_body.take()
    visible = visible_directory_of(
        directory, caller.organization if caller is not None and READ in caller.scopes else NOBODY
    )
    search = ServiceSearch(visible, at, **query.model_dump(exclude={"page", "per_page"}))
    terms = list_terms(visible.directory)
    choices = {
        "types": [term for term in terms["service_types"] if term["code"] in visible.snapshot.postings],
        "areas": [term for term in terms["areas"] if term["code"] in visible.served_areas],
        "languages": terms["languages"],
    }
    return {**search.document(page=query.page, per_page=query.per_page), "choices": choices}
