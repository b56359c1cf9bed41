"""Who could be a gateway, and what they ask for first: held against one look at every service."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import product

import pytest
from benchmarks import coalitions
from benchmarks.questions import draw_questions
from builders import NothingLeaves, agreement, need, organization, profile, service, snapshot
from length import draws, enough
from loaded import Loader
from oracle.instances import make_instance
from seeds import fresh

from routing.client.scenario import Scenario
from routing.handoffs.gateways import Gateways, Least, Pools
from routing.handoffs.hop import CandidateService
from routing.handoffs.hops import Hops
from routing.handoffs.permits import Permits
from routing.search.graph import build_hop_graph


def gateways_of(scenario: Scenario, *, by_choice: bool = False) -> Gateways:
    return Gateways(scenario, Hops(scenario, Permits(NothingLeaves())), by_choice=by_choice)


def admitted_rows(pools: Pools, hops: Hops, row: int, kind: str, urgency: str) -> list[int]:
    """Return the services of others that a service admits, each looked at; none where the origin is admitted."""
    scenario = hops.scenario
    if not hops.refuses(row, kind, scenario.origin):
        return []
    away = (own for own in pools.at(urgency).rows.tolist() if scenario.owner(own) != scenario.owner(row))
    return [own for own in away if not hops.refuses(row, kind, scenario.owner(own))]


def scenarios() -> Iterator[Scenario]:
    """Yield drawn instances with every feature, and questions to a coalition with many doors."""
    with Loader() as loader:
        for seed in range(draws(80)):
            instance = loader.ask(*make_instance(seed))
            yield Scenario(instance.snapshot, instance.profile)
    coalition = coalitions.serve(25, shape=coalitions.AWKWARD)
    network = coalition.snapshot
    for question in draw_questions(coalition.snapshot, draws(25), seed=fresh(5)):
        yield Scenario(network, question.profile)


def test_ways_in_are_all_whom_the_door_admits_and_ask_for_what_each_asks_for() -> None:
    """Whoever the door lets in by what they are, by an agreement, or alone of all agencies."""
    cases = Counter[int]()
    for scenario in scenarios():
        for by_choice in (False, True):
            gateways = gateways_of(scenario, by_choice=by_choice)
            pools = Pools(scenario, gateways.hops, by_choice=by_choice)
            for row, requirement in product(range(len(scenario.snapshot.columns.active)), scenario.profile.needs):
                rows = admitted_rows(pools, gateways.hops, row, requirement.type, requirement.urgency)
                asks = {scenario.referral(own).requires for own in rows}
                assert gateways.rows(row, requirement.type, requirement.urgency) == rows
                assert {*gateways.asks(row, requirement.type, requirement.urgency)} == asks
                assert len(gateways.asks(row, requirement.type, requirement.urgency)) == len(asks)
                cases[len(asks)] += 1
    assert enough(min(cases[0], cases[1], cases[2]), 100), cases


def test_an_agency_is_no_way_in_to_its_own_services_and_a_stranger_none_by_agreement() -> None:
    network = snapshot(
        *map(organization, ("hotline", "partner", "stranger")),
        organization("refuge", kind="shelter"),
        agreement("partner", "refuge"),
        service("bed", "food", at="refuge", accepts_from=("agreement", "shelter")),
        service("own", "legal", at="refuge", requires=("benefits_certification",)),
        service("talk", "legal", at="partner", requires=("intake_assessment",)),
        service("walk", "legal", at="stranger", requires=("case_management",)),
    )
    scenario = Scenario(network, profile(need("food", "today")))

    prerequisites = gateways_of(scenario).asks(network.service_index["bed"], "food", "today")

    assert prerequisites == [frozenset({"intake_assessment"})]


def test_the_least_of_two_hops_is_no_more_than_any_two_hops() -> None:
    """Of every way through a gateway in whole graphs, and of every single hop: points and hours, each by itself."""
    comparisons = Counter[str]()
    with Loader() as loader:
        for seed in range(67_000, 67_000 + draws(80)):
            question = loader.ask(*make_instance(seed))
            graph = build_hop_graph(Scenario(question.snapshot, question.profile), question.sharing)
            gateways = graph.gateways
            onward = [
                (edge, beyond.hop) for edge in graph.shared for beyond in graph.onward if beyond.source == edge.port
            ]
            for edge, second in onward:
                for offer in second.offers:
                    two_hops = gateways.least(offer, graph.requirements[offer.bit].urgency)
                    assert two_hops is not None
                    assert two_hops.price <= edge.hop.price + second.price
                    assert two_hops.hours <= edge.hop.hours + second.hours
                    comparisons["two hops"] += 1
            for hop in (edge.hop for edge in (*graph.shared, *graph.own, *graph.onward)):
                if hop.mode != "report" and hop.offers:
                    one_hop = gateways.least_hop(hop.offers)
                    assert one_hop.price <= hop.price
                    assert one_hop.hours <= hop.hours
                    comparisons["one hop"] += 1
    assert enough(comparisons["two hops"], 30), comparisons
    assert enough(comparisons["one hop"], 250), comparisons


@pytest.mark.parametrize(
    ("present", "bed", "two_hops", "one_hop"),
    [
        # The ward is 1 hour and 20 points away, the clinic 2 hours and 10: 60 points more for closeness on both hops.
        (True, ("warm", "self"), Least(270, 2), Least(100, 1)),
        (True, ("self",), Least(280, 3), Least(110, 2)),
        (None, ("warm", "self"), Least(280, 4), Least(110, 2)),
        (None, ("self",), Least(280, 4), Least(110, 2)),
    ],
)
def test_the_cheapest_gateway_and_the_quickest_count(
    present: bool | None, bed: tuple[str, ...], two_hops: Least, one_hop: Least
) -> None:
    """hotline --> (ward by a call, or clinic by the client's own) --> refuge, or straight to the open door."""
    network = snapshot(
        *map(organization, ("hotline", "clinic", "refuge")),
        organization("ward", regimes=frozenset()),
        service("talk", "peer_support", at="ward", accepts=("warm",)),
        service("walk", "peer_support", at="clinic", accepts=("self",)),
        service("bed", "food", at="refuge", accepts=bed, accepts_from=("ward", "clinic")),
        service("door", "clothing", at="refuge"),
    )
    needs_profile = profile(need("food", "today"), need("clothing", "today"), client_present=present)
    graph = build_hop_graph(Scenario(network, needs_profile), NothingLeaves())
    food, clothing = graph.offers[network.organization_index["refuge"]]

    assert graph.gateways.least(food, "today") == two_hops
    assert graph.gateways.least_hop((food,)) == one_hop
    assert graph.gateways.least(clothing, "today") is None


def test_the_least_hop_to_a_discoverable_place_is_for_what_is_asked_for() -> None:
    """A precinct takes the report that the client asks for, and could give food as well."""
    network = snapshot(
        organization("hotline"),
        organization("precinct", basis="systems", kind="law_enforcement", regimes=frozenset()),
        service("bread", "food", at="precinct"),
        service("report", "law_enforcement_report", at="precinct"),
    )
    scenario = Scenario(network, profile("food", "law_enforcement_report"))
    graph = build_hop_graph(scenario, NothingLeaves())
    offers = graph.offers[network.organization_index["precinct"]]

    assert graph.gateways.least_hop(offers) == Least(120, 1)
    assert graph.gateways.least_hop(offers[:1]) == Least(1_000_100, 1)


def test_the_least_hop_to_who_takes_no_call_of_theirs_has_no_mode() -> None:
    """Only calls, and nobody on the line: as for a report, which needs no mode. Nothing more is taken than the hop."""
    network = snapshot(*map(organization, ("hotline", "office")), service("x", "food", at="office", accepts=("warm",)))
    gateways = gateways_of(Scenario(network, profile("food", client_present=None)))

    office, x = network.organization_index["office"], network.service_index["x"]
    assert gateways.least_hop((CandidateService(x, office, 0, "food", 0, 0),)) == Least(100, 0)


def test_a_gateway_is_reached_if_anybody_may_hand_over_to_it() -> None:
    network = snapshot(
        *map(organization, ("hotline", "near", "far", "gate")),
        service("talk", "peer_support", at="gate", accepts_from=("near",)),
    )
    gateways = gateways_of(Scenario(network, profile("food")))
    talk, near, far = network.service_index["talk"], *(network.organization_index[slug] for slug in ("near", "far"))

    verdicts = [gateways.is_reached(talk, senders) for senders in ((far, near), (near, far), (near,), (far,), ())]

    assert verdicts == [True, True, True, False, False]
