"""Hops of one pair of agencies, by hand; and that what is worked out for many at once is what the records say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations, product
from typing import Any

import numpy as np
import pytest
from builders import NothingLeaves, agreement, client, consented, need, organization, profile, service, snapshot
from length import draws, enough
from numpy.typing import NDArray
from seeds import fresh_random

import routing
from routing.client.scenario import Scenario
from routing.costs import MODE_HOURS, RELATIONSHIP
from routing.directory.moment import Moment
from routing.directory.snapshot import mask_of
from routing.handoffs.hop import CandidateService, Hop
from routing.handoffs.hops import Hops
from routing.handoffs.permits import Permits
from routing.search.graph import build_hop_graph

CODES = ("food", "clothing", "legal")
SLUGS = ("hotline", "asha", "bell", "cove", "dove", "elm", "fern", "gale")
SHELTERS = ("asha", "cove", "elm", "gale")
WAYS = (("packet",), ("packet", "warm"), ("self",), ("self", "packet"), ("warm",))


class ByKind(NothingLeaves):
    """Rules under which shelters may send, everybody under an agreement, and who is named in a consent."""

    def may_send(self, transfers: Sequence[routing.Transfer]) -> NDArray[np.bool_]:
        return np.array(
            [
                transfer.holder in SHELTERS
                or transfer.agreement is not None
                or (transfer.holder, transfer.recipient) in self.named_pairs()
                for transfer in transfers
            ],
            dtype=np.bool_,
        )

    def named_pairs(self) -> frozenset[tuple[str, str]]:
        return frozenset({("bell", "cove"), ("dove", "hotline"), ("nobody", "asha"), ("fern", "nobody")})


def hops_of(*records: Any, rules: routing.HopRules | None = None, **profile_changes: Any) -> Hops:
    """Return the hops among these agencies, the hotline always there, for a client who needs food and clothing."""
    network = snapshot(organization("hotline"), *records)
    return Hops(Scenario(network, profile("food", "clothing", **profile_changes)), Permits(rules or ByKind()))


def ways(hops: Hops, *services: str) -> list[tuple[str, str | None, list[str]]]:
    """Return mode, agreement of the packet, and services of each hop from the hotline to the owner of services."""
    snapshot = hops.scenario.snapshot
    offers = [
        CandidateService(row, snapshot.organization_index[record.organization], number, next(iter(record.types)), 0, 0)
        for number, row in enumerate(map(snapshot.service_index.__getitem__, services))
        for record in (snapshot.services[row],)
    ]
    best_hops = hops.best(hops.scenario.origin, offers[0].organization, tuple(offers))
    return [
        (hop.mode, hop.packet_agreement, [snapshot.services[offer.service].slug for offer in hop.offers])
        for hop in best_hops
        if hop.offers
    ]


@pytest.mark.parametrize("word", ["self", "warm"])
def test_what_takes_a_packet_only_goes_by_packet_beside_what_takes_a_spoken_way(word: str) -> None:
    """Where every service takes one spoken way, a packet is not looked at: it is slower and no cheaper."""
    bed = service("bed", "food", at="inn", accepts=("packet",), intake_data=("need",))
    coat = service("coat", "clothing", at="inn", accepts=("packet", word), intake_data=("need",))
    rules = consented("hotline", "inn")

    of_two = ways(hops_of(organization("inn"), bed, coat, rules=rules), "bed", "coat")
    of_one = ways(hops_of(organization("inn"), bed, coat, rules=rules), "coat")

    assert ("packet", None, ["bed", "coat"]) in of_two
    assert {mode for mode, *_ in of_one} == {word}


def test_an_agreement_lets_go_by_packet_the_type_that_it_covers() -> None:
    """The house offers both as one service, and its agreement is for food."""
    packed = {"accepts": ("packet",), "intake_data": ("need",)}
    house = service("house", "food", "clothing", at="inn", **packed)
    agreed = agreement("hotline", "inn", types=("food",))
    hops = hops_of(organization("inn"), house, agreed)
    row, inn = 0, 1

    for_food, for_clothing = (CandidateService(row, inn, 0, kind, 0, 0) for kind in ("food", "clothing"))

    assert [hop.packet_agreement for hop in hops.best(0, inn, (for_food,))] == [agreed.slug]
    assert not hops.best(0, inn, (for_clothing,))
    assert not hops.through(0, inn, row)  # whoever passes a gateway is handed over with the whole service


def test_packets_for_two_services_and_two_types_are_not_taken_for_each_other() -> None:
    packed = {"accepts": ("packet",)}
    bed = service("bed", "food", "detox", at="inn", **packed, intake_data=("identity",))
    soup = service("soup", "food", at="inn", **packed, intake_data=("need",))
    hops = hops_of(organization("inn"), bed, soup)
    first, second = (hops.scenario.snapshot.service_index[slug] for slug in ("bed", "soup"))

    packets = [
        hops.view(1, (CandidateService(row, 1, 0, kind, 0, 0),)).packets
        for row, kind in ((first, "food"), (second, "food"), (first, "detox"))
    ]

    assert packets == [[("inn", ("identity",))], [("inn", ("need",))], [("inn", ("identity", "sud"))]]


def test_only_the_origin_reports_and_may_to_whoever_takes_the_report() -> None:
    """The line's own door is for shelters; a report asks for no way in."""
    report_line = service("report", "food", at="line", accepts_from=("shelter",))
    bed = service("bed", "clothing", at="asha")
    records = organization("asha", kind="shelter"), organization("line"), report_line, bed
    network = snapshot(organization("hotline"), *records)
    needs_profile = routing.with_reports(
        profile("food", "clothing"), [routing.CertainReport("food", frozenset({"line"}))]
    )
    hops = Hops(Scenario(network, needs_profile), Permits(ByKind()))
    index = network.organization_index
    report = CandidateService(network.service_index["report"], index["line"], 0, "food", 0, 0)

    assert hops.may_hand_over(index["hotline"], report)
    assert not hops.may_hand_over(index["asha"], report)
    assert hops.may_hand_over(index["asha"], report._replace(type="clothing"))


