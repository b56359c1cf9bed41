"""The coalition's table: figures, hand-offs, coverage, due items, exchange, contacts and outcomes."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from service.page import coalition_tables as tables
from service.page.desk.kinds import DUE as SETTLED_BY
from service.page.desk.kinds import KINDS
from service.page.errors import PageRoute
from service.page.forms import fields, is_number
from service.page.names import every_name, place_of
from service.page.tables import Table
from service.page.visit import SignedInVisit, Visit

router = APIRouter(route_class=PageRoute, include_in_schema=False)
PARTS = ("coverage", "map", "due", "outcomes", "exchange", "contacts", "words", "what-if", "legal-hold")
"""The pages of the table, by the last part of their path."""
SVG, CALENDAR = "image/svg+xml", "text/calendar"
GRAPHML, NODE_LINK = "application/graphml+xml", "application/vnd.node-link+json"
WITHIN = ("P30D", "P60D", "P180D", "P365D")
BY = ("type", "area", "outcome", "reason")
MAP, COVERAGE, DUE, OUTCOMES = "/v1/coalition/map", "/v1/coverage", "/v1/coalition/due", "/v1/outcomes"
CONTACTS, WORDS, TERMS = "/v1/coalition/contacts", "/v1/coalition/words", "/v1/terms"
PART = fields("agency", "of")
AGENCY = "organization:"
MOST_TO_CHOOSE = 300
DUE_PER_PAGE = 60
MOST_ON_MAP, MOST_POINTS, MOST_LISTED = 40, 40, 8
"""Agencies that a picture shows, at most; agencies without a backup that the page lists, and what it lists of each."""
FORBIDDEN = 403


@router.get("/coalition")
async def table(visit: SignedInVisit) -> Response:
    """Show the figures that matter first, and the pages of the table."""
    figures = (await visit.ask("GET", "/v1/coalition/figures")).document
    reply = await visit.ask("GET", place_of(OUTCOMES, by="outcome"), but={FORBIDDEN})
    statistics = None if reply.is_refused else reply.document
    chart = statistics and tables.outcomes(statistics, visit.words, "outcome")
    return visit.page(
        "coalition.html", parts=PARTS, figures=figures, outcomes=statistics, chart=chart, lengths=_lengths(statistics)
    )


@router.get("/coalition/map")
async def coalition_map(visit: SignedInVisit, of: str = "") -> Response:
    """Show the hand-offs as a picture and as a table, and the agencies on which a need alone depends.

    A large map is of groups, each a link to its agencies (`of`).
    """
    return await _map_page(visit, of)


@router.post("/coalition/map")
async def map_of_agency(visit: SignedInVisit) -> Response:
    """Show the hand-offs of one agency. It may be an unlisted one, so no address of a page holds it."""
    form = await visit.form(PART)
    visit_anew = await visit.in_form_language(form)
    if visit_anew is not None:
        return await _map_page(visit_anew, form.value("of"))
    return await _map_page(visit, f"{AGENCY}{form.value('agency')}" if form.value("agency") else "")


@router.get("/coalition/coverage")
async def coverage(visit: SignedInVisit, area: str = "") -> Response:
    """Show coverage by need and age in one area, with the needs that no agency meets."""
    selection, areas, document = await _coverage(visit, area)
    available = {cell["type"] for cell in document["cells"]}
    return visit.page(
        "coalition_coverage.html", document=document, areas=areas, selection=selection, names=await every_name(visit),
        table=tables.coverage(document, visit.words), focus_ages=tables.focus_ages(document),
        missing_types=sorted({gap["type"] for gap in document["gaps"]} - available),
        gaps=tables.ages_by_need(gap for gap in document["gaps"] if gap["type"] in available),
        thin=tables.ages_by_need(document["thin"]), alone=_alone(document["thin"]),
    )  # fmt: skip


@router.get("/coalition/due")
async def due(visit: SignedInVisit, within: str = WITHIN[1], page: str = "1") -> Response:
    """Show the due items by state, the earliest first, each once for all whom it concerns, with what settles it."""
    selection, document = await _due(visit, within)
    organization = visit.session.caller.organization if visit.session else ""
    items, number = once_each(document["items"]), int(page) if is_number(page) else 1
    number = max(1, min(number, -(-len(items) // DUE_PER_PAGE)))
    counts = {state: sum(item["state"] == state for item in items) for state in ("overdue", "soon", "later")}
    return visit.page(
        "coalition_due.html", items=items[(number - 1) * DUE_PER_PAGE : number * DUE_PER_PAGE], counts=counts,
        listed={"page": number, "per_page": DUE_PER_PAGE, "total": len(items)}, within=WITHIN, selection=selection,
        organization=organization, names=await every_name(visit), settled_by=SETTLED_BY, kinds=KINDS,
    )  # fmt: skip


@router.get("/coalition/exchange")
async def exchange(visit: SignedInVisit) -> Response:
    """Show the wants of members, and the members that could give."""
    document, names = (await visit.ask("GET", "/v1/coalition/exchange")).document, await every_name(visit)
    rows_and_heads = tables.exchange(document, visit.words, names)
    return visit.page("coalition_exchange.html", document=document, names=names, table=rows_and_heads)


@router.get("/coalition/contacts")
async def contacts(visit: SignedInVisit) -> Response:
    """Show each member's contact, the end of the term, and the successor."""
    rows = (await visit.ask("GET", CONTACTS)).document["contacts"]
    return visit.page("coalition_contacts.html", rows=rows, names=await every_name(visit))


