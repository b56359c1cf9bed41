"""The coalition's table: figures, hand-offs, coverage, due items, exchange, contacts and outcomes."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from service.page import coalition_tables as tables
from service.page.errors import PageRoute
from service.page.forms import fields
from service.page.names import every_name, place_of
from service.page.tables import Table
from service.page.visit import Visit, Visiting

router = APIRouter(route_class=PageRoute, include_in_schema=False)
PARTS = ("coverage", "map", "due", "outcomes", "exchange", "contacts", "words", "legal-hold")
"""The pages of the table, by the last part of their path."""
SVG, CALENDAR = "image/svg+xml", "text/calendar"
WITHIN = ("P30D", "P60D", "P180D", "P365D")
BY = ("type", "area", "outcome", "reason")
MAP, COVERAGE, DUE, OUTCOMES = "/v1/coalition/map", "/v1/coverage", "/v1/coalition/due", "/v1/outcomes"
CONTACTS, WORDS = "/v1/coalition/contacts", "/v1/coalition/words"
PART = fields("agency", "of")
AGENCY = "organization:"
MOST_TO_CHOOSE = 300
FEW = 12
"""So many due items of one state stand open; more are folded."""
FORBIDDEN = 403


@router.get("/coalition")
async def table(visit: Visiting) -> Response:
    """Show the figures that matter first, and the pages of the table."""
    figures = (await visit.ask("GET", "/v1/coalition/figures")).document
    found = await visit.ask("GET", place_of(OUTCOMES, by="outcome"), but={FORBIDDEN})
    counted = None if found.refused else found.document
    chart = counted and tables.outcomes(counted, visit.words, "outcome")
    return visit.page(
        "coalition.html", parts=PARTS, figures=figures, outcomes=counted, chart=chart, lengths=_lengths(counted)
    )


@router.get("/coalition/map")
async def coalition_map(visit: Visiting, of: str = "") -> Response:
    """Show the hand-offs as a picture and as a table, and the agencies on which a need alone depends.

    A large map is of groups, each a link to its agencies (`of`).
    """
    return await _map_page(visit, of)


@router.post("/coalition/map")
async def map_of_agency(visit: Visiting) -> Response:
    """Show the hand-offs of one agency. It may be an unlisted one, so no address of a page holds it."""
    form = await visit.form(PART)
    switched = await visit.switched(form)
    if switched is not None:
        return await _map_page(switched, form.one("of"))
    return await _map_page(visit, f"{AGENCY}{form.one('agency')}" if form.one("agency") else "")


@router.get("/coalition/coverage")
async def coverage(visit: Visiting, area: str = "") -> Response:
    """Show coverage by need and age in one area, with the needs that no agency meets."""
    chosen, areas, found = await _coverage(visit, area)
    offered = {cell["type"] for cell in found["cells"]}
    return visit.page(
        "coalition_coverage.html", found=found, areas=areas, chosen=chosen, names=await every_name(visit),
        table=tables.coverage(found, visit.words),
        missing=sorted({gap["type"] for gap in found["gaps"]} - offered),
        gaps=tables.ages_by_need(gap for gap in found["gaps"] if gap["type"] in offered),
        thin=tables.ages_by_need(found["thin"]), alone=_alone(found["thin"]),
    )  # fmt: skip


@router.get("/coalition/due")
async def due(visit: Visiting, within: str = WITHIN[1]) -> Response:
    """Show the due items by state, the earliest first."""
    chosen, found = await _due(visit, within)
    own = visit.signed.caller.organization if visit.signed else ""
    return visit.page(
        "coalition_due.html", items=found["items"], within=WITHIN, chosen=chosen, own=own, few=FEW,
        names=await every_name(visit),
    )  # fmt: skip


@router.get("/coalition/exchange")
async def exchange(visit: Visiting) -> Response:
    """Show the wants of members, and the members that could give."""
    found, names = (await visit.ask("GET", "/v1/coalition/exchange")).document, await every_name(visit)
    shown = tables.exchange(found, visit.words, names)
    return visit.page("coalition_exchange.html", found=found, names=names, table=shown)


@router.get("/coalition/contacts")
async def contacts(visit: Visiting) -> Response:
    """Show each member's contact, the end of the term, and the successor."""
    rows = (await visit.ask("GET", CONTACTS)).document["contacts"]
    return visit.page("coalition_contacts.html", rows=rows, names=await every_name(visit))


@router.get("/coalition/outcomes")
async def outcomes(visit: Visiting, by: str = BY[0]) -> Response:
    """Show the outcomes of referrals in the latest counted quarter."""
    chosen, found = await _outcomes(visit, by)
    shown = tables.outcomes(found, visit.words, chosen)
    return visit.page(
        "coalition_outcomes.html", found=found, ways=BY, chosen=chosen, table=shown, lengths=_lengths(found)
    )  # fmt: skip


@router.get("/coalition/map.svg")
async def map_picture(visit: Visiting, of: str = "", narrow: str = "") -> Response:
    """Give the map, or a part of it, as a picture."""
    return await _file(visit, place_of(MAP, of=of, narrow=narrow and "true"), SVG)


