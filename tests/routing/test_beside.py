"""Paths that are not plain beside those that are: one ranking, as if all were searched at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from builders import need, organization, profile, service, snapshot
from loaded import Loader
from oracle.instances import make_instance

import routing
from routing.alternatives import Ranking, Without, rank
from routing.beside import Beside
from routing.budget import never
from routing.case import Case
from routing.find import search_paths
from routing.narrow import Narrowing
from routing.offers import ENDLESS
from routing.plans import Bar, Plan
from routing.problem import Problem, build_problem, problem_of
from routing.tables import points


def outline(found: Ranking) -> tuple[object, ...]:
    return [plan.key for plan in found.plans], found.sole_providers, found.complete


def is_plain(problem: Problem, plan: Plan) -> bool:
    met = [offer.bit for step in plan.steps for offer in step.offers]
    return all(step.passage is None for step in plan.steps) and max(met) < problem.needs


@pytest.fixture(scope="module")
def problems(loader: Loader) -> list[tuple[Narrowing, Problem, Without]]:
    """Whole graphs of small coalitions with every feature, and the plain paths of each."""
    found = []
    for seed in range(160):
        asked = loader.ask(*make_instance(seed))
        narrowing = Narrowing(Case(asked.snapshot, asked.profile))
        whole = build_problem(narrowing.case, asked.sharing)
        plain = problem_of(whole.gateways, scope=narrowing.plainly_within(ENDLESS))
        found.append((narrowing, whole, Without(plain)))
    return found


def test_of_a_graph_without_its_plain_paths_the_others_are_left(
    problems: list[tuple[Narrowing, Problem, Without]],
) -> None:
    """Path by path in the order of the whole: plain ones are in one graph, all others in the other, none in both."""
    counted = {True: 0, False: 0}
    for _, whole, plain in problems:
        for plan in rank(Without(whole), 4).plans:
            kind = is_plain(whole, plan)
            counted[kind] += 1
            others, left_out = Without(whole.but_plain()), frozenset(whole.holders) - plan.organizations
            found = {one.key for one in (plain.best(left_out), others.best(left_out)) if one is not None}

            assert min(found) == Without(whole).best(left_out).key  # type: ignore[union-attr]
            assert plain.best(left_out) is None or is_plain(whole, plain.best(left_out))  # type: ignore[arg-type]
            assert others.best(left_out) is None or not is_plain(whole, others.best(left_out))  # type: ignore[arg-type]

    assert min(counted.values()) > 20


def test_plain_paths_and_others_make_one_ranking(problems: list[tuple[Narrowing, Problem, Without]]) -> None:
    """The ranking of the whole graph, from that of its plain paths; also where only some of these were searched."""
    counted = {"as they were": 0, "others": 0, "not all": 0}
    for narrowing, whole, plain in problems:
        listed, all_at_once = rank(plain, narrowing.case.profile.limit), Without(whole)
        expected = rank(all_at_once, narrowing.case.profile.limit)

        found = Beside(narrowing, plain, listed, ENDLESS, never).rank(all_at_once, None)

        assert outline(found) == outline(expected)
        counted["as they were"] += outline(found) == outline(listed)
        counted["others"] += any(not is_plain(whole, plan) for plan in found.plans)
        if listed.plans:
            last = points(listed.plans[-1].value)
            some = Without(problem_of(whole.gateways, scope=narrowing.plainly_within(last - 1)))
            bar = Bar(sum(narrowing.least_open), last + 1)
            beside = Beside(narrowing, some, rank(some, narrowing.case.profile.limit), last - 1, never)
            assert outline(beside.rank(all_at_once, None, bar)) == outline(expected)
            counted["not all"] += outline(beside.found) != outline(expected)

    assert min(counted.values()) > 20


@pytest.mark.parametrize("hours", range(4))
def test_of_equal_prices_the_first_by_slugs_comes_first_whether_plain_or_not(hours: int) -> None:
    """hotline --> yard; hotline --> zoo, or hotline --> (gate) --> shut: as dear as each other after one more hour."""
    network = snapshot(
        *map(organization, ("hotline", "gate", "shut", "yard", "zoo")),
        service("talk", "peer_support", at="gate"),
        service("bread", "food", at="shut", accepts_from=("gate",)),
        service("coat", "clothing", at="shut", accepts_from=("gate",)),
        service("rice", "food", at="yard", response_time=timedelta(hours=hours)),
        service("cap", "clothing", at="zoo"),
    )
    case, rules = (
        Case(network, profile(need("food", "later"), need("clothing", "later"), limit=1)),
        routing.NothingLeaves(),
    )

    _, found = search_paths(case, rules)

    assert outline(found) == outline(rank(Without(build_problem(case, rules)), 1))
    assert is_plain(build_problem(case, rules), found.plans[0]) is (hours < TIE)


TIE = 1
