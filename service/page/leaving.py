"""Leaving a page in a hurry, and the page in place of a page left open. Neither is ever limited or refused.

What the browser holds is cleared first and for certain; the session in the database is ended if the database can.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from service.database.unit_of_work import UnitOfWork
from service.directory.routes.dependencies import wiring_of
from service.page.errors import SEE_OTHER, PageRoute
from service.page.rendering import render_bare
from service.page.sessions import COOKIE, database_of, forget_cookies, is_cross_site
from service.sessions.keep_sessions import end_session, lock_session
from service.web.addresses import address_of

EVERYTHING = '"cache", "cookies", "storage"'
PAGES = '"cache"'
PATIENCE_S = 1.0
"""Longest wait of a person who leaves for the database; the session is ended behind the answer then."""
MOST_ENDING = 1000
"""Sessions that are being ended at a time, at most: while a database hangs, anybody may leave again and again."""

log = logging.getLogger(__name__)
router = APIRouter(route_class=PageRoute, include_in_schema=False)
_ENDING = set[asyncio.Task[bool | None]]()


@router.post("/leave")
async def leave(request: Request) -> Response:
    """Have the browser forget its data and go to a neutral site, and end the session.

    No session and no token against forgery is asked for. A page of another site that presses the button is led away as
    well, and clears nothing: it could sign people out at will.
    """
    response = RedirectResponse(wiring_of(request).settings.leave_to, SEE_OTHER)
    if not is_cross_site(request):
        await _end_session(request, end_session)
        _clear(response)
    return response


@router.get("/locked")
async def lock_page(request: Request) -> Response:
    """Show the page in place of a page left open, and end a session that no other page uses, or may use, any more."""
    response = render_bare(request, "locked.html")
    response.headers["Clear-Site-Data"] = PAGES
    if request.cookies.get(COOKIE) and await _end_session(request, lock_session) is not False:
        _clear(response)
    return response


def _clear(response: Response) -> None:
    response.headers["Clear-Site-Data"] = EVERYTHING
    forget_cookies(response)


async def _end_session(request: Request, end: Callable[[UnitOfWork, str], bool]) -> bool | None:
    """End the session of a request, and return whether it has ended; None if the database gives no answer in time."""
    token = request.cookies.get(COOKIE)
    if not token:
        return True
    if len(_ENDING) >= MOST_ENDING:
        return None
    task = asyncio.create_task(_end_by(request, token, end))
    _ENDING.add(task)
    task.add_done_callback(_ENDING.discard)
    await asyncio.wait({task}, timeout=PATIENCE_S)
    return task.result() if task.done() else None


async def _end_by(request: Request, token: str, end: Callable[[UnitOfWork, str], bool]) -> bool | None:
    wiring = wiring_of(request)
    try:
        work = partial(end, database_of(request).unit_of_work(), token)
        return await wiring.leaving.run(work, ("", address_of(request)))
    except Exception as error:  # whatever it is, the person leaves
        log.warning("a session could not be ended as its page was left", extra={"error": type(error).__name__})
        return None
