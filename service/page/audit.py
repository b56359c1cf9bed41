"""The audit at the pages: the acts under the tokens of the caller's own agency, for its supervisors."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from service.page.errors import PageRoute
from service.page.names import every_name, place_of
from service.page.visit import SignedInVisit

router = APIRouter(route_class=PageRoute, include_in_schema=False)
AUDIT, PER_PAGE = "/v1/audit", "50"
FIRST = "1"


@router.get("/audit")
async def audit(visit: SignedInVisit, page: str = FIRST) -> Response:
    """Show the acts of the caller's own agency, the newest first: when, what, on what, by which rules."""
    place = place_of(AUDIT, page=page if page.isdigit() else FIRST, per_page=PER_PAGE)
    entries = (await visit.ask("GET", place)).document
    acts = [(entry, *thing_of(entry["operation"])) for entry in entries["items"]]
    names = await every_name(visit, by_id=True)
    return visit.page("audit.html", entries=entries, acts=acts, names=names)


def thing_of(operation: str) -> tuple[str, str]:
    """Return the resource of an operation's path and the method, or the operation's name without one. Pure.

    >>> thing_of("PUT /v1/consents/{id}/confirmation"), thing_of("sign in")
    (('consents', 'PUT'), ('sign_in', ''))
    """
    method, _, path = operation.partition(" /")
    return (path.removeprefix("v1/").partition("/")[0], method) if path else (operation.replace(" ", "_"), "")
