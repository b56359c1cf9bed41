"""Lead, instead, later, near and closing times held against brute force, which shares no line with the engine.

`ORACLE_N=3000` runs more instances than the suite can afford.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
from length import draws
from loaded import Document, Loader, Question
from oracle import brute, elsewhere
from oracle.instances import make_instance
from oracle.reading import Case
from test_against_oracle import blocks, outline, outline_of_oracle

import routing

INSTANCES = int(os.environ.get("ORACLE_N", draws(150, 10)))
FIRST_SEED = 30_000


@pytest.mark.parametrize("seeds", blocks(INSTANCES), ids=lambda seeds: f"{seeds.start}-{seeds.stop - 1}")
def test_the_engine_and_brute_force_name_the_same_others(
    loader: Loader, seeds: range, count_compared: Callable[[int], None]
) -> None:
    """Who stands in for whom, what is near, what opens later, how the first path stands, and the advocate."""
    for seed in seeds:
        bundle, profile = make_instance(FIRST_SEED + seed)
        services = (service for house in bundle["organizations"] for service in house.get("services", ()))
        for number, service in enumerate(services):
            service["referral"]["waitlist"] = (True, None, True, False)[number % 4]

        question = loader.ask(bundle, profile)

        first = next(iter(brute.alternatives(bundle, profile, 1)), None)
        assert parts_of_engine(question.answer) == parts_of_oracle(bundle, profile, first, question.answer), seed
        assert_closing_times(question, Case(bundle, profile), seed)
        count_compared(1)


def parts_of_engine(answer: routing.Answer) -> dict[str, Any]:
    def pairs(entries: tuple[routing.Instead, ...]) -> list[Any]:
        return [(entry.type, outline(entry.path)) for entry in entries]

    assert answer.quality is not None
    return {
        "instead": list(map(pairs, answer.instead)),
        "near": {entry.need: pairs(entry.near) for entry in answer.uncovered},
        "later": [
            (opening.opens_at, opening.organization, opening.service, {*opening.covers}) for opening in answer.later
        ],
        "standing": (
            answer.quality.pressing_open,
            answer.quality.bad,
            answer.quality.required_open,
            answer.quality.total,
        ),
        "advocate": None if answer.advocate is None else outline(answer.advocate),
    }


def parts_of_oracle(bundle: Document, profile: Document, first: Any, answer: routing.Answer) -> dict[str, Any]:
    def pairs(entries: list[Any]) -> list[Any]:
        return [(code, outline_of_oracle(path)) for code, path in entries]

    needs, advocate = Case(bundle, profile).needs, elsewhere.advocate(bundle, profile, first)
    return {
        "instead": list(map(pairs, elsewhere.instead(bundle, profile, first))),
        "near": {
            entry.need: pairs(elsewhere.near(bundle, profile, first, entry.need, needs[entry.need]["urgency"]))
            for entry in answer.uncovered
        },
        "later": elsewhere.later(bundle, profile, first),
        "standing": elsewhere.quality(bundle, profile, first),
        "advocate": None if advocate is None else outline_of_oracle(advocate),
    }


def assert_closing_times(question: Question, case: Case, seed: int) -> None:
    """Every service closes when the oracle says so, whoever the client is."""
    for service in question.snapshot.services:
        availability = routing.availability(service, question.profile.at, question.snapshot.zone)
        assert availability.closes_at == case.closes_at(service.slug), (seed, service.slug)
