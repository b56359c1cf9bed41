"""Webhooks: an agency's endpoints, their secrets shown once, and the deliveries."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from fastapi import APIRouter
from starlette.responses import Response

from service.page.errors import PageRoute
from service.page.forms import Form, fields, new_key
from service.page.refusals import problems_at
from service.page.visit import Visit, Visiting

router = APIRouter(route_class=PageRoute, include_in_schema=False)
ENDPOINTS, DELIVERIES = "/v1/webhook-endpoints", "/v1/webhook-deliveries"
NEW = fields("url", "description", lists=("types",))
ACT = fields("act", "tag", "id", "grace")
POINTERS = {"/url": "url", "/types": "types", "/description": "description"}
STATUSES = ("pending", "delivered", "failed")
SENT_AGAIN = ("recovery", "replay", "replay-missing")
A_DAY = timedelta(days=1)
WRONG, BUSY, STALE = 422, 409, 412


@router.get("/webhooks")
async def endpoints(visit: Visiting) -> Response:
    """Show the agency's endpoints, and a form for a new endpoint."""
    return await _list_page(visit, Form())


@router.post("/webhooks")
async def add_endpoint(visit: Visiting) -> Response:
    """Add an endpoint; its secret is shown only once."""
    form = await visit.form(NEW)
    switched = await visit.switched(form)
    if switched is not None:
        return await _list_page(switched, form)
    body = {name: form.one(name) for name in ("url", "description") if form.one(name)}
    types = list(form.all("types"))
    reply = await visit.create(ENDPOINTS, {**body, **({"types": types} if types else {})}, form, but={WRONG, BUSY})
    if reply.refused:
        found = problems_at(reply, POINTERS) if reply.status == WRONG else {"url": [""]}
        return await _list_page(visit, form, reply.status, found)
    return _secret_page(visit, reply.document["id"], reply.document.get("secret"))


@router.get("/webhooks/{endpoint_id}")
async def endpoint(visit: Visiting, endpoint_id: str, status: str = "", page: int = 1) -> Response:
    """Show one endpoint: its statistics and its deliveries."""
    return await _endpoint_page(visit, endpoint_id, status if status in STATUSES else "", max(page, 1))


@router.post("/webhooks/{endpoint_id}")
async def act(visit: Visiting, endpoint_id: str) -> Response:
    """Do the action of a button on an endpoint; if the endpoint changed meanwhile, show its present state."""
    form = await visit.form(ACT)
    return await ACTS.get(form.one("act"), _show)(visit, endpoint_id, form)


async def _show(visit: Visit, endpoint_id: str, _form: Form) -> Response:
    return await _endpoint_page(visit, endpoint_id)


async def _test(visit: Visit, endpoint_id: str, _form: Form) -> Response:
    await visit.ask("POST", f"{_place(endpoint_id)}/test")
    return await _endpoint_page(visit, endpoint_id, told="sent")


async def _retry(visit: Visit, endpoint_id: str, form: Form) -> Response:
    await visit.ask("POST", f"{DELIVERIES}/{quote(form.one('id'), safe='')}/retry")
    return await _endpoint_page(visit, endpoint_id, told="sent")


async def _rotate(visit: Visit, endpoint_id: str, form: Form) -> Response:
    """Make a new secret, shown only once; the old secret goes on for a day, or ends at once."""
    body = {"force": True, **({"grace_seconds": 0} if form.one("grace") == "0" else {})}
    reply = await visit.ask("POST", f"{_place(endpoint_id)}/secret-rotation", body)
    return _secret_page(visit, endpoint_id, reply.document["secret"])


async def _switch(visit: Visit, endpoint_id: str, form: Form) -> Response:
    """Switch an endpoint on or off, with every other field unchanged."""
    now = (await visit.ask("GET", _place(endpoint_id))).document
    body = {name: now[name] for name in ("url", "types", "description", "max_per_second") if now[name] is not None}
    body["enabled"] = form.one("act") == "on"
    reply = await visit.ask("PUT", _place(endpoint_id), body, match=form.one("tag"), but={STALE})
    return await _endpoint_page(visit, endpoint_id, told="changed" if reply.refused else "switched")


async def _delete(visit: Visit, endpoint_id: str, form: Form) -> Response:
    reply = await visit.ask("DELETE", _place(endpoint_id), match=form.one("tag"), but={STALE})
    if reply.refused:
        return await _endpoint_page(visit, endpoint_id, told="changed")
    return await _list_page(visit, Form())


async def _send_again(visit: Visit, endpoint_id: str, form: Form) -> Response:
    """Send events of the last day again: the failed ones, all of them, or those never sent."""
    since = (datetime.now(UTC) - A_DAY).isoformat()
    reply = await visit.ask("POST", f"{_place(endpoint_id)}/{form.one('act')}", {"since": since}, but={BUSY})
    return await _endpoint_page(visit, endpoint_id, told="still_at_it" if reply.refused else "again")


ACTS: Mapping[str, Callable[[Visit, str, Form], Awaitable[Response]]] = {
    "test": _test,
    "retry": _retry,
    "rotate": _rotate,
    "on": _switch,
    "off": _switch,
    "delete": _delete,
    **dict.fromkeys(SENT_AGAIN, _send_again),
}
"""The action of each button on an endpoint's page."""


def _place(endpoint_id: str) -> str:
    return f"{ENDPOINTS}/{quote(endpoint_id, safe='')}"


def _secret_page(visit: Visit, endpoint_id: str, secret: str | None) -> Response:
    return visit.page("webhook_secret.html", id=endpoint_id, secret=secret, here="/webhooks")


async def _list_page(
    visit: Visit, form: Form, status: int = 200, found: dict[str, list[str]] | None = None
) -> Response:
    listed = (await visit.ask("GET", f"{ENDPOINTS}?per_page=100")).document["items"]
    kinds = (await visit.ask("GET", "/v1/event-types")).document["items"]
    return visit.page(
        "webhooks.html", status, endpoints=listed, kinds=kinds, form=form, found=found or {}, key=new_key(),
        here="/webhooks",
    )  # fmt: skip


async def _endpoint_page(
    visit: Visit, endpoint_id: str, status: str = "", page: int = 1, *, told: str | None = None
) -> Response:
    place = _place(endpoint_id)
    reply = await visit.ask("GET", place)
    statistics = (await visit.ask("GET", f"{place}/statistics")).document
    query = f"?page={page}" + (f"&status={status}" if status else "")
    listed = (await visit.ask("GET", f"{place}/deliveries{query}")).document
    return visit.page(
        "webhook.html", one=reply.document, tag=reply.headers["etag"], statistics=statistics, listed=listed, told=told,
        statuses=("", *STATUSES), chosen=status, again=SENT_AGAIN, here=f"/webhooks/{endpoint_id}",
    )  # fmt: skip
