"""From needs to the first call: the needs, the client's facts, the answer. Typed values travel only in forms."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from service.answers.printed.brief import BESIDE_DUTIES, FINE_PRINT, SAFETY_FIRST, duties_at_once
from service.page import asked
from service.page.calls import calls_of, later_calls, warnings_of, with_records
from service.page.errors import PageRoute
from service.page.facts import facts_of
from service.page.forms import Form
from service.page.needs import PICTURED, grouped, usual_urgency
from service.page.refusals import problems_at
from service.page.visit import Visit, Visiting

router = APIRouter(route_class=PageRoute, include_in_schema=False)
PROFILE_REFUSED = 422
TERMS, PATHS = "/v1/terms", "/v1/referral-paths"
WHO = "/intake/who"
FIRST_LANGUAGES = ("en", "es")
ASKED_OF_ALL = (
    "client.age", asked.LANGUAGES, asked.AREA, "facts.client_present", asked.DANGER, asked.NO_POLICE,
    asked.CALLER, asked.GUARDIAN,
)  # fmt: skip
"""Questions put to every client; the answer itself proposes further questions."""
PLACES = {"safety": SAFETY_FIRST, "beside": BESIDE_DUTIES, "fine": FINE_PRINT}


@router.get("/intake")
async def begin_intake(visit: Visiting) -> Response:
    """Show the needs to choose from, with no need chosen."""
    return await _needs_page(visit, Form())


@router.post("/intake")
async def choose_needs(visit: Visiting) -> Response:
    """Show the needs again with the chosen ones, to change them or to switch the language."""
    form = await visit.form(asked.PROFILE)
    return await _needs_page(await visit.switched(form) or visit, form)


@router.post(WHO)
async def say_who(visit: Visiting) -> Response:
    """Show the urgency of each chosen need, and the questions about the client."""
    form = await visit.form(asked.PROFILE)
    visit = await visit.switched(form) or visit
    if not form.all(asked.NEED):
        return await _needs_page(visit, form, 422, {asked.NEED: [""]})
    return _who_page(visit, form, await known_terms(visit))


@router.post("/answer")
async def answer(visit: Visiting) -> Response:
    """Show the agency to call and the words to say; for a refused profile, the form with the faults at its fields.

    The first part of the answer alone, unless the form tells of a first part that is on the screen already.
    """
    sent = await visit.form(asked.PROFILE | asked.REST)
    visit = await visit.switched(sent) or visit
    terms = await known_terms(visit)
    form = asked.with_area_code(sent.only(asked.PROFILE), terms["area_names"])
    seen, at = sent.one(asked.SEEN), sent.one(asked.AT) or visit.now.isoformat()
    wanted = {"at": at} if seen else {"at": at, "include": asked.first_part(form)}
    reply = await visit.ask("POST", PATHS, asked.profile_of(form) | wanted, but={PROFILE_REFUSED})
    if reply.refused:
        return _who_page(visit, form, terms, reply.status, problems_at(reply, asked.pointers(form)))
    return await _answer_page(visit, form, reply.document, terms, at=at, seen=seen)


async def _needs_page(
    visit: Visit, form: Form, status: int = 200, found: dict[str, list[str]] | None = None
) -> Response:
    terms = await known_terms(visit)
    types = {one["code"]: one for one in terms["service_types"]}
    return visit.page(
        "needs.html",
        status,
        form=form,
        common=[types[code] for code in PICTURED if code in types],
        groups=grouped(one for code, one in types.items() if code not in PICTURED),
        found=found or {},
        here_form="/intake",
        **terms,
    )


def _who_page(
    visit: Visit, form: Form, terms: dict[str, Any], status: int = 200, found: dict[str, list[str]] | None = None
) -> Response:
    shown = {*ASKED_OF_ALL, *(f"{asked.URGENCY}{code}" for code in form.all(asked.NEED))}
    return visit.page(
        "who.html",
        status,
        form=form,
        found=found or {},
        shown=shown,
        usual=usual_urgency,
        choices=asked.CHOICES,
        here_form=WHO,
        **terms,
    )


async def _answer_page(
    visit: Visit, form: Form, document: dict[str, Any], terms: dict[str, Any], *, at: str, seen: str
) -> Response:
    calls = calls_of(document, asked.pressing(form))
    left = [call for call in calls if call.key not in form.all(asked.NO)]
    refused = [call for call in calls if call not in left]
    then, question = later_calls(document), asked.next_question(form, document)
    at_once = duties_at_once(document)
    notices = {place: [one for one in document["notices"] if one["id"] in ids] for place, ids in PLACES.items()}
    placed = [one for ones in notices.values() for one in ones]
    return visit.page(
        "answer.html", at=at, whole=bool(seen), changed=seen not in ("", str(document["directory_version"])),
        form=form, answer=document, lead=document["lead"], left=left, refused=refused,
        then=then, duties=at_once, perhaps=[one for one in document["duties"] if one not in at_once],
        warnings=[one for one in warnings_of(document) if not document["lead"]["plain"].startswith(one["plain"])],
        notices=notices, more=[one for one in document["notices"] if one not in placed], question=question,
        facts=await facts_of(visit, with_records((*left, *then)), form.one(asked.AREA)),
        shown={question["attribute"]} if question else set(), choices=asked.CHOICES, **terms,
    )  # fmt: skip


async def known_terms(visit: Visit) -> dict[str, Any]:
    """Return the words of a profile for the templates: types, names of types and traits by code, areas, languages."""
    terms = (await visit.ask("GET", TERMS)).document
    return {
        "names": {word["code"]: word["name"] for word in (*terms["service_types"], *terms["traits"])},
        "service_types": terms["service_types"],
        "areas": terms["areas"],
        "area_names": asked.named_areas(terms["areas"]),
        "languages": sorted(terms["languages"], key=lambda tag: tag["code"] not in FIRST_LANGUAGES),
    }
