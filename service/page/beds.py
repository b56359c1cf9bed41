"""Free places: an agency counts its own places, with plus and minus or by setting a number."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from fastapi import APIRouter
from starlette.responses import Response

from service.page.errors import PageRoute
from service.page.forms import KEY, Form, fields, new_key
from service.page.names import names_of, next_of
from service.page.visit import Visit, Visiting
from service.parties import SCOPES, Act

router = APIRouter(route_class=PageRoute, include_in_schema=False)
COUNT = fields("service", "unit", "available", "maximum", "by")
STEPS = {"more": 1, "less": -1}
STANDS_OTHERWISE, WRONG = 409, 422
TOLD = ("saved", "count_first", "out_of_range")
"""What is told of a press, beside a number that cannot be."""


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
    place, unit = f"/v1/services/{quote(form.one('service'), safe='')}/capacity", {"unit": form.one("unit")}
    by = STEPS.get(form.one("by"))
    if by is None:
        reply = await visit.ask("PUT", place, unit | counts_of(form), but={WRONG})
    else:
        key = form.one(KEY) and f"{form.one(KEY)}.{form.one('by')}"  # plus after minus on a page is no repeat
        reply = await visit.ask("POST", f"{place}/change", unit | {"by": by}, key=key, but={STANDS_OTHERWISE})
    told = reply.document["code"] if reply.refused else "saved"
    return await _beds_page(
        visit, reply.status, about=f"{form.one('service')} {form.one('unit')}", told=told if told in TOLD else "wrong"
    )


def counts_of(form: Form) -> dict[str, Any]:
    """Return `available` and `maximum` from a form. Text other than digits stays as typed, to be refused. Pure.

    >>> counts_of(Form({"available": ("0",), "maximum": ("many",)}))
    {'available': 0, 'maximum': 'many'}
    """
    return {name: _read(form.one(name)) for name in ("available", "maximum") if form.one(name)}


def _read(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else text


async def _beds_page(visit: Visit, status: int = 200, *, about: str = "", told: str = "") -> Response:
    services = await _services(visit)
    holders = [holder for one in services for count in one["capacities"] if (holder := count.get("largest_holder"))]
    names = await names_of(visit, {holder["organization"] for holder in holders})
    shown = {"services": services, "names": names, "new_key": new_key, "changed": about, "told": told}
    return visit.page("beds.html", status, here="/beds", **shown)


async def _services(visit: Visit) -> list[dict[str, Any]]:
    """Return the agency's services with counted places; to whoever may count, with those held, and by whom most."""
    own = visit.signed.caller.organization if visit.signed else ""
    place: str | None = f"/v1/services?organization={quote(own, safe='')}&per_page=200"
    found: list[dict[str, Any]] = []
    while place is not None:
        reply = await visit.ask("GET", place)
        found += [one for one in reply.document["items"] if one["organization"] == own]
        place = next_of(reply)
    for one in found if visit.may(*SCOPES[Act.COUNT_PLACES]) else ():
        counts = await visit.ask("GET", f"/v1/services/{one['id']}/capacity")
        one["capacities"] = counts.document["items"]
    return [one for one in found if one.get("capacities")]
