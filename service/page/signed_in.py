"""Where a person is signed in: the sessions of the same account, a name for this place, and an end to one or to all."""

from __future__ import annotations

from functools import partial
from urllib.parse import quote

from anyio import to_thread
from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from service.page.errors import SEE_OTHER, SIGN_IN, PageRoute
from service.page.forms import fields
from service.page.sessions import forget_cookie, set_label
from service.page.visit import Visit, Visiting
from service.usecases.keep_sessions import LONGEST_LABEL, read_label

router = APIRouter(route_class=PageRoute, include_in_schema=False)
SESSIONS = "/v1/sessions"
ACT = fields("act", "id", "label")
MOST = 200
WRONG, NOT_HERE = 422, 404


@router.get("/sessions")
async def sessions(visit: Visiting) -> Response:
    """Show the sessions that the caller may end."""
    return await _page(visit)


@router.post("/sessions")
async def act(visit: Visiting) -> Response:
    """End one session or all of the caller's own, or name the place of this one."""
    form = await visit.form(ACT)
    switched = await visit.switched(form)
    if switched is not None:
        return await _page(switched)
    if form.one("act") == "all":
        await visit.ask("DELETE", SESSIONS)
        response = RedirectResponse(SIGN_IN, SEE_OTHER)
        forget_cookie(response)
        return response
    if form.one("act") == "end":
        await visit.ask("DELETE", f"{SESSIONS}/{quote(form.one('id'), safe='')}", but={NOT_HERE})
    elif form.one("act") == "label" and visit.signed is not None:
        try:
            label = read_label(form.one("label"))
        except ValueError:
            return await _page(visit, WRONG, found={"label": [""]})
        await to_thread.run_sync(partial(set_label, visit.request, visit.signed, label))
    return RedirectResponse("/sessions", SEE_OTHER)


async def _page(visit: Visit, status: int = 200, *, found: dict[str, list[str]] | None = None) -> Response:
    reply = await visit.ask("GET", f"{SESSIONS}?per_page={MOST}")
    known = {"sessions": reply.document["items"], "total": reply.document["total"], "longest": LONGEST_LABEL}
    return visit.page("sessions.html", status, here="/sessions", found=found or {}, **known)
