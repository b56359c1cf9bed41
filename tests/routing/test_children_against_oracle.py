"""Children under 13 held against brute force: who may be given which number, now and in every possible world.

`ORACLE_N=3000` runs more instances than the suite can afford.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from length import draws, enough, is_long
from loaded import Document, Loader
from oracle import worlds
from oracle.instances import make_instance
from possible_worlds import compare_drawn
from test_against_oracle import assert_each_service_has_a_reason_or_a_path, blocks, compare, searched_whole
from test_elsewhere_against_oracle import parts_of_engine, parts_of_oracle

import routing
from service.vocabulary import ROUTED_TYPES

INSTANCES = int(os.environ.get("ORACLE_N", draws(150, 10)))
POSSIBLE = int(os.environ.get("ORACLE_N", draws(60, 3)))
FIRST_SEED = 90_000
GUARDIANS = (*worlds.GUARDIANS, None, None, None)
OF_ADULTS = ("none", "none", "suspected_parent_only", "safe_parent")
"""Of a client who may be an adult; what other words mean for adults the guide leaves open (`oracle.instances`)."""


def of_a_child(seed: int, ages: tuple[Any, ...], *, present: tuple[bool | None, ...]) -> tuple[Document, Document]:
    """Return a random instance of a client of such an age: half of what is offered, at most, is for older clients."""
    bundle, profile = make_instance(FIRST_SEED + seed)
    rng = random.Random(f"children {seed}")
    for organization in bundle["organizations"]:
        for service in organization.get("services") or ():
            if rng.random() < 0.5:
                service.pop("minimum_age", None)
            if rng.random() < 0.3:
                service["referral"]["types"] = [*service["referral"]["types"], rng.choice(["crisis_hotline", "food"])]
                service["referral"]["types"] = list(dict.fromkeys(service["referral"]["types"]))
    age = rng.choice(ages)
    oldest = age["max"] if isinstance(age, dict) else age
    guardian = rng.choice(OF_ADULTS if oldest is None or oldest >= 18 else GUARDIANS)
    facts = {**profile["facts"], "guardian": guardian, "client_present": rng.choice(present)}
    extra = [{"type": "crisis_hotline", "urgency": "later", "required": False}] if rng.random() < 0.3 else []
    needs = [*profile["needs"], *(need for need in extra if need["type"] not in str(profile["needs"]))]
    return bundle, {**profile, "client": {**profile["client"], "age": age}, "facts": facts, "needs": needs}


@pytest.mark.parametrize("seeds", blocks(INSTANCES), ids=lambda seeds: f"{seeds.start}-{seeds.stop - 1}")
def test_the_engine_and_brute_force_give_children_the_same_numbers(
    loader: Loader, seeds: range, count_compared: Callable[[int], None]
) -> None:
    """Paths, prices, sole providers, reasons, and who else can be called; both numbers given and numbers withheld."""
    numbers_given = Counter[bool]()
    for seed in seeds:
        bundle, profile = of_a_child(seed, (5, 9, 12, {"min": 8, "max": 12}, 13, 13), present=(True, False, None))

        question, feasible, ranked = compare(loader, bundle, profile, seed)
        assert_each_service_has_a_reason_or_a_path(question, feasible, seed)
        assert searched_whole(question) == question.answer.paths, seed
        assert parts_of_engine(question.answer) == parts_of_oracle(
            bundle, profile, next(iter(ranked), None), question.answer
        ), seed
        numbers_given.update(question.profile.may_call for _ in question.answer.paths)
        count_compared(1)
    assert enough(set(numbers_given) == {True, False}, 0)


def test_conditional_paths_of_children_are_those_of_brute_force(loader: Loader, say: Callable[[str], None]) -> None:
    """Value, price, hand-offs and organizations of every conditional path, where who calls is known, or open."""
    ages = (9, {"min": 10, "max": 15}, {"min": 8, "max": 17}, {"min": 8, "max": 40}, None)
    comparisons, attributes = 0, Counter[str]()
    for _, answer, _ in compare_drawn(loader, partial(of_a_child, ages=ages, present=(None, False, True)), POSSIBLE):
        for path in answer.conditional_paths:
            facts = [condition for condition in path.conditions if isinstance(condition, routing.FactCondition)]
            attributes.update(condition.attribute for condition in facts if condition.values)
        comparisons += 1
    say(f"{comparisons} instances held against worlds, with conditions on {dict(sorted(attributes.items()))}")
    assert comparisons == POSSIBLE
    assert enough(attributes["client.age"], 0)
    assert attributes["facts.guardian"] or not is_long()  # few instances may meet no question about a guardian


def with_an_adult(seed: int) -> tuple[Document, Document]:
    """Return a random instance of a woman or girl with a man, in need of a bed or a ride; most beds are for women."""
    bundle, profile = of_a_child(seed, (17,), present=(None, False, True))
    rng = random.Random(f"adults {seed}")
    services = [service for org in bundle["organizations"] for service in org.get("services") or ()]
    beds = [
        service for service in services if not ROUTED_TYPES.with_companions.isdisjoint(service["referral"]["types"])
    ]
    for service in beds:
        service["referral"].update({"genders": ["female"]} if rng.random() < 0.7 else {})
        service["referral"].pop("companions", None)
    offered = sorted({code for service in beds for code in service["referral"]["types"]} & ROUTED_TYPES.with_companions)
    needs = [{"type": rng.choice(offered or ["host_home"]), "urgency": "this_week"}, *profile["needs"][:1]]
    age = rng.choice([{"min": 16, "max": 19}, {"min": 8, "max": 40}, {"min": 17, "max": 30}])
    man = {"age": rng.choice([18, 25, 40, None]), "gender": "male"}
    client = {**profile["client"], "gender": "female", "age": age, "with": [man, *profile["client"]["with"][:1]]}
    facts = {**profile["facts"], "guardian": "none"}
    return bundle, {**profile, "client": client, "needs": needs, "facts": facts}


def test_conditional_paths_of_a_client_with_an_adult_are_those_of_brute_force(
    loader: Loader, say: Callable[[str], None]
) -> None:
    """A stay closed to a child who comes with an adult is named for the years in which the client is an adult."""
    comparisons, for_adults = 0, 0
    for _, answer, _ in compare_drawn(loader, with_an_adult, POSSIBLE):
        comparisons += 1
        for path in answer.conditional_paths:
            ages = [
                condition.values
                for condition in path.conditions
                if getattr(condition, "attribute", None) == "client.age"
            ]
            for_adults += any(str(years).startswith("18-") for years in ages)
    say(f"{comparisons} instances held against worlds, with {for_adults} paths for adults")
    assert comparisons == POSSIBLE
    assert for_adults or not is_long()
