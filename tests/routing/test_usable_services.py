"""What a path could come to use, held against its own words, service by service."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from builders import agreement, need, organization, profile, service, snapshot
from length import draws, enough
from loaded import Loader
from oracle.instances import make_instance

from routing.client.eligibility import NO
from routing.client.scenario import Scenario
from routing.client.usable_services import possible_services


def may_take(scenario: Scenario) -> set[int]:
    """Return the services that are active, not avoided and do not surely turn the client away."""
    columns = scenario.snapshot.columns
    rows = np.arange(len(columns.active), dtype=np.int32)
    fits = columns.active & ~scenario.refusals(columns.organization) & (scenario.client.judge(rows).overall != NO)
    return set(np.flatnonzero(fits).tolist())


def lets_in(scenario: Scenario, row: int, organization: int) -> bool:
    """Say whether a service turns the origin away for what it is, and may let this organization in."""
    moment, door = scenario.moment, int(scenario.snapshot.columns.door[row])
    if moment.snapshot.ties.opens_to(scenario.origin)[door] or organization == scenario.origin:
        return False
    by_agreement = "agreement" in scenario.service(row).accepts_from
    return bool(moment.snapshot.ties.opens_to(organization)[door]) or (
        by_agreement and organization in moment.partners(scenario.owner(row))
    )


def reach_of(scenario: Scenario) -> set[int]:
    usable = may_take(scenario)
    types, reach = {need.type for need in scenario.profile.needs}, set[int]()
    while True:
        rows = {row for row in usable if scenario.service(row).types & types}
        rows |= {row for row in usable if any(lets_in(scenario, other, scenario.owner(row)) for other in rows)}
        types_and_prerequisites = types.union(*(scenario.service(row).requires for row in rows))
        if (rows, types_and_prerequisites) == (reach, types):
            return reach
        reach, types = rows, types_and_prerequisites


def test_what_a_path_could_use_is_what_its_words_say() -> None:
    """Of needed types or asked for first, or of whoever a door that is closed to the origin lets in."""
    ways_in = 0
    with Loader() as loader:
        for seed in range(draws(50)):
            question = loader.ask(*make_instance(seed))
            for area in (question.profile.client.area, None):
                client = replace(question.profile.client, area=area)
                scenario = Scenario(question.snapshot, replace(question.profile, client=client))
                reach = possible_services(scenario).rows.tolist()
                assert reach == sorted(reach_of(scenario))
                ways_in += any(lets_in(scenario, row, scenario.owner(other)) for row in reach for other in reach)
    assert enough(ways_in, 10)


def test_a_partner_of_a_door_that_only_agreements_open_may_be_a_way_in() -> None:
    network = snapshot(
        *map(organization, ("hotline", "refuge", "partner", "stranger")),
        agreement("partner", "refuge"),
        service("bed", "food", at="refuge", accepts_from=("agreement",)),
        service("talk", "legal", at="partner"),
        service("walk", "legal", at="stranger"),
    )
    scenario = Scenario(network, profile(need("food", "today")))

    assert [scenario.service(row).slug for row in possible_services(scenario).rows] == ["bed", "talk"]