@pytest.mark.parametrize("agreed", [False, True])
def test_a_gateway_that_lets_in_by_agreement_is_passed_by_who_has_one_in_force(agreed: bool) -> None:
    """Of several agreements in force the closest counts."""
    talk = service("talk", "peer_support", at="gate", accepts_from=("agreement",))
    levels = ("cooperation", "coalition", "coordination") if agreed else ()
    mous = [agreement("hotline", "gate", slug=f"mou-{level}", level=level) for level in levels]
    hops = hops_of(organization("gate"), talk, *mous)

    ways_in = [(hop.relationship, hop.agreement) for hop in hops.through(1, 0, 0)]

    assert ways_in == [("coalition", "mou-coalition")] * agreed


def test_what_is_to_confirm_at_a_gateway_is_charged_and_keeps_a_packet_back() -> None:
    """A refused trait that is not known, and a language; where the trait is supposed false, a packet may go."""
    refuses = service("talk", "peer_support", at="gate", accepts=("packet",), excludes=("runaway",))
    foreign = service("walk", "peer_support", at="gate", interpretation=False, languages=("vi",))
    network = snapshot(organization("hotline"), organization("gate"), refuses, foreign)
    scenario = Scenario(network, profile("food", client=client(traits={})))
    trait = int(mask_of({"runaway"}, network.words.traits))
    today, supposed = (
        Hops(each, Permits(consented("hotline", "gate")))
        for each in (scenario, scenario.supposing((), client_present=True, denied=trait))
    )

    def at(hops: Hops, slug: str) -> tuple[int, bool, bool]:
        offer = hops.passing_by(network.service_index[slug], 0)
        return offer.question_points, offer.foreign, offer.entry

    assert [at(today, "talk"), at(today, "walk")] == [(30, False, True), (0, True, True)]
    assert [at(supposed, "talk"), at(supposed, "walk")] == [(30, False, False), (0, True, True)]
    assert not list(today.through(1, 0, network.service_index["talk"]))
    assert [hop.mode for hop in supposed.through(1, 0, network.service_index["talk"])] == ["packet"]


