"""The tables hold the least price of every set of needs, as brute force finds it; no bound says more than they do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from loaded import Loader
from oracle import brute
from oracle.instances import make_instance

from routing.bounds import bound_group, bound_plan, bound_plans
from routing.case import Case
from routing.costs import URGENCIES
from routing.detours import Key
from routing.problem import Problem, build_problem
from routing.search import Graph, Programme, plans_of, unasked_needs
from routing.tables import Start, Tables, packed

Least = dict[frozenset[str], int]
"""The least packed price for each set of needs that some path covers."""


@dataclass(frozen=True)
class Small:
    """A small coalition as a graph, and every feasible path in it by brute force."""

    problem: Problem
    paths: list[Any]


@pytest.fixture(scope="module")
def instances(loader: Loader) -> list[Small]:
    """Drawn with every feature; most with gateways or things that have to come first, some with services at home."""
    found = []
    for seed in range(64_000, 64_060):
        bundle, profile = make_instance(seed)
        asked = loader.ask(bundle, profile)
        problem = build_problem(Case(asked.snapshot, asked.profile), asked.sharing)
        if len(plans_of(problem)) > 1 or problem.own_services or problem.passages:
            found.append(Small(problem, brute.best_paths(bundle, profile)))
    assert len(found) > 20
    return found


def lowered(found: Least, covers: frozenset[str], value: int) -> None:
    found[covers] = min(found.get(covers, value), value)


def least_of_tables(solved: list[Tables]) -> Least:
    found: Least = {}
    for tables in solved:
        for start in tables.starts:
            lowered(found, covers_of(tables, start), start.value)
    return found


def covers_of(tables: Tables, start: Start) -> frozenset[str]:
    bits, problem = tables.layout.bits, tables.layout.problem
    met = [bit for place, bit in enumerate(bits) if start.mask >> place & 1]
    return frozenset(problem.bits[bit].type for bit in met if bit < problem.needs)


def least_of_brute_force(paths: list[Any]) -> Least:
    found: Least = {}
    for path in paths:
        lowered(found, frozenset(path.covers), packed(path.total, path.key[2]))
    return found


def test_the_tables_hold_the_least_price_of_every_set_of_needs(instances: list[Small]) -> None:
    """With everybody there, and without each organization in turn: no set is missing, none is too cheap or too dear."""
    for small in instances:
        problem = small.problem
        programmes = [Programme(problem, plan) for plan in plans_of(problem)]
        for gone in (None, *problem.holders[1:]):
            slug = None if gone is None else problem.case.organization(gone).slug
            excluded = frozenset[int]() if gone is None else frozenset({gone})

            solved = [programme.run(excluded) for programme in programmes]

            left = [path for path in small.paths if slug not in path.organizations]
            assert least_of_tables(solved) == least_of_brute_force(left), slug


def test_a_start_says_what_is_left_open_by_urgency(instances: list[Small]) -> None:
    """Required needs only, the most urgent first; the starts of a plan are in the order of the ranking."""
    for small in instances:
        for plan in plans_of(small.problem):
            tables = Programme(small.problem, plan).run(frozenset())
            needs = small.problem.case.profile.needs
            for start in tables.starts:
                left = [n.urgency for n in needs if n.required and n.type not in covers_of(tables, start)]

                assert start.open_required == tuple(map(left.count, URGENCIES))
            assert [start.key for start in tables.starts] == sorted(start.key for start in tables.starts)


def test_no_bound_is_more_than_what_it_bounds(instances: list[Small]) -> None:
    """Of each plan, roughly and nearly exactly, and of all plans that add at least some types."""
    exactly = plain = 0
    for small in instances:
        problem, graph = small.problem, Graph(small.problem)
        plans = plans_of(problem)
        best = {plan: key for plan in plans if (key := best_of(graph, plan)) is not None}
        groups = {graph.first_of_types(added_of(problem, plan)) for plan in best} - {0}
        rough = dict(zip(plans, bound_plans(problem, plans, unasked_needs(problem)), strict=True))

        for plan, key in best.items():
            nearly = bound_plan(graph, plan)
            assert nearly is not None
            assert max(rough[plan], nearly) <= key
            exactly += nearly == key
            plain += not added_of(problem, plan) and not problem.passages
        for group in groups:
            bound = bound_group(graph, group)
            within = [key for plan, key in best.items() if not group & ~graph.first_of_types(added_of(problem, plan))]
            assert bound is not None
            assert bound <= min(within)
    assert exactly >= plain > 0


def best_of(graph: Graph, plan: int) -> Key | None:
    starts = Programme(graph.problem, plan, graph=graph).run(frozenset()).starts
    return starts[0].key if starts else None


def added_of(problem: Problem, plan: int) -> int:
    return plan >> problem.needs << problem.needs
