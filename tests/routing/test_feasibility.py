"""Who could come to hold the client, what could be met, who is needed: without a graph, the same as in a graph."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

import numpy as np
import pytest
from builders import (
    EverythingLeaves,
    NothingLeaves,
    agreement,
    client,
    hours,
    need,
    organization,
    profile,
    service,
    snapshot,
)
from length import draws, enough
from loaded import Loader
from numpy.typing import NDArray
from oracle.instances import make_instance
from seeds import fresh_random

import routing
from routing.client.scenario import Scenario
from routing.handoffs.gateways import Gateways
from routing.handoffs.hop import MOST_ADDED, CandidateService, closure
from routing.handoffs.hops import Hops
from routing.handoffs.permits import Permits
from routing.pruning import feasibility
from routing.pruning.feasibility import Holders, Needed, may_meet, meetable_mask, reachable_holders
from routing.ranking.alternatives import Without
from routing.search.graph import Edge, HopGraph, build_hop_graph

TYPES = ("food", "clothing", "dental", "court_accompaniment")
ADDED = ("legal_aid", "case_management", "transportation")
AGENCIES: tuple[dict[str, Any], ...] = (
    {},
    {},
    {"regimes": frozenset()},
    {"kind": "legal", "regimes": frozenset({"attorney"})},
    {"basis": "systems", "kind": "health", "regimes": frozenset()},  # discoverable, as the next two
    {"basis": "systems", "kind": "court", "regimes": frozenset()},
    {"basis": "systems", "kind": "school", "regimes": frozenset()},
)


def reached(hop_graph: HopGraph, *, unexposed: bool = False) -> tuple[int, frozenset[int]]:
    """Return the bits met and the organizations come to, the origin among them, by fixed point over a graph's edges."""
    bits_met, places, before = 0, {0}, (-1, 0)
    while before != (bits_met, len(places)):
        before = bits_met, len(places)
        groups = {number for number, group in enumerate(hop_graph.groups) if places.intersection(group)}
        edges = [*hop_graph.own_services, *(edge for edge in hop_graph.shared if edge.source in groups)]
        edges += [edge for edge in hop_graph.own if edge.source in places]
        ports = {edge.port for edge in edges if not (unexposed and is_exposed_gateway(hop_graph, edge))}
        gates = {port for port in ports if (gate := hop_graph.ports[port].gate) and not gate.requires & ~bits_met}
        ports |= {edge.port for edge in hop_graph.onward if edge.source in gates}
        for port in ports:
            for offer in hop_graph.ports[port].offers:
                if not offer.requires & ~bits_met and not (unexposed and is_exposed(hop_graph, offer)):
                    bits_met |= 1 << offer.bit
                    places.add(hop_graph.place_of(hop_graph.holder_at(port)))
    return bits_met, frozenset(hop_graph.holders[place] for place in places)


def is_exposed(hop_graph: HopGraph, offer: CandidateService) -> bool:
    """Return whether a step that meets an offer alone is discoverable, and the need does not lead there by nature."""
    scenario = hop_graph.scenario
    excused = offer.bit < hop_graph.needs and offer.type in scenario.snapshot.law.may_be_discoverable
    is_away = offer.organization != scenario.origin
    return is_away and scenario.exposure(offer.organization) == "discoverable" and not excused


def is_exposed_gateway(hop_graph: HopGraph, edge: Edge) -> bool:
    """Return whether an edge leads through a discoverable gateway."""
    return edge.gateway is not None and hop_graph.scenario.exposure(edge.hop.organization) == "discoverable"


def assert_as_in_graph(hop_graph: HopGraph, seed: int) -> None:
    """Nobody more and nobody less is reached, and no bit more or less is met; with exposed steps, and without."""
    bits_met, holders = reached(hop_graph)
    gateways = hop_graph.gateways
    assert frozenset(reachable_holders(hop_graph.hops, gateways).all) == holders, seed
    assert meetable_mask(gateways) == bits_met, seed
    for unexposed in (False, True):
        met = reached(hop_graph, unexposed=unexposed)[0]
        for needs in ((1 << hop_graph.needs) - 1, *(1 << place for place in range(hop_graph.needs))):
            assert may_meet(gateways, needs, unexposed=unexposed) == met & needs, (seed, unexposed, needs)


