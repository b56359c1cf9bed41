"""A need that services offer and no path meets: known at any cost first, so that its price leaves offers out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from benchmarks import coalitions
from benchmarks.questions import draw_questions
from builders import NothingLeaves, agreement, organization, profile, service, snapshot
from length import draws, enough
from seeds import fresh

from routing.client.scenario import Scenario
from routing.handoffs.gateways import Gateways
from routing.handoffs.hops import Hops
from routing.handoffs.permits import Permits
from routing.pruning import feasibility
from routing.pruning.offer_filter import OfferFilter
from routing.ranking.alternatives import Without, rank
from routing.ranking.search_paths import search_paths
from routing.search.graph import build_hop_graph
from service.directory.snapshot.sharing import Sharing


def test_needs_that_no_path_meets_are_left_out_and_no_others() -> None:
    """On awkward directories: the same first path as in the whole graph, found in a part of it."""
    directory, unmeetable, least = coalitions.serve(60, shape=coalitions.AWKWARD), 0, 1.0
    for question in draw_questions(directory.snapshot, draws(40), seed=fresh(5), needs=4):
        needs_profile = replace(question.profile, limit=1)
        scenario = Scenario(directory.snapshot, needs_profile)
        sharing = Sharing(directory.rulebook, directory.policy, question.case)
        graph, ranking = search_paths(scenario, sharing, with_sole_providers=False)
        whole_graph = build_hop_graph(Scenario(directory.snapshot, needs_profile), sharing)
        whole = rank(Without(whole_graph), 1)

        assert [ranked_path.key for ranked_path in ranking.ranked_paths] == [
            ranked_path.key for ranked_path in whole.ranked_paths
        ]
        offers = OfferFilter(scenario)
        meetable = offers.meetable(Gateways(scenario, Hops(scenario, Permits(sharing))))
        bits_covered = {
            offer.bit for ranked_path in whole.ranked_paths for step in ranked_path.steps for offer in step.offers
        }
        assert all(meetable.coverable[bit] for bit in bits_covered if bit < len(meetable.coverable))
        if whole.ranked_paths and meetable.least_open != offers.least_open:
            assert whole.ranked_paths[0].open_required >= meetable.least_open
            unmeetable += 1
            least = min(least, len(graph.ports) / len(whole_graph.ports))
    assert enough(bool(unmeetable), 0)
    assert enough(least < 0.5, 0)


def behind_doors(code: str, *doors: str) -> list[Any]:
    """Return the hotline and houses that open by an agreement alone, or to the kinds of agency named; a bed each."""
    houses = [organization(f"house-{number:02}") for number in range(20)]
    more = [service(f"{house.slug}-{code}", code, at=house.slug, accepts_from=[*doors]) for house in houses]
    return [organization("hotline"), *houses, *more]


def test_where_no_path_meets_anything_no_graph_is_searched_for_one() -> None:
    """Every door is shut, and no plain path says what it would cost: at any cost nothing is met."""
    scenario = Scenario(snapshot(*behind_doors("shelter", "court")), profile("shelter"))

    graph, ranking = search_paths(scenario, NothingLeaves(), with_sole_providers=False)

    assert (ranking.ranked_paths, ranking.complete) == ((), True)
    assert not graph.offers


@pytest.mark.parametrize("codes", [("food", "shelter"), ("shelter", "food")])
def test_the_offers_for_a_need_that_no_path_meets_are_left_out_whichever_need_it_is(codes: tuple[str, str]) -> None:
    """Every door to food is shut; where none is, nothing is left out."""
    inn = organization("inn"), service("inn-bed", "shelter", at="inn"), service("inn-meal", "food", at="inn")
    for records, met in (
        ((*behind_doors("food", "court"), *inn[:2]), {"shelter"}),
        ((organization("hotline"), *inn), {*codes}),
    ):
        scenario = Scenario(snapshot(*records), profile(*codes))
        offers = OfferFilter(scenario)

        meetable = offers.meetable(Gateways(scenario, Hops(scenario, Permits(NothingLeaves()))))

        assert meetable.coverable.tolist() == [code in met for code in codes]
        assert (meetable is offers) is (len(met) == len(codes))


def test_what_a_path_could_meet_is_looked_for_no_further_than_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The needs asked about come first, and what else could be met is nobody's question then."""
    bits: list[int] = []
    comes_to = feasibility._Reach._comes_to

    def noted(self: Any, offer: Any) -> bool:
        bits.append(offer.bit)
        return comes_to(self, offer)

    monkeypatch.setattr(feasibility._Reach, "_comes_to", noted)
    inn = organization("inn"), service("inn-bed", "shelter", at="inn", accepts_from=["agreement"])
    records = *behind_doors("food", "agreement"), *inn, agreement("hotline", "inn")
    for place, needs in enumerate([profile("shelter", "food"), profile("food", "shelter")]):
        scenario = Scenario(snapshot(*records), needs)
        gateways = Gateways(scenario, Hops(scenario, Permits(NothingLeaves())))

        meetable = feasibility.may_meet(gateways, 1 << place, unexposed=False)

        assert (meetable, bits) == (1 << place, [place])
        bits.clear()


