"""A hand-off sent from an answer: its data shown once more, the client's yes asked for, the code shown."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from fastapi import APIRouter
from starlette.responses import Response

from service.page import profile_form
from service.page.calls import object_in
from service.page.errors import PageRoute
from service.page.forms import Form, fields, new_key
from service.page.refusals import problems_at
from service.page.visit import SignedInVisit, Visit

router = APIRouter(route_class=PageRoute, include_in_schema=False)
STEP, AGREED, PROGRESS, CODE, ID, NAME = "step", "agreed", "progress", "code", "id", "name"
FOLLOW_UP_ON, ADVOCATE = "follow_up_on", "advocate"
SENDING = profile_form.PROFILE | fields(STEP, AGREED, PROGRESS, CODE, FOLLOW_UP_ON, ADVOCATE)
SENT_FIELDS = fields(ID, NAME)
NOT_NOW, REFUSED = 409, 422
REFERRALS = "/v1/referrals"


@router.post("/referral")
async def offer_referral(visit: SignedInVisit) -> Response:
    """Show the data to send, the receiving agency, and the agreement asked of the client."""
    form = await visit.form(SENDING)
    return await _form_page(await visit.in_form_language(form) or visit, form)


@router.post("/referral/send")
async def send_referral(visit: SignedInVisit) -> Response:
    """Send the hand-off; show its code, or the reasons against sending."""
    form = await visit.form(SENDING)
    step = object_in(form.value(STEP))
    profile = profile_form.profile_of(form)
    if form.value(CODE):
        profile.setdefault("consents", []).append({"code": form.value(CODE)})
    body = {
        "profile": profile,
        "step": {name: step.get(name) for name in ("to", "services", "mode")},
        "agreed": form.value(AGREED) == "yes",
        "progress": form.value(PROGRESS) == "yes",
        "advocate": form.value(ADVOCATE) or None,
        "follow_up_on": form.value(FOLLOW_UP_ON) or None,
    }
    reply = await visit.create(REFERRALS, body, form, but={NOT_NOW, REFUSED})
    if reply.status == NOT_NOW:
        reasons = reply.document.get("reasons", [])
        return visit.page("not_now.html", reply.status, reasons=reasons, form=form, here_form="/answer")
    if reply.is_refused:
        own = {"/agreed": AGREED, "/profile/consents": CODE, "/follow_up_on": FOLLOW_UP_ON, "/advocate": ADVOCATE}
        fields_by_pointer = {f"/profile{pointer}": name for pointer, name in profile_form.pointers(form).items()}
        faults = problems_at(reply, {**fields_by_pointer, **own})
        return await _form_page(visit, form, reply.status, faults)
    return _sent_page(visit, str(step.get(NAME, "")), reply.document)


@router.post("/referral/sent")
async def show_sent(visit: SignedInVisit) -> Response:
    """Show the code again in the other language; the referral is named in the form alone."""
    form = await visit.form(SENT_FIELDS)
    visit = await visit.in_form_language(form) or visit
    reply = await visit.ask("GET", f"{REFERRALS}/{quote(form.value(ID), safe='')}")
    return _sent_page(visit, form.value(NAME), reply.document)


async def _form_page(
    visit: Visit, form: Form, status: int = 200, faults: dict[str, list[str]] | None = None
) -> Response:
    """Show the form, with the agencies that have advocates, as far as the caller may see them."""
    search = {"type": "victim_advocacy", "per_page": 100}
    found = await visit.ask("POST", "/v1/service-searches", search, but={401, 403})
    agencies = [] if found.is_refused else found.document["items"]
    return visit.page(
        "referral.html", status, form=form, step=object_in(form.value(STEP)), faults=faults or {}, key=new_key(),
        advocates=[(agency["slug"], agency["name"]) for agency in agencies],
        page_fields={AGREED, PROGRESS, CODE, FOLLOW_UP_ON, ADVOCATE}, here_form="/referral",
    )  # fmt: skip


def _sent_page(visit: Visit, name: str, referral: dict[str, Any]) -> Response:
    return visit.page("sent.html", name=name, referral=referral, here_form="/referral/sent")