def test_who_is_reached_is_the_same_with_a_graph_and_without(loader: Loader) -> None:
    """On drawn instances with every feature: gateways and prerequisites included."""
    only_through_a_gateway = only_exposed = 0
    for seed in range(61_000, 61_000 + draws(240)):
        question = loader.ask(*make_instance(seed))
        hop_graph = build_hop_graph(Scenario(question.snapshot, question.profile), question.sharing)

        assert_as_in_graph(hop_graph, seed)

        only_through_a_gateway += reached(replace(hop_graph, onward=())) != reached(hop_graph)
        only_exposed += reached(hop_graph, unexposed=True) != reached(hop_graph)
    assert enough(min(only_through_a_gateway, only_exposed), 5)


class NothingBetween(EverythingLeaves):
    """Rules that let all data go, but between pairs of agencies (slugs): a recorded consent names and forbids these."""

    def __init__(self, pairs: frozenset[tuple[str, str]]) -> None:
        self._pairs = pairs

    def may_send(self, transfers: Sequence[routing.Transfer]) -> NDArray[np.bool_]:
        """Return whether each transfer is between other agencies."""
        return np.array([(transfer.holder, transfer.recipient) not in self._pairs for transfer in transfers], np.bool_)

    def named_pairs(self) -> frozenset[tuple[str, str]]:
        """Return the pairs."""
        return self._pairs


def drawn_coalitions(first_seed: int, count: int) -> Iterator[tuple[int, HopGraph]]:
    """Draw coalitions with closed doors, prerequisites, ties and agencies of many kinds, mostly in one's way."""
    for seed in range(first_seed, first_seed + count):
        yield seed, drawn_coalition(fresh_random(seed))


def drawn_coalition(rng: random.Random, *, is_open: bool = False) -> HopGraph:
    """Return a coalition with a profile of three needs, some optional; `is_open`: the origin may hand over to all.

    Two agencies offer nothing that is asked for: no more than gateways.
    """
    slugs = ["hotline", *"abcdef"]
    agencies = [organization(slug, **rng.choice(AGENCIES)) for slug in slugs]
    closed = [["agreement"], ["legal"], ["health"], ["victim_services"], *([slug] for slug in slugs)]
    doors = [["anyone"], ["hotline"]] if is_open else [["anyone"], *closed]
    services = [
        service(
            f"{slug}-{number}",
            *(rng.sample((*TYPES, *ADDED), rng.choice([1, 1, 2])) if slug not in "ef" else ["peer_support"]),
            at=slug,
            accepts=rng.choice([("self", "warm"), ("warm",), ("packet",)]),
            accepts_from=rng.choice(doors if slug != "hotline" else (*doors, ["agreement"])),
            requires=rng.sample((*TYPES, *ADDED), rng.choice([0, 0, 1, 1, 2])),
            intake_data=["need"],
        )
        for slug in slugs
        for number in range(rng.choice([1, 2, 3]))
    ]
    ties = [agreement(*rng.sample(slugs, 2), slug=f"mou-{number}", mutual=rng.random() < 0.5) for number in range(4)]
    needs = [need(kind, rng.choice(["now", "today"]), required=rng.random() < 0.8) for kind in rng.sample(TYPES, 3)]
    wishes = profile(*needs, client=client(completed=frozenset(rng.sample(ADDED, rng.choice([0, 1])))))
    if rng.random() < 0.5:
        wishes = replace(wishes, reports=(routing.CertainReport(needs[0].type, frozenset(rng.sample(slugs, 2))),))
    return build_hop_graph(Scenario(snapshot(*agencies, *services, *ties), wishes), EverythingLeaves())