def draw_scenario(seed: int) -> Scenario:
    """Return eight agencies of two kinds: doors for all, for a kind, for one of them, and for whoever has agreed."""
    rng = fresh_random(seed)
    doors = (("anyone",), ("shelter",), ("agreement",), ("bell", "elm"), ("shelter", "dove"), ("cove", "agreement"))
    kinds = {slug: "shelter" if slug in SHELTERS else "victim_services" for slug in SLUGS}
    services = [
        service(
            f"{slug}-{code}",
            code,
            at=slug,
            accepts=rng.choice(WAYS),
            accepts_from=rng.choice(doors),
            intake_data=("need",),
        )
        for slug in SLUGS
        for code in rng.sample(CODES, rng.choice((1, 2, 2)))
    ]
    agreements = [
        agreement(*rng.sample(SLUGS, 2), slug=f"mou-{number}", types=rng.sample(CODES, rng.choice((1, 3))))
        for number in range(3)
    ]
    network = snapshot(*(organization(slug, kind=kinds[slug]) for slug in SLUGS), *services, *agreements)
    return Scenario(network, profile(*CODES, client_present=rng.choice((True, None))))


def agreements_in_force(scenario: Scenario, holder: int, recipient: int) -> list[routing.Agreement | None]:
    """Return no agreement, then each from holder to recipient, read from the records."""
    sender, to = (scenario.organization(number).slug for number in (holder, recipient))
    agreements = [agreement for agreement in scenario.snapshot.agreements if {sender, to} <= {*agreement.between}]
    return [None, *(agreement for agreement in agreements if agreement.mutual or agreement.between[0] == sender)]


def opens(
    scenario: Scenario, holder: int, rows: set[int], types: set[str], agreement: routing.Agreement | None
) -> bool:
    """Say whether services let a holder in with a client for types, read from the records."""
    sender = scenario.organization(holder)
    words = {"anyone", sender.slug, sender.kind, *(["agreement"] if agreement else [])}
    covers = agreement is None or agreement.types is None or types <= agreement.types
    return covers and all(words & scenario.service(row).accepts_from for row in rows)


def ways_by_hand(scenario: Scenario, holder: int, rows: set[int], types: set[str]) -> set[tuple[int, int]]:
    """Return points and hours of each way to hand over for types at services, pair by pair and record by record."""
    recipient = scenario.owner(next(iter(rows)))
    agreements, accepts = (
        agreements_in_force(scenario, holder, recipient),
        [scenario.service(row).accepts for row in rows],
    )
    sender, to = (scenario.organization(number).slug for number in (holder, recipient))
    data = {word for row in rows for word in scenario.snapshot.packet_classes(scenario.service(row), types)}

    def may_go(agreement: routing.Agreement | None) -> bool:
        transfers = [routing.Transfer(sender, to, word, agreement and agreement.slug) for word in data]
        return (agreement is None or agreement.types is None or types <= agreement.types) and bool(
            ByKind().may_send(transfers).all()
        )

    usable = {
        "warm": scenario.profile.client_present is True and all("warm" in modes for modes in accepts),
        "self": all("self" in modes for modes in accepts),
        "packet": all("packet" in modes for modes in accepts) and any(map(may_go, agreements)),
    }
    return {
        (scenario.weights.mode(mode) + RELATIONSHIP[mou.level if mou else "public"], MODE_HOURS[mode])
        for mou in agreements
        if opens(scenario, holder, rows, types, mou)
        for mode in usable
        if usable[mode]
    }


def best_of(ways: set[tuple[int, int]]) -> set[tuple[int, int]]:
    """Return the points and hours than which none are less."""
    return {
        way for way in ways if not any(other != way and other[0] <= way[0] and other[1] <= way[1] for other in ways)
    }


def test_each_set_of_offers_goes_the_best_way_that_the_records_allow(say: Callable[[str], None]) -> None:
    """Of holders of all kinds, with agreements and without; whatever holders share is worked out once."""
    cases: Counter[str] = Counter()
    for seed in range(draws(150)):
        scenario = draw_scenario(seed)
        hops, offers = Hops(scenario, Permits(ByKind())), build_hop_graph(scenario, ByKind()).offers
        base = scenario.weights.handoff + scenario.weights.exposure("protected", asked_for=False)
        for recipient, offers_there in offers.items():
            for holder in set(range(len(SLUGS))) - {recipient}:
                best_hops = hops.best(holder, recipient, offers_there)
                for some in (some for size in range(1, 4) for some in combinations(offers_there, size)):
                    ways = {(hop.price - base, hop.hours) for hop in best_hops if {*some} <= {*hop.offers}}
                    rows, types = {offer.service for offer in some}, {offer.type for offer in some}
                    by_hand = best_of(ways_by_hand(scenario, holder, rows, types))
                    assert best_of(ways) == by_hand, (seed, holder, some)
                    cases[f"{len(some)} at once"] += bool(by_hand)
    say(f"sets of offers that somebody may hand over for: {dict(cases)}")
    assert enough(min(cases.values()), 50)


