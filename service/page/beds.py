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
from service.page.visit import Visit, Visiting

router = APIRouter(route_class=PageRoute, include_in_schema=False)
COUNT = fields("service", "unit", "available", "maximum", "by", "still")
STEPS = {"more": 1, "less": -1}
STANDS_OTHERWISE, WRONG = 409, 422
TOLD = ("saved", "count_first", "out_of_range", "count_changed")
"""What is told of a press, beside a number that cannot be."""
FRESH_FOR = timedelta(days=1)
STATES = ("available", "full", "stale", "unknown")


@router.get("/beds")
async def beds(visit: Visiting) -> Response:
    """Show each service of the agency with places, and the number of free places."""
    return await _beds_page(visit)


@router.post("/beds")
async def count(visit: Visiting) -> Response:
    """Store the free places: one more or one less than there are by now, or a set number."""
    form = await visit.form(COUNT)
    visit = await visit.switched(form) or visit
    if not form.one("service"):
        return await _beds_page(visit)
    if form.one("still"):
        return await _confirmed(visit, form)
    place, unit = f"/v1/services/{quote(form.one('service'), safe='')}/capacity", {"unit": form.one("unit")}
    by = STEPS.get(form.one("by"))
    if by is None:
        reply = await visit.ask("PUT", place, unit | counts_of(form), but={WRONG})
    else:
        key = form.one(KEY) and f"{form.one(KEY)}.{form.one('by')}"  # plus after minus on a page is no repeat
        reply = await visit.ask("POST", f"{place}/change", unit | {"by": by}, key=key, but={STANDS_OTHERWISE})
    return await _beds_page(visit, reply.status, about=_about(form), told=_told(reply))


def counts_of(form: Form) -> dict[str, Any]:
    """Return `available` and `maximum` from a form. Text other than digits stays as typed, to be refused. Pure.

    >>> counts_of(Form({"available": ("0",), "maximum": ("many",)}))
    {'available': 0, 'maximum': 'many'}
    """
    return {name: _read(form.one(name)) for name in ("available", "maximum") if form.one(name)}


def _read(text: str) -> int | str:
    return int(text) if is_number(text) else text


async def _confirmed(visit: Visit, form: Form) -> Response:
    """Store that the number on the page is still right, unless somebody has counted otherwise meanwhile."""
    body = {"unit": form.one("unit"), "available": _read(form.one("still"))}
    place = f"/v1/services/{quote(form.one('service'), safe='')}/capacity/confirmation"
    reply = await visit.ask("POST", place, body, but={STANDS_OTHERWISE, WRONG})
    return await _beds_page(visit, reply.status, about=_about(form), told=_told(reply))


def _about(form: Form) -> str:
    return f"{form.one('service')} {form.one('unit')}"


def _told(reply: Reply) -> str:
    told = reply.document["code"] if reply.refused else "saved"
    return told if told in TOLD else "wrong"


async def _beds_page(visit: Visit, status: int = 200, *, about: str = "", told: str = "") -> Response:
    own, others = await _services(visit)
    rooms = _rooms(others, visit.now)
    holders = {holder["organization"] for one in own for count in one["capacities"]
               if (holder := count.get("largest_holder"))}  # fmt: skip
    names = await names_of(visit, holders) if not rooms else await every_name(visit)
    shown = {"services": own, "rooms": rooms, "names": names, "new_key": new_key, "changed": about, "told": told}
    return visit.page("beds.html", status, here="/beds", now=visit.now, **shown)


async def _services(visit: Visit) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the services with counted places: the agency's own (with what is held, to who may count), and others'."""
    own = visit.signed.caller.organization if visit.signed else ""
    place: str | None = "/v1/services?per_page=200"
    every: list[dict[str, Any]] = []
    while place is not None:
        reply = await visit.ask("GET", place)
        every += reply.document["items"]
        place = next_of(reply)
    mine = [service for service in every if service["organization"] == own]
    for service in mine if visit.may(*SCOPES[Act.COUNT_PLACES]) else ():
        counts = await visit.ask("GET", f"/v1/services/{service['id']}/capacity")
        service["capacities"] = counts.document["items"]
    counted = [service for service in every if service.get("capacities")]
    return [service for service in counted if service in mine], [service for service in counted if service not in mine]


def state_of(count: Mapping[str, Any], now: datetime) -> str:
    """Return the state of a count of another agency: as told, or by the number for whoever may see it. Pure.

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


def _rooms(services: list[dict[str, Any]], now: datetime) -> dict[str, list[tuple[dict[str, Any], dict[str, Any]]]]:
    """Return each count with its service, by whether there is room by it. Pure."""
    rooms: dict[str, list[tuple[dict[str, Any], dict[str, Any]]]] = {name: [] for name in STATES}
    for service in services:
        for count in service["capacities"]:
            rooms[state_of(count, now)].append((service, count))
    return {name: rows for name, rows in rooms.items() if rows}
