"""Error pages: errors on the way to a page, told in the reader's language with the next thing to do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from functools import partial
from typing import Any

from anyio import to_thread
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.types import Scope

from service.errors import DatabaseBusy, NotStored, StoreError
from service.i18n.page_texts import TEXTS
from service.page.refusals import PageRefused
from service.page.rendering import render_bare
from service.page.sessions import BrowserSession, Forged, NotSafeHere, NotSignedIn, current_session
from service.page.visit import Visit, visit_of
from service.page.words import language_of
from service.web.problems import ApiProblem

SIGN_IN = "/signin"
HTML = "text/html"
SEE_OTHER = 303
NO_SESSION = (401,)
SERVER_ERROR = 500


class PageRoute(APIRoute):
    """A route whose errors are pages."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler of the route, with error pages for the errors raised on purpose."""
        handler = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handler(request)
            except Exception as error:
                page = await page_for(request, error)
                if page is None:
                    raise
                return page

        return answer


async def page_for(request: Request, error: Exception) -> Response | None:
    """Return the page for an error raised on purpose, None for a defect."""
    if isinstance(error, NotSignedIn) and request.method in ("GET", "HEAD"):
        return RedirectResponse(SIGN_IN, SEE_OTHER)
    refusal = next((refuse(error) for error_type, refuse in REFUSALS.items() if isinstance(error, error_type)), None)
    return None if refusal is None else error_page(request, refusal, await _session_of(request, refusal.status))


async def _session_of(request: Request, status: int) -> BrowserSession | None:
    """Return the session of a request that is refused, None where none is known or the database may be the trouble.

    A path without a page has looked for no session yet.
    """
    session: BrowserSession | None = getattr(request.state, "session", None)
    if session is None and status not in NO_SESSION and status < SERVER_ERROR:
        try:
            return visit_of(request, await to_thread.run_sync(current_session, request)).session
        except tuple(REFUSALS):
            return None
    return session


REFUSALS: Mapping[type[Exception], Callable[[Any], PageRefused]] = {
    PageRefused: lambda error: error,
    NotSignedIn: lambda _: PageRefused(401, "invalid_token"),
    Forged: lambda _: PageRefused(403, "forged"),
    NotSafeHere: lambda _: PageRefused(403, "not_safe_here"),
    ApiProblem: lambda error: PageRefused(error.status, error.code, wait_s=error.headers.get("Retry-After")),
    DatabaseBusy: lambda _: PageRefused(503, "busy"),
    NotStored: lambda _: PageRefused(503, "not_stored"),
    StoreError: lambda _: PageRefused(503, "not_ready"),
    RequestValidationError: lambda _: PageRefused(404, "not_found"),
    HTTPException: lambda error: PageRefused(error.status_code, f"http_{error.status_code}"),
}
"""The refusal to show for each error that is raised on purpose."""


def error_page(request: Request, refusal: PageRefused, session: BrowserSession | None = None) -> Response:
    """Return the page with the error in words, and the next thing to do; with the menu for whoever is signed in."""
    by_status = f"status_{refusal.status}"
    name = next(name for name in (refusal.code, by_status, "other") if f"refused.{name}.plain" in TEXTS)
    show = partial(render_bare, request) if session is None else Visit(request, language_of(request), session).page
    page = show("error.html", refusal.status, name=name, wait_s=refusal.wait_s, here="/")
    if refusal.wait_s is not None:
        page.headers["Retry-After"] = refusal.wait_s
    return page


def add_error_pages(app: FastAPI, is_for_people: Callable[[str], bool]) -> None:
    """Answer a browser with a page for an unknown path of pages (`is_for_people`), or for a method without a route.

    A program gets the problem document as before.
    """
    for error_type in (HTTPException, 405):
        app.add_exception_handler(error_type, _page_or(app.exception_handlers[error_type], is_for_people))


def _page_or(handler: Any, is_for_people: Callable[[str], bool]) -> Callable[[Request, Exception], Awaitable[Any]]:
    async def error_response(request: Request, error: Exception) -> Any:
        if _is_browser(request) and is_for_people(request.url.path):
            return await page_for(request, error)
        return await handler(request, error)

    return error_response


def defect_page(scope: Scope) -> Response | None:
    """Return the page for a defect; None for a program, which does not accept HTML."""
    request = Request(scope)
    return error_page(request, PageRefused(500, "internal_error")) if _is_browser(request) else None


def _is_browser(request: Request) -> bool:
    return HTML in request.headers.get("accept", "")
