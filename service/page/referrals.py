"""A hand-off sent from an answer: its data shown once more, the client's yes asked for, the code shown."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from fastapi import APIRouter
from starlette.responses import Response

from service.page import asked
from service.page.calls import object_in
from service.page.errors import PageRoute
from service.page.forms import Form, fields, new_key
from service.page.refusals import problems_at
from service.page.visit import Visit, Visiting

router = APIRouter(route_class=PageRoute, include_in_schema=False)
STEP, AGREED, PROGRESS, CODE, ID, NAME = "step", "agreed", "progress", "code", "id", "name"
SENDING = asked.PROFILE | fields(STEP, AGREED, PROGRESS, CODE)
SENT = fields(ID, NAME)
NOT_NOW, REFUSED = 409, 422
REFERRALS = "/v1/referrals"


@router.post("/referral")
async def offer_referral(visit: Visiting) -> Response:
    """Show the data to send, the receiving agency, and the agreement asked of the client."""
    form = await visit.form(SENDING)
    return _form_page(await visit.switched(form) or visit, form)


@router.post("/referral/send")
async def send_referral(visit: Visiting) -> Response:
    """Send the hand-off; show its code, or the reasons against sending."""
    form = await visit.form(SENDING)
    step = object_in(form.one(STEP))
    profile = asked.profile_of(form)
    if form.one(CODE):
        profile.setdefault("consents", []).append({"code": form.one(CODE)})
    body = {
        "profile": profile,
        "step": {name: step.get(name) for name in ("to", "services", "mode")},
        "agreed": form.one(AGREED) == "yes",
        "progress": form.one(PROGRESS) == "yes",
    }
    reply = await visit.create(REFERRALS, body, form, but={NOT_NOW, REFUSED})
    if reply.status == NOT_NOW:
        reasons = reply.document.get("reasons", [])
        return visit.page("not_now.html", reply.status, reasons=reasons, form=form, here_form="/answer")
    if reply.refused:
        at = {f"/profile{pointer}": name for pointer, name in asked.pointers(form).items()}
        found = problems_at(reply, {**at, "/agreed": AGREED, "/profile/consents": CODE})
        return _form_page(visit, form, reply.status, found)
    return _sent_page(visit, str(step.get(NAME, "")), reply.document)


@router.post("/referral/sent")
async def show_sent(visit: Visiting) -> Response:
    """Show the code again in the other language; the referral is named in the form alone."""
    form = await visit.form(SENT)
    visit = await visit.switched(form) or visit
    reply = await visit.ask("GET", f"{REFERRALS}/{quote(form.one(ID), safe='')}")
    return _sent_page(visit, form.one(NAME), reply.document)


def _form_page(visit: Visit, form: Form, status: int = 200, found: dict[str, list[str]] | None = None) -> Response:
    step = object_in(form.one(STEP))
    return visit.page(
        "referral.html", status, form=form, step=step, found=found or {}, key=new_key(),
        shown={AGREED, PROGRESS, CODE}, here_form="/referral",
    )  # fmt: skip


def _sent_page(visit: Visit, name: str, referral: dict[str, Any]) -> Response:
    return visit.page("sent.html", name=name, referral=referral, here_form="/referral/sent")
