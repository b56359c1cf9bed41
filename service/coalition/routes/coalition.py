"""The coalition's own work over HTTP, as visible to the caller."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from service.coalition import (
    NEXT,
    USUAL,
    AgencyWords,
    Contacts,
    Coverage,
    Exchange,
    Figures,
    Map,
    VisibleDirectory,
    draw_calendar,
    draw_heat_map,
    draw_map,
    visible_directory_of,
    write_graphml,
    write_node_link,
)
from service.coalition.outcome_files import draw_outcomes, write_csv
from service.coalition.routes.examples_of_work import (
    CALENDAR,
    CONTACTS,
    COVERAGE,
    DUE,
    EXCHANGE,
    FIGURES,
    GRAPH,
    GRAPHML_TEXT,
    MAP,
    OUTCOMES,
    OUTCOMES_CSV,
    PICTURE,
    WORDS,
)
from service.coalition.routes.schemas.coalition import (
    ContactsDocument,
    CoverageDocument,
    DueDocument,
    ExchangeDocument,
    FiguresDocument,
    MapDocument,
    OutcomesDocument,
    WordsDocument,
)
from service.coalition.use_cases import outcomes
from service.coalition.use_cases.list_due import list_due
from service.directory.routes.context import RequestContext
from service.directory.routes.dependencies import Current, require_any
from service.directory.routes.directory import CODE, ETAG, LANGUAGE, NONE_MATCH, SLUG, one_of
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.documents import fields
from service.referrals.outcomes import BY
from service.security import Caller
from service.web.conditions import conditional_response
from service.web.media_types import JSON, accepts_json, preferred_type
from service.web.operations import openapi_responses
from service.web.preferences import SENTENCES_PARAMETER, for_reader, in_language, language_of, tag_in
from service.web.problems import problem

UUID = fields.anchor(fields.UUID)
QUARTER = r"^[0-9]{4}-Q[1-4]$"
PART = r"^(kind|area|organization):[a-z0-9][a-z0-9_-]{0,99}$"
SVG, CSV = "image/svg+xml", "text/csv"
CALENDAR_TYPE = "text/calendar"
GRAPHML, NODE_LINK = "application/graphml+xml", "application/vnd.node-link+json"
OTHER_FORMS: Mapping[str, str | Mapping[str, Any]] = {SVG: PICTURE, GRAPHML: GRAPHML_TEXT, NODE_LINK: GRAPH}
"""The forms of the map beside JSON, each with an example."""

router = APIRouter(tags=["coalition"])


@dataclass(frozen=True, slots=True)
class CoalitionRequest(RequestContext):
    """A request to see part of the coalition's work, in the version that was served when it came."""

    directory: DirectorySnapshot

    @property
    def visible(self) -> VisibleDirectory:
        """The visible part of the directory; cut out anew each time, so it is asked for in the caller's turn."""
        return visible_directory_of(self.directory, self.caller.organization, self.caller.scopes)

    @property
    def visible_to_members(self) -> VisibleDirectory:
        """The visible part of the directory, for a member.

        Raises:
            ApiProblem: the caller's organization is not a member.
        """
        visible = self.visible
        if not visible.is_for_member:
            raise problem("members_only")
        return visible


def coalition_context(*scopes: str) -> Any:
    """Return the dependency that gives the `CoalitionRequest` of a caller with any one of `scopes`."""
    visitor: Any = Depends(require_any(*scopes))

    async def look(request: Request, directory: Current, _caller: Caller = visitor) -> CoalitionRequest:
        return CoalitionRequest(request, directory)

    return Depends(look)


CoalitionContext = Annotated[CoalitionRequest, coalition_context("directory:read")]
Type = Annotated[str | None, Query(pattern=CODE, description="A service type: this need alone.")]
Area = Annotated[str | None, Query(pattern=SLUG, description="Code of an area: this one alone.")]
Age = Annotated[int | None, Query(ge=0, le=120, description="The band in which this age lies, alone.")]
Part = Annotated[
    str | None,
    Query(
        pattern=PART,
        description="A part: `kind:health`, `area:travis`, or an agency with those it hands over to or from: "
        "`organization:harbor-house`.",
    ),
]
Language = Annotated[str | None, Query(pattern=LANGUAGE, description="Only services that surely have this language.")]


def view_responses(model: type[BaseModel], example: Any, *codes: str, **formats: str | Mapping[str, Any]) -> Any:
    """Return the `responses=` of a view of the coalition, with an example of each of its other media types."""
    return openapi_responses(
        model, "As this caller may see it.", *codes, cached=True, example=example, headers=ETAG, formats=formats
    )