def test_at_closed_doors_as_much_is_met_with_a_graph_and_without() -> None:
    """On drawn coalitions in which most is met late: by the third in a row, or past a door that opens on the way."""
    only_through_a_gateway = only_exposed = 0
    for seed, hop_graph in drawn_coalitions(1, draws(120)):
        assert_as_in_graph(hop_graph, seed)

        only_through_a_gateway += reached(replace(hop_graph, onward=())) != reached(hop_graph)
        only_exposed += reached(hop_graph, unexposed=True) != reached(hop_graph)
    assert enough(min(only_through_a_gateway, only_exposed), 10)


def test_representatives_may_hand_over_where_any_holder_may() -> None:
    """On drawn coalitions, whoever is left out beside the recipient: each is a holder, no two untied ones are alike."""
    for seed, hop_graph in drawn_coalitions(3_001, draws(100)):
        hops, rng = hop_graph.hops, fresh_random(seed)
        origin, *others = hop_graph.holders
        every = {origin, *rng.sample(others, (len(others) + 1) // 2)}
        holders = Holders(hops, sorted(every, key=lambda holder: (holder != origin, rng.random())))
        for offer in {offer for offers in hop_graph.offers.values() for offer in offers}:
            exceptions = hops.exceptions(offer.organization, (offer.service,))
            able = {holder for holder in every if hops.may_hand_over(holder, offer)} - {offer.organization}
            assert bool(able.intersection(holders.unlike(offer.organization, (offer.service,)))) == bool(able), seed
            for but in every:
                senders = holders.unlike(offer.organization, (offer.service,), but=but)

                assert every.issuperset(senders), seed
                assert not {offer.organization, but}.intersection(senders), seed
                assert bool(able.intersection(senders)) == bool(able - {but}), (seed, offer, but)
                looks = [-1 - sender if sender in exceptions else hops.kind_of_holder(sender) for sender in senders]
                assert len(looks) == len({*looks}), seed


def test_who_is_needed_is_said_without_a_graph_as_with_it(loader: Loader) -> None:
    """What is sure is what the best path without an organization says; gateways and prerequisites take its place."""
    verdicts: dict[bool | None, int] = {True: 0, False: 0, None: 0}
    for seed in range(63_000, 63_000 + draws(80, 2)):
        question = loader.ask(*make_instance(seed))
        hop_graph = build_hop_graph(Scenario(question.snapshot, question.profile), question.sharing)
        assert_verdicts_are_right(hop_graph, verdicts, seed)
    assert enough(min(verdicts.values()), 5), verdicts


def test_at_closed_doors_who_is_needed_is_said_without_a_graph_as_with_it() -> None:
    """On drawn coalitions in which most is met late."""
    verdicts: dict[bool | None, int] = {True: 0, False: 0, None: 0}
    for seed, hop_graph in drawn_coalitions(2_001, draws(80)):
        assert_verdicts_are_right(hop_graph, verdicts, seed)
    assert enough(min(verdicts.values()), 5), verdicts


def test_where_each_door_is_open_to_the_origin_nothing_is_unsure() -> None:
    """On drawn coalitions in which no path can add more prerequisites than are tried."""
    verdicts: dict[bool | None, int] = {True: 0, False: 0, None: 0}
    for seed in range(4_001, 4_001 + draws(120)):
        hop_graph = drawn_coalition(fresh_random(seed), is_open=True)
        if len(hop_graph.requirements) - hop_graph.needs <= MOST_ADDED:
            assert_verdicts_are_right(hop_graph, verdicts, seed)
    assert not verdicts.pop(None)
    assert enough(min(verdicts.values()), 20)


def reach(
    needs: routing.Profile, *records: Any, rules: routing.ReasonRules | None = None, unexposed: bool = False
) -> set[str]:
    """Return the types of the needs that a path could meet; `hotline` is there, whatever the records."""
    scenario = Scenario(snapshot(organization("hotline"), *records), needs)
    gateways = Gateways(scenario, Hops(scenario, Permits(rules or NothingLeaves())))
    mask = may_meet(gateways, (1 << len(needs.needs)) - 1, unexposed=unexposed)
    return {wish.type for place, wish in enumerate(needs.needs) if mask >> place & 1}


@pytest.mark.parametrize(
    ("agency", "unexposed"), [({}, {"dental"}), (AGENCIES[4], set())], ids=["protected", "exposed"]
)
def test_a_gateway_is_a_step_as_well(agency: dict[str, Any], unexposed: set[str]) -> None:
    """What is behind a discoverable gateway is not met without an exposed step.

    hotline --warm--> (gate) --warm--> ward
    """
    gate = organization("gate", **agency), service("peers", "peer_support", at="gate")
    ward = organization("ward"), service("teeth", "dental", at="ward", accepts_from=["gate"])

    assert reach(profile("dental"), *gate, *ward) == {"dental"}
    assert reach(profile("dental"), *gate, *ward, unexposed=True) == unexposed


@pytest.mark.parametrize(("rules", "met"), [(EverythingLeaves(), {"dental"}), (NothingLeaves(), set())])
def test_a_gateway_leads_only_where_it_may_hand_over_itself(rules: routing.ReasonRules, met: set[str]) -> None:
    """To be let in is not enough, where no packet may go.

    hotline --warm--> (gate) --packet--> ward
    """
    gate = organization("gate"), service("peers", "peer_support", at="gate")
    teeth = service("teeth", "dental", at="ward", accepts=["packet"], intake_data=["need"], accepts_from=["gate"])

    assert reach(profile("dental"), *gate, organization("ward"), teeth, rules=rules) == met


@pytest.mark.parametrize(("door", "met"), [(["gate"], {"food", "dental"}), (["gate", "inn"], {"food"})])
def test_a_gateway_is_no_way_round_a_packet_that_may_not_go(door: list[str], met: set[str]) -> None:
    """A holder whom the ward lets in may not send to it, and passes through nobody else for that.

    hotline --warm--> inn [food] --warm--> (gate) --packet--> ward
    """
    inn = organization("inn"), service("meal", "food", at="inn")
    gate = organization("gate"), service("peers", "peer_support", at="gate", accepts_from=["inn"])
    teeth = service("teeth", "dental", at="ward", accepts=["packet"], intake_data=["need"], accepts_from=door)
    rules = NothingBetween(frozenset({("inn", "ward")}))

    assert reach(profile("food", "dental"), *inn, *gate, organization("ward"), teeth, rules=rules) == met


def test_a_gateway_asks_for_what_is_soon_enough_for_the_next_step() -> None:
    """Legal aid comes too late for the meal, which is urgent, and in time for the dentist behind the gateway.

    hotline --warm--> aid [legal aid, at noon] --warm--> (gate) --warm--> ward
    """
    aid = organization("aid"), service("advice", "legal_aid", at="aid", schedules=(hours("13:00", "17:00"),))
    inn = organization("inn"), service("meal", "food", at="inn", requires=["legal_aid"])
    gate = organization("gate"), service("peers", "peer_support", at="gate", requires=["legal_aid"])
    ward = organization("ward"), service("teeth", "dental", at="ward", accepts_from=["gate"])
    needs = profile(need("food", "now"), need("dental", "today"))

    assert reach(needs, *aid, *inn, *gate, *ward) == {"dental"}


def test_who_is_reported_to_comes_to_hold_nobody() -> None:
    """Nor does one to whom the report is made only after something else: nobody is handed over.

    hotline --warm--> aid [legal aid]; hotline --report--> county      and no      county --warm--> ward
    """
    aid = organization("aid"), service("advice", "legal_aid", at="aid")
    county = organization("county", basis="systems", kind="child_welfare", regimes=frozenset())  # no gateway
    report = service("intake", "child_protection_report", at="county", requires=["legal_aid"])
    ward = organization("ward"), service("teeth", "dental", at="ward", accepts_from=["county"])
    wishes = profile("child_protection_report", "dental")
    needs = replace(wishes, reports=(routing.CertainReport("child_protection_report", frozenset({"county"})),))

    assert reach(needs, *aid, county, report, *ward) == {"child_protection_report"}


def test_without_its_only_gateway_nothing_leads_to_a_closed_door() -> None:
    """hotline --warm--> (gate) --warm--> shut [food]: certain without a search."""
    behind = service("talk", "peer_support", at="gate"), service("meal", "food", at="shut", accepts_from=("gate",))
    scenario = Scenario(snapshot(*map(organization, ("hotline", "gate", "shut")), *behind), profile("food"))
    gateways = Gateways(scenario, Hops(scenario, Permits(NothingLeaves())))

    assert Needed(gateways, 0).is_needed(scenario.snapshot.organization_index["gate"]) is True


@pytest.mark.parametrize(
    ("left_out", "most_open", "verdict"),
    [("spare", 0, None), ("spare", 1, False), ("ready", 0, None), ("ready", 1, False)],
)
def test_no_path_adds_three_prerequisites(left_out: str, most_open: int, verdict: bool | None) -> None:
    """Where each of three needs asks for another, a path meets two of these; `ready` asks for nothing, but is left out.

    hotline --warm--> a [legal aid, food] --warm--> b [case management, clothing]      not      --warm--> c
    """
    asking = zip("abc", TYPES, ADDED, strict=False)
    services = [
        (service(f"{slug}-first", added, at=slug), service(f"{slug}-then", kind, at=slug, requires=[added]))
        for slug, kind, added in asking
    ]
    agencies = map(organization, ("hotline", "spare", "ready", *"abc"))
    at_once = [service("at-once", TYPES[0], at="ready")] if left_out == "ready" else []
    scenario = Scenario(snapshot(*agencies, *chain(*services), *at_once), profile(*TYPES[:3]))
    gateways = Gateways(scenario, Hops(scenario, Permits(NothingLeaves())))

    index = scenario.snapshot.organization_index[left_out]
    assert Needed(gateways, most_open).is_needed(index) is verdict


def test_prerequisites_are_tried_only_where_all_of_them_together_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where what the origin may hand over to meets too little with every prerequisite, no two of these are tried.

    hotline --warm--> inn --warm--> ward
    """
    tried: list[int] = []

    def noted(offers: Collection[tuple[int, int]], within: int) -> int:
        tried.append(within)
        return closure(offers, within)

    monkeypatch.setattr(feasibility, "closure", noted)
    inn = organization("inn"), *(service(kind, kind, at="inn", requires=["legal_aid"]) for kind in ("food", "clothing"))
    ward = organization("ward"), service("teeth", "dental", at="ward", accepts_from=["inn"])
    aid = organization("aid"), service("advice", "legal_aid", at="aid")
    records = organization("hotline"), organization("spare"), *inn, *ward, *aid
    scenario = Scenario(snapshot(*records), profile("food", "clothing", "dental"))
    gateways = Gateways(scenario, Hops(scenario, Permits(NothingLeaves())))

    assert Needed(gateways, 0).is_needed(scenario.snapshot.organization_index["spare"]) is None
    assert tried == [-1]


def assert_verdicts_are_right(hop_graph: HopGraph, verdicts: dict[bool | None, int], seed: int) -> None:
    """Hold what is sure of each organization against the best path without it, and count the verdicts."""
    without = Without(hop_graph)
    for most_open in range(hop_graph.needs):
        needed = Needed(hop_graph.gateways, most_open)
        for holder in hop_graph.holders:
            verdict = needed.is_needed(holder)

            assert verdict in (without.best(frozenset({holder}), most_open) is None, None), (seed, most_open)
            verdicts[verdict] += 1
