"""Pages open to every visitor, signed in or not: the guide by sector, the states' cards, and the listed agencies."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from fastapi import APIRouter
from starlette.responses import Response

from service.page.errors import PageRoute
from service.page.facts import NOT_READ
from service.page.forms import Form, fields, is_number
from service.page.leaflets import LEAFLETS, read_leaflet
from service.page.refusals import PageRefused, problems_at
from service.page.visit import PublicVisit, Visit

router = APIRouter(route_class=PageRoute, include_in_schema=False)
MOST, PER_PAGE = 500, 50
CLOSED, FORBIDDEN, NOT_HERE, WRONG = 401, 403, 404, 422
SEARCHES = "/v1/service-searches"
OPEN_NOW, NUMBERS = "open_now", ("age", "page")
FILTERS = ("words", "type", "area", "language", *NUMBERS)
SEARCH = fields(*FILTERS, OPEN_NOW)


@router.get("/guide")
async def guide(visit: PublicVisit) -> Response:
    """Show the pages to print, and the sectors of the guide."""
    titles = {name: read_leaflet(name, visit.language).title for name in LEAFLETS}
    return visit.page("guide.html", guide=await _guide(visit), sector=None, leaflets=titles)


@router.get("/guide/pages/{name}")
async def leaflet(visit: PublicVisit, name: str) -> Response:
    """Show one page to print."""
    if name not in LEAFLETS:
        raise PageRefused(NOT_HERE, "not_found")
    return visit.page("leaflet.html", leaflet=read_leaflet(name, visit.language))


@router.get("/guide/states")
async def states(visit: PublicVisit) -> Response:
    """Show the states, each with a card."""
    return visit.page("states.html", states=await _states(visit), card=None)


@router.get("/guide/states/{code}")
async def state(visit: PublicVisit, code: str) -> Response:
    """Show the card of one state: whom to call, who reports by when, and where each fact is from."""
    card = next((card for card in await _states(visit) if card["code"] == code), None)
    if card is None:
        raise PageRefused(NOT_HERE, "not_found")
    return visit.page("states.html", states=[], card=card)


@router.get("/guide/{sector}")
async def guide_of(visit: PublicVisit, sector: str) -> Response:
    """Show the guide of one sector: what may be seen, what to ask, and which needs to look for."""
    guide = await _guide(visit)
    entry = next((entry for entry in guide["sectors"] if entry["sector"] == sector), None)
    if entry is None:
        raise PageRefused(NOT_HERE, "not_found")
    return visit.page("guide.html", guide=guide, sector=entry)


@router.get("/directory")
async def directory(visit: PublicVisit) -> Response:
    """Show the listed agencies by name, to everybody alike."""
    return await _search_page(visit, Form())


@router.post("/directory")
async def search_directory(visit: PublicVisit) -> Response:
    """Show the listed agencies that fit a search. What is searched for travels in the form, and is in no address."""
    form = await visit.form(SEARCH)
    return await _search_page(await visit.in_form_language(form) or visit, form)


@router.get("/directory/{organization_id}")
async def agency(visit: PublicVisit, organization_id: str) -> Response:
    """Show the public part of a listed agency: its numbers, its services, and the services' numbers."""
    place = f"/hsds/organizations/{quote(organization_id, safe='')}?full_service=true"
    agency = (await visit.as_nobody().ask("GET", place)).document
    return visit.page("agency.html", agency=agency, usual_answers=await _usual_answers(visit, organization_id))


async def _usual_answers(visit: Visit, organization_id: str) -> dict[str, list[dict[str, Any]]]:
    """Return how soon each service (an id) of an agency answers, as far as the caller may read it."""
    if not visit.may("directory:read"):
        return {}
    reply = await visit.ask("GET", f"/v1/organizations/{quote(organization_id, safe='')}", but=NOT_READ)
    services = () if reply.is_refused else reply.document.get("services", ())
    return {service["id"]: service["usual_answers"] for service in services if "usual_answers" in service}


async def public_organizations(visit: Visit) -> list[dict[str, Any]]:
    """Return the public part of the listed organizations, by name; empty where a setting closes the directory."""
    open_visit, organizations, page = visit.as_nobody(), list[dict[str, Any]](), 1
    while True:
        reply = await open_visit.ask("GET", f"/hsds/organizations?per_page=100&page={page}", but={CLOSED})
        if reply.is_refused:
            return []
        organizations += reply.document["contents"]
        if reply.document["last_page"] or page * 100 >= MOST:
            return sorted(organizations, key=lambda organization: str(organization["name"]).casefold())
        page += 1


async def _search_page(visit: Visit, form: Form) -> Response:
    filters = {name: form.value(name) for name in FILTERS if form.value(name)}
    body: dict[str, Any] = {
        name: int(text) if name in NUMBERS and is_number(text) else text for name, text in filters.items()
    }
    if form.value(OPEN_NOW):
        body[OPEN_NOW] = True
    is_filtered, open_visit = bool(body.keys() - {"page"}), visit.as_nobody()
    reply = await open_visit.ask("POST", SEARCHES, {"per_page": PER_PAGE, **body}, but={CLOSED, FORBIDDEN, WRONG})
    results = (
        (await open_visit.ask("POST", SEARCHES, {"per_page": PER_PAGE})).document
        if reply.status == WRONG
        else reply.document
    )
    return visit.page(
        "directory.html", WRONG if reply.status == WRONG else 200, form=form, here="/directory",
        results=None if reply.status in (CLOSED, FORBIDDEN) else results, is_filtered=is_filtered,
        faults=problems_at(reply, {f"/{name}": name for name in FILTERS}) if reply.status == WRONG else {},
    )  # fmt: skip


async def _states(visit: Visit) -> list[dict[str, Any]]:
    states: list[dict[str, Any]] = (await visit.as_nobody().ask("GET", "/v1/policy/states")).document["states"]
    return states


async def _guide(visit: Visit) -> dict[str, Any]:
    document: dict[str, Any] = (await visit.as_nobody().ask("GET", "/v1/coalition/guide")).document
    return document