@router.get("/coalition/outcomes")
async def outcomes(visit: SignedInVisit, by: str = BY[0]) -> Response:
    """Show the outcomes of referrals in the latest counted quarter."""
    selection, document = await _outcomes(visit, by)
    return visit.page(
        "coalition_outcomes.html", document=document, ways=BY, selection=selection,
        table=tables.outcomes(document, visit.words, selection),
    )  # fmt: skip


@router.get("/coalition/outcomes.svg")
async def outcomes_picture(visit: SignedInVisit, by: str = BY[0]) -> Response:
    """Give the counted outcomes as a chart."""
    return await _file(visit, place_of(OUTCOMES, by=by if by in BY else BY[0]), SVG)


@router.get("/coalition/map.svg")
async def map_picture(visit: SignedInVisit, of: str = "", narrow: str = "") -> Response:
    """Give the map, or a part of it, as a picture."""
    return await _file(visit, place_of(MAP, of=of, narrow=narrow and "true"), SVG)


@router.get("/coalition/coverage.svg")
async def coverage_picture(visit: SignedInVisit, area: str = "") -> Response:
    """Give the heat map of an area as a picture."""
    return await _file(visit, place_of(COVERAGE, area=area), SVG)


@router.get("/coalition/due.ics")
async def due_calendar(visit: SignedInVisit, within: str = WITHIN[1]) -> Response:
    """Give the due items as a calendar file."""
    response = await _file(visit, place_of(DUE, within=within), CALENDAR)
    response.headers["Content-Disposition"] = 'attachment; filename="due.ics"'
    return response


@router.get("/coalition/map.csv")
async def map_file(visit: SignedInVisit, of: str = "") -> Response:
    """Give the hand-offs, or the groups of a large map, as a file."""
    document = (await visit.ask("GET", place_of(MAP, of=of))).document
    return _map_table(visit, document, await _area_names(visit)).file()


@router.get("/coalition/map.graphml")
async def map_as_graphml(visit: SignedInVisit, of: str = "") -> Response:
    """Give the map, or a part of it, as GraphML."""
    return await _file(visit, place_of(MAP, of=of), GRAPHML)


@router.get("/coalition/map.json")
async def map_as_node_link(visit: SignedInVisit, of: str = "") -> Response:
    """Give the map, or a part of it, as node-link JSON."""
    return await _file(visit, place_of(MAP, of=of), NODE_LINK)


@router.get("/coalition/coverage.csv")
async def coverage_file(visit: SignedInVisit, area: str = "") -> Response:
    """Give the coverage of an area as a file."""
    _, _, document = await _coverage(visit, area)
    return tables.coverage(document, visit.words).file()


@router.get("/coalition/due.csv")
async def due_file(visit: SignedInVisit, within: str = WITHIN[1]) -> Response:
    """Give the due items as a file."""
    _, document = await _due(visit, within)
    return tables.due(document, visit.words).file()


@router.get("/coalition/exchange.csv")
async def exchange_file(visit: SignedInVisit) -> Response:
    """Give what members offer and want as a file."""
    document = (await visit.ask("GET", "/v1/coalition/exchange")).document
    return tables.exchange(document, visit.words, await every_name(visit)).file()


@router.get("/coalition/contacts.csv")
async def contacts_file(visit: SignedInVisit) -> Response:
    """Give the contact of each member as a file."""
    return tables.contacts((await visit.ask("GET", CONTACTS)).document, visit.words, await every_name(visit)).file()


