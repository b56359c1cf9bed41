"""Referrals over HTTP: one hand-off, sent, and its way on each side."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi import Path as InPath
from starlette.responses import Response

from service.directory.parties import IN, OUT, REFERRAL
from service.directory.routes.context import RequestContext, context_for
from service.directory.routes.dependencies import Current, require
from service.directory.routes.directory import MATCH, Page, PerPage, one_of
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.documents.bodies import peek, read_sent_body
from service.i18n import refusals
from service.i18n.spoken_codes import language_of_codes
from service.referrals.routes.schemas import SENDER_STATUSES, AskedAgain, ReferralDocument, ReferralPage, received
from service.referrals.use_cases import move_referral
from service.referrals.use_cases.ask_again import ask_again
from service.referrals.use_cases.follow_up import FollowUpBody, record_follow_up
from service.referrals.use_cases.referral_body import AskedReferral, ReferralBody, read_referral
from service.referrals.use_cases.send_referral import SendReferral
from service.security import Caller
from service.web.bodies import body_of
from service.web.conditions import condition_of
from service.web.idempotency import KEY_PARAMETER, required_key_of
from service.web.media_types import JsonBody
from service.web.operations import creation, openapi_responses, read_code
from service.web.preferences import LANGUAGE_PARAMETER
from service.web.problems import problem
from service.web.schemas import CodeBody

router = APIRouter(tags=["referrals"])
Referring = Annotated[RequestContext, context_for(require(REFERRAL))]
ReferralId = Annotated[str, InPath(description="The referral's `id`.", max_length=100)]
_STAGE = (
    "`waiting`: for an answer, what is due first; `open`: accepted, or on a waiting list; `done`: all others. Both of "
    "these, the newest first."
)
_SENT = {
    "profile": {
        "client": {"age": 30, "gender": "female", "languages": ["en"]},
        "needs": [{"type": "emergency_shelter", "urgency": "now"}],
        "facts": {"client_present": True},
    },
    "step": {"to": "bluestem-haven", "services": ["bh-beds"], "mode": "warm"},
    "agreed": True,
    "progress": False,
}


@router.post(
    "/referrals",
    summary="Send a referral",
    response_model=None, status_code=201, responses=openapi_responses(
        ReferralDocument, "It is sent, now or before under the same key.", "other_origin", "not_allowed_now",
        "idempotency_in_progress", "nothing_to_send", "idempotency_key_required", "idempotency_key_reused",
        "too_many_codes", "too_many_refusals", "busy", status=201, body=True,
    ),
    openapi_extra={
        **body_of(ReferralBody, {"warm": _SENT}, filled=""),
        "parameters": [KEY_PARAMETER, LANGUAGE_PARAMETER],
    },
)  # fmt: skip
async def send_referral(context: Referring, directory: Current, body: JsonBody) -> Response:
    """Send one hand-off, `warm` or `packet`, of the caller's own organization, decided by itself and now.

    The profile is read and forgotten: the referral holds codes and references, and no word about a client. A packet
    rests on recorded consents. People say the `code`, so that the receiver finds the referral without a name.
    `advocate` names an organization that stays with the client. It gives that organization sight of nothing, and only
    the sender reads it, until a consent of the client's is withdrawn. Handing over to another is a referral of its own.
    """

    def read() -> tuple[AskedReferral, str]:
        check_origin(directory, context.caller, peek(body))
        key = required_key_of(context.request)
        return read_referral(body, origin=context.caller.organization), key

    request_body, key = await context.read(read)
    result = await context.change(partial(sending_at(context).send, request_body, body, key))
    return creation(context.request, result.document, repeated=result.repeated, etag=result.etag)


@router.get(
    "/referrals",
    summary="List referrals",
    response_model=None,
    responses=openapi_responses(ReferralPage, "A page, without codes: by id, or in the order of its stage."),
)
async def list_referrals(
    context: Referring,
    *,
    page: Page = 1,
    per_page: PerPage = 50,
    box: Annotated[str | None, Query(pattern=one_of((IN, OUT)), description="`in`: received; `out`: sent.")] = None,
    status: Annotated[str | None, Query(pattern=one_of(SENDER_STATUSES))] = None,
    stage: Annotated[str | None, Query(pattern=one_of(tuple(move_referral.STAGES)), description=_STAGE)] = None,
) -> Response:
    """List the referrals that the caller's agency sent and was sent, each as its side sees it."""
    statuses = None if status is None else (status,)
    listing = partial(
        move_referral.list_referrals, box=box, statuses=statuses, stage=stage, page=page, per_page=per_page
    )
    return context.page(await context.show(partial(listing, context.reading, context.caller)))


@router.post(
    "/referrals/look-up",
    summary="Look a referral up by its code",
    response_model=None,
    responses=openapi_responses(
        ReferralDocument, "The referral.", "not_found", "too_many_codes", body=True, example=received("requested")
    ),
    openapi_extra=body_of(CodeBody, {"code": {"code": "acoustic bamboo canoe"}}, filled=""),
)
async def look_up_referral(context: Referring, body: JsonBody) -> Response:
    """Answer with the open referral of a code, to its receiver. Each try counts, found or not."""
    code = await context.read(partial(read_code, body))
    look_up = partial(move_referral.look_up_referral, context.writing, context.ring, context.caller, code)
    return context.answer(await context.change(look_up))


