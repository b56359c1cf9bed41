"""Free places: an agency counts its own places, with plus and minus or by setting a number."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter
from starlette.responses import Response

from service.directory.parties import SCOPES, Act
from service.page.errors import PageRoute
from service.page.forms import KEY, Form, fields, is_number, new_key
from service.page.inside import Reply
from service.page.names import every_name, names_of, next_of
from service.page.visit import SignedInVisit, Visit

router = APIRouter(route_class=PageRoute, include_in_schema=False)
COUNT = fields("service", "unit", "available", "maximum", "by", "still")
STEPS = {"more": 1, "less": -1}
STANDS_OTHERWISE, WRONG = 409, 422
RESULTS = ("saved", "count_first", "out_of_range", "count_changed")
"""The answer to a press of a button, beside a number that cannot be."""
FRESH_FOR = timedelta(days=1)
STATES = ("available", "full", "stale", "unknown")
Document = dict[str, Any]


@router.get("/beds")
async def beds(visit: SignedInVisit) -> Response:
    """Show each service of the agency with places, and the number of free places."""
    return await _beds_page(visit)


@router.post("/beds")
async def count(visit: SignedInVisit) -> Response:
    """Store the free places: one more or one less than there are by now, or a set number."""
    form = await visit.form(COUNT)
    visit = await visit.in_form_language(form) or visit
    if not form.value("service"):
        return await _beds_page(visit)
    if form.value("still"):
        return await _confirm(visit, form)
    place, unit = f"/v1/services/{quote(form.value('service'), safe='')}/capacity", {"unit": form.value("unit")}
    by = STEPS.get(form.value("by"))
    if by is None:
        reply = await visit.ask("PUT", place, unit | counts_of(form), but={WRONG})
    else:
        key = form.value(KEY) and f"{form.value(KEY)}.{form.value('by')}"  # plus after minus on a page is no repeat
        reply = await visit.ask("POST", f"{place}/change", unit | {"by": by}, key=key, but={STANDS_OTHERWISE})
    return await _beds_page(visit, reply.status, about=_about(form), result=_result(reply))


def counts_of(form: Form) -> dict[str, Any]:
    """Return `available` and `maximum` from a form. Text other than digits stays as typed, to be refused. Pure.

    >>> counts_of(Form({"available": ("0",), "maximum": ("many",)}))
    {'available': 0, 'maximum': 'many'}
    """
    return {name: _number(form.value(name)) for name in ("available", "maximum") if form.value(name)}


def _number(text: str) -> int | str:
    return int(text) if is_number(text) else text


async def _confirm(visit: Visit, form: Form) -> Response:
    """Store that the number on the page is still right, unless somebody has counted otherwise meanwhile."""
    body = {"unit": form.value("unit"), "available": _number(form.value("still"))}
    place = f"/v1/services/{quote(form.value('service'), safe='')}/capacity/confirmation"
    reply = await visit.ask("POST", place, body, but={STANDS_OTHERWISE, WRONG})
    return await _beds_page(visit, reply.status, about=_about(form), result=_result(reply))


def _about(form: Form) -> str:
    return f"{form.value('service')} {form.value('unit')}"


def _result(reply: Reply) -> str:
    result = reply.document["code"] if reply.is_refused else "saved"
    return result if result in RESULTS else "wrong"


async def _beds_page(visit: Visit, status: int = 200, *, about: str = "", result: str = "") -> Response:
    services, foreign_services = await _services(visit)
    counts_by_state = _counts_by_state(foreign_services, visit.now)
    holders = {holder["organization"] for service in services for count in service["capacities"]
               if (holder := count.get("largest_holder"))}  # fmt: skip
    return visit.page(
        "beds.html", status, services=services, counts_by_state=counts_by_state, new_key=new_key, about=about,
        names=await names_of(visit, holders) if not counts_by_state else await every_name(visit),
        result=result, now=visit.now, here="/beds",
    )  # fmt: skip


async def _services(visit: Visit) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the services with counted places: the agency's own (with holds, to who may count), and others'."""
    organization = visit.session.caller.organization if visit.session else ""
    place: str | None = "/v1/services?per_page=200"
    services: list[dict[str, Any]] = []
    while place is not None:
        reply = await visit.ask("GET", place)
        services += reply.document["items"]
        place = next_of(reply)
    own_services, foreign_services = list[dict[str, Any]](), list[dict[str, Any]]()
    for service in services:
        is_own = service["organization"] == organization
        if is_own and visit.may(*SCOPES[Act.COUNT_PLACES]):
            counts = await visit.ask("GET", f"/v1/services/{service['id']}/capacity")
            service["capacities"] = counts.document["items"]
        if service.get("capacities"):
            (own_services if is_own else foreign_services).append(service)
    return own_services, foreign_services


def state_of(count: Mapping[str, Any], now: datetime) -> str:
    """Return the state of a count of another agency: as published, or by the number for a reader who may see it. Pure.

    >>> state_of({"available": 2, "updated": "2026-03-02T08:00:00Z"}, datetime.fromisoformat("2026-03-02T10:00:00Z"))
    'available'
    """
    if "status" in count:
        return str(count["status"])
    if count.get("available") is None or "updated" not in count:
        return "unknown"
    if now - datetime.fromisoformat(count["updated"]) > FRESH_FOR:
        return "stale"
    return "available" if count["available"] else "full"


def _counts_by_state(services: list[dict[str, Any]], now: datetime) -> dict[str, list[tuple[Document, Document]]]:
    """Return each count with its service, by whether there is room by it. Pure."""
    counts_by_state: dict[str, list[tuple[Document, Document]]] = {name: [] for name in STATES}
    for service in services:
        for count in service["capacities"]:
            counts_by_state[state_of(count, now)].append((service, count))
    return {name: rows for name, rows in counts_by_state.items() if rows}
