"""Pages open to every visitor, signed in or not: the guide by sector, the states' cards, and the listed agencies."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from fastapi import APIRouter
from starlette.responses import Response

from service.page.errors import PageRoute
from service.page.refusals import PageRefused
from service.page.visit import OpenVisiting, Visit

router = APIRouter(route_class=PageRoute, include_in_schema=False)
MOST = 500
CLOSED, NOT_HERE = 401, 404


@router.get("/guide")
async def guide(visit: OpenVisiting) -> Response:
    """Show the sectors of the guide."""
    return visit.page("guide.html", guide=await _guide(visit), one=None)


@router.get("/guide/states")
async def states(visit: OpenVisiting) -> Response:
    """Show the states, each with a card."""
    return visit.page("states.html", states=await _states(visit), one=None)


@router.get("/guide/states/{code}")
async def state(visit: OpenVisiting, code: str) -> Response:
    """Show the card of one state: whom to call, who reports by when, and where each fact is from."""
    one = next((card for card in await _states(visit) if card["code"] == code), None)
    if one is None:
        raise PageRefused(NOT_HERE, "not_found")
    return visit.page("states.html", states=[], one=one)


@router.get("/guide/{sector}")
async def guide_of(visit: OpenVisiting, sector: str) -> Response:
    """Show the guide of one sector: what may be seen, what to ask, and which needs to look for."""
    found = await _guide(visit)
    one = next((one for one in found["sectors"] if one["sector"] == sector), None)
    if one is None:
        raise PageRefused(NOT_HERE, "not_found")
    return visit.page("guide.html", guide=found, one=one)


@router.get("/directory")
async def directory(visit: OpenVisiting) -> Response:
    """Show the listed agencies, by name."""
    return visit.page("directory.html", organizations=await public_organizations(visit))


@router.get("/directory/{organization_id}")
async def agency(visit: OpenVisiting, organization_id: str) -> Response:
    """Show one listed agency: its numbers, its services, and the services' numbers."""
    place = f"/hsds/organizations/{quote(organization_id, safe='')}?full_service=true"
    one = (await visit.as_nobody().ask("GET", place)).document
    return visit.page("agency.html", one=one)


async def public_organizations(visit: Visit) -> list[dict[str, Any]]:
    """Return the public part of the listed organizations, by name; empty where a setting closes the directory."""
    nobody, found, page = visit.as_nobody(), list[dict[str, Any]](), 1
    while True:
        reply = await nobody.ask("GET", f"/hsds/organizations?per_page=100&page={page}", but={CLOSED})
        if reply.refused:
            return []
        found += reply.document["contents"]
        if reply.document["last_page"] or page * 100 >= MOST:
            return sorted(found, key=lambda one: str(one["name"]).casefold())
        page += 1


async def _states(visit: Visit) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await visit.as_nobody().ask("GET", "/v1/policy/states")).document["states"]
    return found


async def _guide(visit: Visit) -> dict[str, Any]:
    document: dict[str, Any] = (await visit.as_nobody().ask("GET", "/v1/coalition/guide")).document
    return document
