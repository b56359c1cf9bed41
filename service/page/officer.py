"""`/next`, for an officer beside the person: at most three inputs, then one item of the call sheet on each screen."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from service.answers.printed.parts import duties_at_once
from service.page import profile_form
from service.page.calls import agencies_on, items_with_calls
from service.page.errors import PageRoute
from service.page.facts import facts_of
from service.page.forms import Form
from service.page.intake import PATHS, PROFILE_REFUSED, profile_terms
from service.page.needs import PICTURED
from service.page.refusals import problems_at
from service.page.sheet_walk import last_lines, remaining
from service.page.visit import SignedInVisit, Visit

router = APIRouter(route_class=PageRoute, include_in_schema=False)
NOT_SEEN = frozenset({403, 404})
ALWAYS = {"facts.client_present": ("yes",), **{f"{profile_form.URGENCY}{code}": ("now",) for code in PICTURED}}
"""Facts that the page itself fills in: the person is present, and the need is urgent now."""
ANY_NEED = {"needs": [{"type": "crisis_hotline", "urgency": "now"}], "include": []}


@router.get("/next")
async def begin_next(visit: SignedInVisit) -> Response:
    """Show the three inputs."""
    return await _inputs_page(visit, Form())


@router.post("/next")
async def show_next(visit: SignedInVisit) -> Response:
    """Show the first item that isn't done, or the inputs with their faults."""
    form = await visit.form(profile_form.PROFILE)
    visit = await visit.in_form_language(form) or visit
    terms = await profile_terms(visit)
    form = profile_form.with_area_code(form, terms["area_names"])
    if not form.all(profile_form.NEED):
        return await _inputs_page(visit, form, 422, {profile_form.NEED: [""]})
    profile = Form({**form.values, **ALWAYS})
    options = {"include": profile_form.first_part(form)}
    reply = await visit.ask("POST", PATHS, profile_form.profile_of(profile) | options, but={PROFILE_REFUSED})
    if reply.is_refused:
        return await _inputs_page(visit, form, reply.status, problems_at(reply, profile_form.pointers(profile)))
    sheet = items_with_calls(reply.document)
    items = remaining(sheet, form.all(profile_form.DONE), form.all(profile_form.NO))
    question, asking = None, ""
    if items and items[0]["kind"] == "question":
        question, asking = profile_form.question_to_put(form, reply.document, items[0])
        items = items[1:] if reply.document["lead"]["do"] == "ask" or question is None else items
    item = items[0] if items else None
    return visit.page(
        "next_call.html",
        form=form,
        answer=reply.document,
        sheet=sheet,
        last_lines=last_lines(reply.document),
        duties=duties_at_once(reply.document),
        item=item,
        question=question,
        asking=asking,
        page_fields={question["attribute"]} if question else set(),
        facts=await facts_of(visit, agencies_on(items[:1]), form.value(profile_form.AREA)),
        choices=profile_form.CHOICES,
        **terms,
    )


@router.post("/next/again")
async def change_next(visit: SignedInVisit) -> Response:
    """Show the inputs again as filled in, to change them or to switch the language."""
    form = await visit.form(profile_form.PROFILE)
    return await _inputs_page(await visit.in_form_language(form) or visit, form)


@router.get("/next/offline")
async def keep_for_offline(visit: SignedInVisit) -> Response:
    """Show the lines that always answer: a public page, the only one that a browser keeps for use without a network."""
    answer = (await visit.ask("POST", PATHS, ANY_NEED)).document
    return visit.page("offline.html", lines=answer["fallback_lines"], menu=(), forgery="")


async def _inputs_page(
    visit: Visit, form: Form, status: int = 200, faults: dict[str, list[str]] | None = None
) -> Response:
    terms = await profile_terms(visit)
    own_areas = await _own_areas(visit)
    return visit.page(
        "next.html",
        status,
        form=form,
        faults=faults or {},
        pictures=[code for code in PICTURED if code in terms["names"]],
        area_names={code: name for code, name in terms["area_names"].items() if not own_areas or code in own_areas},
        is_own=bool(own_areas),
        here_form="/next/again",
    )


async def _own_areas(visit: Visit) -> set[str]:
    """Return the areas of the services of the caller's organization; empty where the caller may not read them."""
    if visit.session is None:
        return set()
    reply = await visit.ask("GET", f"/v1/organizations/{visit.session.caller.organization}", but=NOT_SEEN)
    services: list[dict[str, Any]] = [] if reply.is_refused else reply.document.get("services", [])
    return {area["name"] for service in services for area in service.get("service_areas", ())}
