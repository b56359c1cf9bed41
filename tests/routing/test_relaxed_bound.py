"""The relaxed bound by hand: of what the best path costs it leaves aside no more than it says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from builders import NothingLeaves, agreement, need, organization, profile, service, snapshot

import routing
from routing.client.scenario import Scenario
from routing.pruning.offer_filter import OfferFilter
from routing.ranking.search_paths import search_paths
from routing.search.tables import points

BED = "emergency_shelter"


def left_aside(
    needs_profile: routing.Profile, *services: routing.Service, agreements: Sequence[routing.Agreement] = ()
) -> dict[str, int]:
    """Return what the best path costs beyond the bound on each of its services."""
    agencies = map(organization, {"hotline", *(each.organization for each in services)})
    scenario = Scenario(snapshot(*agencies, *services, *agreements), needs_profile)
    best = search_paths(scenario, NothingLeaves())[1].ranked_paths[0]
    offers, table = OfferFilter(scenario), OfferFilter(scenario).table
    least = dict(zip(zip(table.row.tolist(), table.bit.tolist(), strict=True), offers.least.tolist(), strict=True))
    return {
        scenario.service(offer.service).slug: points(best.value) - least[offer.service, offer.bit]
        for step in best.steps
        for offer in step.offers
    }


@pytest.mark.parametrize("at", ["hotline", "pantry"])
@pytest.mark.parametrize("urgency", ["now", "later"])
@pytest.mark.parametrize("prefer", ["balanced", "soonest"])
def test_one_hand_off_costs_its_points_and_its_wait(at: str, urgency: str, prefer: str) -> None:
    """hotline --warm--> pantry, or the hotline itself; a second kitchen there is slower."""
    bread = service("bread", "food", at=at, response_time=timedelta(hours=5))
    soup = service("soup", "food", at=at, response_time=timedelta(hours=9))

    assert left_aside(profile(need("food", urgency), prefer=prefer), bread, soup) == {"bread": 0}


def test_closeness_is_free_where_anybody_may_be_close() -> None:
    """hotline ==> pantry [food]; hotline --> stall [clothing]: == is a coalition, and nobody is close to the stall.

    But for the school, which nobody needs.
    """
    bread, coat = service("bread", "food", at="pantry"), service("coat", "clothing", at="stall")
    lesson = service("lesson", "education", at="school")
    agreements = agreement("hotline", "pantry"), agreement("stall", "school")

    aside = left_aside(profile("food", "clothing"), bread, coat, lesson, agreements=agreements)

    assert aside == {"bread": 8, "coat": 8}  # the wait for the one while the client is handed over for the other


def test_one_step_is_shared_by_all_that_an_agency_meets() -> None:
    """hotline --warm--> hub [bed, clothing]; then pantry [food]: two hand-offs, and who waits longest comes last."""
    bed, coat = (service(kind, kind, at="hub", response_time=timedelta(hours=2)) for kind in (BED, "clothing"))
    bread = service("bread", "food", at="pantry", response_time=timedelta(hours=5))

    aside = left_aside(profile(need("food", "later"), need(BED, "now"), need("clothing", "today")), bread, bed, coat)

    assert set(aside.values()) == {1}  # the wait for the meal, in the hours of the first hand-off


@pytest.mark.parametrize(("hours", "aside"), [(0, {"bread": 8, "coat": 8}), (2000, {"bread": 0})])
def test_what_stays_open_costs_what_it_says_and_what_nobody_offers_costs_nothing(
    hours: int, aside: dict[str, int]
) -> None:
    """hotline --warm--> pantry; then stall [clothing, optional], where that does not take too long; no bed anywhere."""
    bread = service("bread", "food", at="pantry", response_time=timedelta(hours=5))
    coat = service("coat", "clothing", at="stall", response_time=timedelta(hours=hours))
    coat_too = need("clothing", required=False)
    for needs in ("food", coat_too, BED), (BED, coat_too, "food"), (BED, "food", coat_too), (coat_too, "food", BED):
        assert left_aside(profile(*needs, need("education", required=False)), bread, coat) == aside


@pytest.mark.parametrize("reports", [0, 1])
def test_what_comes_the_wrong_way_round_costs_its_points_in_the_rest_of_a_path(reports: int) -> None:
    """hotline --warm--> hub [medical emergency, food]; house [bed]; then stall [clothing]: a meal before a bed.

    A report, which comes first, changes nothing about it.
    """
    meal, doctor = service("meal", "food", at="hub"), service("doctor", "medical_emergency", at="hub")
    room, coat = service("room", BED, at="house"), service("coat", "clothing", at="stall")

    desk = service("desk", "law_enforcement_report", at="police")
    needs = (BED, "food", "medical_emergency", need("clothing", "later"), *["law_enforcement_report"] * reports)
    duty = routing.CertainReport("law_enforcement_report", frozenset({"police"}))

    aside = left_aside(profile(*needs, reports=(duty,) * reports), meal, doctor, room, coat, *[desk] * reports)

    assert aside["coat"] == 2  # waits alone, not the forty points


def test_what_comes_the_right_way_round_costs_nothing_however_long_it_takes() -> None:
    """hotline --warm--> house [bed]; --self--> pantry [food, in a week]; --warm--> stall [clothing]."""
    room, coat = service("room", BED, at="house"), service("coat", "clothing", at="stall")
    bread = service("bread", "food", at="pantry", accepts=("self",), response_time=timedelta(hours=168))

    aside = left_aside(profile(BED, "food", need("clothing", "later")), room, bread, coat)

    assert aside == {"room": 9, "bread": 10, "coat": 3}  # the waits of the other two in the hours of each hand-off


def test_what_somebody_reports_comes_out_of_no_order() -> None:
    """hotline --report--> pantry [food]; --warm--> house [bed], then stall [clothing]: the meal before the bed is free.

    The canteen, where it would not be, is dearer.
    """
    bread, soup = service("bread", "food", at="pantry"), service("soup", "food", at="canteen", interpretation=False)
    room, coat = service("room", BED, at="house"), service("coat", "clothing", at="stall")
    duty = routing.CertainReport("food", frozenset({"pantry"}))

    aside = left_aside(profile(BED, "food", need("clothing", "later"), reports=(duty,)), bread, soup, room, coat)

    assert aside == {"bread": 0, "room": 1, "coat": 1}


def test_a_call_of_a_third_party_is_no_hand_off() -> None:
    """hotline --self--> line: no hours and no closeness."""
    line = service("line", "crisis_hotline", at="clinic", accepts=("warm",))

    assert left_aside(profile("crisis_hotline", third_party=True), line) == {"line": 0}
