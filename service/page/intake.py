"""From needs to the first call: what is needed, then who asks, then the answer. Everything typed travels in forms."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from service.page import asked
from service.page.calls import calls_of, current_of, later_calls
from service.page.errors import PageRoute
from service.page.forms import Form
from service.page.needs import grouped, usual_urgency
from service.page.refusals import problems_at
from service.page.visit import Visit, Visiting
from service.render.brief import BESIDE_DUTIES, FINE_PRINT, LAW_NOT_HERE, SAFETY_FIRST

router = APIRouter(route_class=PageRoute, include_in_schema=False)
PROFILE_REFUSED = 422
TERMS, PATHS = "/v1/terms", "/v1/referral-paths"
FIRST_LANGUAGES = ("en", "es")
PLACES = {"safety": SAFETY_FIRST, "beside": BESIDE_DUTIES, "fine": FINE_PRINT}


@router.get("/intake")
async def begin_intake(visit: Visiting) -> Response:
    """Show the needs to choose from, none of them chosen."""
    return await _needs_page(visit, Form())


@router.post("/intake")
async def choose_needs(visit: Visiting) -> Response:
    """Show the needs again, with those that were chosen: to change them, or in the other language."""
    form = await visit.form(asked.PROFILE)
    return await _needs_page(await visit.switched(form) or visit, form)


@router.post("/intake/who")
async def say_who(visit: Visiting) -> Response:
    """Show how soon each need is wanted, and what to say of the client."""
    form = await visit.form(asked.PROFILE)
    visit = await visit.switched(form) or visit
    if not form.all(asked.NEED):
        return await _needs_page(visit, form, 422, {asked.NEED: [""]})
    return await _who_page(visit, form)


@router.post("/answer")
async def answer(visit: Visiting) -> Response:
    """Show whom to call, and what to say; or the form again, with what is wrong at its fields."""
    form = await visit.form(asked.PROFILE)
    visit = await visit.switched(form) or visit
    reply = await visit.ask("POST", PATHS, asked.profile_of(form), but={PROFILE_REFUSED})
    if reply.refused:
        return await _who_page(visit, form, reply.status, problems_at(reply, asked.pointers(form)))
    return await _answer_page(visit, form, reply.document)


async def _needs_page(visit: Visit, form: Form, status: int = 200, found: dict[str, list[str]] | None = None) -> Response:
    terms = (await visit.ask("GET", TERMS)).document
    groups = grouped(terms["service_types"])
    return visit.page("needs.html", status, form=form, groups=groups, problems=found or {})


async def _who_page(visit: Visit, form: Form, status: int = 200, found: dict[str, list[str]] | None = None) -> Response:
    terms = (await visit.ask("GET", TERMS)).document
    names = {kind["code"]: kind["name"] for kind in terms["service_types"]}
    return visit.page(
        "who.html", status, form=form, problems=found or {}, names=names, usual=usual_urgency, areas=terms["areas"],
        languages=sorted(terms["languages"], key=lambda tag: tag["code"] not in FIRST_LANGUAGES),
    )  # fmt: skip


async def _answer_page(visit: Visit, form: Form, document: dict[str, Any]) -> Response:
    terms = (await visit.ask("GET", TERMS)).document
    calls = calls_of(document)
    refused = set(form.all(asked.NO))
    certain = [duty for duty in document["duties"] if duty["certain"] or duty["id"] == LAW_NOT_HERE]
    notices = {place: [one for one in document["notices"] if one["id"] in ids] for place, ids in PLACES.items()}
    placed = {one["id"] for ones in notices.values() for one in ones}
    return visit.page(
        "answer.html", form=form, answer=document, calls=calls, current=current_of(calls, refused),
        left=[call for call in calls if call.key not in refused][1:], refused=refused, then=later_calls(document),
        certain=certain, perhaps=[duty for duty in document["duties"] if duty not in certain], notices=notices,
        more=[one for one in document["notices"] if one["id"] not in placed], choices=asked.CHOICES,
        names={kind["code"]: kind["name"] for kind in terms["service_types"]}, areas=terms["areas"],
        traits={kind["code"]: kind["name"] for kind in terms["traits"]}, languages=terms["languages"],
        given=[*asked.PROFILE.once, *asked.PROFILE.lists, *(name for name, _ in form.pairs())],
    )  # fmt: skip