@router.get("/coalition/coverage.svg")
async def coverage_picture(visit: Visiting, area: str = "") -> Response:
    """Give the heat map of an area as a picture."""
    return await _file(visit, place_of(COVERAGE, area=area), SVG)


@router.get("/coalition/due.ics")
async def due_calendar(visit: Visiting, within: str = WITHIN[1]) -> Response:
    """Give the due items as a calendar file."""
    response = await _file(visit, place_of(DUE, within=within), CALENDAR)
    response.headers["Content-Disposition"] = 'attachment; filename="due.ics"'
    return response


@router.get("/coalition/map.csv")
async def map_file(visit: Visiting, of: str = "") -> Response:
    """Give the hand-offs, or the groups of a large map, as a file."""
    return (await _map_table(visit, (await visit.ask("GET", place_of(MAP, of=of))).document)).file()


@router.get("/coalition/coverage.csv")
async def coverage_file(visit: Visiting, area: str = "") -> Response:
    """Give the coverage of an area as a file."""
    _, _, found = await _coverage(visit, area)
    return tables.coverage(found, visit.words).file()


@router.get("/coalition/due.csv")
async def due_file(visit: Visiting, within: str = WITHIN[1]) -> Response:
    """Give the due items as a file."""
    _, found = await _due(visit, within)
    return tables.due(found, visit.words).file()


@router.get("/coalition/exchange.csv")
async def exchange_file(visit: Visiting) -> Response:
    """Give what members offer and want as a file."""
    found = (await visit.ask("GET", "/v1/coalition/exchange")).document
    return tables.exchange(found, visit.words, await every_name(visit)).file()


@router.get("/coalition/contacts.csv")
async def contacts_file(visit: Visiting) -> Response:
    """Give who speaks for each member as a file."""
    return tables.contacts((await visit.ask("GET", CONTACTS)).document, visit.words, await every_name(visit)).file()


@router.get("/coalition/words.csv")
async def words_file(visit: Visiting) -> Response:
    """Give who means what by the words that differ as a file."""
    return tables.meanings((await visit.ask("GET", WORDS)).document, visit.words, await every_name(visit)).file()


@router.get("/coalition/outcomes.csv")
async def outcomes_file(visit: Visiting, by: str = BY[0]) -> Response:
    """Give the counted outcomes as a file."""
    chosen, found = await _outcomes(visit, by)
    return tables.outcomes(found, visit.words, chosen).file()


async def _map_page(visit: Visit, of: str) -> Response:
    found = (await visit.ask("GET", place_of(MAP, of=of))).document
    every = sorted((await every_name(visit)).items(), key=lambda pair: pair[1].casefold())
    areas = (await visit.ask("GET", "/v1/terms")).document["areas"] if found["groups"] else []
    return visit.page(
        "coalition_map.html", found=found, of=of, agency=of.removeprefix(AGENCY), table=await _map_table(visit, found),
        areas={one["code"]: one["name"] for one in areas},
        agencies=every if len(every) <= MOST_TO_CHOOSE else [], here="/coalition/map",
    )  # fmt: skip


async def _map_table(visit: Visit, found: dict[str, Any]) -> Table:
    if not found["groups"]:
        return tables.hand_offs(found, visit.words)
    areas = {one["code"]: one["name"] for one in (await visit.ask("GET", "/v1/terms")).document["areas"]}
    return tables.groups(found, visit.words, areas)


async def _coverage(visit: Visit, area: str) -> tuple[str, list[dict[str, Any]], dict[str, Any]]:
    """Return the area asked for, or the first, with every area, and the coverage there."""
    areas = (await visit.ask("GET", "/v1/terms")).document["areas"]
    chosen = area if any(one["code"] == area for one in areas) else (areas[0]["code"] if areas else "")
    return chosen, areas, (await visit.ask("GET", place_of(COVERAGE, area=chosen))).document


async def _due(visit: Visit, within: str) -> tuple[str, dict[str, Any]]:
    chosen = within if within in WITHIN else WITHIN[1]
    return chosen, (await visit.ask("GET", place_of(DUE, within=chosen))).document


async def _outcomes(visit: Visit, by: str) -> tuple[str, dict[str, Any]]:
    chosen = by if by in BY else BY[0]
    return chosen, (await visit.ask("GET", place_of(OUTCOMES, by=chosen))).document


def _lengths(outcomes: dict[str, Any] | None) -> list[int]:
    """Return the length of each row's bar, in hundredths of the longest. Pure."""
    counts = [row["referrals"] for row in (outcomes or {}).get("rows", ())]
    return [100 * count // max(counts) for count in counts]


def _alone(thin: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Return the agencies (slugs) that meet each need alone. Pure."""
    found: dict[str, dict[str, None]] = {}
    for one in thin:
        found.setdefault(one["type"], {})[one["organization"]] = None
    return {need: list(slugs) for need, slugs in found.items()}


async def _file(visit: Visit, place: str, media_type: str) -> Response:
    return Response((await visit.ask("GET", place, accept=media_type)).text, media_type=media_type)
