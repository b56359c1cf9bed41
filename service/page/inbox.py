"""The inbox of an agency: referrals found by a spoken code and answered, and consents found by their code.

The id of a referral or a consent is the client's information: the id travels only in forms, never in an address.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter
from starlette.responses import Response

from service.page.errors import PageRoute
from service.page.forms import fields
from service.page.inside import Reply
from service.page.names import names_of
from service.page.refusals import problems_at
from service.page.said import SAID
from service.page.visit import Visit, Visiting
from service.usecases.move_referral import CANCEL_REASONS, DECLINE_REASONS, OUTCOMES

router = APIRouter(route_class=PageRoute, include_in_schema=False)
REFERRALS, CONSENTS = "/v1/referrals", "/v1/consents"
CODE = fields("code")
CONSENT = fields("id", "code")
MOVE = fields("id", "tag", "status", "reason", "outcome", "expected")
REASONS = {"declined": DECLINE_REASONS, "cancelled": CANCEL_REASONS}
MOVES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "in": {"requested": ("accepted", "waitlisted", "declined", "received"),
           "received": ("accepted", "waitlisted", "declined"),
           "waitlisted": ("accepted", "waitlisted", "declined"),
           "accepted": ("waitlisted", "completed")},
    "out": dict.fromkeys(("requested", "received", "waitlisted", "accepted"), ("cancelled",)),
}  # fmt: skip
"""Next statuses of a referral by box and status: the table in the contract, as buttons."""
MONTHS_AHEAD = 18
NOT_HERE, STALE, GONE_ON, WRONG = 404, 412, 409, 422


@router.get("/inbox")
async def inbox(visit: Visiting, box: str = "in", page: int = 1) -> Response:
    """Show the referrals received (`box=in`) or sent (`box=out`), the newest first."""
    return await _inbox_page(visit, box if box in MOVES else "in", max(page, 1))


@router.post("/inbox")
async def inbox_again(visit: Visiting) -> Response:
    """Show the inbox in the other language."""
    form = await visit.form(CODE)
    return await _inbox_page(await visit.switched(form) or visit)


@router.post("/inbox/find")
async def find_referral(visit: Visiting) -> Response:
    """Show the referral for a code spoken on the phone."""
    form = await visit.form(CODE)
    reply = await visit.ask("POST", f"{REFERRALS}/look-up", {"code": form.one("code")}, but={NOT_HERE, WRONG})
    if reply.refused:
        return await _inbox_page(visit, status=reply.status, found={"code": [""]})
    return await _referral_page(visit, reply.document["id"])


@router.post("/inbox/open")
async def open_referral(visit: Visiting) -> Response:
    """Show one referral with the buttons for its next statuses."""
    form = await visit.form(MOVE)
    return await _referral_page(await visit.switched(form) or visit, form.one("id"))


@router.post("/inbox/move")
async def move_referral(visit: Visiting) -> Response:
    """Answer a referral, or report its outcome; if the referral changed meanwhile, show its present status."""
    form = await visit.form(MOVE)
    status = form.one("status")
    body = {"status": status, **{name: form.one(name) for name in ("reason", "outcome", "expected") if form.one(name)}}
    place = f"{REFERRALS}/{quote(form.one('id'), safe='')}"
    reply = await visit.ask("PUT", f"{place}/status", body, match=form.one("tag"), but={STALE, GONE_ON, WRONG})
    if reply.status == WRONG:
        found = problems_at(reply, {"/reason": status, "/outcome": status, "/expected": status})
        return await _referral_page(visit, form.one("id"), reply.status, found)
    return await _referral_page(visit, form.one("id"), reply.status, told=_told(reply))


def _told(reply: Reply) -> str:
    if not reply.refused:
        return "done"
    return "full" if reply.document["code"] == "full" else "changed"


@router.post("/inbox/consent")
async def find_consent(visit: Visiting) -> Response:
    """Show the caller's part of the consent for a code."""
    form = await visit.form(CONSENT)
    visit = await visit.switched(form) or visit
    reply = await visit.ask("POST", f"{CONSENTS}/look-up", {"code": form.one("code")}, but={NOT_HERE, WRONG})
    if reply.refused:
        return await _inbox_page(visit, status=reply.status, found={"consent": [""]})
    return await _consent_page(visit, reply.document, code=form.one("code"))


