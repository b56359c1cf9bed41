"""What services that open could bring onto a path is never less than what a search finds they bring."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from builders import agreement, client, need, organization, profile, service, snapshot

import policies
import routing
from routing.client.scenario import Scenario
from routing.client.usable_services import within_reach
from routing.pruning.offer_filter import OfferFilter
from routing.ranking.alternatives import Without, rank
from routing.search.graph import HopGraph, build_hop_graph
from routing.search.ranked_path import RankedPath
from routing.search.tables import points
from routing.what_if.opened_offers import Openings
from service.bench.agencies import policy_directory
from service.bench.questions import draw_questions
from service.bench.synthetic import draw_coalition
from service.serving.sharing import Sharing


@pytest.fixture(scope="module")
def rulebook() -> policies.Rulebook:
    return policies.load_rulebook(("federal", "us-tx", "coalition"))


def hold_against(
    hop_graph: HopGraph, offer_filter: OfferFilter, ranked_paths: Sequence[RankedPath], opens: frozenset[int]
) -> Counter[str]:
    """Hold the bound against paths that are open, at their own price; say what opened services were on them for."""
    needs, found = hop_graph.needs, Counter[str]()
    for ranked_path in ranked_paths:
        offers = [offer for step in ranked_path.steps for offer in step.offers]
        passed = {step.gateway.service for step in ranked_path.steps if step.gateway is not None} & opens
        met = {offer.service for offer in offers if offer.bit < needs} & opens
        first = {offer.service for offer in offers if offer.bit >= needs} & opens
        if ranked_path.open_required == offer_filter.least_open and passed | met | first:
            every = np.array(sorted(opens), dtype=np.int32)
            bound = Openings(offer_filter, every, points(ranked_path.value))
            assert passed | met | first <= bound.services
            found.update(passed=len(passed), met=len(met), first=len(first))
    return found


def test_no_path_with_something_new_costs_less_than_what_it_is_said_to_bring(rulebook: policies.Rulebook) -> None:
    """On invented coalitions: what is not known of a client opens services that meet, come first, and lead in."""
    found = Counter[str]()
    for seed in range(12):
        coalition = draw_coalition(160, 60 + seed)
        snapshot, directory = coalition.snapshot(), policy_directory(coalition)
        for question in draw_questions(coalition, 12, seed=seed, needs=1 + seed % 3):
            asked = replace(question.profile, client=replace(question.profile.client, gender=None, traits={}))
            scenario = Scenario(snapshot, replace(asked, limit=8))
            rows = within_reach(scenario).rows
            unknown = tuple(rows[scenario.judge(rows).overall == 1].tolist())
            supposed = scenario.supposing(unknown, client_present=asked.client_present)
            hop_graph = build_hop_graph(supposed, Sharing(rulebook, directory, question.case))
            ranked_paths = rank(Without(hop_graph), 8).ranked_paths
            found += hold_against(hop_graph, OfferFilter(supposed), ranked_paths, frozenset(unknown))
    assert min(found["met"], found["first"], found["passed"]) > 10, found


HOTLINE = organization("hotline")
FOR_WOMEN = {"genders": ("female",)}


@pytest.mark.parametrize(
    ("services", "steps"),
    [
        (  # the way in to who comes first
            (
                service("quick", "food", at="b", requires=("intake_assessment",)),
                service("mid", "intake_assessment", at="c", accepts_from=("gate",)),
                service("new", "legal", at="gate", **FOR_WOMEN),
            ),
            ["gate", "c", "b"],
        ),
        (  # the way in to one of several who could come first, each behind a door of its own
            (
                service("quick", "food", at="b", requires=("intake_assessment",)),
                service("mid", "intake_assessment", at="c", accepts_from=("gate",)),
                service("other", "intake_assessment", at="a", accepts_from=("door",)),
                service("new", "legal", at="gate", **FOR_WOMEN),
            ),
            ["gate", "c", "b"],
        ),
        (  # what a way in asks for first
            (
                service("quick", "food", at="b", accepts_from=("gate",)),
                service("talk", "legal", at="gate", requires=("intake_assessment",)),
                service("new", "intake_assessment", at="c", **FOR_WOMEN),
            ),
            ["c", "gate", "b"],
        ),
        (  # the way in to what a way in asks for first
            (
                service("quick", "food", at="b", accepts_from=("gate",)),
                service("talk", "legal", at="gate", requires=("intake_assessment",)),
                service("mid", "intake_assessment", at="c", accepts_from=("door",)),
                service("new", "legal", at="door", **FOR_WOMEN),
            ),
            ["door", "c", "gate", "b"],
        ),
    ],
)
def test_what_opens_may_be_on_a_path_on_account_of_something_else_there(
    services: tuple[routing.Service, ...], steps: list[str]
) -> None:
    """Whatever the path costs that is open anyway: the new one is found as soon as it costs less."""
    agencies, rules = tuple(map(organization, ("a", "b", "c", "gate", "door"))), routing.NothingLeaves()
    asked, seen = profile(need("food", "today"), client=client(gender=None), limit=1), []
    close = [
        agreement(*pair) for pair in (("hotline", "gate"), ("gate", "c"), ("c", "b"), ("c", "gate"), ("gate", "b"))
    ]
    for hours in range(0, 120, 2):
        slow = service("slow", "food", at="a", response_time=timedelta(hours=hours))
        network = snapshot(HOTLINE, *agencies, *close, slow, *services)
        now = routing.list_paths(routing.Request(network, asked, rules=rules))
        opens = frozenset({network.service_index["new"]})

        found = routing.Outlook(routing.Request(network, asked, rules=rules), now, opens).paths(opens)

        assert found == routing.list_paths(
            routing.Request(network, replace(asked, client=client(gender="female")), rules=rules)
        )
        seen.append([step.organization for step in found[0].steps])
    assert seen[0] == ["a"]
    assert seen[-1] == steps


@pytest.mark.parametrize("hours", range(12, 30))
def test_a_way_in_that_opens_may_stand_close_to_who_is_next(hours: int) -> None:
    """hotline ==> gate ==> shut, where == is a coalition; the open way is about as dear."""
    network = snapshot(
        HOTLINE,
        *map(organization, ("gate", "plain", "shut")),
        agreement("hotline", "gate"),
        agreement("gate", "shut"),
        service("talk", "peer_support", at="gate", **FOR_WOMEN),
        service("bread", "food", at="shut", accepts_from=("gate",)),
        service("rice", "food", at="plain", response_time=timedelta(hours=hours)),
    )
    asked, rules = profile(need("food", "today"), client=client(gender=None), limit=1), routing.NothingLeaves()
    now = routing.list_paths(routing.Request(network, asked, rules=rules))
    opens = frozenset({network.service_index["talk"]})

    found = routing.Outlook(routing.Request(network, asked, rules=rules), now, opens).paths(opens)

    assert found == routing.list_paths(
        routing.Request(network, replace(asked, client=client(gender="female")), rules=rules)
    )
