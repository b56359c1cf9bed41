"""Referrals over HTTP: one hand-off, sent, and what becomes of it on each side."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi import Path as InPath
from starlette.responses import Response

from service.api.bodies import body_of
from service.api.consents import Parts
from service.api.deps import Current, JsonBody, require
from service.api.directory import MATCH, Page, PerPage, Stored, condition_of, one_of, respond
from service.api.happenings import KEY_PARAMETER, answers, json_of, key_of, made, page_of, telling
from service.api.problems import problem
from service.api.schemas.happenings import SENDER_STATUSES, CodeBody, ReferralDocument, ReferralPage
from service.auth import Caller
from service.parties import REFERRAL
from service.profile import read_as
from service.served import Served
from service.store.referrals import IN, OUT
from service.usecases.keep_consents import peek
from service.usecases.move_referral import (
    StatusBody,
    get_referral,
    list_referrals,
    look_up_referral,
    move_referral,
)
from service.usecases.referral_body import ReferralBody, read_referral
from service.usecases.send_referral import Sending
from service.wording import refusals

router = APIRouter(tags=["referrals"])
Referring = Annotated[Caller, Depends(require(REFERRAL))]
ReferralId = Annotated[str, InPath(description="The referral's `id`.", max_length=100)]
_SENT = {
    "profile": {
        "client": {"age": 15, "languages": ["en"]},
        "needs": [{"type": "emergency_shelter", "urgency": "now"}],
        "facts": {"client_present": True},
    },
    "step": {"to": "harbor-house", "services": ["hh-beds"], "mode": "warm"},
    "agreed": True,
    "progress": False,
}


@router.post(
    "/referrals",
    summary="Send a referral",
    operation_id="send_referral",
    **answers(
        ReferralDocument, "It is sent, now or before under the same key.", "other_origin", "not_allowed_now",
        "idempotency_in_progress", "nothing_to_send", "idempotency_key_required", "idempotency_key_reused",
        "too_many_codes", "too_many_refusals", "busy", status=201, body=True,
    ),
    openapi_extra={**body_of(ReferralBody, {"warm": _SENT}, filled=""), "parameters": [KEY_PARAMETER]},
)  # fmt: skip
def post_referral(request: Request, caller: Referring, served: Current, parts: Parts, body: JsonBody) -> Response:
    """Send one hand-off, `warm` or `packet`, of the caller's own organization, decided by itself and now.

    The profile is read and forgotten: the referral holds codes and references, and no word about a client. A packet
    rests on consents on record. The `code` is what is said so that the receiver finds the referral without a name.
    """
    data = json_of(body)
    _check_origin(served, caller, peek(data))
    key = key_of(request, required=True)
    snapshots = parts.snapshots
    sending = Sending(
        snapshots.database, parts.ring, parts.settings, caller, current=snapshots.current, refresh=snapshots.refresh
    )
    with telling():
        sent = sending.send(read_referral(data, origin=caller.organization), data, key or "")
    return made(sent.document, repeated=sent.repeated, headers={"ETag": sent.etag})


@router.get(
    "/referrals",
    summary="List referrals",
    operation_id="list_referrals",
    **answers(ReferralPage, "A page, by id, without codes."),
)
def get_referrals(
    *,
    request: Request,
    caller: Referring,
    stored: Stored,
    page: Page = 1,
    per_page: PerPage = 50,
    box: Annotated[str | None, Query(pattern=one_of((IN, OUT)), description="`in`: received; `out`: sent.")] = None,
    status: Annotated[str | None, Query(pattern=one_of(SENDER_STATUSES))] = None,
) -> Response:
    """List what the caller's organization sent and was sent, each as its side sees it."""
    with telling():
        work = stored.unit_of_work(writes=False)
        return page_of(request, list_referrals(work, caller, box=box, status=status, page=page, per_page=per_page))


@router.post(
    "/referrals/look-up",
    summary="Look a referral up by its code",
    operation_id="look_up_referral",
    **answers(ReferralDocument, "The referral.", "not_found", "too_many_codes", body=True),
    openapi_extra=body_of(CodeBody, {"code": {"code": "acorn bagel canoe"}}, filled=""),
)
def post_look_up(request: Request, caller: Referring, stored: Stored, parts: Parts, body: JsonBody) -> Response:
    """Answer with the open referral of this code, to its receiver. Each try counts, found or not."""
    with telling():
        code = read_as(CodeBody, json_of(body), defaults={}).code
        return respond(request, look_up_referral(stored.unit_of_work(), parts.ring, caller, code))


@router.get(
    "/referrals/{id}",
    summary="Show a referral",
    operation_id="get_referral",
    **answers(ReferralDocument, "The referral, as the caller's side sees it.", "not_found"),
)
def get_one_referral(
    request: Request,
    caller: Referring,
    stored: Stored,
    parts: Parts,
    id: ReferralId,  # noqa: A002
) -> Response:
    """Show a referral to its sender or its receiver. Without `progress`, the sender sees it requested, then closed."""
    with telling():
        return respond(request, get_referral(stored.unit_of_work(writes=False), parts.ring, caller, id))


@router.put(
    "/referrals/{id}/status",
    summary="Move a referral",
    operation_id="move_referral",
    **answers(
        ReferralDocument, "It has that status.", "not_found", "not_yours", "precondition_required", "stale",
        "not_from_here", body=True,
    ),
    openapi_extra={
        **body_of(StatusBody, {"declined": {"status": "declined", "reason": "full"}}, filled=""),
        "parameters": [MATCH],
    },
)  # fmt: skip
def put_status(
    *,
    request: Request,
    caller: Referring,
    stored: Stored,
    served: Current,
    parts: Parts,
    body: JsonBody,
    id: ReferralId,  # noqa: A002
) -> Response:
    """As the receiver, say that you have it, take it, turn it down, or are done. As the sender, take it back."""
    with telling():
        found = move_referral(
            stored.unit_of_work(),
            served,
            caller,
            id,
            ring=parts.ring,
            data=json_of(body),
            condition=condition_of(request),
        )
    return respond(request, found)


def _check_origin(served: Served, caller: Caller, body: Any) -> None:
    """Refuse a referral of another organization; who may not do a thing is told so before what is wrong with it.

    Raises:
        ApiProblem: the origin is another.
    """
    profile = body.get("profile") if isinstance(body, dict) else None
    origin = profile.get("origin") if isinstance(profile, dict) else None
    view = served.names.organizations.get(caller.organization)
    own = {caller.organization, *([] if view is None else [view.id])}
    if isinstance(origin, str) and origin not in own:
        raise problem("other_origin", detail=refusals.OTHERS_ORIGIN)
