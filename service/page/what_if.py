"""What if we added …: a form for a service and an agreement to try out, a page that waits, and the comparison."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from service.page import coalition_tables as tables
from service.page.errors import SEE_OTHER, PageRoute
from service.page.forms import Form, fields, is_number, new_key
from service.page.names import every_name, next_of
from service.page.visit import SignedInVisit, Visit

router = APIRouter(route_class=PageRoute, include_in_schema=False)
HERE, WHAT_IFS = "/coalition/what-if", "/v1/coalition/what-ifs"
FORM = fields("like", "agency", "free", "always_open", "first", "second", "level")
LEVELS = ("cooperation", "coordination", "coalition")
MOST_SERVICES = 400
WAITS, WRONG, TOO_MANY = 409, 422, 429


@router.get("/coalition/what-if")
async def what_if(visit: SignedInVisit) -> Response:
    """Show the form for what to try out."""
    return await _form_page(visit, Form())


@router.post("/coalition/what-if")
async def ask_what_if(visit: SignedInVisit) -> Response:
    """Have it worked out, and lead on to the page of its result."""
    form = await visit.form(FORM)
    if (visit_anew := await visit.in_form_language(form)) is not None:
        return await _form_page(visit_anew, form)
    body = _body_of(form)
    if body is None:
        return await _form_page(visit, form, WRONG, "nothing")
    reply = await visit.create(WHAT_IFS, body, form, but={WAITS, WRONG, TOO_MANY})
    if reply.is_refused:
        result = {WAITS: "waits", TOO_MANY: "too_many"}.get(reply.status, "wrong")
        return await _form_page(visit, form, reply.status, result)
    return RedirectResponse(f"{HERE}/{reply.document['id']}", SEE_OTHER)


@router.get("/coalition/what-if/{what_if_id}")
async def what_if_result(visit: SignedInVisit, what_if_id: str) -> Response:
    """Show the comparison, or that it isn't done yet, with a link to look again."""
    document = (await visit.ask("GET", f"{WHAT_IFS}/{quote(what_if_id, safe='')}")).document
    result = document["result"]
    return visit.page(
        "coalition_what_if_result.html", document=document, result=result,
        table=result and tables.what_if(result, visit.words), names=await every_name(visit),
    )  # fmt: skip


def _body_of(form: Form) -> dict[str, Any] | None:
    """Return what is asked for; None: the form holds neither a service nor an agreement, or only half of one. Pure."""
    body: dict[str, Any] = {}
    if like := form.value("like"):
        service: dict[str, Any] = {"id": "what-if-service", "like": like}
        if agency := form.value("agency"):
            service["organization"] = agency
        if free := form.value("free"):
            if not is_number(free):
                return None
            service["free"] = int(free)
        body["services"] = [service | ({"always_open": True} if form.value("always_open") else {})]
    if form.value("first") or form.value("second"):
        parties = [form.value("first"), form.value("second")]
        if not all(parties) or parties[0] == parties[1]:
            return None
        level = form.value("level")
        agreement = {"id": "what-if-agreement", "between": parties}
        body["agreements"] = [agreement | ({"level": level} if level in LEVELS else {})]
    return body or None


async def _form_page(visit: Visit, form: Form, status: int = 200, result: str | None = None) -> Response:
    services, place = list[dict[str, Any]](), "/v1/services?per_page=200"
    while place and len(services) < MOST_SERVICES:
        reply = await visit.ask("GET", place)
        services += reply.document["items"]
        place = next_of(reply) or ""
    names = await every_name(visit)
    return visit.page(
        "coalition_what_if.html", status, form=form, result=result, key=new_key(), levels=LEVELS, here=HERE,
        agencies=sorted(names.items(), key=lambda pair: pair[1].casefold()),
        services=sorted(((entry["slug"], entry["name"]) for entry in services), key=lambda pair: pair[1].casefold()),
    )  # fmt: skip
