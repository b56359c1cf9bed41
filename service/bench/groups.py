"""A group of thirty different people, answered at once: processor time of the answer, and its longest turn."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from service.answers.printed.page import PrintedPage
from service.answers.profile import read_group
from service.answers.work.find_group_paths import GroupSearch
from service.bench.measure import cpu_ms, machine, prepare
from service.bench.questions import AT, profile_of
from service.infrastructure.time_budget import starting_now
from service.settings import Settings
from service.words import measured
from service.words.vocabulary import MOST_PEOPLE

BED = {"type": "emergency_shelter", "urgency": "now", "required": True}
MOST_NEEDS = 3


def measure_group(agencies: int) -> dict[str, Any]:
    """Return the figures of one group of clients who are all different, with a bed for now among their needs.

    All is done as over HTTP, with the limits of time of the settings, but for reading the body.
    """
    bench = prepare(agencies, needs=MOST_NEEDS - 1, asked=MOST_PEOPLE)
    bodies = [json.loads(profile_of(question)) for question in bench.asked]
    keys = [f"{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(MOST_PEOPLE)]
    clients = [
        {"key": key, "client": body["client"], "facts": body["facts"], "needs": [BED, *others]}
        for key, body in zip(keys, bodies, strict=True)
        for others in [[need for need in body["needs"] if need["type"] != BED["type"]]]
    ]
    group = {"origin": bodies[0]["origin"], "at": AT.isoformat(), "clients": clients}
    asked, limits = read_group(json.dumps(group).encode()), Settings.model_fields
    search = GroupSearch(bench.served, asked, [asked.profile_of(entry) for entry in asked.clients], AT)
    budget, within_ms = limits["time_budget_ms"].default, limits["question_budget_ms"].default
    searches = [_turn(piece, budget) for piece in search.searches()]
    choice = _turn(search.choose, budget)
    works = list(search.answers())
    answers = [_turn(work, starting_now(budget), within_ms // len(works)) for work in works]
    document, writing = cpu_ms(search.document)
    turns = [*searches, choice, *answers, writing]
    placed = [chosen["path"] is not None for client in document["clients"] for chosen in client["chosen"]]
    return {
        "agencies": agencies,
        "people": MOST_PEOPLE,
        "placed": sum(placed),
        "calls": len(document["calls"]),
        "complete": document["complete"],
        "searches_ms": round(sum(searches)),
        "choice_ms": round(choice),
        "answers_ms": round(sum(answers) + writing),
        "whole_ms": round(sum(turns)),
        "longest_turn_ms": round(max(turns)),
        "machine": machine(),
    }


def tell(page: PrintedPage, figures: dict[str, Any]) -> None:
    """Print the figures of a group."""
    page.heading(measured.GROUP)
    page.item(measured.GROUP_TIMES.format_map(figures))
    page.item(measured.GROUP_PLACED.format_map(figures))
    page.item(measured.MACHINE.format_map(figures))


def _turn(work: Callable[..., object], *given: object) -> float:
    return cpu_ms(partial(work, *given))[1]
