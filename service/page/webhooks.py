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
from service.page.visit import SignedInVisit, Visit

router = APIRouter(route_class=PageRoute, include_in_schema=False)
ENDPOINTS, DELIVERIES = "/v1/webhook-endpoints", "/v1/webhook-deliveries"
NEW = fields("url", "description", lists=("types",))
ACT = fields("act", "tag", "id", "grace")
POINTERS = {"/url": "url", "/types": "types", "/description": "description"}
STATUSES = ("pending", "delivered", "failed")
RESENDS = ("recovery", "replay", "replay-missing")
A_DAY = timedelta(days=1)
WRONG, BUSY, STALE = 422, 409, 412


@router.get("/webhooks")
async def endpoints(visit: SignedInVisit) -> Response:
    """Show the agency's endpoints, and a form for a new endpoint."""
    return await _list_page(visit, Form())


@router.post("/webhooks")
async def add_endpoint(visit: SignedInVisit) -> Response:
    """Add an endpoint; its secret is shown only once."""
    form = await visit.form(NEW)
    visit_anew = await visit.in_form_language(form)
    if visit_anew is not None:
        return await _list_page(visit_anew, form)
    body = {name: form.value(name) for name in ("url", "description") if form.value(name)}
    types = list(form.all("types"))
    reply = await visit.create(ENDPOINTS, {**body, **({"types": types} if types else {})}, form, but={WRONG, BUSY})
    if reply.is_refused:
        faults = problems_at(reply, POINTERS) if reply.status == WRONG else {"url": [""]}
        return await _list_page(visit, form, reply.status, faults)
    return _secret_page(visit, reply.document["id"], reply.document.get("secret"))


@router.get("/webhooks/{endpoint_id}")
async def endpoint(visit: SignedInVisit, endpoint_id: str, status: str = "", page: int = 1) -> Response:
    """Show one endpoint: its statistics and its deliveries."""
    return await _endpoint_page(visit, endpoint_id, status if status in STATUSES else "", max(page, 1))


@router.post("/webhooks/{endpoint_id}")
async def act(visit: SignedInVisit, endpoint_id: str) -> Response:
    """Do the action of a button on an endpoint; if the endpoint changed meanwhile, show its present state."""
    form = await visit.form(ACT)
    return await ACTS.get(form.value("act"), _show)(visit, endpoint_id, form)


async def _show(visit: Visit, endpoint_id: str, _form: Form) -> Response:
    return await _endpoint_page(visit, endpoint_id)


async def _test(visit: Visit, endpoint_id: str, _form: Form) -> Response:
    await visit.ask("POST", f"{_place(endpoint_id)}/test")
    return await _endpoint_page(visit, endpoint_id, result="sent")


async def _retry(visit: Visit, endpoint_id: str, form: Form) -> Response:
    await visit.ask("POST", f"{DELIVERIES}/{quote(form.value('id'), safe='')}/retry")
    return await _endpoint_page(visit, endpoint_id, result="sent")


async def _rotate(visit: Visit, endpoint_id: str, form: Form) -> Response:
    """Make a new secret, shown only once; the old secret goes on for a day, or ends at once."""
    body = {"force": True, **({"grace_seconds": 0} if form.value("grace") == "0" else {})}
    reply = await visit.ask("POST", f"{_place(endpoint_id)}/secret-rotation", body)
    return _secret_page(visit, endpoint_id, reply.document["secret"])


async def _switch(visit: Visit, endpoint_id: str, form: Form) -> Response:
    """Switch an endpoint on or off, with every other field unchanged."""
    current = (await visit.ask("GET", _place(endpoint_id))).document
    body = {
        name: current[name] for name in ("url", "types", "description", "max_per_second") if current[name] is not None
    }
    body["enabled"] = form.value("act") == "on"
    reply = await visit.ask("PUT", _place(endpoint_id), body, match=form.value("tag"), but={STALE})
    return await _endpoint_page(visit, endpoint_id, result="changed" if reply.is_refused else "switched")


async def _delete(visit: Visit, endpoint_id: str, form: Form) -> Response:
    reply = await visit.ask("DELETE", _place(endpoint_id), match=form.value("tag"), but={STALE})
    if reply.is_refused:
        return await _endpoint_page(visit, endpoint_id, result="changed")
    return await _list_page(visit, Form())


async def _send_again(visit: Visit, endpoint_id: str, form: Form) -> Response:
    """Send events of the last day again: the failed ones, all of them, or those never sent."""
    since = (datetime.now(UTC) - A_DAY).isoformat()
    reply = await visit.ask("POST", f"{_place(endpoint_id)}/{form.value('act')}", {"since": since}, but={BUSY})
    return await _endpoint_page(visit, endpoint_id, result="still_at_it" if reply.is_refused else "again")


ACTS: Mapping[str, Callable[[Visit, str, Form], Awaitable[Response]]] = {
    "test": _test,
    "retry": _retry,
    "rotate": _rotate,
    "on": _switch,
    "off": _switch,
    "delete": _delete,
    **dict.fromkeys(RESENDS, _send_again),
}
"""The action of each button on an endpoint's page."""


def _place(endpoint_id: str) -> str:
    return f"{ENDPOINTS}/{quote(endpoint_id, safe='')}"


def _secret_page(visit: Visit, endpoint_id: str, secret: str | None) -> Response:
    return visit.page("webhook_secret.html", id=endpoint_id, secret=secret, here="/webhooks")


async def _list_page(
    visit: Visit, form: Form, status: int = 200, faults: dict[str, list[str]] | None = None
) -> Response:
    webhook_endpoints = (await visit.ask("GET", f"{ENDPOINTS}?per_page=100")).document["items"]
    event_types = (await visit.ask("GET", "/v1/event-types")).document["items"]
    return visit.page(
        "webhooks.html", status, endpoints=webhook_endpoints, kinds=event_types, form=form, faults=faults or {},
        key=new_key(), here="/webhooks",
    )  # fmt: skip


async def _endpoint_page(
    visit: Visit, endpoint_id: str, status: str = "", page: int = 1, *, result: str | None = None
) -> Response:
    place = _place(endpoint_id)
    reply = await visit.ask("GET", place)
    statistics = (await visit.ask("GET", f"{place}/statistics")).document
    query = f"?page={page}" + (f"&status={status}" if status else "")
    deliveries = (await visit.ask("GET", f"{place}/deliveries{query}")).document
    return visit.page(
        "webhook.html", endpoint=reply.document, tag=reply.headers["etag"], statistics=statistics,
        deliveries=deliveries, result=result, statuses=("", *STATUSES), selection=status,
        resends=RESENDS, here=f"/webhooks/{endpoint_id}",
    )  # fmt: skip
