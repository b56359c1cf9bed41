"""Leaving out what cannot win: the same ranking as in the whole graph, on coalitions too big for brute force."""

from __future__ import annotations

from typing import Any

import pytest

import policies
from routing.alternatives import Ranking, Without, rank
from routing.case import Case
from routing.find import search_paths
from routing.narrow import Narrowing
from routing.problem import build_problem
from service.bench.agencies import policy_directory
from service.bench.questions import draw_questions
from service.bench.synthetic import draw_coalition
from service.sharing import Sharing

AGENCIES = 160


@pytest.fixture(scope="module")
def rulebook() -> policies.Rulebook:
    return policies.load_rulebook(("federal", "us-tx", "coalition"))


def keys(found: Ranking) -> list[Any]:
    """All that the contract settles of a ranking."""
    return [plan.key for plan in found.plans]


@pytest.mark.parametrize("seed", range(4))
def test_what_is_left_out_is_missed_by_no_answer(rulebook: policies.Rulebook, seed: int) -> None:
    """Same keys in the same order and the same sole providers, whether or not offers were left out."""
    coalition = draw_coalition(AGENCIES, seed)
    snapshot, directory = coalition.snapshot(), policy_directory(coalition)
    narrowed = 0
    for question in draw_questions(coalition, 15, seed=seed, needs=2 + seed % 3):
        sharing = Sharing(rulebook, directory, question.case)
        case = Case(snapshot, question.profile)

        problem, found = search_paths(case, sharing)

        whole = rank(Without(build_problem(Case(snapshot, question.profile), sharing)), question.profile.limit)
        assert keys(found) == keys(whole)
        assert found.sole_providers == whole.sole_providers
        narrowed += len(problem.ports) < len(build_problem(case, sharing).ports)

    assert narrowed > 0


@pytest.mark.parametrize("seed", range(3))
def test_no_path_costs_less_than_the_kindest(rulebook: policies.Rulebook, seed: int) -> None:
    """The bound of every offer on a path that covers all it can is at most what that path costs."""
    coalition = draw_coalition(AGENCIES, 20 + seed)
    snapshot, directory = coalition.snapshot(), policy_directory(coalition)
    compared = 0
    for question in draw_questions(coalition, 12, seed=seed, needs=1 + seed):
        case = Case(snapshot, question.profile)
        narrowing = Narrowing(case)
        problem, found = search_paths(case, Sharing(rulebook, directory, question.case))
        table = narrowing.table
        bound = {
            (r, b): v for r, b, v in zip(table.row.tolist(), table.bit.tolist(), narrowing.least.tolist(), strict=True)
        }
        for plan in found.plans:
            if plan.open_required == narrowing.least_open:
                for offer in (o for step in plan.steps for o in step.offers if o.bit < problem.needs):
                    assert bound[offer.service, offer.bit] <= plan.value >> 6
                    compared += 1

    assert compared > 20
