"""The first steps: three screens that show a newcomer how the pages are used, and where a supervisor goes on."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from service.directory.access import ORGANIZATION_ADMIN
from service.page.errors import PageRoute
from service.page.refusals import PageRefused
from service.page.visit import SignedInVisit

router = APIRouter(route_class=PageRoute, include_in_schema=False)
SCREENS = {"1": ("needs", "first", "no"), "2": ("names", "agreed", "words"), "3": ("leave", "closes", "desk")}
"""The sentences of each screen, by their names in the words."""
NOT_HERE = 404


@router.get("/first-steps")
async def first_step(visit: SignedInVisit) -> Response:
    """Show the first screen."""
    return await step(visit, "1")


@router.get("/first-steps/{screen}")
async def step(visit: SignedInVisit, screen: str) -> Response:
    """Show one of the three screens, with the way on and back."""
    if screen not in SCREENS:
        raise PageRefused(NOT_HERE, "not_found")
    supervises = screen == "3" and visit.may(ORGANIZATION_ADMIN)
    return visit.page(
        "first_steps.html", screen=int(screen), screens=len(SCREENS), sentences=SCREENS[screen], supervises=supervises
    )