@router.get(
    "/referrals/{id}",
    summary="Show a referral",
    response_model=None,
    responses=openapi_responses(ReferralDocument, "The referral, as the caller's side sees it.", "not_found"),
)
async def get_referral(context: Referring, id: ReferralId) -> Response:  # noqa: A002
    """Show a referral to its sender or receiver. Without `progress`, the sender sees only `requested` and `closed`."""
    view = partial(move_referral.get_referral, context.reading, context.ring, context.caller, id)
    return context.answer(await context.show(view))


@router.put(
    "/referrals/{id}/status",
    summary="Move a referral",
    response_model=None, responses=openapi_responses(
        ReferralDocument, "It has that status.", "not_found", "not_yours", "precondition_required", "stale",
        "not_from_here", "full", body=True, example=received("declined", "full"),
    ),
    openapi_extra={
        **body_of(move_referral.StatusBody, {"declined": {"status": "declined", "reason": "full"}}, filled=""),
        "parameters": [MATCH],
    },
)  # fmt: skip
async def put_referral_status(
    context: Referring,
    directory: Current,
    body: JsonBody,
    id: ReferralId,  # noqa: A002
) -> Response:
    """Move a referral: the receiver can receive, accept, put on a waiting list, decline or complete; the sender cancel.

    With `waitlisted` may go `expected`, a month such as `2027-02`; sent again, it changes the month. `respond_by` is
    null while a referral waits. Accepting it then needs a free place.
    """
    sent_body = await context.read(partial(read_sent_body, move_referral.StatusBody, body))
    waits, condition = timedelta(days=context.parts.settings.waitlisted_days), condition_of(context.request)
    move = partial(
        move_referral.move_referral, ring=context.ring, sent_body=sent_body, condition=condition, waits=waits
    )
    return context.answer(await context.change(partial(move, context.writing, directory, context.caller, id)))


@router.get(
    "/referrals/{id}/again",
    summary="Ask again from a referral",
    response_model=None,
    responses=openapi_responses(AskedAgain, "Its needs, and what changed.", "not_found", "not_yours"),
)
async def get_referral_again(
    context: Referring,
    directory: Current,
    id: ReferralId,  # noqa: A002
) -> Response:
    """Show the needs of a referral that the caller's agency sent, to ask for paths again, and what changed since.

    Facts about the client are entered anew: none was kept. What changed in the directory is told as far as the caller
    may see it, with the scope `directory:read`; agencies that came with a load of a whole file are not told.
    """
    asked = partial(ask_again, context.reading, directory, context.caller, id)
    return context.answer(await context.show(asked))


@router.put(
    "/referrals/{id}/follow-up",
    summary="Record a follow-up",
    response_model=None,
    responses=openapi_responses(
        ReferralDocument, "It is recorded.", "not_found", "not_yours", "precondition_required", "stale", body=True
    ),
    openapi_extra={
        **body_of(FollowUpBody, {"not_reached": {"result": "not_reached", "on": "2026-03-09"}}, filled=""),
        "parameters": [MATCH],
    },
)
async def put_referral_follow_up(
    context: Referring,
    body: JsonBody,
    id: ReferralId,  # noqa: A002
) -> Response:
    """Record what came of checking back on a referral that the caller's agency sent, and when to check back next.

    Without `on`, nobody is reminded again. Only the sender sees any of it. A day is at most 180 days ahead. It's kept
    until a week after, and so is the referral, for its sender alone; once the client withdraws a consent for the
    referral, the day is gone and none can be set.
    """
    sent_body = await context.read(partial(read_sent_body, FollowUpBody, body))
    record = partial(record_follow_up, sent_body=sent_body, condition=condition_of(context.request), ring=context.ring)
    return context.answer(await context.change(partial(record, context.writing, context.caller, id)))


def sending_at(context: RequestContext) -> SendReferral:
    """Return a caller's request to send a referral, with the parts of the application that it needs."""
    snapshots = context.parts.snapshots
    return SendReferral(
        *(context.database, context.ring, context.parts.settings, context.caller),
        current=snapshots.current,
        refresh=snapshots.refresh,
        language=language_of_codes(context.language),
    )


def check_origin(directory: DirectorySnapshot, caller: Caller, body: Any) -> None:
    """Refuse a referral of another organization, before any other fault of the body is named.

    Raises:
        ApiProblem: the origin is another organization.
    """
    profile = body.get("profile") if isinstance(body, dict) else None
    origin = profile.get("origin") if isinstance(profile, dict) else None
    view = directory.names.organizations.get(caller.organization)
    own = {caller.organization, *([] if view is None else [view.id])}
    if isinstance(origin, str) and origin not in own:
        raise problem("other_origin", detail=refusals.OTHERS_ORIGIN)
