"""`/group`, for a worker with several people around them: who is there as cards, then the calls as a list to tick off.

A second answer keeps what was promised on the phone. Nothing typed is kept: it travels from form to form alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from service.answers.printed.parts import duties_at_once
from service.page import cards
from service.page.calls import agencies_on
from service.page.errors import PageRoute
from service.page.facts import facts_of
from service.page.forms import Form
from service.page.intake import PROFILE_REFUSED, profile_terms
from service.page.needs import PICTURED
from service.page.profile_form import CHOICES, with_area_code
from service.page.profile_form import DANGER as DANGER_FACT
from service.page.sheet_walk import last_lines, numbers_on
from service.page.visit import SignedInVisit, Visit

router = APIRouter(route_class=PageRoute, include_in_schema=False)
GROUP, ANSWER = "/v1/group-referral-paths", "/group/calls"
BESIDE_OPEN = ("family-without-place",)


@router.get("/group")
async def begin_group(visit: SignedInVisit) -> Response:
    """Show the form for the first person."""
    return await _cards_page(visit, Form())


@router.post("/group")
async def change_group(visit: SignedInVisit) -> Response:
    """Show the people so far, with the card that was added, changed, or counted up or down."""
    form = await visit.form(cards.GROUP)
    visit = await visit.in_form_language(form) or visit
    needs_missing = form.value(cards.DO) == "add" and not cards.draft_of(form).needs
    return await _cards_page(
        visit, cards.after_button(form), 422 if needs_missing else 200, needs_missing=needs_missing
    )


@router.post(ANSWER)
async def show_calls(visit: SignedInVisit) -> Response:
    """Show the calls for all, and for whom nothing is left; or the cards, where nobody is there or a field is wrong."""
    form = await visit.form(cards.GROUP)
    visit = await visit.in_form_language(form) or visit
    terms = await profile_terms(visit)
    form = with_area_code(form, terms["area_names"])
    if cards.draft_of(form).needs:
        form = cards.after_button(Form({**form.values, cards.DO: ("add",)}))
    if cards.draft_of(form).parts or not cards.cards_of(form):  # nobody is left out for want of a need
        return await _cards_page(visit, form, 422, needs_missing=True)
    if form.value(cards.AREA) not in {"", *terms["area_names"]}:
        return await _cards_page(visit, form, 422, faults={cards.AREA: [""]})
    reply = await visit.ask("POST", GROUP, cards.group_of(form), but={PROFILE_REFUSED})
    if reply.is_refused:
        return await _cards_page(visit, cards.without_promises(form), reply.status, is_refused=True)
    answer = reply.document
    calls, items = {call["to"]["slug"]: call for call in answer["calls"]}, list[dict[str, Any]]()
    for item in answer["call_sheet"]:
        items.append({**item})
        if item["kind"] == "call":
            takes = list(_takes(item["to"]["slug"], answer, form))
            slugs = [take["service"] for take in takes]
            items[-1] |= {"parts": calls[item["to"]["slug"]]["for"], "takes": takes, "slugs": slugs}
    shown = {item["text"] for item in items} | {answer["lead"]["plain"]}
    return visit.page(
        "group_calls.html", form=form, answer=answer, cards={card.key: card for card in cards.cards_of(form)},
        items=items, duties=duties_at_once(answer), last_lines=last_lines(answer),
        first_number=next(filter(numbers_on, items), None),
        calls=answer["calls"], beside_open=_notices(answer, BESIDE_OPEN), here_form=ANSWER, **terms,
        other_notices=[
            notice
            for notice in answer["notices"]
            if notice["plain"] not in shown and notice["id"] not in BESIDE_OPEN
        ],
        facts=await facts_of(visit, agencies_on(items), form.value(cards.AREA)),
    )  # fmt: skip


def _notices(answer: Mapping[str, Any], ids: Sequence[str]) -> list[Mapping[str, Any]]:
    """Return the notices of an answer with these ids, in the order of the ids."""
    by_id = {notice["id"]: notice for notice in answer["notices"]}
    return [by_id[name] for name in ids if name in by_id]


def _takes(slug: str, answer: Mapping[str, Any], form: Form) -> Iterator[dict[str, Any]]:
    """Yield for each key and service of an agency (slug) the field that says how many of the people it took."""
    counts, takes = form.by_prefix(cards.TOOK), dict[tuple[str, str], int]()
    for client in answer["clients"]:
        for choice in (choice for choice in client["chosen"] if choice["path"] is not None):
            for step in choice["path"]["steps"]:
                if step["to"]["slug"] == slug:
                    place = client["key"], step["services"][0]["slug"]
                    takes[place] = takes.get(place, 0) + choice["count"]
    for (key, service), count in takes.items():
        name = f"{key}.{service}/{slug}"
        took = str(min(cards.number_in(counts[name], 0), count)) if name in counts else None
        yield {"field": cards.TOOK + name, "key": key, "service": service, "count": count, "promise": took}


async def _cards_page(
    visit: Visit, form: Form, status: int = 200, *, needs_missing: bool = False, is_refused: bool = False,
    faults: Mapping[str, Sequence[str]] | None = None,
) -> Response:  # fmt: skip
    return visit.page(
        "group.html", status, form=form, cards=cards.cards_of(form), draft=cards.draft_of(form).parts,
        needs_missing=needs_missing, is_refused=is_refused, faults=faults or {}, pictures=PICTURED,
        genders=CHOICES["client.gender"], dangers=CHOICES[DANGER_FACT], pairs=cards.pairs_of(form), here_form="/group",
        **await profile_terms(visit),
    )  # fmt: skip
