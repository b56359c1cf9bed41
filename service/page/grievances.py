"""Grievances: filed by any visitor without signing in, looked up by code, settled by the body for complaints."""

from __future__ import annotations

import re
from typing import Any
from unicodedata import combining, normalize
from urllib.parse import quote

from fastapi import APIRouter
from starlette.responses import Response

from service.coalition.work.hear_grievances import CODES, OUTCOMES, STATUSES
from service.page.errors import PageRoute
from service.page.forms import Form, fields
from service.page.names import names_of
from service.page.public import public_organizations
from service.page.visit import GrievanceVisiting, Visit, Visiting

router = APIRouter(route_class=PageRoute, include_in_schema=False)
PLACE = "/v1/grievances"
FILE = fields("about", "another", "decision_id", lists=("codes",))
CODE = fields("code")
SETTLE = fields("id", "tag", "status", "outcome")
COALITION = "*"
WRONG, NOT_HERE, STALE, GONE_ON = 422, 404, 412, 409
NEXT = {"filed": ("in_review", "closed"), "in_review": ("closed",)}


@router.get("/grievances")
async def grievances(visit: GrievanceVisiting) -> Response:
    """Show the form for a complaint, and the form to look up a filed complaint."""
    return await _file_page(visit, Form())


@router.post("/grievances")
async def grievances_again(visit: GrievanceVisiting) -> Response:
    """Show the form in the other language, with the choices kept."""
    form = await visit.form(FILE)
    return await _file_page(await visit.switched(form) or visit, form)


@router.post("/grievances/file")
async def file_grievance(visit: GrievanceVisiting) -> Response:
    """File a complaint without the session, even for a signed-in caller. The code is shown only once."""
    form = await visit.form(FILE)
    organization = slug_of(form.one("another")) or form.one("about")
    about: dict[str, Any] = {} if organization in ("", COALITION) else {"organization": organization}
    if form.one("decision_id"):
        about["decision_id"] = form.one("decision_id")
    about = about or {"coalition": True}
    reply = await visit.as_nobody().ask("POST", PLACE, {"about": about, "codes": list(form.all("codes"))}, but={WRONG})
    if reply.refused:
        return await _file_page(visit, form, reply.status)
    return visit.page("grievance_filed.html", code_given=reply.document["code"], here="/grievances")


@router.post("/grievances/find")
async def find_grievance(visit: GrievanceVisiting) -> Response:
    """Show the state of a complaint to the holder of its code."""
    form = await visit.form(CODE)
    visit = await visit.switched(form) or visit
    body = {"code": form.one("code")}
    reply = await visit.as_nobody().ask("POST", f"{PLACE}/look-up", body, but={WRONG, NOT_HERE})
    if reply.refused:
        return await _file_page(visit, Form(), reply.status, wrong_code=True)
    return visit.page("grievance_state.html", one=reply.document, code_said=form.one("code"))


@router.get("/grievances/hear")
async def hear(visit: Visiting, page: int = 1) -> Response:
    """Show the complaints for the caller's organization to hear, the newest first."""
    listed = (await visit.ask("GET", f"{PLACE}?page={max(page, 1)}")).document
    about = {
        grievance["about"]["organization"] for grievance in listed["items"] if grievance["about"].get("organization")
    }
    return visit.page("grievances_heard.html", listed=listed, names=await names_of(visit, about))


@router.post("/grievances/open")
async def open_grievance(visit: Visiting) -> Response:
    """Show one complaint to the body for complaints."""
    form = await visit.form(SETTLE)
    return await _hear_page(await visit.switched(form) or visit, form.one("id"))


@router.post("/grievances/settle")
async def settle(visit: Visiting) -> Response:
    """Take up a complaint, or close it with an outcome; if the complaint changed meanwhile, show its present state."""
    form = await visit.form(SETTLE)
    body = {"status": form.one("status"), **({"outcome": form.one("outcome")} if form.one("outcome") else {})}
    place = f"{PLACE}/{quote(form.one('id'), safe='')}/status"
    reply = await visit.ask("PUT", place, body, match=form.one("tag"), but={WRONG, STALE, GONE_ON})
    told = {200: "done", WRONG: "choose"}.get(reply.status, "changed")
    return await _hear_page(visit, form.one("id"), reply.status, told=told)


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


async def _hear_page(visit: Visit, grievance_id: str, status: int = 200, *, told: str | None = None) -> Response:
    reply = await visit.ask("GET", f"{PLACE}/{quote(grievance_id, safe='')}")
    one = reply.document
    about = [one["about"]["organization"]] if one["about"].get("organization") else []
    return visit.page(
        "grievance.html", status, one=one, tag=reply.headers["etag"], names=await names_of(visit, about), told=told,
        moves=NEXT.get(one["status"], ()), outcomes=OUTCOMES, here="/grievances/open", statuses=STATUSES,
    )  # fmt: skip