def test_a_need_that_nobody_offers_is_not_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is looked at for it alone; beside other needs the search ends once these are met."""
    reached: list[int] = []

    class Noted(feasibility._Reach):
        def _comes_to(self, offer: Any) -> bool:
            reached.append(offer.bit)
            return super()._comes_to(offer)

        def __init__(self, *arguments: Any, **options: Any) -> None:
            reached.append(-1)
            super().__init__(*arguments, **options)

    monkeypatch.setattr(feasibility, "_Reach", Noted)
    court = organization("court", basis="systems", kind="court", regimes=frozenset())
    inn, bed = organization("inn"), service("inn-bed", "shelter", at="inn")
    records = *behind_doors("food", "agreement"), court, service("meal", "food", at="court"), inn, bed
    scenario = Scenario(
        snapshot(*records, service("coat", "clothing", at="court")), profile("food", "shelter", "clothing", "dental")
    )
    gateways = Gateways(scenario, Hops(scenario, Permits(NothingLeaves())))

    def look(needs: int, *, unexposed: bool) -> tuple[int, list[int]]:
        reached.clear()
        return feasibility.may_meet(gateways, needs, unexposed=unexposed), list(reached)

    assert look(0b1000, unexposed=False) == (0, [])
    assert look(0b1100, unexposed=True) == (0, [])
    assert look(0b1110, unexposed=True) == (0b10, [-1])


def test_nobody_is_asked_twice_nor_about_what_would_add_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service of a holder for what is met adds nothing; after each thing more that is met, gateways are asked again.

    hotline --warm--> inn [a bed, then legal aid, then a dentist], while the bed at the den stays out of reach
    """
    asked: list[str] = []
    looked_for: list[str] = []
    may_hand_over, rows = Hops.may_hand_over, Gateways.rows

    def noted(self: Hops, holder: int, offer: Any) -> bool:
        asked.append(self.scenario.service(offer.service).slug)
        return may_hand_over(self, holder, offer)

    def noted_rows(self: Gateways, row: int, service_type: str, urgency: str) -> list[int]:
        looked_for.append(self.hops.scenario.service(row).slug)
        return rows(self, row, service_type, urgency)

    inn = [service(f"bed-{door}", "shelter", at="inn", accepts_from=[door]) for door in ("anyone", "agreement")]
    inn.append(service("advice", "legal_aid", at="inn", requires=["shelter"]))
    inn.append(service("teeth", "dental", at="inn", requires=["legal_aid"]))
    shut = service("den-bed", "shelter", at="den", accepts_from=["agreement"])
    records = organization("hotline"), organization("inn"), organization("den"), *inn, shut
    scenario = Scenario(snapshot(*records), profile("dental", "shelter"))
    gateways = Gateways(scenario, Hops(scenario, Permits(NothingLeaves())))
    monkeypatch.setattr(Hops, "may_hand_over", noted)
    monkeypatch.setattr(Gateways, "rows", noted_rows)

    assert feasibility.reachable_holders(gateways.hops, gateways).all == [
        scenario.snapshot.organization_index[slug] for slug in ("hotline", "inn")
    ]
    assert sorted(asked) == ["advice", "den-bed", "teeth"]
    assert looked_for.count("den-bed") == 3  # for what gateways ask first, and then with a bed met, and with all met


def test_what_a_path_could_meet_can_be_stopped_before_each_offer() -> None:
    """Where every house asks for something first, time may end the search at each of them."""
    houses = [organization(f"house-{number:02}") for number in range(20)]
    meals = [service(f"{house.slug}-meal", "food", at=house.slug, requires=["dental"]) for house in houses]
    scenario = Scenario(snapshot(organization("hotline"), *houses, *meals), profile("food"))
    gateways, checks = Gateways(scenario, Hops(scenario, Permits(NothingLeaves()))), list[None]()

    with scenario.time_budget.until(lambda: bool(checks.append(None))):
        assert feasibility.meetable_mask(gateways) == 0

    assert len(checks) >= len(houses)