def tagged_response(request: Request, body: Mapping[str, Any] | str, media_type: str = JSON) -> Response:
    """Return a document, or a text of another type in the reader's language, with its entity tag."""
    if isinstance(body, str):
        data, headers = body.encode(), in_language(language_of(request), "Accept")
    else:
        document, headers = for_reader(request, body, "Accept")
        data = json.dumps(document, ensure_ascii=False).encode()
    etag = tag_in(f'"{hashlib.sha256(data).hexdigest()[:32]}"', headers)
    return conditional_response(request, data, etag, media_type=media_type, headers=headers)


async def now() -> datetime:
    """Return the present moment, whose day in the coalition's time zone decides on due items."""
    return datetime.now(UTC)


Now = Annotated[datetime, Depends(now)]


@router.get(
    "/coverage",
    summary="What is covered, by need, age and area",
    response_model=None,
    responses=view_responses(CoverageDocument, COVERAGE, **{SVG: PICTURE}),
    openapi_extra={"parameters": [NONE_MATCH, SENTENCES_PARAMETER]},
)
async def get_coverage(
    *,
    look: CoalitionContext,
    type: Type = None,  # noqa: A002 - the name on the wire
    area: Area = None,
    age: Age = None,
    language: Language = None,
) -> Response:
    """Count the services for each need, age band and area; list gaps, and needs met by a single organization.

    Needs the scope `directory:read`. Also as a picture: `Accept: image/svg+xml`.
    """
    media_type = preferred_type(look.request, JSON, SVG)

    def response() -> Response:
        coverage = Coverage(look.visible, type=type, area=area, age=age, language=language)
        if media_type == SVG:
            return tagged_response(look.request, draw_heat_map(coverage, language_of(look.request)), SVG)
        return tagged_response(look.request, coverage.document())

    return await look.show(response)


@router.get(
    "/coalition/map",
    summary="Who can hand over to whom",
    response_model=None,
    responses=view_responses(MapDocument, MAP, **OTHER_FORMS),
    openapi_extra={"parameters": [NONE_MATCH, SENTENCES_PARAMETER]},
)
async def get_coalition_map(
    *,
    look: CoalitionContext,
    at: Now,
    type: Type = None,  # noqa: A002 - the name on the wire
    of: Part = None,
    narrow: Annotated[bool, Query(description="A picture in one column, for a phone.")] = False,
) -> Response:
    """Show the hand-offs between agencies, their closeness, and the agencies on which a need, an area or others depend.

    The map holds agencies that declared themselves to the coalition, and parties of agreements with their houses.
    Beyond 200 it shows groups, by kind and area, and with `of` the agencies of a part. Needs the scope
    `directory:read`.

    Also as a picture (`Accept: image/svg+xml`), and as a graph for other programs: GraphML
    (`application/graphml+xml`) or node-link JSON (`application/vnd.node-link+json`). A node is an agency, by its slug,
    or a group, by its place in `groups`. An edge has its closest `relationship`, and under the name of each
    relationship the service types, separated by spaces, or for groups the number of pairs.
    """
    media_type = preferred_type(look.request, JSON, SVG, GRAPHML, NODE_LINK)

    def response() -> Response:
        coalition_map = Map(look.visible, at, type, of)
        if media_type == SVG:
            return tagged_response(look.request, draw_map(coalition_map, language_of(look.request), narrow=narrow), SVG)
        if media_type in (GRAPHML, NODE_LINK):
            write = write_graphml if media_type == GRAPHML else write_node_link
            return tagged_response(look.request, write(coalition_map.graph), media_type)
        return tagged_response(look.request, coalition_map.document())

    return await look.show(response)


Within = Annotated[
    timedelta, Query(ge=timedelta(0), le=timedelta(days=3660), description="How far ahead, as an ISO 8601 duration.")
]


@router.get(
    "/coalition/due",
    summary="What needs somebody, and by when",
    response_model=None,
    responses=view_responses(DueDocument, DUE, **{CALENDAR_TYPE: CALENDAR}),
    openapi_extra={"parameters": [NONE_MATCH]},
)
async def get_coalition_due(look: CoalitionContext, at: Now, within: Within = USUAL) -> Response:
    """List the agreements, terms, reviews, counts and the like that are due or overdue.

    Holds the items of the caller's own organization, its agreements included; a member with `directory:admin` sees
    every item. Needs the scope `directory:read`. Also as a calendar: `Accept: text/calendar`.
    """
    media_type = preferred_type(look.request, JSON, CALENDAR_TYPE)

    def response() -> Response:
        due = list_due(look.reading, look.visible, at, within)
        if media_type == JSON:
            return tagged_response(look.request, due.document())
        return tagged_response(look.request, draw_calendar(due, language_of(look.request)), CALENDAR_TYPE)

    return await look.show(response)


