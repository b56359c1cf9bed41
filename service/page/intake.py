"""From needs to the first call: the needs, the client's facts, the answer. Typed values travel only in forms."""

from __future__ import annotations

from itertools import chain
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter
from starlette.responses import Response

from service.answers.printed.brief import BESIDE_DUTIES, FINE_PRINT, SAFETY_FIRST, duties_at_once
from service.page import profile_form
from service.page.calls import calls_of, later_calls, warnings_of, with_records
from service.page.errors import PageRoute
from service.page.facts import facts_of
from service.page.forms import Form, fields
from service.page.needs import PICTURED, by_group, usual_urgency
from service.page.refusals import problems_at
from service.page.visit import SignedInVisit, Visit

router = APIRouter(route_class=PageRoute, include_in_schema=False)
PROFILE_REFUSED = 422
TERMS, PATHS = "/v1/terms", "/v1/referral-paths"
WHO = "/intake/who"
AGAIN = fields("id")
FIRST_LANGUAGES = ("en", "es")
QUESTIONS_FOR_ALL = (
    "client.age", profile_form.LANGUAGES, profile_form.AREA, "facts.client_present", profile_form.DANGER,
    profile_form.NO_POLICE, profile_form.CALLER, profile_form.GUARDIAN,
)  # fmt: skip
"""Questions put to every client; the answer itself proposes further questions."""
PLACES = {"safety": SAFETY_FIRST, "beside": BESIDE_DUTIES, "fine": FINE_PRINT}


@router.get("/intake")
async def begin_intake(visit: SignedInVisit) -> Response:
    """Show the needs to choose from, with no need chosen."""
    return await _needs_page(visit, Form())


@router.post("/intake")
async def choose_needs(visit: SignedInVisit) -> Response:
    """Show the needs again with the chosen ones, to change them or to switch the language."""
    form = await visit.form(profile_form.PROFILE)
    return await _needs_page(await visit.in_form_language(form) or visit, form)


@router.post(WHO)
async def say_who(visit: SignedInVisit) -> Response:
    """Show the urgency of each chosen need, and the questions about the client."""
    form = await visit.form(profile_form.PROFILE)
    visit = await visit.in_form_language(form) or visit
    if not form.all(profile_form.NEED):
        return await _needs_page(visit, form, 422, {profile_form.NEED: [""]})
    return _who_page(visit, form, await profile_terms(visit))


@router.post("/intake/again")
async def ask_again(visit: SignedInVisit) -> Response:
    """Ask again from a referral: its needs are filled in, facts about the client are entered anew."""
    sent = await visit.form(AGAIN)
    asked = (await visit.ask("GET", f"/v1/referrals/{quote(sent.value('id'), safe='')}/again")).document
    terms = await profile_terms(visit)
    known = {service_type["code"] for service_type in terms["service_types"]}
    urgencies = {need["type"]: need["urgency"] for need in asked["needs"] if need["type"] in known}
    form = Form(
        {profile_form.NEED: tuple(urgencies)}
        | {f"{profile_form.URGENCY}{code}": (urgency,) for code, urgency in urgencies.items()}
    )
    return _who_page(visit, form, terms, since=asked["plain"])


@router.post("/answer")
async def answer(visit: SignedInVisit) -> Response:
    """Show the agency to call and the words to say; for a refused profile, the form with the faults at its fields.

    The first part of the answer alone, unless the form tells of a first part that is on the screen already.
    """
    sent = await visit.form(profile_form.PROFILE | profile_form.REST)
    visit = await visit.in_form_language(sent) or visit
    terms = await profile_terms(visit)
    form = profile_form.with_area_code(sent.only(profile_form.PROFILE), terms["area_names"])
    version, at = sent.value(profile_form.VERSION), sent.value(profile_form.MOMENT) or visit.now.isoformat()
    options = {"at": at} if version else {"at": at, "include": profile_form.first_part(form)}
    reply = await visit.ask("POST", PATHS, profile_form.profile_of(form) | options, but={PROFILE_REFUSED})
    if reply.is_refused:
        return _who_page(visit, form, terms, reply.status, problems_at(reply, profile_form.pointers(form)))
    return await _answer_page(visit, form, reply.document, terms, at=at, version=version)


async def _needs_page(
    visit: Visit, form: Form, status: int = 200, faults: dict[str, list[str]] | None = None
) -> Response:
    terms = await profile_terms(visit)
    types = {service_type["code"]: service_type for service_type in terms["service_types"]}
    return visit.page(
        "needs.html",
        status,
        form=form,
        common=[types[code] for code in PICTURED if code in types],
        groups=by_group(service_type for code, service_type in types.items() if code not in PICTURED),
        faults=faults or {},
        here_form="/intake",
        **terms,
    )


def _who_page(
    visit: Visit,
    form: Form,
    terms: dict[str, Any],
    status: int = 200,
    faults: dict[str, list[str]] | None = None,
    *,
    since: str | None = None,
) -> Response:
    page_fields = {*QUESTIONS_FOR_ALL, *(f"{profile_form.URGENCY}{code}" for code in form.all(profile_form.NEED))}
    return visit.page(
        "who.html",
        status,
        form=form,
        faults=faults or {},
        page_fields=page_fields,
        usual=usual_urgency,
        choices=profile_form.CHOICES,
        since=since,
        here_form=WHO,
        **terms,
    )


async def _answer_page(
    visit: Visit, form: Form, document: dict[str, Any], terms: dict[str, Any], *, at: str, version: str
) -> Response:
    calls = calls_of(document, profile_form.most_urgent_needs(form))
    candidates = [call for call in calls if call.key not in form.all(profile_form.NO)]
    refusals = [call for call in calls if call not in candidates]
    later, question = later_calls(document), profile_form.next_question(form, document)
    at_once = duties_at_once(document)
    notices = {
        place: [notice for notice in document["notices"] if notice["id"] in ids] for place, ids in PLACES.items()
    }
    placed_notices = [*chain.from_iterable(notices.values())]
    return visit.page(
        "answer.html", at=at, is_whole=bool(version), form=form,
        is_changed=version not in ("", str(document["directory_version"])), answer=document,
        lead=document["lead"], candidates=candidates, refusals=refusals, later=later, duties=at_once,
        possible_duties=[duty for duty in document["duties"] if duty not in at_once],
        warnings=[
            notice for notice in warnings_of(document) if not document["lead"]["plain"].startswith(notice["plain"])
        ],
        notices=notices, question=question,
        other_notices=[notice for notice in document["notices"] if notice not in placed_notices],
        facts=await facts_of(visit, with_records((*candidates, *later)), form.value(profile_form.AREA)),
        page_fields={question["attribute"]} if question else set(), choices=profile_form.CHOICES, **terms,
    )  # fmt: skip


async def profile_terms(visit: Visit) -> dict[str, Any]:
    """Return the words of a profile for the templates: types, names of types and traits by code, areas, languages."""
    terms = (await visit.ask("GET", TERMS)).document
    return {
        "names": {word["code"]: word["name"] for word in (*terms["service_types"], *terms["traits"])},
        "service_types": terms["service_types"],
        "areas": terms["areas"],
        "area_names": profile_form.named_areas(terms["areas"]),
        "languages": sorted(terms["languages"], key=lambda tag: tag["code"] not in FIRST_LANGUAGES),
    }
