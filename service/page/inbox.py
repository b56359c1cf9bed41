"""The inbox of an agency: waiting referrals, the first due first; referrals and consents by their codes.

The id of a referral or a consent is the client's information: the id travels only in forms, never in an address.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter
from starlette.responses import Response

from service.directory.parties import IN, OUT
from service.page.errors import PageRoute
from service.page.formatter import Formatter
from service.page.forms import Form, fields
from service.page.inside import Reply
from service.page.names import names_of
from service.page.refusals import problems_at
from service.page.visit import SignedInVisit, Visit
from service.referrals.use_cases.count_waiting import PRESSES_WITHIN
from service.referrals.use_cases.follow_up import MOST_DAYS, RESULTS
from service.referrals.use_cases.move_referral import CANCEL_REASONS, DECLINE_REASONS, OUTCOMES, STAGES

router = APIRouter(route_class=PageRoute, include_in_schema=False)
REFERRALS, CONSENTS = "/v1/referrals", "/v1/consents"
CODE = fields("code", "box", "stage", "page", "sure")
CONSENT = fields("id", "code", "box")
MOVE = fields("id", "tag", "status", "reason", "outcome", "expected", "asks")
FOLLOW_UP = fields("id", "tag", "result", "on")
REASONS = {"declined": DECLINE_REASONS, "cancelled": CANCEL_REASONS}
MOVES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    IN: {"requested": ("accepted", "declined", "waitlisted", "received"),
           "received": ("accepted", "declined", "waitlisted"),
           "waitlisted": ("accepted", "declined", "waitlisted"),
           "accepted": ("completed", "waitlisted")},
    OUT: dict.fromkeys(("requested", "received", "waitlisted", "accepted"), ("cancelled",)),
}  # fmt: skip
"""Next statuses of a referral by box and status: the table of the guide, as buttons."""
OPEN_MOVE = {(IN, "accepted"): "completed"}
"""What a referral asks for without a press: how it ended."""
MONTHS_AHEAD = 18
_NUMBER = re.compile(r"[0-9]{1,6}")
NOT_HERE, STALE, GONE_ON, WRONG = 404, 412, 409, 422


@router.get("/inbox")
async def inbox(visit: SignedInVisit, box: str = IN, stage: str = "", page: int = 1) -> Response:
    """Show the referrals received (`box=in`) or sent (`box=out`) by their stages, or a page of one stage."""
    return await _inbox_page(visit, box, stage, page)


@router.post("/inbox")
async def show_inbox(visit: SignedInVisit) -> Response:
    """Show the inbox in the other language."""
    form = await visit.form(CODE)
    page = form.value("page")
    visit = await visit.in_form_language(form) or visit
    return await _inbox_page(visit, form.value("box"), form.value("stage"), int(page) if _NUMBER.fullmatch(page) else 1)


@router.post("/inbox/find")
async def find_referral(visit: SignedInVisit) -> Response:
    """Show the referral for a code spoken on the phone."""
    form = await visit.form(CODE)
    reply = await visit.ask("POST", f"{REFERRALS}/look-up", {"code": form.value("code")}, but={NOT_HERE, WRONG})
    if reply.is_refused:
        return await _inbox_page(visit, form.value("box"), status=reply.status, faults={"code": [""]})
    return await _referral_page(visit, reply.document["id"])


@router.post("/inbox/open")
async def open_referral(visit: SignedInVisit) -> Response:
    """Show one referral with the buttons for its next statuses; `asks`: with the questions of the next status."""
    form = await visit.form(MOVE)
    return await _referral_page(await visit.in_form_language(form) or visit, form.value("id"), form=form)


@router.post("/inbox/move")
async def move_referral(visit: SignedInVisit) -> Response:
    """Answer a referral, or report its outcome; if the referral changed meanwhile, show its present status."""
    form = await visit.form(MOVE)
    status = form.value("status")
    body = {
        "status": status,
        **{name: form.value(name) for name in ("reason", "outcome", "expected") if form.value(name)},
    }
    place = f"{REFERRALS}/{quote(form.value('id'), safe='')}"
    reply = await visit.ask("PUT", f"{place}/status", body, match=form.value("tag"), but={STALE, GONE_ON, WRONG})
    if reply.status == WRONG:
        faults = problems_at(reply, {"/reason": status, "/outcome": status, "/expected": status})
        return await _referral_page(visit, form.value("id"), reply.status, faults, form=form)
    await visit.recount_waits()
    return await _referral_page(visit, form.value("id"), reply.status, result=_result(reply), form=form)


@router.post("/inbox/follow-up")
async def record_follow_up(visit: SignedInVisit) -> Response:
    """Note what came of checking back, with the next day; whoever is no longer wanted has none."""
    form = await visit.form(FOLLOW_UP)
    result = form.value("result") or None
    on = None if result == RESULTS[-1] else form.value("on") or None
    place = f"{REFERRALS}/{quote(form.value('id'), safe='')}"
    body = {"result": result, "on": on}
    reply = await visit.ask("PUT", f"{place}/follow-up", body, match=form.value("tag"), but={STALE, WRONG})
    if reply.status == WRONG:
        faults = problems_at(reply, {"/on": "on", "/result": "on"})
        return await _referral_page(visit, form.value("id"), reply.status, faults, form=form)
    return await _referral_page(visit, form.value("id"), reply.status, result=_result(reply), form=form)


def _result(reply: Reply) -> str:
    if not reply.is_refused:
        return "done"
    return "full" if reply.document["code"] == "full" else "changed"


@router.post("/inbox/consent")
async def find_consent(visit: SignedInVisit) -> Response:
    """Show the caller's part of the consent for a code."""
    form = await visit.form(CONSENT)
    visit = await visit.in_form_language(form) or visit
    reply = await visit.ask("POST", f"{CONSENTS}/look-up", {"code": form.value("code")}, but={NOT_HERE, WRONG})
    if reply.is_refused:
        return await _inbox_page(visit, form.value("box"), status=reply.status, faults={"consent": [""]})
    return await _consent_page(visit, reply.document, code=form.value("code"))