@router.post("/inbox/consent/open")
async def open_consent(visit: Visiting) -> Response:
    """Show one consent."""
    form = await visit.form(CONSENT)
    visit = await visit.switched(form) or visit
    return await _consent_page(visit, (await visit.ask("GET", f"{CONSENTS}/{quote(form.one('id'), safe='')}")).document)


@router.post("/inbox/consent/confirm")
async def confirm_consent(visit: Visiting) -> Response:
    """Confirm a consent that another agency recorded for the caller's agency."""
    form = await visit.form(CONSENT)
    reply = await visit.ask("PUT", f"{CONSENTS}/{quote(form.one('id'), safe='')}/confirmation")
    return await _consent_page(visit, reply.document, told="confirmed")


@router.post("/inbox/consent/end")
async def end_consent(visit: Visiting) -> Response:
    """Withdraw a consent, or the caller's own part of it."""
    form = await visit.form(CONSENT)
    reply = await visit.ask("POST", f"{CONSENTS}/{quote(form.one('id'), safe='')}/withdrawal")
    return await _consent_page(visit, reply.document, told="ended")


@router.post("/inbox/consent/pass-on")
async def pass_on_withdrawal(visit: Visiting) -> Response:
    """Pass on a client's wish to end the consent of a code; the answer is the same for every code."""
    form = await visit.form(CODE)
    reply = await visit.ask("POST", "/v1/consent-withdrawals", {"code": form.one("code")}, but={WRONG})
    if reply.refused:
        return await _inbox_page(visit, status=reply.status, found={"consent": [""]})
    return await _inbox_page(visit, told="passed_on")


async def _inbox_page(
    visit: Visit,
    box: str = "in",
    page: int = 1,
    *,
    status: int = 200,
    found: dict[str, list[str]] | None = None,
    told: str | None = None,
) -> Response:
    listed: dict[str, Any] = {"items": [], "total": 0, "page": 1, "per_page": 1}
    proposed: list[dict[str, Any]] = []
    if visit.may("referral"):
        listed = (await visit.ask("GET", f"{REFERRALS}?box={box}&page={page}")).document
    if visit.may("consent"):
        proposed = (await visit.ask("GET", f"{CONSENTS}?status=proposed")).document["items"]
    agencies = {one[side] for one in listed["items"] for side in ("from", "to")}
    return visit.page(
        "inbox.html", status, box=box, listed=listed, proposed=proposed, found=found or {}, told=told, here="/inbox",
        names=await names_of(visit, agencies),
    )  # fmt: skip


async def _referral_page(
    visit: Visit,
    referral_id: str,
    status: int = 200,
    found: dict[str, list[str]] | None = None,
    told: str | None = None,
) -> Response:
    reply = await visit.ask("GET", f"{REFERRALS}/{quote(referral_id, safe='')}")
    one: dict[str, Any] = reply.document
    box = "out" if visit.signed and one["from"] == visit.signed.caller.organization else "in"
    return visit.page(
        "inbox_referral.html", status, one=one, tag=reply.headers["etag"], box=box,
        moves=MOVES[box].get(one["status"], ()), reasons=REASONS, outcomes=OUTCOMES, found=found or {}, told=told,
        months=[(month, SAID[visit.language].month(month)) for month in _months_from(visit.today)],
        names=await names_of(visit, {one["from"], one["to"]}, one.get("services") or ()), here="/inbox/open",
    )  # fmt: skip


def _months_from(day: date) -> Iterator[str]:
    """Yield the month of a day and the next months.

    >>> list(_months_from(date(2026, 12, 31)))[:2]
    ['2026-12', '2027-01']
    """
    for number in range(day.month - 1, day.month - 1 + MONTHS_AHEAD):
        yield f"{day.year + number // 12}-{number % 12 + 1:02}"


async def _consent_page(visit: Visit, one: dict[str, Any], *, code: str = "", told: str | None = None) -> Response:
    """Show a consent, or the caller's part of a consent, which does not name the sharing agency.

    `code`: the code by which the caller found the consent, where the code alone gives sight of the consent.
    """
    ours = visit.signed is not None and one.get("from") == visit.signed.caller.organization
    return visit.page(
        "inbox_consent.html", one=one, ours=ours, code_said=code, told=told,
        names=await names_of(visit, {*filter(None, [one.get("from")]), *one["to"]}),
        here="/inbox/consent" if code else "/inbox/consent/open",
    )  # fmt: skip
