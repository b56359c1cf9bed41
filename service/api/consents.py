"""Consents on record over HTTP: what a client agreed to, without the client."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi import Path as InPath
from starlette.responses import Response

from service.api.bodies import body_of
from service.api.deps import Current, JsonBody, Wiring, require, wiring_of
from service.api.directory import Page, PerPage, Stored, one_of, respond
from service.api.happenings import KEY_PARAMETER, answers, json_of, key_of, made, page_of, telling
from service.api.schemas.happenings import (
    AskedWithdrawal,
    CodeBody,
    ConsentDocument,
    ConsentPage,
    RecordedConsentDocument,
)
from service.auth import Caller
from service.parties import CONSENT
from service.profile import ConsentTerms, read_as
from service.served import Served
from service.store.consents import FROM, TO
from service.usecases.keep_consents import (
    STATUSES,
    confirm_consent,
    get_consent,
    list_consents,
    look_up_consent,
    record_consent,
)
from service.usecases.withdraw_consent import ask_withdrawal, withdraw_consent
from service.wording import receipts

router = APIRouter(tags=["consents"])
Consenting = Annotated[Caller, Depends(require(CONSENT))]
Parts = Annotated[Wiring, Depends(wiring_of)]
ConsentId = Annotated[str, InPath(description="The consent's `id`.", max_length=100)]
_TERMS = {
    "form": "roi-standard",
    "level": "release",
    "to": ["harbor-house"],
    "data": ["need"],
    "purpose": "referral",
    "signers": ["client"],
    "signed_on": "2026-03-01",
    "ends_on": "2026-06-01",
}
_CODE = {"code": {"code": "acorn bagel canoe daisy"}}


@router.post(
    "/consents",
    summary="Record a consent",
    operation_id="record_consent",
    **answers(
        RecordedConsentDocument, "It is recorded.", "not_yours", "idempotency_key_reused", "idempotency_key_required",
        status=201, body=True,
    ),
    openapi_extra={**body_of(ConsentTerms, {"terms": _TERMS}, filled="from"), "parameters": [KEY_PARAMETER]},
)  # fmt: skip
def post_consent(
    *, request: Request, caller: Consenting, stored: Stored, served: Current, parts: Parts, body: JsonBody
) -> Response:
    """Record what a client agreed to: one signature, once, for every recipient that takes the form.

    No name goes with it: the agency keeps in its own files which client the id or the code belongs to. `from` is by
    default the caller; for another's it takes the scope `consent:any`, and counts once that organization confirms it.
    """
    key = key_of(request)
    with telling():
        found = record_consent(
            stored.unit_of_work(), served, caller, json_of(body), ring=parts.ring, settings=parts.settings, key=key
        )
    return made(found.document, repeated=found.repeated)


@router.put(
    "/consents/{id}/confirmation",
    summary="Confirm a consent",
    operation_id="confirm_consent",
    **answers(ConsentDocument, "It counts.", "not_found", "not_yours", "not_from_here"),
)
def put_confirmation(request: Request, caller: Consenting, stored: Stored, id: ConsentId) -> Response:  # noqa: A002
    """Confirm, as its `from`, a consent that another recorded: until then it counts for nothing."""
    with telling():
        return respond(request, confirm_consent(stored.unit_of_work(), caller, id))


@router.get(
    "/consents",
    summary="List consents",
    operation_id="list_consents",
    **answers(ConsentPage, "A page, by id."),
)
def get_consents(
    *,
    request: Request,
    caller: Consenting,
    stored: Stored,
    page: Page = 1,
    per_page: PerPage = 50,
    status: Annotated[str | None, Query(pattern=one_of(STATUSES))] = None,
    role: Annotated[str | None, Query(pattern=one_of((FROM, TO)), description="As which party.")] = None,
) -> Response:
    """List the caller's own consents, and those on which a packet was sent to it."""
    with telling():
        work = stored.unit_of_work(writes=False)
        return page_of(request, list_consents(work, caller, role=role, status=status, page=page, per_page=per_page))


@router.post(
    "/consents/look-up",
    summary="Look a consent up by its code",
    operation_id="look_up_consent",
    **answers(ConsentDocument, "The caller's part of it.", "not_found", "too_many_codes", body=True),
    openapi_extra=body_of(CodeBody, _CODE, filled=""),
)
def post_look_up(request: Request, caller: Consenting, stored: Stored, parts: Parts, body: JsonBody) -> Response:
    """Answer with the caller's part of the consent of this code, if it is its `from` or one of its `to`.

    Each try counts, found or not: 20 an hour for a token's subject, 200 for an organization.
    """
    with telling():
        code = read_as(CodeBody, json_of(body), defaults={}).code
        return respond(request, look_up_consent(stored.unit_of_work(), parts.ring, caller, code))


@router.get(
    "/consents/{id}",
    summary="Show a consent",
    operation_id="get_consent",
    **answers(ConsentDocument, "The caller's part of it.", "not_found"),
)
def get_one_consent(request: Request, caller: Consenting, stored: Stored, id: ConsentId) -> Response:  # noqa: A002
    """Show a consent to its `from`, and to a `to` that a packet was sent to on it, its own part."""
    with telling():
        return respond(request, get_consent(stored.unit_of_work(writes=False), caller, id))


@router.post(
    "/consents/{id}/withdrawal",
    summary="Withdraw a consent",
    operation_id="withdraw_consent",
    **answers(ConsentDocument, "It is withdrawn, now or before.", "not_found"),
)
def post_withdrawal(
    request: Request,
    caller: Consenting,
    stored: Stored,
    served: Current,
    id: ConsentId,  # noqa: A002
) -> Response:
    """Withdraw a consent as its `from`, or as a `to` its own part.

    Sharing stops at once; no referral ends by it, and no bed is lost.
    """
    with telling():
        return respond(request, withdraw_consent(stored.unit_of_work(), caller, id, today=_today(served)))


@router.post(
    "/consent-withdrawals",
    summary="Pass on a client's withdrawal, by code",
    operation_id="ask_consent_withdrawal",
    **answers(
        AskedWithdrawal, "It is noted, whether or not the code is known.", "too_many_codes", status=202, body=True
    ),
    openapi_extra=body_of(CodeBody, _CODE, filled=""),
)
def post_consent_withdrawal(
    caller: Consenting, stored: Stored, served: Current, parts: Parts, body: JsonBody
) -> Response:
    """Pass on that a client wants a consent to end: by its code alone, at any member.

    It is applied within two seconds. Tries are counted apart from others: 20 an hour, 200 for an organization.
    """
    with telling():
        code = read_as(CodeBody, json_of(body), defaults={}).code
        ask_withdrawal(stored.unit_of_work(), parts.ring, caller, code, today=_today(served))
    return Response(receipts.WITHDRAWAL_NOTED, 202, media_type="application/json")


def _today(served: Served) -> date:
    return datetime.now(UTC).astimezone(served.snapshot.zone).date()
