"""The home page, and the files that every page uses."""

from __future__ import annotations

from importlib.resources import files

from fastapi import APIRouter
from starlette.responses import Response

from service.page.errors import PageRoute
from service.page.visit import Visiting

router = APIRouter(route_class=PageRoute, include_in_schema=False)
FILES = {"page.css": "text/css", "page.js": "text/javascript", "worker.js": "text/javascript"}
_TEXTS = {name: (files("service.page") / name).read_text(encoding="utf-8") for name in FILES}


@router.get("/")
async def home(visit: Visiting) -> Response:
    """Show the pages that are open to the caller."""
    return visit.page("home.html")


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


@router.get("/worker.js")
async def page_worker() -> Response:
    """Give the service worker, which keeps public numbers at hand without a network."""
    return _file("worker.js")


def _file(name: str) -> Response:
    return Response(_TEXTS[name], media_type=FILES[name])