@router.get(
    "/coalition/figures",
    summary="The figures to look at first",
    response_model=None,
    dependencies=[Depends(accepts_json)],
    responses=view_responses(FiguresDocument, FIGURES),
    openapi_extra={"parameters": [NONE_MATCH]},
)
async def get_coalition_figures(look: CoalitionContext, at: Now) -> Response:
    """Count single points and what is due to the caller; list needs nobody meets. Needs the scope `directory:read`."""

    def response() -> Response:
        visible = look.visible
        due = list_due(look.reading, visible, at, NEXT)
        return tagged_response(look.request, Figures(Coverage(visible), Map(visible, at), due).document())

    return await look.show(response)


@router.get(
    "/coalition/exchange",
    summary="Offers against wants",
    response_model=None,
    dependencies=[Depends(accepts_json)],
    responses=view_responses(ExchangeDocument, EXCHANGE),
    openapi_extra={"parameters": [NONE_MATCH]},
)
async def get_coalition_exchange(look: CoalitionContext, at: Now) -> Response:
    """List each member's offers and wants, and the members that could meet a want, with a draft agreement for each.

    A draft is in the bundle's form and is not stored. Where matches are too many for one document, the first of each
    want are shown: `complete` is false, and `plain` says so. Needs the scope `directory:read`.
    """
    return await look.show(lambda: tagged_response(look.request, Exchange(look.visible, at).document()))


@router.get(
    "/coalition/contacts",
    summary="Who speaks for each member",
    response_model=None,
    dependencies=[Depends(accepts_json)],
    responses=view_responses(ContactsDocument, CONTACTS, "members_only"),
    openapi_extra={"parameters": [NONE_MATCH]},
)
async def get_coalition_contacts(look: CoalitionContext, at: Now) -> Response:
    """List roles, terms and successors of members; for members alone. Needs the scope `directory:read`.

    For an unlisted or private organization: the role and its own line, and names only under an agreement in force.
    """
    return await look.show(lambda: tagged_response(look.request, Contacts(look.visible_to_members, at).document()))


@router.get(
    "/outcomes",
    summary="What became of referrals, by quarter",
    response_model=None,
    responses=view_responses(OutcomesDocument, OUTCOMES, "members_only", **{CSV: OUTCOMES_CSV, SVG: PICTURE}),
    openapi_extra={"parameters": [NONE_MATCH]},
)
async def get_outcomes(
    look: CoalitionContext,
    by: Annotated[str, Query(pattern=one_of(tuple(BY)), description="What is counted.")] = "type",
    quarter: Annotated[
        str | None, Query(pattern=QUARTER, description="Such as `2026-Q1`; by default the last that was counted.")
    ] = None,
) -> Response:
    """Count the referrals of a closed quarter, once, two weeks after its end: the same numbers for every member.

    A row needs 10 referrals of 3 senders to 3 receivers and is rounded down to a multiple of 5. Of two rows that differ
    by fewer, only the first is shown; a hidden row looks the same as no row. `area`: the area where the services are
    given. `times`: medians over all of a row's referrals, as classes, with `by=type`. Needs the scope `directory:read`.

    Also as a table with the categories of HMIS and TIMS (`Accept: text/csv`), and as a chart
    (`Accept: image/svg+xml`).
    """
    media_type = preferred_type(look.request, JSON, CSV, SVG)
    outcome_counts = partial(outcomes.get_outcomes, quarter=quarter, by=by)

    def response() -> Response:
        document = outcome_counts(look.reading, look.visible_to_members)
        if media_type == JSON:
            return tagged_response(look.request, document)
        write = write_csv if media_type == CSV else draw_outcomes
        return tagged_response(look.request, write(document, language_of(look.request)), media_type)

    return await look.show(response)


@router.get(
    "/coalition/words",
    summary="Words that mean more than one thing",
    response_model=None,
    dependencies=[Depends(accepts_json)],
    responses=view_responses(WordsDocument, WORDS),
    openapi_extra={"parameters": [NONE_MATCH]},
)
async def get_coalition_words(look: CoalitionContext) -> Response:
    """List agencies' own words with different meanings, at several agencies or as a code, the meanings side by side.

    Needs the scope `directory:read`.
    """
    return await look.show(lambda: tagged_response(look.request, AgencyWords(look.visible).document()))
