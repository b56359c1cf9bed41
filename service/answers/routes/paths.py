"""Referral paths over HTTP: a needs profile in, an answer out, no part of the profile kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Request
from pydantic_core import to_json
from starlette.responses import Response

from service import demo
from service.answers.profile import (
    GroupProfile,
    NeedsProfile,
    ProfileNames,
    find_unknown,
    needs_of,
    read_group,
    read_profile,
    unknown_in_group,
    within_client,
)
from service.answers.routes.examples import ANSWER, CALLS, GROUP, GROUP_ANSWER
from service.answers.schemas.answer import AnswerDocument, CallsDocument
from service.answers.schemas.group import GroupAnswerDocument
from service.answers.use_cases.find_group_paths import GroupSearch
from service.answers.use_cases.find_paths import find_paths
from service.answers.use_cases.grounds import list_grounds
from service.answers.use_cases.next_calls import next_calls
from service.directory.access import ROUTE_ANY
from service.directory.routes.context import RequestContext, context_for
from service.directory.routes.dependencies import Current, require
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.documents.document import parse_body
from service.documents.node import Node
from service.errors import Problem
from service.i18n import refusals
from service.referrals.use_cases.settle_consents import settle_consents
from service.security import Caller
from service.web.bodies import body_of
from service.web.media_types import JsonBody
from service.web.operations import openapi_responses
from service.web.preferences import for_reader
from service.web.problems import EVERY_BODY, problem
from service.web.search_scheduler import SearchScheduler

Profile = TypeVar("Profile", NeedsProfile, GroupProfile)
Answer = TypeVar("Answer", AnswerDocument, GroupAnswerDocument)
PROBLEMS = "other_origin", *EVERY_BODY, "invalid_profile", "too_many_codes"

router = APIRouter(tags=["referral paths"])
Router = Annotated[RequestContext, context_for(require("route"))]


def _profile_body() -> dict[str, Any]:
    examples = {name: json.loads(demo.profile_bytes(name)) for name in demo.profile_names()}
    return body_of(NeedsProfile, examples, filled="origin")


@router.post(
    "/referral-paths",
    summary="Find referral paths for a needs profile",
    response_model=None,
    responses=openapi_responses(AnswerDocument, "The answer.", *PROBLEMS, example=ANSWER),
    openapi_extra=_profile_body(),
)
async def find_referral_paths(context: Router, body: JsonBody, directory: Current) -> Response:
    """Answer which agencies to call next, in which order, and what may be said, by which rule.

    Needs the scope `route`. `origin` is the token's organization unless the token has `route:any`; the default is the
    token's organization. For another `origin`, the answer holds what both it and the token's organization may see.
    Answers name unlisted organizations to members of the coalition alone. The profile holds no name, and is forgotten
    once answered.
    """
    profile, origin_directory = await context.read(partial(_read_profile, context, body, directory))

    def answer(searches: SearchScheduler) -> Response:
        return _json(context.request, _note_grounds(context, _answer_to(searches, origin_directory, profile)))

    return await context.search(answer)


@router.post(
    "/next-calls",
    summary="The best path as a list of calls",
    response_model=None,
    responses=openapi_responses(CallsDocument, "The answer.", *PROBLEMS, example=CALLS),
    openapi_extra=_profile_body(),
)
async def list_next_calls(context: Router, body: JsonBody, directory: Current) -> Response:
    """Answer with the first thing to do, then the best path as calls: each with its number, question and words to say.

    Needs the scope `route`, and takes the same profile as `/v1/referral-paths`.
    """
    profile, origin_directory = await context.read(partial(_read_profile, context, body, directory))
    if profile.include is not None:
        profile = profile.model_copy(update={"include": (*profile.include, "call_sheet")})

    def calls(searches: SearchScheduler) -> Response:
        answer = _note_grounds(context, _answer_to(searches, origin_directory, profile))
        urgencies = {need.type: need.urgency for need in needs_of(profile, ProfileNames(origin_directory.names))}
        return _json(context.request, next_calls(answer, urgencies))

    return await context.search(calls)


@router.post(
    "/group-referral-paths",
    summary="Find a path for each person of a group",
    response_model=None,
    responses=openapi_responses(GroupAnswerDocument, "The answer.", *PROBLEMS, example=GROUP_ANSWER),
    openapi_extra=body_of(GroupProfile, {"raid": GROUP}, filled="origin"),
)
async def find_group_referral_paths(context: Router, body: JsonBody, directory: Current) -> Response:
    """Answer for up to 30 people at once: a path for each, and one call for all who go to one agency.

    Needs the scope `route`. No counted place is promised twice. Alike clients are an entry with a `count`; people who
    stay together are one client with `with`. `taken` keeps what a service promised on the phone, and chooses the rest
    anew. Where the origin may not see a count, the call asks how many the agency can take. Nothing is kept.
    """
    search = await context.read(partial(_read_group_search, context, body, directory))
    for piece in search.searches():
        await context.search(lambda searches, piece=piece: piece(searches.budget_ms()))  # type: ignore[misc]
    await context.search(lambda searches: search.choose(searches.budget_ms()))
    works = await context.search(lambda _: list(search.answers()))
    for work in works:
        await context.search(lambda searches, work=work: work(searches.time(), searches.questions_ms // len(works)))  # type: ignore[misc]
    return await context.search(lambda _: _json(context.request, _note_grounds(context, search.document())))


def _answer_to(searches: SearchScheduler, directory: DirectorySnapshot, profile: NeedsProfile) -> AnswerDocument:
    """Return the answer to a profile, within the time of a search, counted from now."""
    return find_paths(directory, profile, is_expired=searches.time(), questions_within_ms=searches.questions_ms)


def _note_grounds(context: RequestContext, answer: Answer) -> Answer:
    """Return an answer, and note it in the audit with its rules: no word of the question."""
    context.note(list_grounds(answer))
    return answer


def _read_group_search(context: RequestContext, body: bytes, directory: DirectorySnapshot) -> GroupSearch:
    """Return the search for the group in `body`, as `_read_profile` returns a profile."""
    caller = context.caller
    group, origin_directory = _read_as_origin(caller, body, directory, read_group, unknown_in_group)
    profiles = []
    for place, entry in enumerate(group.clients):
        with within_client(place):
            settlement = settle_consents(
                context.database, context.ring, caller, origin_directory, group.profile_of(entry)
            )
        profiles.append(settlement.profile)
    return GroupSearch(origin_directory, group, profiles, datetime.now(UTC))


def _read_profile(
    context: RequestContext, body: bytes, directory: DirectorySnapshot
) -> tuple[NeedsProfile, DirectorySnapshot]:
    """Return the profile in `body`, and the directory as seen by its origin.

    The recorded consents in the profile are settled: each counts as stored.
    """
    caller = context.caller
    profile, origin_directory = _read_as_origin(caller, body, directory, read_profile, find_unknown)
    return settle_consents(context.database, context.ring, caller, origin_directory, profile).profile, origin_directory


def _read_as_origin(
    caller: Caller,
    body: bytes,
    directory: DirectorySnapshot,
    parse_profile: Callable[..., Profile],
    unknown_in: Callable[[Node, ProfileNames], Iterable[Problem]],
) -> tuple[Profile, DirectorySnapshot]:
    """Return the profile of a body, and the directory as seen by its caller and its origin, which may be another.

    Raises:
        ProfileRefused: the body is wrong, or names what the caller or the origin does not see.
        ApiProblem: the origin is another organization, for which the caller may not ask.
    """

    def unknown(document: Node) -> Iterable[Problem]:
        origin = document.text("origin") or caller.organization
        if not _may_ask_for(caller, origin, directory):
            return ()
        return unknown_in(document, ProfileNames(directory.acting_for(caller.organization, origin)[0].names))

    profile = parse_profile(body, origin=caller.organization, unknown=unknown, parse=parse_body)
    if not _may_ask_for(caller, profile.origin, directory):
        raise problem("other_origin", detail=refusals.OTHERS_ORIGIN)
    return profile, directory.acting_for(caller.organization, profile.origin)[0]


def _may_ask_for(caller: Caller, origin: str, directory: DirectorySnapshot) -> bool:
    view = directory.names.organizations.get(caller.organization)
    ids = {caller.organization} if view is None else {caller.organization, view.id}
    return origin in ids or ROUTE_ANY in caller.scopes


def _json(request: Request, document: Mapping[str, Any]) -> Response:
    body, headers = for_reader(request, document)
    return Response(to_json(body), headers=headers, media_type="application/json")
