"""Best paths without somebody: each question has its own answer, whatever else was asked of the same graph before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations

import pytest
from length import draws, enough
from loaded import Loader
from oracle.instances import make_instance
from seeds import fresh_random

from routing.client.scenario import Scenario
from routing.ranking.alternatives import Ranking, Without, rank
from routing.search.graph import HopGraph, build_hop_graph
from routing.search.ranked_path import RankedPath


@pytest.fixture(scope="module")
def hop_graphs(loader: Loader) -> list[HopGraph]:
    """Small coalitions of every feature, in which some path has an alternative."""
    questions = [loader.ask(*make_instance(seed)) for seed in range(63_000, 63_000 + draws(30))]
    hop_graphs = [
        build_hop_graph(Scenario(question.snapshot, question.profile), question.sharing)
        for question in questions
        if len(question.answer.paths) > 1
    ]
    assert enough(len(hop_graphs), 5)
    return hop_graphs


def same(path: RankedPath | None, other: RankedPath | None) -> bool:
    return (path and path.key) == (other and other.key)


def questions(hop_graph: HopGraph) -> Iterator[tuple[frozenset[int], int | None]]:
    """Yield whom to leave out, at most two, with how many required needs may be left open, None for any."""
    for size in range(3):
        for some in combinations(hop_graph.holders, size):
            for most_open in (None, *range(hop_graph.needs)):
                yield frozenset(some), most_open


def test_what_was_asked_before_changes_no_answer(hop_graphs: list[HopGraph]) -> None:
    """One graph asked about many to leave out, in any order, says of each what a new one says."""
    for number, hop_graph in enumerate(hop_graphs):
        without, rng = Without(hop_graph), fresh_random(number)
        cases = list(questions(hop_graph))
        for excluded, most_open in rng.sample(cases, min(40, len(cases))):
            anew = Without(hop_graph).best(excluded, most_open)

            assert same(without.best(excluded, most_open), anew)
            assert anew is None or not anew.organizations & excluded
            assert anew is None or most_open is None or sum(anew.open_required) <= most_open


def test_of_paths_that_leave_little_enough_open_the_best_is_found(hop_graphs: list[HopGraph]) -> None:
    """A bound on what may be left open takes no path away that keeps it: the best is the same, or there is none."""
    for hop_graph in hop_graphs:
        for holder in hop_graph.holders:
            best = Without(hop_graph).best(frozenset({holder}))
            for most_open in range(hop_graph.needs):
                path = Without(hop_graph).best(frozenset({holder}), most_open)

                if best is not None and sum(best.open_required) <= most_open:
                    assert same(path, best)


def test_whether_there_is_any_path_is_known_without_the_best(hop_graphs: list[HopGraph]) -> None:
    """Asked without each agency, and without all of them: yes exactly where there is a best path."""
    verdicts = set()
    for hop_graph in hop_graphs:
        for excluded in (frozenset(hop_graph.holders), *(frozenset({holder}) for holder in hop_graph.holders)):
            for most_open in range(hop_graph.needs):
                is_there = Without(hop_graph).exists(excluded, most_open)

                assert is_there == (Without(hop_graph).best(excluded, most_open) is not None)
                verdicts.add(is_there)
    assert verdicts == {True, False}


def clock(after: int) -> Callable[[], bool]:
    """Return what leaves time for so many questions."""
    questions_left = iter(range(after))
    return lambda: next(questions_left, None) is None


def outline(ranking: Ranking) -> tuple[object, ...]:
    return [ranked_path.key for ranked_path in ranking.ranked_paths], ranking.sole_providers, ranking.complete


def test_a_ranking_that_time_cut_short_is_not_the_last_word(hop_graphs: list[HopGraph]) -> None:
    """Ranked again with time enough, or with another limit, everything is as if it were ranked for the first time."""
    cut_short = 0
    for hop_graph in hop_graphs:
        for after in range(0, 40, 3):
            without = Without(hop_graph)
            first = rank(without, 5, is_expired=clock(after))
            cut_short += not first.complete
            for limit in (5, 2, 5):
                assert outline(rank(without, limit)) == outline(rank(Without(hop_graph), limit))
    assert enough(cut_short, 10)


def test_each_alternative_does_without_somebody_of_every_path_before(hop_graphs: list[HopGraph]) -> None:
    """It is the best of all that leave out somebody of each, and leaves no more open than the first."""
    for hop_graph in hop_graphs:
        ranked_paths = rank(Without(hop_graph), 4).ranked_paths
        for place in range(1, len(ranked_paths) + (len(ranked_paths) < 4)):
            earlier = ranked_paths[:place]
            most_open = sum(ranked_paths[0].open_required)
            choices = [frozenset[int]()]
            for ranked_path in earlier:
                choices = [excluded | {organization} for excluded in choices for organization in ranked_path.covering]
            best_without = [Without(hop_graph).best(excluded, most_open) for excluded in set(choices)]

            best = min(
                (ranked_path for ranked_path in best_without if ranked_path is not None),
                key=lambda ranked_path: ranked_path.key,
                default=None,
            )
            assert same(best, ranked_paths[place] if place < len(ranked_paths) else None)
