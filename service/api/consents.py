"""Consents on record over HTTP: what a client agreed to, without the client."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi import Path as InPath
from starlette.responses import Response

from service.api.bodies import body_of
from service.api.deps import Current, JsonBody, Parts, Working, require
from service.api.directory import Page, PerPage, Stored, one_of, paged, respond
from service.api.happenings import answers, made, read_code, telling
from service.api.idempotency import KEY_PARAMETER, key_of
from service.api.schemas.happenings import (
    AskedWithdrawal,
    CodeBody,
    ConsentDocument,
    ConsentPage,
    RecordedConsentDocument,
)
from service.auth import Caller
from service.parties import CONSENT
from service.profile import ConsentTerms
from service.served import Served
from service.store.consents import FROM, TO
from service.usecases import keep_consents
from service.usecases import withdraw_consent as withdrawing
from service.wording import receipts

router = APIRouter(tags=["consents"])
Consenting = Annotated[Caller, Depends(require(CONSENT))]
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
    **answers(
        RecordedConsentDocument, "It is recorded.", "not_yours", "idempotency_key_reused", "idempotency_key_required",
        status=201, body=True,
    ),
    openapi_extra={**body_of(ConsentTerms, {"terms": _TERMS}, filled="from"), "parameters": [KEY_PARAMETER]},
)  # fmt: skip
async def record_consent(
    *,
    request: Request,
    caller: Consenting,
    stored: Stored,
    served: Current,
    working: Working,
    parts: Parts,
    body: JsonBody,
) -> Response:
    """Record what a client agreed to: one signature, once, for every recipient that takes the form.

    No name goes with it: the agency keeps in its own files which client the id or the code belongs to. `from` is by
    default the caller; for another's it takes the scope `consent:any`, and counts once that organization confirms it.
    """
    key = key_of(request)
    keyed = None if key is None else keep_consents.Keyed(key, body)
    with telling():
        terms = await working.read(partial(keep_consents.read_terms, served, caller, body))
        found = await working.change(
            partial(
                keep_consents.record_consent,
                *(stored.unit_of_work(), caller, terms),
                zone=served.snapshot.zone,
                ring=parts.ring,
                settings=parts.settings,
                keyed=keyed,
            )
        )
    return made(found.document, repeated=found.repeated)


@router.put(
    "/consents/{id}/confirmation",
    summary="Confirm a consent",
    **answers(ConsentDocument, "It counts.", "not_found", "not_yours", "not_from_here"),
)
async def confirm_consent(
    request: Request,
    caller: Consenting,
    stored: Stored,
    working: Working,
    id: ConsentId,  # noqa: A002
) -> Response:
    """Confirm, as its `from`, a consent that another recorded: until then it counts for nothing."""
    with telling():
        found = await working.change(partial(keep_consents.confirm_consent, stored.unit_of_work(), caller, id))
    return respond(request, found)


@router.get(
    "/consents",
    summary="List consents",
    **answers(ConsentPage, "A page, by id."),
)
async def list_consents(
    *,
    request: Request,
    caller: Consenting,
    stored: Stored,
    working: Working,
    page: Page = 1,
    per_page: PerPage = 50,
    status: Annotated[str | None, Query(pattern=one_of(keep_consents.STATUSES))] = None,
    role: Annotated[str | None, Query(pattern=one_of((FROM, TO)), description="As which party.")] = None,
) -> Response:
    """List the caller's own consents, and those on which a packet was sent to it."""
    with telling():
        work = stored.unit_of_work(writes=False)
        found = await working.show(
            partial(keep_consents.list_consents, work, caller, role=role, status=status, page=page, per_page=per_page)
        )
    return paged(request, found)


@router.post(
    "/consents/look-up",
    summary="Look a consent up by its code",
    **answers(ConsentDocument, "The caller's part of it.", "not_found", "too_many_codes", body=True),
    openapi_extra=body_of(CodeBody, _CODE, filled=""),
)
async def look_up_consent(
    *, request: Request, caller: Consenting, stored: Stored, working: Working, parts: Parts, body: JsonBody
) -> Response:
    """Answer with the caller's part of the consent of this code, if it is its `from` or one of its `to`.

    Each try counts, found or not: 20 an hour for a token's subject, 200 for an organization.
    """
    with telling():
        code = await working.read(partial(read_code, body))
        look_up = partial(keep_consents.look_up_consent, stored.unit_of_work(), parts.ring, caller, code)
        return respond(request, await working.change(look_up))


@router.get(
    "/consents/{id}",
    summary="Show a consent",
    **answers(ConsentDocument, "The caller's part of it.", "not_found"),
)
async def get_consent(
    request: Request,
    caller: Consenting,
    stored: Stored,
    working: Working,
    id: ConsentId,  # noqa: A002
) -> Response:
    """Show a consent to its `from`, and to a `to` that a packet was sent to on it, its own part."""
    with telling():
        work = stored.unit_of_work(writes=False)
        return respond(request, await working.show(partial(keep_consents.get_consent, work, caller, id)))


@router.post(
    "/consents/{id}/withdrawal",
    summary="Withdraw a consent",
    **answers(ConsentDocument, "It is withdrawn, now or before.", "not_found"),
)
async def withdraw_consent(
    *,
    request: Request,
    caller: Consenting,
    stored: Stored,
    served: Current,
    working: Working,
    id: ConsentId,  # noqa: A002
) -> Response:
    """Withdraw a consent as its `from`, or as a `to` its own part.

    Sharing stops at once; no referral ends by it, and no bed is lost.
    """
    with telling():
        work, today = stored.unit_of_work(), _today(served)
        withdraw = partial(withdrawing.withdraw_consent, work, caller, id, today=today)
        return respond(request, await working.change(withdraw))


@router.post(
    "/consent-withdrawals",
    summary="Pass on a client's withdrawal, by code",
    **answers(
        AskedWithdrawal, "It is noted, whether or not the code is known.", "too_many_codes", status=202, body=True
    ),
    openapi_extra=body_of(CodeBody, _CODE, filled=""),
)
async def withdraw_consent_by_code(
    *, caller: Consenting, stored: Stored, served: Current, working: Working, parts: Parts, body: JsonBody
) -> Response:
    """Pass on that a client wants a consent to end: by its code alone, at any member.

    It is applied within two seconds. Tries are counted apart from others: 20 an hour, 200 for an organization.
    """
    with telling():
        code = await working.read(partial(read_code, body))
        work, today = stored.unit_of_work(), _today(served)
        await working.change(partial(withdrawing.ask_withdrawal, work, parts.ring, caller, code, today=today))
    return Response(receipts.WITHDRAWAL_NOTED, 202, media_type="application/json")


def _today(served: Served) -> date:
    return datetime.now(UTC).astimezone(served.snapshot.zone).date()
