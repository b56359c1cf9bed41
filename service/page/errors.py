"""Error pages: what goes wrong on the way to a page, said in the reader's language, with what to do next."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from service.api.problems import ApiProblem
from service.errors import DatabaseBusy, StoreError
from service.page.refusals import PageRefused
from service.page.rendering import render
from service.page.sessions import Forged, NotSafeHere, NotSignedIn
from service.page.words import WORDS, language_of

SIGN_IN = "/signin"
SEE_OTHER, UNAUTHORIZED = 303, 401


class PageRoute(APIRoute):
    """A route whose errors are pages."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Any]]:
        """Return the handler of the route, with error pages for what it raises on purpose."""
        handler = super().get_route_handler()

        async def answer(request: Request) -> Any:
            try:
                return await handler(request)
            except Exception as error:
                page = page_for(request, error)
                if page is None:
                    raise
                return page

        return answer


def page_for(request: Request, error: Exception) -> Response | None:
    """Return the page for an error that was raised on purpose, None for a defect."""
    match error:
        case NotSignedIn() if request.method in ("GET", "HEAD"):
            return RedirectResponse(SIGN_IN, SEE_OTHER)
        case NotSignedIn():
            return error_page(request, PageRefused(UNAUTHORIZED, "invalid_token"))
        case Forged():
            return error_page(request, PageRefused(403, "forged"))
        case NotSafeHere():
            return error_page(request, PageRefused(403, "not_safe_here"))
        case PageRefused():
            return error_page(request, error)
        case ApiProblem():
            wait_s = error.headers.get("Retry-After")
            return error_page(request, PageRefused(error.status, error.code, wait_s=wait_s))
        case DatabaseBusy() | StoreError():
            return error_page(request, PageRefused(503, "busy"))
        case RequestValidationError():
            return error_page(request, PageRefused(404, "not_found"))
        case HTTPException():
            return error_page(request, PageRefused(error.status_code, f"http_{error.status_code}"))
    return None


def error_page(request: Request, refused: PageRefused) -> Response:
    """Return the page that says what went wrong, and what to do."""
    language = language_of(request)
    known = WORDS[language]
    by_status = f"status_{refused.status}"
    name = next(name for name in (refused.code, by_status, "other") if f"refused.{name}.plain" in known)
    page = render(
        "error.html", language, refused.status, name=name, wait_s=refused.wait_s, menu=(), forgery="", here="/"
    )
    if refused.wait_s is not None:
        page.headers["Retry-After"] = refused.wait_s
    return page
