"""Paths that are not plain beside those that are: one ranking, as if all were searched at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from builders import need, organization, profile, service, snapshot
from loaded import Loader
from oracle.instances import make_instance

import routing
from routing.budget import OutOfTime, never
from routing.client.scenario import Scenario
from routing.handoffs.offers import ENDLESS
from routing.pruning.detours import Approach
from routing.pruning.offer_filter import Narrowing
from routing.ranking.alternatives import Ranking, Without, rank
from routing.ranking.plain_paths_first import Beside
from routing.ranking.search_paths import search_paths
from routing.search.best_path import Bar, FullKey, RankedPath
from routing.search.graph import HopGraph, build_hop_graph, hop_graph_of
from routing.search.tables import points


def outline(found: Ranking) -> tuple[list[FullKey], frozenset[int], bool]:
    return [plan.key for plan in found.plans], found.sole_providers, found.complete


def is_plain(hop_graph: HopGraph, plan: RankedPath) -> bool:
    met = [offer.bit for step in plan.steps for offer in step.offers]
    return all(step.passage is None for step in plan.steps) and max(met) < hop_graph.needs


@pytest.fixture(scope="module")
def hop_graphs(loader: Loader) -> list[tuple[Narrowing, HopGraph, Without]]:
    """Whole graphs of small coalitions with every feature, and the plain paths of each."""
    found = []
    for seed in range(220):
        asked = loader.ask(*make_instance(seed))
        narrowing = Narrowing(Scenario(asked.snapshot, asked.profile))
        whole = build_hop_graph(narrowing.scenario, asked.sharing)
        plain = hop_graph_of(whole.gateways, scope=narrowing.plainly_within(ENDLESS))
        found.append((narrowing, whole, Without(plain)))
    return found


def test_of_a_graph_without_its_plain_paths_the_others_are_left(
    hop_graphs: list[tuple[Narrowing, HopGraph, Without]],
) -> None:
    """Path by path in the order of the whole: plain ones are in one graph, all others in the other, none in both."""
    counted = {True: 0, False: 0}
    for _, whole, plain in hop_graphs:
        for plan in rank(Without(whole), 4).plans:
            kind = is_plain(whole, plan)
            counted[kind] += 1
            others, left_out = Without(whole.but_plain()), frozenset(whole.holders) - plan.organizations
            found = {one.key for one in (plain.best(left_out), others.best(left_out)) if one is not None}

            assert min(found) == Without(whole).best(left_out).key  # type: ignore[union-attr]
            assert plain.best(left_out) is None or is_plain(whole, plain.best(left_out))  # type: ignore[arg-type]
            assert others.best(left_out) is None or not is_plain(whole, others.best(left_out))  # type: ignore[arg-type]

    assert min(counted.values()) > 20


class Unsearched(Without):
    """A whole graph of which the best paths must not be looked for once more."""

    def approach(self, excluded: frozenset[int], most_open: int | None = None) -> Approach:
        raise AssertionError("searched again")


def each_beside(
    narrowing: Narrowing,
    whole: HopGraph,
    plain: Without,
    out_of_time: OutOfTime = never,
    candidates: frozenset[int] | None = None,
) -> Iterator[tuple[str, Beside, Without, Bar | None]]:
    """Yield all plain paths, those up to a bar, and not even all of these; with the whole graph, and the bar."""
    limit = narrowing.scenario.profile.limit
    listed = rank(plain, limit, candidates=candidates)
    yield "all", Beside(narrowing, plain, listed, ENDLESS, out_of_time), Unsearched(whole), None
    if listed.plans:
        last = points(listed.plans[-1].value)
        bar = Bar(sum(narrowing.least_open), last + 1)
        for within, graph in ((last, Unsearched(whole)), (last - 1, Without(whole))):
            some = Without(hop_graph_of(whole.gateways, scope=narrowing.plainly_within(within)))
            found = rank(some, limit, candidates=candidates)
            if within < last:
                yield "not all", Beside(narrowing, some, found, within, out_of_time), graph, bar
            elif narrowing.most(listed.plans) == last:
                yield "up to the bar", Beside(narrowing, some, found, within, out_of_time), graph, bar


def test_plain_paths_and_others_make_one_ranking(hop_graphs: list[tuple[Narrowing, HopGraph, Without]]) -> None:
    """The ranking of the whole graph, from that of its plain paths; also where only some of these were searched.

    Where all that count were searched, the whole graph is not; where there is nothing else, the ranking stands. Beyond
    a bar may be paths without a sole provider.
    """
    counted = {(kind, changed): 0 for kind in ("all", "up to the bar", "not all") for changed in (True, False)}
    for narrowing, whole, plain in hop_graphs:
        expected = rank(Without(whole), narrowing.scenario.profile.limit)
        for kind, beside, graph, bar in each_beside(narrowing, whole, plain):
            found = beside.rank(graph, None, bar)
            others = Without(whole.but_plain(), bar).best(frozenset())

            assert (found.complete, outline(found)[0]) == (True, outline(expected)[0])
            assert found.sole_providers >= expected.sole_providers
            assert kind == "up to the bar" or found.sole_providers == expected.sole_providers
            assert kind == "not all" or (found is beside.found) is (others is None)
            counted[kind, outline(found) != outline(beside.found)] += 1

    assert min(counted.values()) > 0, counted


def test_only_candidates_are_asked_whether_they_can_be_done_without(
    hop_graphs: list[tuple[Narrowing, HopGraph, Without]],
) -> None:
    """Of all sole providers those that were asked about are told."""
    left_out = 0
    for narrowing, whole, plain in hop_graphs:
        sole = rank(Without(whole), narrowing.scenario.profile.limit).sole_providers
        some = frozenset(sorted(sole)[1:])
        for _, beside, graph, bar in each_beside(narrowing, whole, plain, candidates=some):
            assert beside.rank(graph, some, bar).sole_providers == some
        left_out += some != sole
    assert left_out > 20


def test_whenever_time_runs_out_what_is_there_is_right(hop_graphs: list[tuple[Narrowing, HopGraph, Without]]) -> None:
    """Stopped at any point, a ranking is the start of the whole one; it says so exactly if it was stopped."""
    stopped = dict.fromkeys(("all", "up to the bar", "not all", "no path"), 0)
    for narrowing, whole, plain in hop_graphs:
        expected = rank(Without(whole), narrowing.scenario.profile.limit)
        for after in (0, 1, 2, 4, 8):
            answers: list[bool] = []

            def out_of_time(answers: list[bool] = answers, after: int = after) -> bool:
                answers.append(len(answers) >= after)
                return answers[-1]

            for kind, beside, graph, bar in each_beside(narrowing, whole, plain, out_of_time):
                answers.clear()
                found = beside.rank(graph, None, bar)

                assert found.complete is not any(answers)
                assert found.plans or not expected.plans
                assert outline(found)[0] == outline(expected)[0][: len(found.plans)]
                assert found.complete or found.sole_providers <= expected.sole_providers
                stopped[kind if expected.plans else "no path"] += not found.complete
    assert min(stopped.values()) > 20, stopped


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
    scenario, rules = (
        Scenario(network, profile(need("food", "later"), need("clothing", "later"), limit=1)),
        routing.NothingLeaves(),
    )

    _, found = search_paths(scenario, rules)

    assert outline(found) == outline(rank(Without(build_hop_graph(scenario, rules)), 1))
    assert is_plain(build_hop_graph(scenario, rules), found.plans[0]) is (hours < TIE)


TIE = 1
