"""Bounds from a graph of the needs alone: no path is less than they say, and none is left out by them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from builders import NothingLeaves, agreement, client, need, organization, profile, service, snapshot
from length import draws, enough
from loaded import Loader
from oracle.instances import make_instance
from small import small_coalitions

import routing
from routing.client.scenario import Scenario
from routing.costs import LOOSEST
from routing.handoffs.gateways import Gateways
from routing.handoffs.hops import Hops
from routing.handoffs.offers import ENDLESS
from routing.handoffs.permits import Permits
from routing.pruning.offer_filter import OfferFilter
from routing.ranking.alternatives import Without
from routing.search.graph import build_hop_graph, hop_graph_of
from routing.search.ranked_path import RankedPath
from routing.search.tables import points

ANY = ENDLESS - 1


def best_paths(loader: Loader, seeds: range) -> Iterator[tuple[Without, OfferFilter, frozenset[int], RankedPath]]:
    """Yield the best paths of drawn instances without each organization, as far as they cover all that can be."""
    for seed in seeds:
        question = loader.ask(*make_instance(seed))
        whole = Without(build_hop_graph(Scenario(question.snapshot, question.profile), question.sharing))
        offer_filter = OfferFilter(whole.hop_graph.scenario)
        for excluded in (frozenset[int](), *(frozenset({holder}) for holder in whole.hop_graph.holders[1:])):
            ranked_path = whole.best(excluded)
            if ranked_path is not None and ranked_path.open_required == offer_filter.least_open:
                yield whole, offer_filter, excluded, ranked_path


def test_no_path_is_less_than_what_is_said_of_its_offers(loader: Loader) -> None:
    """Neither through an offer nor by a gateway, by either bound; and mostly it is more than the relaxed bound."""
    offers_compared, by_gateway, closer = 0, 0, 0
    for whole, offer_filter, _, ranked_path in best_paths(loader, range(64_000, 64_000 + draws(160, 2))):
        bounds, table = offer_filter.closer(whole.hop_graph.gateways, offer_filter.within(ANY)), offer_filter.table
        at = {key: place for place, key in enumerate(zip(table.row.tolist(), table.bit.tolist(), strict=True))}
        total = points(ranked_path.value)
        for before, step in zip((None, *ranked_path.steps), ranked_path.steps, strict=False):
            for place in (at[o.service, o.bit] for o in step.offers if o.bit < whole.hop_graph.needs):
                assert bounds.least[place] <= total
                offers_compared, closer = (
                    offers_compared + 1,
                    closer + int(bounds.least[place] > offer_filter.least[place]),
                )
                if before is not None and before.gateway is not None:
                    for each in (bounds, offer_filter):
                        assert each.passing[place] <= total
                        assert each.beside[place] <= total - before.hop.price - step.hop.price
                    by_gateway += 1
    assert enough(offers_compared, 500)
    assert enough(closer, 100)
    assert enough(by_gateway, 5)


def test_no_path_at_all_is_less_than_what_is_said_of_its_offers(loader: Loader) -> None:
    """Of every feasible path by brute force, however far it is from the best: by closer bounds and by relaxed ones."""
    comparisons = 0
    for small in small_coalitions(loader, 66_000, 15):
        scenario, offer_filter = small.hop_graph.scenario, OfferFilter(small.hop_graph.scenario)
        closer, table = offer_filter.closer(small.hop_graph.gateways, offer_filter.within(ANY)), offer_filter.table
        keys = zip(table.row.tolist(), table.bit.tolist(), strict=True)
        places = {
            (scenario.service(row).slug, scenario.profile.needs[bit].type): at for at, (row, bit) in enumerate(keys)
        }
        for path in small.paths:
            if path.key[0] == offer_filter.least_open:
                uses = [(slug, code) for step in path.parts for slug, codes in step for code in codes]
                for place in (places[use] for use in uses if use in places):
                    assert max(closer.least[place], offer_filter.least[place]) <= path.total
                    comparisons += 1
    assert enough(comparisons, 500)


def test_within_its_own_price_every_best_path_is_left(loader: Loader) -> None:
    """Whoever is left out, and whatever has to come first or be passed on the way."""
    added, by_gateway = 0, 0
    for whole, offer_filter, excluded, ranked_path in best_paths(loader, range(65_000, 65_000 + draws(200, 3))):
        gateways, total = whole.hop_graph.gateways, points(ranked_path.value)

        best = Without(
            hop_graph_of(gateways, scope=offer_filter.closer(gateways, offer_filter.within(total)).up_to(total))
        ).best(excluded)

        assert best is not None
        assert best.key == ranked_path.key
        added += any(o.bit >= whole.hop_graph.needs for step in ranked_path.steps for o in step.offers)
        by_gateway += any(step.gateway is not None for step in ranked_path.steps)
    assert enough(added, 20)
    assert enough(by_gateway, 4)


AFTER_INTAKE = ("intake_assessment",)
NOTHING_LEAVES = NothingLeaves()


def closer_bounds(
    needs_profile: routing.Profile, *records: Any, rules: routing.HopRules = NOTHING_LEAVES
) -> tuple[OfferFilter, dict[str, int], Without]:
    """Return the closer bounds, the place of each service (of a single need) in them, and the search for paths."""
    agencies = {"hotline", *(record.organization for record in records if isinstance(record, routing.Service))}
    given = {record.slug for record in records if isinstance(record, routing.Organization)}
    scenario = Scenario(snapshot(*records, *map(organization, agencies - given)), needs_profile)
    offers = OfferFilter(scenario)
    bounds = offers.closer(Gateways(scenario, Hops(scenario, Permits(rules))), offers.within(ANY))
    places = {scenario.service(row).slug: place for place, row in enumerate(offers.table.row.tolist())}
    return bounds, places, Without(build_hop_graph(scenario, rules))


def total_of(search: Without) -> int:
    """Return what the best path costs."""
    best = search.best(frozenset())
    assert best is not None
    return points(best.value)


@pytest.mark.parametrize(
    ("present", "urgency", "aside"), [(True, "now", 8), (True, "later", 1), (None, "now", 26), (None, "later", 12)]
)
def test_a_provider_of_a_prerequisite_on_the_way_costs_a_hand_off(
    *, present: bool | None, urgency: str, aside: int
) -> None:
    """hotline --> gate [intake] --> house [bed, after an intake, from the gate alone].

    What the bound leaves aside: the intake itself (a point, and its wait), closeness, and how the gate is called.
    """
    bounds, places, search = closer_bounds(
        profile(need("emergency_shelter", urgency), client_present=present),
        service("intake", "intake_assessment", at="gate"),
        service("bed", "emergency_shelter", at="house", requires=AFTER_INTAKE, accepts_from=("gate",)),
    )

    assert total_of(search) - bounds.least[places["bed"]] == 2 * LOOSEST + 1 + aside
    assert bounds.spared == 100


@pytest.mark.parametrize("hours", [0, 168])
@pytest.mark.parametrize(("prefer", "hour"), [("balanced", 1), ("soonest", 4)])
@pytest.mark.parametrize("agreed", [True, False])
def test_a_plain_path_costs_what_is_said_of_its_offers(*, hours: int, prefer: str, hour: int, agreed: bool) -> None:
    """hotline [papers]; --> pantry [food] --> house [bed, clothing if that is quick]; no detox anywhere.

    Where no agreement makes the house closer to the pantry, the hotline itself hands over. A coat for which the client
    waits a week costs that, and an hour more of two hand-offs, less the points of a need left open.
    """
    needs_profile = profile(
        need("detox", "now"),
        need("food", "now"),
        need("emergency_shelter", "today"),
        need("clothing", "now", required=False),
        need("identification_documents", "this_week", required=False),
        prefer=prefer,
    )
    bounds, places, search = closer_bounds(
        needs_profile,
        service("papers", "identification_documents", at="hotline", response_time=timedelta(hours=3)),
        service("bread", "food", at="pantry"),
        service("bed", "emergency_shelter", at="house", requires=("food",)),
        service("coat", "clothing", at="house", response_time=timedelta(hours=hours)),
        *([agreement("pantry", "house")] if agreed else []),
    )
    total = total_of(search)

    assert [int(bounds.least[places[slug]]) for slug in ("papers", "bread", "bed")] == [total] * 3
    assert bounds.least[places["coat"]] == total + (hour * 8 * (hours + 2) - 1000 if hours else 0)


def test_needs_met_the_wrong_way_round_are_paid_for_whichever_of_them_a_path_is_bounded_by() -> None:
    """hotline --> hub [medical emergency, food]; hotline --> house [bed]: a meal before a bed, for forty points."""
    bounds, places, search = closer_bounds(
        profile("emergency_shelter", "food", "medical_emergency"),
        service("meal", "food", at="hub"),
        service("doctor", "medical_emergency", at="hub"),
        service("room", "emergency_shelter", at="house"),
    )

    assert [int(bounds.least[places[slug]]) for slug in ("meal", "doctor", "room")] == [total_of(search)] * 3


def test_a_door_that_opens_to_a_kind_is_open_to_that_kind_alone() -> None:
    """hotline --> pantry [food] --> house [bed, from that kind]: not from annex, canteen or stall; refuge is dearer."""
    bounds, places, search = closer_bounds(
        profile(need("food", "now"), need("emergency_shelter", "now")),
        organization("canteen", kind="health"),
        organization("pantry", kind="dv_shelter"),
        organization("refuge", kind="dv_shelter"),
        organization("stall", kind="court"),
        service("roll", "food", at="annex", response_time=timedelta(hours=60)),
        service("soup", "food", at="canteen", response_time=timedelta(hours=50)),
        service("bread", "food", at="pantry", response_time=timedelta(hours=10)),
        service("stew", "food", at="refuge", response_time=timedelta(hours=30)),
        service("rice", "food", at="stall"),
        service("bed", "emergency_shelter", at="house", accepts_from=("dv_shelter",)),
    )

    assert bounds.least[places["bread"]] == bounds.least[places["bed"]] == total_of(search)


@pytest.mark.parametrize("present", [True, None])
def test_the_rest_of_a_path_may_pass_a_gateway(*, present: bool | None) -> None:
    """hotline --> pantry [food]; hotline --> (gate) --> shut [bed]: no less is said of the one than of the other."""
    bounds, places, search = closer_bounds(
        profile(need("food", "now"), need("emergency_shelter", "later"), client_present=present),
        service("bread", "food", at="pantry"),
        service("talk", "peer_support", at="gate"),
        service("bed", "emergency_shelter", at="shut", accepts_from=("gate",)),
    )

    assert bounds.least[places["bread"]] == bounds.least[places["bed"]] == total_of(search)


@pytest.mark.parametrize("prefer", ["balanced", "fewest_handoffs"])
def test_a_service_behind_two_gateways_is_bounded_by_the_cheaper(prefer: str) -> None:
    """hotline --> (gate) --> shut [bread], or by the dearer and slower (other) to the soup there; --> pantry [coat].

    The school is left open: to wait for it is dearer.
    """
    bounds, places, search = closer_bounds(
        profile(need("food", "now"), need("clothing", "now"), need("education", "now", required=False), prefer=prefer),
        organization("other", regimes=frozenset()),
        service("talk", "peer_support", at="gate"),
        service("chat", "peer_support", at="other", accepts=("self",)),
        service("soup", "food", at="shut", accepts_from=("other",)),
        service("bread", "food", at="shut", accepts_from=("gate",)),
        service("coat", "clothing", at="pantry"),
        service("class", "education", at="school", response_time=timedelta(hours=168)),
    )
    bread, total = places["bread"], total_of(search)
    best = search.best(frozenset())
    assert best is not None
    by_gateway = next(place for place, step in enumerate(best.steps) if step.gateway is not None)

    assert bounds.least[bread] == bounds.passing[bread] == total
    assert bounds.beside[bread] == total - sum(step.hop.price for step in best.steps[by_gateway : by_gateway + 2])


COURT = organization("court", kind="court")
BY_PACKET = {"accepts": ("packet",), "intake_data": ("need",)}
FROM_THE_GATE = {"accepts_from": ("gate",)}


@pytest.mark.parametrize(
    ("house", "spared"),
    [
        ({}, LOOSEST),
        (FROM_THE_GATE, 100),
        ({"accepts_from": ("desk",)}, 100),
        ({"accepts_from": ("hotline",)}, LOOSEST),
        ({"accepts_from": ("hotline", "gate")}, LOOSEST),
        ({"accepts_from": ("court",)}, LOOSEST),
        ({"accepts_from": ("agreement",)}, 100),
        (BY_PACKET, 100),
    ],
)
def test_a_hand_off_is_spared_where_a_provider_leads_on_and_the_origin_does_not(
    house: dict[str, Any], spared: int
) -> None:
    """Also beside a bed that lets everybody in; `gate` and `desk` have an intake each, and the house one of its own."""
    for more in ((), ("cot",)):
        bounds, _, _ = closer_bounds(
            profile(need("emergency_shelter", "now")),
            COURT,
            *(service(slug, "intake_assessment", at=at) for slug, at in (("a", "gate"), ("b", "desk"), ("c", "house"))),
            service("bed", "emergency_shelter", at="house", requires=AFTER_INTAKE, **house),
            *(service(slug, "emergency_shelter", at="house") for slug in more),
            agreement("gate", "house"),
        )
        assert bounds.spared == spared


@pytest.mark.parametrize("house", [FROM_THE_GATE, BY_PACKET])
@pytest.mark.parametrize(
    ("at", "asks", "completed", "needs"),
    [
        ("hotline", AFTER_INTAKE, (), ()),
        ("house", AFTER_INTAKE, (), ()),
        ("gate", (), (), ()),
        ("gate", AFTER_INTAKE, AFTER_INTAKE, ()),
        ("gate", AFTER_INTAKE, (), AFTER_INTAKE),
    ],
    ids=["the origin provides it", "the house provides it", "nobody asks for it", "completed", "a need"],
)
def test_no_hand_off_is_spared_where_nobody_else_provides_what_is_added(
    house: dict[str, Any], at: str, asks: tuple[str, ...], completed: tuple[str, ...], needs: tuple[str, ...]
) -> None:
    """The house takes clients from the gate alone, or by packet."""
    bounds, _, _ = closer_bounds(
        profile(need("emergency_shelter", "now"), *needs, client=client(completed=frozenset(completed))),
        organization("gate"),
        service("intake", "intake_assessment", at=at),
        service("bed", "emergency_shelter", at="house", requires=asks, **house),
    )

    assert bounds.spared == LOOSEST
