"""Who could be a gateway, and what they ask for first: found by door, held against one look at every service."""

from __future__ import annotations

from collections import Counter
from itertools import product

import numpy as np
from builders import agreement, need, organization, profile, service, snapshot
from length import draws
from loaded import Loader
from oracle.instances import make_instance

import routing
from routing.client.scenario import Scenario
from routing.handoffs.gateway_candidates import Pools
from routing.handoffs.hops import Hops


def pools_of(scenario: Scenario, *, by_choice: bool = False) -> Pools:
    return Pools(scenario, Hops(scenario, routing.NothingLeaves()), by_choice=by_choice)


def asked_one_by_one(pools: Pools, scenario: Scenario, row: int, kind: str, urgency: str) -> list[frozenset[str]]:
    """Return what the services ask for that this one admits, each looked at."""
    rows = pools.at(urgency).rows[pools.admitted(row, kind, urgency)]
    numbers = np.unique(scenario.snapshot.columns.requires[rows]).tolist()
    return [scenario.snapshot.words.requires[number] for number in numbers]


def test_what_ways_in_ask_for_is_what_each_of_them_asks_for() -> None:
    """Whoever the door lets in by what they are, by an agreement, or alone of all agencies.

    Nobody needs a way in to whom they report.
    """
    found = Counter[int]()
    with Loader() as loader:
        for seed in range(draws(80)):
            asked = loader.ask(*make_instance(seed))
            scenario = Scenario(asked.snapshot, asked.profile)
            for by_choice in (False, True):
                pools = pools_of(scenario, by_choice=by_choice)
                for row, one in product(range(len(asked.snapshot.columns.active)), asked.profile.needs):
                    if not scenario.is_report(scenario.owner(row), one.type):
                        expected = asked_one_by_one(pools, scenario, row, one.type, one.urgency)
                        assert pools.asked(row, one.type, one.urgency) == expected
                        found[len(expected)] += 1
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

    asked = pools_of(scenario).asked(network.service_index["bed"], "food", "today")

    assert asked == [frozenset({"intake_assessment"})]
