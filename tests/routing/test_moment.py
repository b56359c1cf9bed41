"""What scenarios of one moment share: nothing that depends on the client."""

from __future__ import annotations

from itertools import product

import pytest
from builders import client, organization, profile, service, snapshot

from routing.client.prices import Demand
from routing.client.scenario import Scenario
from routing.client.unknowns import attributes_of
from routing.client.usable_services import possible_services
from routing.directory.moment import Moment
from routing.handoffs.offers import table_of

NETWORK = snapshot(
    *map(organization, ("hotline", "a", "b")),
    service("for-all", "food", at="a"),
    service("for-men", "food", at="a", genders=("male",)),
    service("for-women", "food", at="b", genders=("female",)),
    service("together", "food", at="b", accepts=("warm",)),
)
PROFILES = [
    profile("food", client=client(gender=gender), avoid=avoid, client_present=present)
    for gender, avoid, present in product((None, "female", "male"), ((), ("a",), ("b",)), (True, None))
]


def table_and_reach(scenario: Scenario) -> list[object]:
    table = table_of(scenario, [Demand("food", "now", True)])
    unknown = attributes_of(scenario, (18,))
    reach, names = possible_services(scenario).rows.tolist(), [attribute.name for attribute in unknown.unknown]
    return [table.row.tolist(), reach, unknown.unsure.tolist(), names]


@pytest.mark.parametrize("opens", [(), (NETWORK.service_index["for-women"],)])
def test_no_scenario_finds_what_another_of_its_moment_did(opens: tuple[int, ...]) -> None:
    moment = Moment(NETWORK, PROFILES[0].at)

    together = [
        table_and_reach(Scenario(NETWORK, needs_profile, opens=opens, earlier=moment)) for needs_profile in PROFILES
    ]

    assert together == [table_and_reach(Scenario(NETWORK, needs_profile, opens=opens)) for needs_profile in PROFILES]
    assert len({str(parts) for parts in together}) > 6


def test_what_counts_as_open_is_another_scenario() -> None:
    moment, needs_profile = Moment(NETWORK, PROFILES[0].at), PROFILES[0]
    row = NETWORK.service_index["for-women"]
    as_it_is, as_if_open = (
        Scenario(NETWORK, needs_profile, earlier=moment),
        Scenario(NETWORK, needs_profile, opens=(row,), earlier=moment),
    )

    assert row not in table_of(as_it_is, [Demand("food", "now", True)]).row
    assert row in table_of(as_if_open, [Demand("food", "now", True)]).row
