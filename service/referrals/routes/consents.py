"""Consents on record over HTTP: what a client agreed to, without the client."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi import Path as InPath
from starlette.responses import JSONResponse, Response

from service.answers.profile import ConsentTerms
from service.directory.parties import CONSENT, FROM, TO
from service.directory.routes.context import RequestContext, context_for
from service.directory.routes.dependencies import Current, require
from service.directory.routes.directory import Page, PerPage, one_of
from service.i18n import receipts
from service.i18n.spoken_codes import language_of_codes
from service.referrals.routes.schemas import AskedWithdrawal, ConsentDocument, ConsentPage, RecordedConsentDocument
from service.referrals.use_cases import keep_consents
from service.referrals.use_cases import withdraw_consent as withdrawing
from service.web.bodies import body_of
from service.web.idempotency import KEY_PARAMETER, key_of
from service.web.media_types import JsonBody
from service.web.operations import creation, openapi_responses, read_code
from service.web.preferences import LANGUAGE_PARAMETER, for_reader
from service.web.schemas import CodeBody

router = APIRouter(tags=["consents"])
Consenting = Annotated[RequestContext, context_for(require(CONSENT))]
ConsentId = Annotated[str, InPath(description="The consent's `id`.", max_length=100)]
_TERMS = {
    "form": "roi-four-counties",
    "level": "release",
    "to": ["bluestem-haven"],
    "data": ["need"],
    "purpose": "referral",
    "signers": ["client"],
    "signed_on": "2026-03-01",
    "ends_on": "2026-06-01",
}
_CODE = {"code": {"code": "acoustic bamboo canoe dolphin"}}


@router.post(
    "/consents",
    summary="Record a consent",
    response_model=None, status_code=201, responses=openapi_responses(
        RecordedConsentDocument, "It is recorded.", "not_yours", "idempotency_key_reused", "idempotency_key_required",
        status=201, body=True,
    ),
    openapi_extra={
        **body_of(ConsentTerms, {"terms": _TERMS}, filled="from"),
        "parameters": [KEY_PARAMETER, LANGUAGE_PARAMETER],
    },
)  # fmt: skip
async def record_consent(context: Consenting, directory: Current, body: JsonBody) -> Response:
    """Record a client's consent: one signature, once, for every recipient that takes the form.

    The record holds no name: the agency keeps in its own files which client the id or the code belongs to. `from` is by
    default the caller; a consent of another organization takes the scope `consent:any`, and counts once that
    organization confirms.
    """
    key = key_of(context.request)
    request = None if key is None else keep_consents.KeyedRequest(key, body)
    terms = await context.read(partial(keep_consents.read_terms, directory, context.caller, body))
    record = partial(keep_consents.record_consent, ring=context.ring, settings=context.parts.settings, request=request)
    consent = await context.change(
        partial(
            record,
            context.writing,
            context.caller,
            terms,
            zone=directory.snapshot.zone,
            language=language_of_codes(context.language),
        )
    )
    return creation(context.request, consent.document, repeated=consent.repeated)


@router.put(
    "/consents/{id}/confirmation",
    summary="Confirm a consent",
    response_model=None,
    responses=openapi_responses(ConsentDocument, "It counts.", "not_found", "not_yours", "not_from_here"),
)
async def confirm_consent(context: Consenting, directory: Current, id: ConsentId) -> Response:  # noqa: A002
    """Confirm, as its `from`, a consent that another agency wrote down: until then the consent does not count."""
    confirm = partial(keep_consents.confirm_consent, zone=directory.snapshot.zone)
    return context.answer(await context.change(partial(confirm, context.writing, context.caller, id)))


@router.get(
    "/consents",
    summary="List consents",
    response_model=None,
    responses=openapi_responses(ConsentPage, "A page, by id."),
)
async def list_consents(
    context: Consenting,
    *,
    page: Page = 1,
    per_page: PerPage = 50,
    status: Annotated[str | None, Query(pattern=one_of(keep_consents.STATUSES))] = None,
    role: Annotated[str | None, Query(pattern=one_of((FROM, TO)), description="As which party.")] = None,
) -> Response:
    """List the caller's own consents, and the consents on which a packet was sent to the caller."""
    listing = partial(keep_consents.list_consents, role=role, status=status, page=page, per_page=per_page)
    return context.page(await context.show(partial(listing, context.reading, context.caller)))


@router.post(
    "/consents/look-up",
    summary="Look a consent up by its code",
    response_model=None,
    responses=openapi_responses(ConsentDocument, "The caller's part of it.", "not_found", "too_many_codes", body=True),
    openapi_extra=body_of(CodeBody, _CODE, filled=""),
)
async def look_up_consent(context: Consenting, body: JsonBody) -> Response:
    """Answer with the caller's part of the consent of a code, if the caller is the `from` or one of the `to`.

    Each try counts, found or not: 20 an hour for a token's subject, 200 for an organization.
    """
    code = await context.read(partial(read_code, body))
    look_up = partial(keep_consents.look_up_consent, context.writing, context.ring, context.caller, code)
    return context.answer(await context.change(look_up))


@router.get(
    "/consents/{id}",
    summary="Show a consent",
    response_model=None,
    responses=openapi_responses(ConsentDocument, "The caller's part of it.", "not_found"),
)
async def get_consent(context: Consenting, id: ConsentId) -> Response:  # noqa: A002
    """Show a consent: whole to its `from`; to a `to` with a packet sent on the consent, its own part."""
    return context.answer(await context.show(partial(keep_consents.get_consent, context.reading, context.caller, id)))


@router.post(
    "/consents/{id}/withdrawal",
    summary="Withdraw a consent",
    response_model=None,
    responses=openapi_responses(ConsentDocument, "It is withdrawn, now or before.", "not_found"),
)
async def withdraw_consent(context: Consenting, id: ConsentId) -> Response:  # noqa: A002
    """Withdraw a consent as its `from`, or one's own part as a `to`.

    Sharing stops at once; no referral ends with the consent, and no bed is lost.
    """
    withdraw = partial(withdrawing.withdraw_consent, context.writing, context.caller, id, today=context.today)
    return context.answer(await context.change(withdraw))


@router.post(
    "/consent-withdrawals",
    summary="Pass on a client's withdrawal, by code",
    response_model=None,
    status_code=202,
    responses=openapi_responses(
        AskedWithdrawal, "It is noted, whether or not the code is known.", "too_many_codes", status=202, body=True
    ),
    openapi_extra=body_of(CodeBody, _CODE, filled=""),
)
async def withdraw_consent_by_code(context: Consenting, body: JsonBody) -> Response:
    """Pass on a client's wish to end a consent: by the code alone, at any member.

    The withdrawal is applied within two seconds. Tries have a count of their own: 20 an hour, 200 for an organization.
    """
    code = await context.read(partial(read_code, body))
    ask = partial(withdrawing.ask_withdrawal, context.writing, context.ring, context.caller, code, today=context.today)
    await context.change(ask)
    document, headers = for_reader(context.request, {"status": "accepted", "plain": receipts.WITHDRAWAL_NOTED})
    return JSONResponse(document, 202, headers)
