"""From needs to the first call: the needs, the client's facts, the answer. Typed values travel only in forms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter
from starlette.responses import Response

from service.answers.printed.parts import duties_at_once
from service.directory.routes.dependencies import wiring_of
from service.page import profile_form
from service.page.calls import Document, agencies_on, items_with_calls
from service.page.errors import PageRoute
from service.page.facts import facts_of
from service.page.forms import Form, fields
from service.page.needs import PICTURED, by_group, usual_urgency
from service.page.refusals import problems_at
from service.page.sheet_walk import WALKED, last_lines, numbers_on
from service.page.visit import SignedInVisit, Visit

router = APIRouter(route_class=PageRoute, include_in_schema=False)
PROFILE_REFUSED = 422
TERMS, PATHS = "/v1/terms", "/v1/referral-paths"
WHO = "/intake/who"
AGAIN = fields("id")
FIRST_LANGUAGES = ("en", "es")
QUESTIONS_FOR_ALL = (
    "client.age", profile_form.LANGUAGES, profile_form.AREA, "facts.client_present", profile_form.DANGER,
    profile_form.NO_POLICE, profile_form.CALLER, profile_form.GUARDIAN, profile_form.WITH,
)  # fmt: skip
"""Questions put to every client; the answer itself proposes further questions."""
IN_DANGER = ("emergency", "safety")
"""What an answer that begins with a danger leads with."""
NUMBERED = tuple(kind for kind in WALKED if kind != "danger")
"""The kinds of items in the numbered list; dangers and safety come before it, lines and notes after it."""


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
    """Show the call sheet; for a refused profile, the form with the faults at its fields.

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
    traits = [trait for trait in known_traits(visit, terms) if form.value(f"{profile_form.TRAIT}{trait}") != "no"]
    page_fields = {
        *QUESTIONS_FOR_ALL,
        *(profile_form.TRAIT + trait for trait in traits),
        *(f"{profile_form.URGENCY}{code}" for code in form.all(profile_form.NEED)),
    }
    return visit.page(
        "who.html",
        status,
        form=form,
        faults=faults or {},
        page_fields=page_fields,
        is_more=any(form.value(name) for name in (profile_form.WITH, *(profile_form.TRAIT + one for one in traits))),
        usual=usual_urgency,
        choices=profile_form.CHOICES,
        since=since,
        here_form=WHO,
        **{**terms, "traits": traits},
    )


async def _answer_page(
    visit: Visit, form: Form, document: dict[str, Any], terms: dict[str, Any], *, at: str, version: str
) -> Response:
    sheet, lead = items_with_calls(document), document["lead"]
    duties, on_sheet = duties_at_once(document), {item.get("duty") for item in sheet}
    asked = next((item for item in sheet if item["kind"] == "question"), None)
    question, text = profile_form.question_to_put(form, document, asked) if asked else (None, "")
    numbered = [item for item in sheet if item["kind"] in NUMBERED and (item is not asked or question)]
    items = [{**item, "question": question, "text": text} if item is asked else item for item in numbered]
    said = {lead["plain"], *(item["text"] for item in sheet)}
    return visit.page(
        "answer.html", at=at, is_whole=bool(version), form=form, answer=document, lead=lead, sheet=sheet,
        is_changed=version not in ("", str(document["directory_version"])), items=items, question=question,
        dangers=[item for item in sheet if item["kind"] == "danger" and not _is_said(item, lead)],
        safety=[item for item in sheet if item["kind"] == "safety" and not _is_said(item, lead)],
        first_call=next((item for item in items if item["kind"] == "call"), None),
        first_number=None if lead["do"] in IN_DANGER else next(filter(numbers_on, items), None),
        duties=duties, last_lines=last_lines(document),
        possible_duties=[duty for duty in document["duties"] if duty not in duties and duty["id"] not in on_sheet],
        other_notices=[notice for notice in document["notices"] if notice["plain"] not in said],
        facts=await facts_of(visit, agencies_on(sheet), form.value(profile_form.AREA)),
        page_fields={question["attribute"]} if question else set(), choices=profile_form.CHOICES, **terms,
    )  # fmt: skip


def _is_said(item: Document, lead: Document) -> bool:
    """Say whether a lead about danger, which is a card of its own, says all of an item: its text and its number."""
    is_in_lead = lead["do"] in IN_DANGER and item["text"] in lead["plain"]
    return is_in_lead and item.get("sms") is None and item.get("phone") in (None, lead["phone"])


def known_traits(visit: Visit, terms: Mapping[str, Any]) -> list[str]:
    """Return the traits that the caller's agency may enter: staff of a public system leave some to advocates."""
    snapshot = wiring_of(visit.request).snapshots.current().snapshot
    origin = visit.session.caller.organization if visit.session else ""
    is_system = snapshot.organization(origin).basis == "systems"
    left_out = snapshot.law.left_to_advocates if is_system else frozenset[str]()
    return [trait["code"] for trait in terms["traits"] if trait["code"] not in left_out]


async def profile_terms(visit: Visit) -> dict[str, Any]:
    """Return the words of a profile for the templates: types, names of types and traits by code, areas, languages."""
    terms = (await visit.ask("GET", TERMS)).document
    return {
        "names": {word["code"]: word["name"] for word in (*terms["service_types"], *terms["traits"])},
        "service_types": terms["service_types"],
        "traits": terms["traits"],
        "areas": terms["areas"],
        "area_names": profile_form.named_areas(terms["areas"]),
        "languages": sorted(terms["languages"], key=lambda tag: tag["code"] not in FIRST_LANGUAGES),
    }
