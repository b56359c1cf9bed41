"""The home page, and the files that every page uses."""

from __future__ import annotations

import re
from importlib.resources import files

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from service.page.errors import SEE_OTHER, PageRoute
from service.page.forms import fields
from service.page.visit import SignedInVisit

router = APIRouter(route_class=PageRoute, include_in_schema=False)
BACK = fields("back")
SCRIPT = "text/javascript"
FILES = {"page.css": "text/css", "page.js": SCRIPT, "arrivals.js": SCRIPT, "worker.js": SCRIPT}
_TEXTS = {name: (files("service.page") / name).read_text(encoding="utf-8") for name in FILES}


@router.get("/")
async def home(visit: SignedInVisit) -> Response:
    """Show the first action of the caller's role, what waits for an answer, and the other pages open to the caller."""
    return visit.page("home.html", first_path=visit.first_path)


@router.post("/language")
async def switch_language(visit: SignedInVisit) -> Response:
    """Show the session's pages in the other language from now on, first the page that the form stands on."""
    form = await visit.form(BACK)
    await visit.in_form_language(form)
    return RedirectResponse(own_path(form.value("back")), SEE_OTHER)


def own_path(text: str) -> str:
    """Return a path of this server with its query, `/` in place of what a browser may read as another host. Pure.

    >>> own_path("/coalition/map?of=kind:shelter"), own_path("//evil.example"), own_path("https://evil.example")
    ('/coalition/map?of=kind:shelter', '/', '/')
    """
    return text if re.fullmatch(r"/([^/\\\s][^\\\s]*)?", text) else "/"


@router.get("/favicon.ico")
async def no_icon() -> Response:
    """Answer without an icon: among a browser's open tabs, a page looks like any other."""
    return Response(status_code=204)


@router.get("/page.css")
async def page_style() -> Response:
    """Give the style of the pages."""
    return _file("page.css")


@router.get("/page.js")
async def page_script() -> Response:
    """Give the script of the pages; every page works without the script too."""
    return _file("page.js")


@router.get("/arrivals.js")
async def arrivals_script() -> Response:
    """Give the script that tells of what comes in."""
    return _file("arrivals.js")


@router.get("/worker.js")
async def page_worker() -> Response:
    """Give the service worker, which keeps public numbers at hand without a network."""
    return _file("worker.js")


def _file(name: str) -> Response:
    return Response(_TEXTS[name], media_type=FILES[name])
