"""Tables of offers: what a service costs where it is needed, and where something else asks for it first."""

from __future__ import annotations

from builders import find, need, organization, profile, service, snapshot

import routing
from routing.client.prices import Demand
from routing.client.scenario import Scenario
from routing.handoffs.hop import Offer, with_those_between
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


def test_a_set_met_at_once_holds_what_comes_between_and_no_more() -> None:
    """A soup asks for a coat and a bed for the soup; a need is met once, and nothing is asked for in a circle."""
    coat, bed = Offer(0, 0, 0, "clothing", 0, 0), Offer(2, 0, 2, "shelter", 0b10, 0)
    soup = Offer(1, 0, 1, "food", 0b1, 0)

    assert [*with_those_between((coat, bed), (coat, soup, bed))] == [(coat, bed), (coat, bed, soup)]
    assert [*with_those_between((coat, bed), (soup._replace(requires=0b1000),))] == [(coat, bed)]
    assert not [*with_those_between((coat, coat._replace(service=3)), (coat, soup))]
    assert not [*with_those_between((coat._replace(requires=0b100), bed._replace(requires=0b1)), ())]


def test_the_origin_itself_asks_what_no_packet_asks() -> None:
    """Soup at the hotline, for others by packet alone: whoever is there already is asked there."""
    by_packet = {"accepts": ("packet",), "intake_data": ("need",)}
    soup = service("soup", "food", at="hotline", excludes=("runaway",), **by_packet)
    [path] = find(snapshot(organization("hotline"), soup), profile("food")).paths

    [step] = path.steps
    assert (step.mode, [matter.attribute for matter in step.services[0].confirm]) == (
        "internal", ["client.traits.runaway"],
    )  # fmt: skip


def test_a_report_is_made_to_whoever_takes_no_clients() -> None:
    desk = service("report", "law_enforcement_report", at="desk", accepts=())
    report = routing.CertainReport("law_enforcement_report", frozenset({"desk"}))
    network = snapshot(organization("hotline"), organization("desk"), desk)

    [path] = find(network, routing.with_reports(profile(report.type), [report])).paths

    assert [(step.organization, step.mode) for step in path.steps] == [("desk", "report")]
