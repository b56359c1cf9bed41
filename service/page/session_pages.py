"""Where a person is signed in, a name for this place, and an end to one or to all; a supervisor sees the whole agency.

A supervisor (`organization:admin`) also makes links that sign colleagues in, and takes them back.
"""

from __future__ import annotations

from functools import partial
from urllib.parse import quote

from anyio import to_thread
from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from service.directory.access import ORGANIZATION_ADMIN
from service.directory.routes.dependencies import wiring_of
from service.page.errors import SEE_OTHER, SIGN_IN, PageRoute
from service.page.forms import Form, fields
from service.page.sessions import forget_cookies, own_origin, set_label
from service.page.visit import SignedInVisit, Visit
from service.sessions.keep_links import to_give
from service.sessions.keep_sessions import LONGEST_LABEL, read_label

router = APIRouter(route_class=PageRoute, include_in_schema=False)
SESSIONS = "/v1/sessions"
LINKS = "/v1/sign-in-links"
ACT = fields("act", "id", "label", lists=("scopes",))
MOST = 200
WRONG, NOT_HERE = 422, 404


@router.get("/sessions")
async def sessions(visit: SignedInVisit) -> Response:
    """Show the sessions that the caller may end."""
    return await _page(visit)


@router.post("/sessions")
async def act(visit: SignedInVisit) -> Response:
    """End one session or all of the caller's own, or name the place of this one."""
    form = await visit.form(ACT)
    visit_anew = await visit.in_form_language(form)
    if visit_anew is not None:
        return await _page(visit_anew)
    if form.value("act") == "all":
        await visit.ask("DELETE", SESSIONS)
        response = RedirectResponse(SIGN_IN, SEE_OTHER)
        forget_cookies(response)
        return response
    if form.value("act") == "link":
        return await _link_page(visit, form)
    if form.value("act") == "unlink":
        await visit.ask("DELETE", f"{LINKS}/{quote(form.value('id'), safe='')}", but={NOT_HERE})
    elif form.value("act") == "end":
        await visit.ask("DELETE", f"{SESSIONS}/{quote(form.value('id'), safe='')}", but={NOT_HERE})
    elif form.value("act") == "label" and visit.session is not None:
        try:
            label = read_label(form.value("label"))
        except ValueError:
            return await _page(visit, WRONG, faults={"label": [""]})
        await to_thread.run_sync(partial(set_label, visit.request, visit.session, label))
    return RedirectResponse("/sessions", SEE_OTHER)


async def _link_page(visit: Visit, form: Form) -> Response:
    """Show a new link for a colleague, this once, or that something has to be chosen first."""
    reply = await visit.ask("POST", LINKS, {"scopes": list(form.all("scopes"))}, but={WRONG})
    if reply.is_refused:
        return await _page(visit, reply.status, faults={"scopes": [""]})
    return await _page(visit, link=f"{own_origin(visit.request)}{reply.document['path']}")


async def _page(
    visit: Visit, status: int = 200, *, faults: dict[str, list[str]] | None = None, link: str = ""
) -> Response:
    reply = await visit.ask("GET", f"{SESSIONS}?per_page={MOST}")
    caller = visit.session.caller if visit.session else None
    links = None
    if caller is not None and visit.may(ORGANIZATION_ADMIN) and wiring_of(visit.request).issuer is None:
        links = (await visit.ask("GET", LINKS)).document["items"]
    context = {"sessions": reply.document["items"], "total": reply.document["total"], "longest": LONGEST_LABEL}
    return visit.page(
        "sessions.html", status, here="/sessions", faults=faults or {}, links=links, link=link,
        to_give=to_give(caller.scopes) if caller else [], own_id=visit.session.id if visit.session else None, **context,
    )  # fmt: skip