@router.post("/inbox/consent/open")
async def open_consent(visit: SignedInVisit) -> Response:
    """Show one consent."""
    form = await visit.form(CONSENT)
    visit = await visit.in_form_language(form) or visit
    return await _consent_page(
        visit, (await visit.ask("GET", f"{CONSENTS}/{quote(form.value('id'), safe='')}")).document
    )


@router.post("/inbox/consent/confirm")
async def confirm_consent(visit: SignedInVisit) -> Response:
    """Confirm a consent that another agency recorded for the caller's agency."""
    form = await visit.form(CONSENT)
    reply = await visit.ask("PUT", f"{CONSENTS}/{quote(form.value('id'), safe='')}/confirmation")
    await visit.recount_waits()
    return await _consent_page(visit, reply.document, result="confirmed")


@router.post("/inbox/consent/end")
async def end_consent(visit: SignedInVisit) -> Response:
    """Withdraw a consent, or the caller's own part of it."""
    form = await visit.form(CONSENT)
    reply = await visit.ask("POST", f"{CONSENTS}/{quote(form.value('id'), safe='')}/withdrawal")
    await visit.recount_waits()
    return await _consent_page(visit, reply.document, result="ended")


@router.post("/inbox/consent/pass-on")
async def pass_on_withdrawal(visit: SignedInVisit) -> Response:
    """Pass on a client's wish to end the consent of a code, once it was said back; every code is answered alike."""
    form = await visit.form(CODE)
    visit_anew = await visit.in_form_language(form)
    if form.value("code") and (visit_anew or not form.value("sure")):
        return (visit_anew or visit).page("inbox_pass_on.html", form=form, here="/inbox/consent/pass-on")
    reply = await visit.ask("POST", "/v1/consent-withdrawals", {"code": form.value("code")}, but={WRONG})
    if reply.is_refused:
        return await _inbox_page(visit, form.value("box"), status=reply.status, faults={"consent": [""]})
    return await _inbox_page(visit, form.value("box"), result="passed_on")


