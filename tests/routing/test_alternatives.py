"""Best paths without somebody: each question has its own answer, whatever else was asked of the same graph before."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import combinations

import pytest
from loaded import Loader
from oracle.instances import make_instance

from routing.client.request import Case
from routing.ranking.alternatives import Ranking, Without, rank
from routing.search.best_path import Plan
from routing.search.graph import Problem, build_problem


@pytest.fixture(scope="module")
def problems(loader: Loader) -> list[Problem]:
    """Small coalitions of every feature, in which some path has an alternative."""
    asked = [loader.ask(*make_instance(seed)) for seed in range(63_000, 63_030)]
    found = [build_problem(Case(one.snapshot, one.profile), one.sharing) for one in asked if len(one.answer.paths) > 1]
    assert len(found) > 5
    return found


def same(one: Plan | None, other: Plan | None) -> bool:
    return (one and one.key) == (other and other.key)


def questions(problem: Problem) -> Iterator[tuple[frozenset[int], int | None]]:
    """Yield whom to leave out, at most two, with how many required needs may be left open, None for any."""
    for size in range(3):
        for some in combinations(problem.holders, size):
            for most_open in (None, *range(problem.needs)):
                yield frozenset(some), most_open


def test_what_was_asked_before_changes_no_answer(problems: list[Problem]) -> None:
    """One graph asked about many to leave out, in any order, says of each what a new one says."""
    for number, problem in enumerate(problems):
        without, rng = Without(problem), random.Random(number)
        asked = list(questions(problem))
        for excluded, most_open in rng.sample(asked, min(40, len(asked))):
            anew = Without(problem).best(excluded, most_open)

            assert same(without.best(excluded, most_open), anew)
            assert most_open is None or without.exists(excluded, most_open) == (anew is not None)
            assert anew is None or not anew.organizations & excluded
            assert anew is None or most_open is None or sum(anew.open_required) <= most_open


def test_of_paths_that_leave_little_enough_open_the_best_is_found(problems: list[Problem]) -> None:
    """A bound on what may be left open takes no path away that keeps it: the best is the same, or there is none."""
    for problem in problems:
        for one in problem.holders:
            best = Without(problem).best(frozenset({one}))
            for most_open in range(problem.needs):
                found = Without(problem).best(frozenset({one}), most_open)

                if best is not None and sum(best.open_required) <= most_open:
                    assert same(found, best)


def clock(after: int) -> Callable[[], bool]:
    """Return what leaves time for so many questions."""
    left = iter(range(after))
    return lambda: next(left, None) is None


def outline(found: Ranking) -> tuple[object, ...]:
    return [plan.key for plan in found.plans], found.sole_providers, found.complete


def test_a_ranking_that_time_cut_short_is_not_the_last_word(problems: list[Problem]) -> None:
    """Ranked again with time enough, or with another limit, everything is as if it were ranked for the first time."""
    cut_short = 0
    for problem in problems:
        for after in range(0, 40, 3):
            without = Without(problem)
            first = rank(without, 5, out_of_time=clock(after))
            cut_short += not first.complete
            for limit in (5, 2, 5):
                assert outline(rank(without, limit)) == outline(rank(Without(problem), limit))
    assert cut_short > 10


def test_each_alternative_does_without_somebody_of_every_path_before(problems: list[Problem]) -> None:
    """It is the best of all that leave out somebody of each, and leaves no more open than the first."""
    for problem in problems:
        plans = rank(Without(problem), 4).plans
        for place in range(1, len(plans) + (len(plans) < 4)):
            earlier = plans[:place]
            most_open = sum(plans[0].open_required)
            choices = [frozenset[int]()]
            for plan in earlier:
                choices = [some | {one} for some in choices for one in plan.covering]
            found = [Without(problem).best(some, most_open) for some in set(choices)]

            best = min((plan for plan in found if plan is not None), key=lambda plan: plan.key, default=None)
            assert same(best, plans[place] if place < len(plans) else None)
