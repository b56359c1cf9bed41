"""News of what comes in: counts alone, in a stream that lasts as long as its session, and whether a sound goes with it.

Nobody presses anything for it, so it is no use of the session: a page that is left open ends as it would without it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from service.directory.routes.dependencies import wiring_of
from service.errors import StoreError
from service.page.errors import SEE_OTHER, PageRoute
from service.page.forms import fields
from service.page.home import BACK, own_path
from service.page.sessions import SOUND, BrowserSession, NotSignedIn, background_session, database_of
from service.page.visit import SignedInVisit
from service.referrals.use_cases.count_waiting import WaitingCounts, count_waiting
from service.web.media_types import EVENT_STREAM
from service.web.problems import ApiProblem

router = APIRouter(route_class=PageRoute, include_in_schema=False)
LOOK_EVERY_S = 5.0
"""How long a count may be old, and an ended session may still be told of it; a change tells of itself at once."""
AGAIN_MS = 30_000
"""How soon a browser asks again whose stream has ended, or found no place."""
AS_IT_COMES = {"X-Accel-Buffering": "no"}
"""Has a proxy pass each line on at once."""
NO_STREAM = 204
"""The status that tells a browser not to come again: its account answers nothing."""
CHOICE = fields("sound") | BACK


@router.get("/arrivals")
async def arrivals(request: Request, session: Annotated[BrowserSession, Depends(background_session)]) -> Response:
    """Stream how much waits for the caller's answer, and how much of it presses.

    A session has one stream in a process, and a process a bounded number: beyond that the counts are told once, and the
    browser asks again by itself.
    """
    wiring_of(request).rates.take(session.caller)
    if await to_thread.run_sync(_look, request) is None:
        return Response(status_code=NO_STREAM)
    return StreamingResponse(_stream(request, session.forgery), media_type=EVENT_STREAM, headers=AS_IT_COMES)


@router.post("/arrivals/sound")
async def choose_sound(visit: SignedInVisit) -> Response:
    """Switch the sound on or off, for as long as the browser is open; the choice says nothing else."""
    form = await visit.form(CHOICE)
    response = RedirectResponse(own_path(form.value("back")), SEE_OTHER)
    if form.value("sound") == "on":
        response.set_cookie(SOUND, "on", path="/", secure=True, httponly=True, samesite="strict")
    else:
        response.delete_cookie(SOUND, path="/", secure=True, httponly=True, samesite="strict")
    return response


async def _stream(request: Request, holder: str) -> AsyncIterator[str]:
    wiring, last_line = wiring_of(request), ""
    now = asyncio.get_running_loop().time
    looks_at = now() + LOOK_EVERY_S
    yield f"retry: {AGAIN_MS}\n\n"
    async with wiring.watching.place(holder, database_of(request)) as has_place:
        while not wiring.ending.is_set():
            next_move = wiring.watching.next_move  # taken before the look, so that nothing in between is missed
            with suppress(StoreError):
                counts = await to_thread.run_sync(_look, request)
                if counts is None:
                    return
                line = f"data: {counts.total} {counts.pressing}\n\n"
                if line != last_line:
                    yield line
                elif now() >= looks_at:  # in between it would tell that something came for somebody else
                    yield ":\n\n"
                last_line = line
            if not has_place:
                return
            if now() >= looks_at:
                looks_at = now() + LOOK_EVERY_S
            await _first_of(next_move, wiring.ending, within_s=looks_at - now())


async def _first_of(*events: asyncio.Event, within_s: float) -> None:
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


def _look(request: Request) -> WaitingCounts | None:
    """Return what waits for the caller of a request; None: the session has ended, or answers nothing."""
    try:
        session = background_session(request)
    except (NotSignedIn, ApiProblem):  # too many such looks at an ended session are no less its end
        return None
    return count_waiting(database_of(request).unit_of_work(writes=False), session.caller)