async def _inbox_page(
    visit: Visit,
    box: str = IN,
    stage: str = "",
    page: int = 1,
    *,
    status: int = 200,
    faults: dict[str, list[str]] | None = None,
    result: str | None = None,
) -> Response:
    box, stage = box if box in MOVES else IN, stage if stage in STAGES else ""
    page = max(page, 1) if stage else 1
    lists: dict[str, Any] = {}
    proposals: list[dict[str, Any]] = []
    if visit.may("referral"):
        for name in [stage] if stage else STAGES:
            lists[name] = (await visit.ask("GET", f"{REFERRALS}?box={box}&stage={name}&page={page}")).document
    if visit.may("consent"):
        proposals = (await visit.ask("GET", f"{CONSENTS}?status=proposed&role=from")).document["items"]
    agencies = {item[side] for list_page in lists.values() for item in list_page["items"] for side in ("from", "to")}
    return visit.page(
        "inbox.html", status, box=box, lists=lists, proposals=proposals, faults=faults or {}, result=result,
        here="/inbox", names=await names_of(visit, agencies), is_overview=not stage,
        soon=datetime.now(UTC) + PRESSES_WITHIN,
    )  # fmt: skip


async def _referral_page(
    visit: Visit,
    referral_id: str,
    status: int = 200,
    faults: dict[str, list[str]] | None = None,
    *,
    result: str | None = None,
    form: Form | None = None,
) -> Response:
    """Show a referral. What was typed stays, also where the other worker was quicker, if the move is still open."""
    reply = await visit.ask("GET", f"{REFERRALS}/{quote(referral_id, safe='')}")
    referral: dict[str, Any] = reply.document
    box = OUT if visit.session and referral["from"] == visit.session.caller.organization else IN
    moves = MOVES[box].get(referral["status"], ())
    agencies = {*filter(None, (referral["from"], referral["to"], referral.get("advocate")))}
    draft = form if form is not None and result != "done" else Form()
    asks = draft.value("asks") or draft.value("status") or OPEN_MOVE.get((box, referral["status"]), "")
    return visit.page(
        "inbox_referral.html", status, referral=referral, tag=reply.headers["etag"], box=box, moves=moves,
        reasons=REASONS, outcomes=OUTCOMES, faults=faults or {}, result=result, draft=draft,
        asks=asks if asks in moves else "",
        months=[(month, Formatter(visit.language).month(month)) for month in _months_from(visit.today)],
        names=await names_of(visit, agencies, referral.get("services") or ()),
        results=RESULTS, days=(visit.today, visit.today + timedelta(days=MOST_DAYS)), here="/inbox/open",
    )  # fmt: skip


def _months_from(day: date) -> Iterator[str]:
    """Yield the month of a day and the next months.

    >>> list(_months_from(date(2026, 12, 31)))[:2]
    ['2026-12', '2027-01']
    """
    for number in range(day.month - 1, day.month - 1 + MONTHS_AHEAD):
        yield f"{day.year + number // 12}-{number % 12 + 1:02}"


async def _consent_page(
    visit: Visit, consent: dict[str, Any], *, code: str = "", result: str | None = None
) -> Response:
    """Show a consent, or the caller's part of a consent, which does not name the sharing agency.

    `code`: the code by which the caller found the consent, where the code alone gives sight of the consent.
    """
    is_own = visit.session is not None and consent.get("from") == visit.session.caller.organization
    return visit.page(
        "inbox_consent.html", consent=consent, is_own=is_own, consent_code=code, result=result,
        names=await names_of(visit, {*filter(None, [consent.get("from")]), *consent["to"]}),
        here="/inbox/consent" if code else "/inbox/consent/open",
    )  # fmt: skip
