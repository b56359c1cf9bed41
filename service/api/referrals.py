"""Referrals over HTTP: one hand-off, sent, and what becomes of it on each side."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi import Path as InPath
from starlette.responses import Response

from service.api.bodies import body_of
from service.api.deps import Current, JsonBody, Parts, Working, require
from service.api.directory import MATCH, Page, PerPage, Stored, condition_of, one_of, paged, respond
from service.api.happenings import answers, made, read_code, telling
from service.api.idempotency import KEY_PARAMETER, required_key_of
from service.api.problems import problem
from service.api.schemas.happenings import SENDER_STATUSES, CodeBody, ReferralDocument, ReferralPage
from service.auth import Caller
from service.parties import REFERRAL
from service.served import Served
from service.store.referrals import IN, OUT
from service.usecases import move_referral
from service.usecases.given import peek
from service.usecases.referral_body import AskedReferral, ReferralBody, read_referral
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
    **answers(
        ReferralDocument, "It is sent, now or before under the same key.", "other_origin", "not_allowed_now",
        "idempotency_in_progress", "nothing_to_send", "idempotency_key_required", "idempotency_key_reused",
        "too_many_codes", "too_many_refusals", "busy", status=201, body=True,
    ),
    openapi_extra={**body_of(ReferralBody, {"warm": _SENT}, filled=""), "parameters": [KEY_PARAMETER]},
)  # fmt: skip
async def send_referral(
    *, request: Request, caller: Referring, served: Current, working: Working, parts: Parts, body: JsonBody
) -> Response:
    """Send one hand-off, `warm` or `packet`, of the caller's own organization, decided by itself and now.

    The profile is read and forgotten: the referral holds codes and references, and no word about a client. A packet
    rests on consents on record. The `code` is what is said so that the receiver finds the referral without a name.
    """

    def read() -> tuple[AskedReferral, str]:
        _check_origin(served, caller, peek(body))
        key = required_key_of(request)
        return read_referral(body, origin=caller.organization), key

    snapshots = parts.snapshots
    sending = Sending(
        snapshots.database, parts.ring, parts.settings, caller, current=snapshots.current, refresh=snapshots.refresh
    )
    with telling():
        asked, key = await working.read(read)
        sent = await working.change(partial(sending.send, asked, body, key))
    return made(sent.document, repeated=sent.repeated, headers={"ETag": sent.etag})


@router.get(
    "/referrals",
    summary="List referrals",
    **answers(ReferralPage, "A page, by id, without codes."),
)
async def list_referrals(
    *,
    request: Request,
    caller: Referring,
    stored: Stored,
    working: Working,
    page: Page = 1,
    per_page: PerPage = 50,
    box: Annotated[str | None, Query(pattern=one_of((IN, OUT)), description="`in`: received; `out`: sent.")] = None,
    status: Annotated[str | None, Query(pattern=one_of(SENDER_STATUSES))] = None,
) -> Response:
    """List what the caller's organization sent and was sent, each as its side sees it."""
    with telling():
        work = stored.unit_of_work(writes=False)
        found = await working.show(
            partial(move_referral.list_referrals, work, caller, box=box, status=status, page=page, per_page=per_page)
        )
    return paged(request, found)


@router.post(
    "/referrals/look-up",
    summary="Look a referral up by its code",
    **answers(ReferralDocument, "The referral.", "not_found", "too_many_codes", body=True),
    openapi_extra=body_of(CodeBody, {"code": {"code": "acorn bagel canoe"}}, filled=""),
)
async def look_up_referral(
    *, request: Request, caller: Referring, stored: Stored, working: Working, parts: Parts, body: JsonBody
) -> Response:
    """Answer with the open referral of this code, to its receiver. Each try counts, found or not."""
    with telling():
        code = await working.read(partial(read_code, body))
        look_up = partial(move_referral.look_up_referral, stored.unit_of_work(), parts.ring, caller, code)
        return respond(request, await working.change(look_up))


@router.get(
    "/referrals/{id}",
    summary="Show a referral",
    **answers(ReferralDocument, "The referral, as the caller's side sees it.", "not_found"),
)
async def get_referral(
    *,
    request: Request,
    caller: Referring,
    stored: Stored,
    working: Working,
    parts: Parts,
    id: ReferralId,  # noqa: A002
) -> Response:
    """Show a referral to its sender or its receiver. Without `progress`, the sender sees it requested, then closed."""
    with telling():
        work = stored.unit_of_work(writes=False)
        return respond(request, await working.show(partial(move_referral.get_referral, work, parts.ring, caller, id)))


@router.put(
    "/referrals/{id}/status",
    summary="Move a referral",
    **answers(
        ReferralDocument, "It has that status.", "not_found", "not_yours", "precondition_required", "stale",
        "not_from_here", body=True,
    ),
    openapi_extra={
        **body_of(move_referral.StatusBody, {"declined": {"status": "declined", "reason": "full"}}, filled=""),
        "parameters": [MATCH],
    },
)  # fmt: skip
async def put_referral_status(
    *,
    request: Request,
    caller: Referring,
    stored: Stored,
    served: Current,
    working: Working,
    parts: Parts,
    body: JsonBody,
    id: ReferralId,  # noqa: A002
) -> Response:
    """As the receiver, say that you have it, take it, turn it down, or are done. As the sender, take it back."""
    with telling():
        found = await working.change(
            partial(
                move_referral.move_referral,
                *(stored.unit_of_work(), served, caller, id),
                ring=parts.ring,
                data=body,
                condition=condition_of(request),
            )
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