@router.get("/coalition/words.csv")
async def words_file(visit: SignedInVisit) -> Response:
    """Give the meanings of the words with several meanings as a file."""
    return tables.meanings((await visit.ask("GET", WORDS)).document, visit.words, await every_name(visit)).file()


@router.get("/coalition/outcomes.csv")
async def outcomes_file(visit: SignedInVisit, by: str = BY[0]) -> Response:
    """Give the counted outcomes as a file."""
    selection, document = await _outcomes(visit, by)
    return tables.outcomes(document, visit.words, selection).file()


async def _map_page(visit: Visit, of: str) -> Response:
    document = (await visit.ask("GET", place_of(MAP, of=of))).document
    names, areas = await every_name(visit), await _area_names(visit)
    agencies = sorted(names.items(), key=lambda pair: pair[1].casefold())
    is_small = not document["groups"] and len(document["organizations"]) <= MOST_ON_MAP
    is_listed = is_small or of.startswith(AGENCY)
    table = _map_table(visit, document, areas) if is_listed else tables.matrix(document, visit.words)
    points = tables.single_points(document, visit.words, names, areas)
    return visit.page(
        "coalition_map.html", document=document, of=of, agency=of.removeprefix(AGENCY), here="/coalition/map",
        table=table, areas=areas, is_small=is_small, is_listed=is_listed, kinds=tables.kinds_of(document),
        single_points=points if is_small else points[:MOST_POINTS], points=len(points), most=MOST_LISTED,
        agencies=agencies if len(agencies) <= MOST_TO_CHOOSE else [],
    )  # fmt: skip


def _map_table(visit: Visit, document: dict[str, Any], areas: dict[str, str]) -> Table:
    if not document["groups"]:
        return tables.hand_offs(document, visit.words)
    return tables.groups(document, visit.words, areas)


async def _area_names(visit: Visit) -> dict[str, str]:
    return {area["code"]: area["name"] for area in (await visit.ask("GET", TERMS)).document["areas"]}


async def _coverage(visit: Visit, area: str) -> tuple[str, list[dict[str, Any]], dict[str, Any]]:
    """Return the code of an area, or of the first where there is no such area, all areas, and the coverage there."""
    areas = (await visit.ask("GET", TERMS)).document["areas"]
    selection = area if any(place["code"] == area for place in areas) else (areas[0]["code"] if areas else "")
    return selection, areas, (await visit.ask("GET", place_of(COVERAGE, area=selection))).document


async def _due(visit: Visit, within: str) -> tuple[str, dict[str, Any]]:
    selection = within if within in WITHIN else WITHIN[1]
    return selection, (await visit.ask("GET", place_of(DUE, within=selection))).document


async def _outcomes(visit: Visit, by: str) -> tuple[str, dict[str, Any]]:
    selection = by if by in BY else BY[0]
    return selection, (await visit.ask("GET", place_of(OUTCOMES, by=selection))).document


def once_each(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the due items with those of one task as one: `concerned` has the agencies of each sentence. Pure.

    >>> ends = {"due": "2026-05-01", "kind": "agreement_ends", "href": "/v1/agreements/mou", "state": "soon"}
    >>> [task] = once_each([{**ends, "organization": slug, "plain": f"For {slug}"} for slug in ("ash", "elm")])
    >>> task["concerned"]
    {'For ash': ['ash'], 'For elm': ['elm']}
    """
    tasks: dict[tuple[str, ...], dict[str, Any]] = {}
    for item in items:
        is_of_parties = item["kind"].startswith("agreement")  # each is told about the others
        key = (item["due"], item["kind"], item["href"], "" if is_of_parties else item["plain"])
        concerned = tasks.setdefault(key, {**item, "concerned": {}})["concerned"]
        concerned.setdefault(item["plain"], []).append(item["organization"])
    return list(tasks.values())


def _lengths(outcomes: dict[str, Any] | None) -> list[int]:
    """Return the length of each row's bar, in hundredths of the longest. Pure."""
    counts = [row["referrals"] for row in (outcomes or {}).get("rows", ())]
    return [100 * count // max(counts) for count in counts]


def _alone(thin: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Return the agencies (slugs) that meet each need alone. Pure."""
    agencies: dict[str, dict[str, None]] = {}
    for gap in thin:
        agencies.setdefault(gap["type"], {})[gap["organization"]] = None
    return {need: list(slugs) for need, slugs in agencies.items()}


async def _file(visit: Visit, place: str, media_type: str) -> Response:
    return Response((await visit.ask("GET", place, accept=media_type)).text, media_type=media_type)