def test_a_gateway_is_passed_the_first_way_that_the_records_allow(say: Callable[[str], None]) -> None:
    """The service is handed over whole, by word of mouth where the service takes one."""
    cases: Counter[str] = Counter()
    for seed in range(draws(150)):
        scenario = draw_scenario(seed)
        hops = Hops(scenario, Permits(ByKind()))
        base = scenario.weights.handoff + scenario.weights.exposure("protected", asked_for=False)
        for row, holder in product(range(len(scenario.snapshot.services)), range(len(SLUGS))):
            if (gateway := scenario.owner(row)) == holder:
                continue
            by_hand = ways_by_hand(scenario, holder, {row}, {*scenario.service(row).types})
            best_hops = {(hop.price - base, hop.hours) for hop in hops.through(holder, gateway, row)}
            assert best_hops == {min(by_hand, key=lambda way: (way[1], way[0]))} if by_hand else not best_hops
            cases[str(bool(by_hand))] += 1
    say(f"services that a holder may pass, and may not: {dict(cases)}")
    assert enough(min(cases.values()), 50)


def test_the_rules_are_asked_once_for_all_holders_alike() -> None:
    """About all packets to a recipient at once, and no more often than there are kinds of holders and agreements."""
    calls: list[int] = []

    class Counting(ByKind):
        def may_send(self, transfers: Sequence[routing.Transfer]) -> NDArray[np.bool_]:
            calls.append(len(transfers))
            return super().may_send(transfers)

    for seed in range(draws(30)):
        scenario = draw_scenario(seed)
        offers = build_hop_graph(scenario, ByKind()).offers
        hops = Hops(scenario, Permits(Counting()))
        for to, some in offers.items():
            calls.clear()
            view = hops.view(to, some)
            for holder in {*range(len(SLUGS))} - {to}:
                hops.best(holder, to, some)
            assert len(calls) <= len(view.sent), seed


def every_hop(hops: Hops, offers: Mapping[int, tuple[CandidateService, ...]]) -> list[list[Hop]]:
    """Return what goes from every agency to every other, for all offers, and through each service as a gateway."""
    every = range(len(hops.scenario.snapshot.organizations))
    gateways = [(row, hops.scenario.owner(row)) for row in range(len(hops.scenario.snapshot.services))]
    return [
        *(hops.best(holder, to, offers[to]) for to, holder in product(offers, every)),
        *(hops.through(holder, gateway, row) for (row, gateway), holder in product(gateways, every)),
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"client_present": None},
        {"may_call": False},
        {"third_party": True},
        {"prefer": "soonest"},
        {"reports": (routing.CertainReport("food", frozenset({"inn"})),)},
        {"needs": (need("food"),)},
    ],
    ids=" ".join,
)
def test_variants_of_a_request_share_no_hop_that_is_wrong_for_one_of_them(changes: dict[str, Any]) -> None:
    """A line that is called together, an inn that the client calls, and a court where everybody sees who comes."""
    network = snapshot(
        *map(organization, ("hotline", "line", "inn")),
        organization("court", basis="systems", kind="legal", regimes=frozenset()),
        service("help", "crisis_hotline", at="line", accepts=("warm",)),
        service("soup", "food", at="inn", accepts=("self",)),
        service("escort", "court_accompaniment", at="court"),
    )
    asked, rules = profile("crisis_hotline", "food", "court_accompaniment"), NothingLeaves()
    request = routing.Request(network, asked, rules=rules)
    variant = request.but(profile=replace(asked, **changes)).scenario()
    offers = build_hop_graph(request.scenario(), rules).offers

    first, then = (every_hop(Hops.at(scenario, rules), offers) for scenario in (request.scenario(), variant))

    assert then == every_hop(Hops(variant, Permits(rules)), offers)
    assert then != first


def test_what_may_go_is_shared_by_equal_rules_alone() -> None:
    """At one moment, under three suppositions: a consent to `asha`, another to `bell`, and the first once more."""
    moment = Moment(snapshot(organization("hotline")), profile().at)
    to_asha = routing.Transfer("hotline", "asha", "need", None)

    for named, may_go in (("asha", True), ("bell", False), ("asha", True)):
        assert Permits.at(moment, consented("hotline", named)).together((to_asha,)) is may_go

    assert len(moment.permits) == 2
