"""The coalition's words, proposed and decided, and the legal hold: pages of the table with forms of their own."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter
from starlette.responses import Response

from service.page.errors import PageRoute
from service.page.forms import fields
from service.page.names import every_name, place_of
from service.page.visit import SignedInVisit, Visit

router = APIRouter(route_class=PageRoute, include_in_schema=False)
PROPOSALS, HOLD = "/v1/vocabulary-proposals", "/v1/coalition/legal-hold"
WORD = fields("term", "means")
DECISION = fields("id", "tag", "status")
HOLD_FIELDS = fields("id")
WRONG, FORBIDDEN, STALE, GONE_ON = 422, 403, 412, 409


@router.get("/coalition/words")
async def words(visit: SignedInVisit) -> Response:
    """Show words with different meanings at different agencies, and open proposals of words and labels."""
    return await _words_page(visit)


@router.post("/coalition/words/propose")
async def propose_word(visit: SignedInVisit) -> Response:
    """Propose a meaning of a word for the caller's organization."""
    form = await visit.form(WORD)
    body = {"term": form.value("term"), "means": form.value("means")}
    reply = await visit.ask("POST", PROPOSALS, body, but={WRONG, GONE_ON})
    return await _words_page(
        visit, reply.status if reply.is_refused else 200, result="wrong" if reply.is_refused else "proposed"
    )


@router.post("/coalition/words/decide")
async def decide_word(visit: SignedInVisit) -> Response:
    """Accept or decline a proposal."""
    form = await visit.form(DECISION)
    place = f"{PROPOSALS}/{quote(form.value('id'), safe='')}/decision"
    body = {"status": form.value("status")}
    reply = await visit.ask("PUT", place, body, match=form.value("tag"), but={STALE, GONE_ON, FORBIDDEN})
    result = "not_yours" if reply.status == FORBIDDEN else "changed" if reply.is_refused else "decided"
    return await _words_page(visit, reply.status if reply.is_refused else 200, result=result)


@router.get("/coalition/legal-hold")
async def legal_hold(visit: SignedInVisit) -> Response:
    """Show the contacts for a subpoena, and the kinds of record kept."""
    return await _hold_page(visit, "")


@router.post("/coalition/legal-hold")
async def search_hold(visit: SignedInVisit) -> Response:
    """Show the number of rows held about an id, never their content. The id may be a client's: no address holds it."""
    form = await visit.form(HOLD_FIELDS)
    return await _hold_page(await visit.in_form_language(form) or visit, form.value("id"))


async def _words_page(visit: Visit, status: int = 200, *, result: str | None = None) -> Response:
    split = (await visit.ask("GET", "/v1/coalition/words")).document["words"]
    proposals = (await visit.ask("GET", f"{PROPOSALS}?status=open&per_page=100")).document["items"]
    replies = [await visit.ask("GET", f"{PROPOSALS}/{quote(proposal['id'], safe='')}") for proposal in proposals]
    terms = (await visit.ask("GET", "/v1/terms")).document
    return visit.page(
        "coalition_words.html", status, split=split, kinds=terms["service_types"], result=result,
        names=await every_name(visit), here="/coalition/words",
        proposals=[(reply.document, reply.headers["etag"]) for reply in replies],
        agencies={kind["code"]: kind["meaning"] for kind in terms["kinds"]},
    )  # fmt: skip


async def _hold_page(visit: Visit, held_id: str) -> Response:
    place = place_of(HOLD, id=held_id)
    reply = await visit.ask("GET", place, but={WRONG})
    hold = (await visit.ask("GET", HOLD) if reply.is_refused else reply).document
    organization = visit.session.caller.organization if visit.session else ""
    contacts = [contact for contact in hold["contacts"] if contact["phone"] or contact["line"]]
    return visit.page(
        "coalition_hold.html", reply.status, hold=hold, contacts=contacts, organization=organization, held_id=held_id,
        is_wrong=reply.is_refused, names=await every_name(visit), here="/coalition/legal-hold",
    )  # fmt: skip
