"""Who could be a gateway, and what they ask for first: held against one look at every service."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import product

from builders import NothingLeaves, agreement, need, organization, profile, service, snapshot
from length import draws
from loaded import Loader
from oracle.instances import make_instance

from routing.client.scenario import Scenario
from routing.handoffs.gateway_candidates import Pools
from routing.handoffs.gateways import Gateways
from routing.handoffs.hops import Hops
from routing.handoffs.permits import Permits
from service.bench.questions import draw_questions
from service.bench.synthetic import draw_coalition


def gateways_of(scenario: Scenario, *, by_choice: bool = False) -> Gateways:
    return Gateways(scenario, Hops(scenario, Permits(NothingLeaves())), by_choice=by_choice)


def one_by_one(pools: Pools, hops: Hops, row: int, kind: str, urgency: str) -> list[int]:
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
            asked = loader.ask(*make_instance(seed))
            yield Scenario(asked.snapshot, asked.profile)
    coalition = draw_coalition(25, 1)
    network = coalition.snapshot()
    for question in draw_questions(coalition, draws(25), seed=5):
        yield Scenario(network, question.profile)


def test_ways_in_are_all_whom_the_door_admits_and_ask_for_what_each_asks_for() -> None:
    """Whoever the door lets in by what they are, by an agreement, or alone of all agencies.

    Nobody needs a way in to whom they report.
    """
    found = Counter[int]()
    for scenario in scenarios():
        for by_choice in (False, True):
            gateways = gateways_of(scenario, by_choice=by_choice)
            pools = Pools(scenario, gateways.hops, by_choice=by_choice)
            for row, one in product(range(len(scenario.snapshot.columns.active)), scenario.profile.needs):
                rows = one_by_one(pools, gateways.hops, row, one.type, one.urgency)
                asks = {scenario.referral(own).requires for own in rows}
                assert gateways.rows(row, one.type, one.urgency) == rows
                assert {*gateways.asks(row, one.type, one.urgency)} == asks
                assert len(gateways.asks(row, one.type, one.urgency)) == len(asks)
                found[len(asks)] += 1
    assert min(found[0], found[1], found[2]) > draws(100), found


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

    asked = gateways_of(scenario).asks(network.service_index["bed"], "food", "today")

    assert asked == [frozenset({"intake_assessment"})]
