"""Tables of offers: what a service costs where it is needed, and where something else asks for it first."""

from __future__ import annotations

from builders import need, organization, profile, service, snapshot

from routing.client.prices import Demand
from routing.client.scenario import Scenario
from routing.handoffs.offers import table_of


def test_what_a_profile_needs_and_a_service_asks_first_are_not_the_same_offer() -> None:
    """Added, it costs an hour more; needed, it may excuse a discoverable receiver."""
    network = snapshot(
        *map(organization, ("hotline", "desk", "refuge")),
        service("bed", "food", at="refuge", requires=("intake_assessment",)),
        service("talk", "intake_assessment", at="desk"),
    )
    scenario = Scenario(network, profile(need("food", "today"), need("intake_assessment", "today")))

    (needed, first) = (table_of(scenario, [Demand("intake_assessment", "today", is_need)]) for is_need in (True, False))

    assert needed.row.tolist() == first.row.tolist()
    assert (first.price > needed.price).all()
