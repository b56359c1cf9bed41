"""News of what comes in: counts alone, in a stream that lasts as long as its session, and whether a sound goes with it.

Nobody presses anything for it, so it is no use of the session: a page that is left open ends as it would without it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from anyio import to_thread
from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from service.api.deps import wiring_of
from service.errors import StoreError
from service.page.errors import SEE_OTHER, PageRoute
from service.page.forms import fields
from service.page.home import BACK, own_path
from service.page.sessions import SOUND, Signed, check_place, database_of, unused
from service.page.visit import Visiting
from service.usecases.count_waiting import WaitingCounts, count_waiting

router = APIRouter(route_class=PageRoute, include_in_schema=False)
EVENT_STREAM = "text/event-stream"
LOOK_EVERY_S = 5.0
"""How long a count may be old, and an ended session may still be told of it; a change tells of itself at once."""
AGAIN_MS = 30_000
"""How soon a browser asks again whose stream has ended, or found no place."""
NO_STREAM = 204
"""The status that tells a browser not to come again."""
CHOICE = fields("sound") | BACK


@router.get("/arrivals")
async def arrivals(request: Request) -> Response:
    """Stream how much waits for the caller's answer, and how much of it presses.

    A session has one stream in a process, and a process a bounded number: beyond that the counts are told once, and the
    browser asks again by itself.
    """
    seen = await to_thread.run_sync(_look, request)
    if seen is None:
        return Response(status_code=NO_STREAM)
    signed, _ = seen
    wiring_of(request).rates.take(signed.caller)
    return StreamingResponse(_stream(request, signed.forgery), media_type=EVENT_STREAM)


@router.post("/arrivals/sound")
async def choose_sound(visit: Visiting) -> Response:
    """Switch the sound on or off, for as long as the browser is open; the choice says nothing else."""
    form = await visit.form(CHOICE)
    response = RedirectResponse(own_path(form.one("back")), SEE_OTHER)
    if form.one("sound") == "on":
        response.set_cookie(SOUND, "on", path="/", secure=True, httponly=True, samesite="strict")
    else:
        response.delete_cookie(SOUND, path="/", secure=True, httponly=True, samesite="strict")
    return response


async def _stream(request: Request, holder: str) -> AsyncIterator[str]:
    wiring, told = wiring_of(request), None
    yield f"retry: {AGAIN_MS}\n\n"
    async with wiring.watching.place(holder, database_of(request)) as has_place:
        while not wiring.ending.is_set():
            moved = wiring.watching.next_move  # taken before the look, so that nothing in between is missed
            with suppress(StoreError):
                seen = await to_thread.run_sync(_look, request)
                if seen is None:
                    return
                counts = seen[1].total, seen[1].pressing
                yield ":\n\n" if counts == told else "data: {} {}\n\n".format(*counts)
                told = counts
            if not has_place:
                return
            await _first_of(moved, wiring.ending)


async def _first_of(*events: asyncio.Event) -> None:
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, timeout=LOOK_EVERY_S, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


def _look(request: Request) -> tuple[Signed, WaitingCounts] | None:
    """Return the session of a request with what waits for its caller; None: it has ended, or answers nothing."""
    signed = unused(request)
    if signed is None:
        return None
    check_place(request)
    counts = count_waiting(database_of(request).unit_of_work(writes=False), signed.caller)
    return None if counts is None else (signed, counts)
