"""The coalition's table: hand-offs, coverage, due items, exchange, contacts, words, outcomes and the legal hold."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from fastapi import APIRouter
from starlette.responses import Response

from service.page.errors import PageRoute
from service.page.forms import fields
from service.page.names import every_name
from service.page.visit import Visit, Visiting

router = APIRouter(route_class=PageRoute, include_in_schema=False)
PARTS = ("map", "coverage", "due", "exchange", "contacts", "words", "outcomes", "legal-hold")
"""The pages of the table, by the last part of their path."""
SVG, CALENDAR = "image/svg+xml", "text/calendar"
WITHIN = ("P30D", "P60D", "P180D", "P365D")
BY = ("type", "area", "outcome", "reason")
MAP, COVERAGE, DUE, PROPOSALS = "/v1/coalition/map", "/v1/coverage", "/v1/coalition/due", "/v1/vocabulary-proposals"
WORD = fields("term", "means")
DECISION = fields("id", "tag", "status")
HELD = fields("id")
WRONG, FORBIDDEN, STALE, GONE_ON = 422, 403, 412, 409


@router.get("/coalition")
async def table(visit: Visiting) -> Response:
    """Show the pages of the coalition's table."""
    return visit.page("coalition.html", parts=PARTS)


@router.get("/coalition/map")
async def coalition_map(visit: Visiting, of: str = "") -> Response:
    """Show the hand-offs as a picture and as a table, and the agencies on which a need alone depends.

    A large map is of groups, each a link to its agencies (`of`).
    """
    found = (await visit.ask("GET", _place(MAP, **_part(of)))).document
    names = {one["slug"]: one["name"] for one in found["organizations"]}
    giving: dict[str, dict[str, list[str]]] = {}
    for edge in found["edges"]:
        giving.setdefault(edge["from"], {}).setdefault(edge["relationship"], []).append(edge["to"])
    if found["groups"]:
        names = {one["code"]: one["name"] for one in (await visit.ask("GET", "/v1/terms")).document["areas"]}
    return visit.page("coalition_map.html", found=found, giving=giving, names=names, of=of)


@router.get("/coalition/coverage")
async def coverage(visit: Visiting, area: str = "") -> Response:
    """Show coverage by need and age in one area, as a heat map and as a table, with the needs no agency meets."""
    areas = (await visit.ask("GET", "/v1/terms")).document["areas"]
    chosen = area if any(one["code"] == area for one in areas) else (areas[0]["code"] if areas else "")
    found = (await visit.ask("GET", _place(COVERAGE, area=chosen))).document
    rows: dict[str, dict[tuple[int, int], int]] = {}
    for cell in found["cells"]:
        rows.setdefault(cell["type"], {})[cell["age"]["min"], cell["age"]["max"]] = cell["organizations"]
    bands = [(band["min"], band["max"]) for band in found["bands"]]
    return visit.page(
        "coalition_coverage.html", found=found, rows=rows, bands=bands, areas=areas, chosen=chosen,
        names=await every_name(visit),
    )  # fmt: skip


@router.get("/coalition/due")
async def due(visit: Visiting, within: str = WITHIN[1]) -> Response:
    """Show the due items, the earliest first."""
    chosen = within if within in WITHIN else WITHIN[1]
    found = (await visit.ask("GET", _place(DUE, within=chosen))).document
    return visit.page("coalition_due.html", items=found["items"], within=WITHIN, chosen=chosen)


@router.get("/coalition/exchange")
async def exchange(visit: Visiting) -> Response:
    """Show the wants of members, and the members that could give."""
    found = (await visit.ask("GET", "/v1/coalition/exchange")).document
    return visit.page("coalition_exchange.html", found=found, names=await every_name(visit))


@router.get("/coalition/contacts")
async def contacts(visit: Visiting) -> Response:
    """Show each member's contact, the end of the term, and the successor."""
    rows = (await visit.ask("GET", "/v1/coalition/contacts")).document["contacts"]
    return visit.page("coalition_contacts.html", rows=rows, names=await every_name(visit))


@router.get("/coalition/words")
async def words(visit: Visiting) -> Response:
    """Show words with different meanings at different agencies, and open proposals of words and labels."""
    return await _words_page(visit)


