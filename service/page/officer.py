"""`/next`, for an officer beside the person: at most three inputs, the first call on one screen, lines offline."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from service.answers.printed.brief import duties_at_once
from service.page import profile_form
from service.page.calls import calls_of, warnings_of, with_records
from service.page.errors import PageRoute
from service.page.facts import facts_of
from service.page.forms import Form
from service.page.intake import PATHS, PROFILE_REFUSED, profile_terms
from service.page.needs import PICTURED
from service.page.refusals import problems_at
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
    """Show the first call, or the inputs with their faults."""
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
    calls = calls_of(reply.document, profile_form.most_urgent_needs(profile))
    candidates = [call for call in calls if call.key not in form.all(profile_form.NO)]
    asks = reply.document["lead"]["do"] == "ask" and not form.all(profile_form.NO)
    question = profile_form.next_question(form, reply.document) if asks else None
    return visit.page(
        "next_call.html",
        form=form,
        answer=reply.document,
        candidates=candidates,
        question=question,
        page_fields={question["attribute"]} if question else set(),
        duties=duties_at_once(reply.document),
        facts=await facts_of(visit, with_records(candidates[:1]), form.value(profile_form.AREA)),
        warnings=warnings_of(reply.document),
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
    lines = [call for call in calls_of(answer) if call.kind == "line"]
    return visit.page("offline.html", lines=lines, menu=(), forgery="")


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
