"""Grievances: filed by any visitor without signing in, looked up by code, settled by the body for complaints."""

from __future__ import annotations

import re
from typing import Any
from unicodedata import combining, normalize
from urllib.parse import quote

from fastapi import APIRouter
from starlette.responses import Response

from service.coalition.use_cases.hear_grievances import CODES, OUTCOMES, STATUSES
from service.page.errors import PageRoute
from service.page.forms import Form, fields
from service.page.names import names_of
from service.page.public import public_organizations
from service.page.visit import GrievanceVisit, SignedInVisit, Visit

router = APIRouter(route_class=PageRoute, include_in_schema=False)
PLACE = "/v1/grievances"
FILE = fields("about", "another", "decision_id", lists=("codes",))
CODE = fields("code")
SETTLE = fields("id", "tag", "status", "outcome")
COALITION = "*"
WRONG, NOT_HERE, STALE, GONE_ON = 422, 404, 412, 409
NEXT = {"filed": ("in_review", "closed"), "in_review": ("closed",)}


@router.get("/grievances")
async def grievances(visit: GrievanceVisit) -> Response:
    """Show the form for a complaint, and the form to look up a filed complaint."""
    return await _file_page(visit, Form())


@router.post("/grievances")
async def show_grievance_form(visit: GrievanceVisit) -> Response:
    """Show the form in the other language, with the choices kept."""
    form = await visit.form(FILE)
    return await _file_page(await visit.in_form_language(form) or visit, form)


@router.post("/grievances/file")
async def file_grievance(visit: GrievanceVisit) -> Response:
    """File a complaint without the session, even for a signed-in caller. The code is shown only once."""
    form = await visit.form(FILE)
    organization = slug_of(form.value("another")) or form.value("about")
    about: dict[str, Any] = {} if organization in ("", COALITION) else {"organization": organization}
    if form.value("decision_id"):
        about["decision_id"] = form.value("decision_id")
    about = about or {"coalition": True}
    reply = await visit.as_nobody().ask("POST", PLACE, {"about": about, "codes": list(form.all("codes"))}, but={WRONG})
    if reply.is_refused:
        return await _file_page(visit, form, reply.status)
    return visit.page("grievance_filed.html", grievance_code=reply.document["code"], here="/grievances")


@router.post("/grievances/find")
async def find_grievance(visit: GrievanceVisit) -> Response:
    """Show the state of a complaint to the holder of its code."""
    form = await visit.form(CODE)
    visit = await visit.in_form_language(form) or visit
    body = {"code": form.value("code")}
    reply = await visit.as_nobody().ask("POST", f"{PLACE}/look-up", body, but={WRONG, NOT_HERE})
    if reply.is_refused:
        return await _file_page(visit, Form(), reply.status, wrong_code=True)
    return visit.page("grievance_state.html", grievance=reply.document, grievance_code=form.value("code"))


@router.get("/grievances/hear")
async def hear(visit: SignedInVisit, page: int = 1, pile: str = "") -> Response:
    """Show the complaints for the caller's organization to hear, the newest first; or those of a pile."""
    of_pile = f"pile={quote(pile, safe='')}&" if pile else ""
    grievance_list = (await visit.ask("GET", f"{PLACE}?{of_pile}page={max(page, 1)}")).document
    about = {
        grievance["about"]["organization"]
        for grievance in grievance_list["items"]
        if grievance["about"].get("organization")
    }
    return visit.page(
        "grievances_heard.html", grievance_list=grievance_list, of_pile=of_pile, names=await names_of(visit, about)
    )


@router.post("/grievances/open")
async def open_grievance(visit: SignedInVisit) -> Response:
    """Show one complaint to the body for complaints."""
    form = await visit.form(SETTLE)
    return await _hear_page(await visit.in_form_language(form) or visit, form.value("id"))


@router.post("/grievances/settle")
async def settle(visit: SignedInVisit) -> Response:
    """Take up a complaint, or close it with an outcome; if the complaint changed meanwhile, show its present state."""
    form = await visit.form(SETTLE)
    body = {"status": form.value("status"), **({"outcome": form.value("outcome")} if form.value("outcome") else {})}
    place = f"{PLACE}/{quote(form.value('id'), safe='')}/status"
    reply = await visit.ask("PUT", place, body, match=form.value("tag"), but={WRONG, STALE, GONE_ON})
    result = {200: "done", WRONG: "choose"}.get(reply.status, "changed")
    return await _hear_page(visit, form.value("id"), reply.status, result=result)


def slug_of(name: str) -> str:
    """Return an agency's name in the form of a slug. Pure.

    A visitor can so name an agency outside the public list, without learning whether the directory holds the agency.

    >>> slug_of("Harbor House"), slug_of("Niños & Más")
    ('harbor-house', 'ninos-mas')
    """
    plain = "".join(sign for sign in normalize("NFKD", name.lower()) if not combining(sign))
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


async def _file_page(visit: Visit, form: Form, status: int = 200, *, wrong_code: bool = False) -> Response:
    return visit.page(
        "grievances.html", status, form=form, organizations=await public_organizations(visit), codes=CODES,
        everybody=COALITION, is_wrong=status == WRONG and not wrong_code, wrong_code=wrong_code, here="/grievances",
    )  # fmt: skip


async def _hear_page(visit: Visit, grievance_id: str, status: int = 200, *, result: str | None = None) -> Response:
    reply = await visit.ask("GET", f"{PLACE}/{quote(grievance_id, safe='')}")
    grievance = reply.document
    about = [grievance["about"]["organization"]] if grievance["about"].get("organization") else []
    return visit.page(
        "grievance.html", status, grievance=grievance, tag=reply.headers["etag"], result=result,
        names=await names_of(visit, about), moves=NEXT.get(grievance["status"], ()), outcomes=OUTCOMES,
        here="/grievances/open", statuses=STATUSES,
    )  # fmt: skip