@router.post("/coalition/words/propose")
async def propose_word(visit: Visiting) -> Response:
    """Propose a meaning of a word for the caller's organization."""
    form = await visit.form(WORD)
    body = {"term": form.one("term"), "means": form.one("means")}
    reply = await visit.ask("POST", PROPOSALS, body, but={WRONG, GONE_ON})
    return await _words_page(
        visit, reply.status if reply.refused else 200, told="wrong" if reply.refused else "proposed"
    )


@router.post("/coalition/words/decide")
async def decide_word(visit: Visiting) -> Response:
    """Accept or decline a proposal."""
    form = await visit.form(DECISION)
    place = f"{PROPOSALS}/{quote(form.one('id'), safe='')}/decision"
    body = {"status": form.one("status")}
    reply = await visit.ask("PUT", place, body, match=form.one("tag"), but={STALE, GONE_ON, FORBIDDEN})
    told = "not_yours" if reply.status == FORBIDDEN else "changed" if reply.refused else "decided"
    return await _words_page(visit, reply.status if reply.refused else 200, told=told)


@router.get("/coalition/outcomes")
async def outcomes(visit: Visiting, by: str = BY[0]) -> Response:
    """Show the outcomes of referrals in the latest counted quarter."""
    chosen = by if by in BY else BY[0]
    found = (await visit.ask("GET", _place("/v1/outcomes", by=chosen))).document
    return visit.page("coalition_outcomes.html", found=found, ways=BY, chosen=chosen)


@router.get("/coalition/legal-hold")
async def legal_hold(visit: Visiting) -> Response:
    """Show the contacts for a subpoena, and the kinds of record kept."""
    return await _hold_page(visit, "")


@router.post("/coalition/legal-hold")
async def held(visit: Visiting) -> Response:
    """Show the number of rows held about an id, never their content. The id may be a client's: no address holds it."""
    form = await visit.form(HELD)
    return await _hold_page(await visit.switched(form) or visit, form.one("id"))


@router.get("/coalition/map.svg")
async def map_picture(visit: Visiting, of: str = "") -> Response:
    """Give the map, or a part of it, as a picture."""
    return await _file(visit, _place(MAP, **_part(of)), SVG)


@router.get("/coalition/coverage.svg")
async def coverage_picture(visit: Visiting, area: str = "") -> Response:
    """Give the heat map of an area as a picture."""
    return await _file(visit, _place(COVERAGE, **({"area": area} if area else {})), SVG)


@router.get("/coalition/due.ics")
async def due_calendar(visit: Visiting, within: str = WITHIN[1]) -> Response:
    """Give the due items as a calendar file."""
    response = await _file(visit, _place(DUE, within=within), CALENDAR)
    response.headers["Content-Disposition"] = 'attachment; filename="due.ics"'
    return response


async def _file(visit: Visit, place: str, media_type: str) -> Response:
    return Response((await visit.ask("GET", place, accept=media_type)).text, media_type=media_type)


async def _words_page(visit: Visit, status: int = 200, *, told: str | None = None) -> Response:
    split = (await visit.ask("GET", "/v1/coalition/words")).document["words"]
    listed = (await visit.ask("GET", f"{PROPOSALS}?status=open&per_page=100")).document["items"]
    replies = [await visit.ask("GET", f"{PROPOSALS}/{quote(one['id'], safe='')}") for one in listed]
    terms = (await visit.ask("GET", "/v1/terms")).document
    return visit.page(
        "coalition_words.html", status, split=split, kinds=terms["service_types"], told=told,
        names=await every_name(visit), proposed=[(reply.document, reply.headers["etag"]) for reply in replies],
        here="/coalition/words", agencies={one["code"]: one["meaning"] for one in terms["kinds"]},
    )  # fmt: skip


async def _hold_page(visit: Visit, held_id: str) -> Response:
    place = _place("/v1/coalition/legal-hold", **({"id": held_id} if held_id else {}))
    reply = await visit.ask("GET", place, but={WRONG})
    found = (await visit.ask("GET", _place("/v1/coalition/legal-hold")) if reply.refused else reply).document
    return visit.page(
        "coalition_hold.html", reply.status, found=found, held_id=held_id, is_wrong=reply.refused,
        names=await every_name(visit), here="/coalition/legal-hold",
    )  # fmt: skip


def _part(of: str) -> dict[str, str]:
    return {"of": of} if of else {}


def _place(path: str, **query: str) -> str:
    return f"{path}?{urlencode(query)}" if query else path
