"""Closing services in a graph that was built with them open: the same ranking as in a graph built without them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import pytest
from loaded import Loader
from oracle.instances import make_instance

import policies
import routing
from routing.client.eligibility import UNKNOWN
from routing.client.scenario import Scenario
from routing.client.usable_services import within_reach
from routing.ports import HopRules
from routing.pruning.detours import TooFar
from routing.ranking import alternatives
from routing.ranking.alternatives import Ranking, Without, rank
from routing.ranking.search_paths import search_paths
from routing.search.graph import build_hop_graph
from service.bench.agencies import policy_directory
from service.bench.questions import draw_questions
from service.bench.synthetic import draw_coalition
from service.serving.sharing import Sharing


def keys(found: Ranking) -> list[object]:
    """All that the contract settles of a ranking."""
    return [plan.key for plan in found.plans]


def with_little_known(profile: routing.Profile) -> routing.Profile:
    """Return the profile of a client of whom nothing is known that a service may ask for."""
    client = replace(profile.client, age_min=None, age_max=None, gender=None, area=None, traits={})
    return replace(profile, client=client)


def with_more_to_know(directory: routing.Directory, rng: random.Random) -> routing.Directory:
    """Return a directory in which four services of ten are for clients of a trait that nobody knows of."""
    services = (
        replace(one, only=frozenset({"pregnant"}) - one.excludes) if rng.random() < 0.4 else one
        for one in directory.services
    )
    return replace(directory, services=tuple(services))


def closings(scenario: Scenario, rules: HopRules, rng: random.Random) -> Iterator[tuple[Without, Scenario, bool]]:
    """Yield a graph with some services closed again, the case in which they never were open, and whether of a gateway.

    Half of what is not known to take the client is open, half of that is closed again, three times over.
    """
    rows = within_reach(scenario).rows
    unknown = rows[scenario.judge(rows).overall == UNKNOWN].tolist()
    opened = [row for row in unknown if rng.random() < 0.5]
    present = scenario.profile.client_present
    without = Without(build_hop_graph(scenario.supposing(tuple(opened), client_present=present), rules))
    through = {passage.service for _, passage in without.hop_graph.passages}
    for _ in range(3):
        closed = frozenset(row for row in opened if rng.random() < 0.5)
        left = tuple(row for row in opened if row not in closed)
        yield without.closing(closed), scenario.supposing(left, client_present=present), bool(through & closed)


def compare(scenario: Scenario, rules: HopRules, rng: random.Random) -> dict[str, int]:
    """Hold each closing against its own search; return how many differ from what is closed, and how."""
    counted = {"compared": 0, "gateways": 0, "too far": 0}
    for without, anew, is_gateway in closings(scenario, rules, rng):
        try:
            found = rank(without, scenario.profile.limit, candidates=frozenset())
        except TooFar:
            counted["too far"] += 1
            continue
        assert keys(found) == keys(search_paths(anew, rules, with_sole_providers=False)[1])
        counted["compared"] += 1
        counted["gateways"] += is_gateway
    return counted


def test_a_small_coalition_with_services_closed_again_is_as_if_they_never_were_open() -> None:
    """On small coalitions with every feature, gateways of child welfare and courts among them."""
    total = dict.fromkeys(("compared", "gateways", "too far"), 0)
    with Loader() as loader:
        for seed in range(60_000, 60_060):
            asked = loader.ask(*make_instance(seed))
            directory = with_more_to_know(asked.directory, random.Random(seed))
            scenario = Scenario(routing.build_snapshot(directory), with_little_known(asked.profile))
            for name, count in compare(scenario, asked.sharing, random.Random(seed)).items():
                total[name] += count
    assert total["compared"] > 100
    assert total["gateways"] > 5
    assert total["too far"] < 5


@pytest.mark.parametrize("seed", range(2))
def test_a_larger_coalition_with_services_closed_again_is_as_if_they_never_were_open(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On invented coalitions too big for brute force, with many services and few gateways in each."""
    monkeypatch.setattr(alternatives, "LARGE", 1 << 30)
    rulebook = policies.load_rulebook(("federal", "us-tx", "coalition"))
    coalition = draw_coalition(80, 40 + seed)
    snapshot, directory = coalition.snapshot(), policy_directory(coalition)
    total = dict.fromkeys(("compared", "gateways", "too far"), 0)
    for question in draw_questions(coalition, 12, seed=seed, needs=2 + seed):
        scenario = Scenario(snapshot, with_little_known(question.profile))
        for name, count in compare(scenario, Sharing(rulebook, directory, question.case), random.Random(seed)).items():
            total[name] += count
    assert total["compared"] > 20
    assert total["gateways"] > 3


def test_in_a_large_graph_one_plan_is_solved_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is open in it then stands for less and less; to search what is left by itself is shorter."""
    most = dict[int, int]()
    with Loader() as loader:
        for seed in range(60_000, 60_060):
            asked = loader.ask(*make_instance(seed))
            directory = with_more_to_know(asked.directory, random.Random(seed))
            scenario = Scenario(routing.build_snapshot(directory), with_little_known(asked.profile))
            for large in (0, 1 << 30):
                monkeypatch.setattr(alternatives, "LARGE", large)
                for without, *_ in closings(scenario, asked.sharing, random.Random(seed)):
                    before = len(without._detours)
                    with suppress(TooFar):
                        without.best(frozenset())
                    more = len(without._detours) - before if without.closed else 0
                    most[large] = max(most.get(large, 0), more)
    assert most[0] == 1
    assert most[1 << 30] > 1
