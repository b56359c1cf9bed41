"""Hops of one pair of agencies, by hand; and that holders who look alike to a recipient have the same hops."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from itertools import combinations, permutations
from typing import Any

import numpy as np
import pytest
from builders import NothingLeaves, agreement, client, consented, organization, profile, service, snapshot
from length import draws
from numpy.typing import NDArray

import routing
from routing.client.scenario import Scenario
from routing.directory.snapshot import mask_of
from routing.handoffs.hop import Hop, Offer, pass_by
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
                one.holder in SHELTERS or one.agreement is not None or (one.holder, one.recipient) in self.named_pairs()
                for one in transfers
            ],
            dtype=np.bool_,
        )

    def named_pairs(self) -> frozenset[tuple[str, str]]:
        return frozenset({("bell", "cove"), ("dove", "hotline"), ("nobody", "asha"), ("fern", "nobody")})


def hops_of(*records: Any, rules: routing.HopRules | None = None, **asked: Any) -> Hops:
    """Return the hops among these agencies, the hotline always there, for a client who needs food and clothing."""
    network = snapshot(organization("hotline"), *records)
    return Hops(Scenario(network, profile("food", "clothing", **asked)), Permits(rules or ByKind()))


def ways(hops: Hops, *services: str) -> list[tuple[str, str | None, list[str]]]:
    """Return mode, agreement of the packet, and services of each hop from the hotline to the owner of services."""
    snapshot = hops.scenario.snapshot
    offers = [
        Offer(row, snapshot.organization_index[one.organization], number, next(iter(one.types)), 0, 0)
        for number, row in enumerate(map(snapshot.service_index.__getitem__, services))
        for one in (snapshot.services[row],)
    ]
    found = hops.between(hops.scenario.origin, offers[0].organization, offers)
    return [
        (hop.mode, hop.packet_agreement, [snapshot.services[offer.service].slug for offer in hop.offers])
        for hop in found
        if hop.offers
    ]


@pytest.mark.parametrize("word", ["self", "warm"])
def test_what_takes_a_packet_only_goes_by_packet_beside_what_takes_a_spoken_way(word: str) -> None:
    """Where every service takes one spoken way, a packet is not looked at: it is slower and no cheaper."""
    bed = service("bed", "food", at="inn", accepts=("packet",), intake_data=("need",))
    coat = service("coat", "clothing", at="inn", accepts=("packet", word), intake_data=("need",))
    rules = consented("hotline", "inn")

    both = ways(hops_of(organization("inn"), bed, coat, rules=rules), "bed", "coat")
    alone = ways(hops_of(organization("inn"), bed, coat, rules=rules), "coat")

    assert ("packet", None, ["bed", "coat"]) in both
    assert {mode for mode, *_ in alone} == {word}


def test_an_agreement_lets_go_by_packet_the_type_that_it_covers() -> None:
    """The house offers both as one service, and its agreement is for food."""
    packed = {"accepts": ("packet",), "intake_data": ("need",)}
    house = service("house", "food", "clothing", at="inn", **packed)
    agreed = agreement("hotline", "inn", types=("food",))
    hops = hops_of(organization("inn"), house, agreed)
    mou, row, inn = (*hops.agreements(0, 1), 0, 1)

    for_food, for_clothing, passing = (Offer(row, inn, 0, kind, 0, 0) for kind in ("food", "clothing", ""))

    assert hops.is_covered(for_food, mou)
    assert not hops.is_covered(for_clothing, mou)
    assert not hops.is_covered(passing, mou)  # whoever passes a gateway is handed over with the whole service
    assert hops.is_covered(passing, None)
    assert hops.packet_allowed(0, for_food, mou)


def test_packets_for_two_services_and_two_types_are_not_taken_for_each_other() -> None:
    packed = {"accepts": ("packet",)}
    bed = service("bed", "food", "detox", at="inn", **packed, intake_data=("identity",))
    soup = service("soup", "food", at="inn", **packed, intake_data=("need",))
    hops = hops_of(organization("inn"), bed, soup)
    first, second = (hops.scenario.snapshot.service_index[slug] for slug in ("bed", "soup"))

    sent = [
        [one.data for one in hops.transfers(0, Offer(row, 1, 0, kind, 0, 0), None)]
        for row, kind in ((first, "food"), (second, "food"), (first, "detox"))
    ]

    assert sent == [["identity"], ["need"], ["identity", "sud"]]


def test_only_the_origin_reports_and_may_to_whoever_takes_the_report() -> None:
    """The line's own door is for shelters; a report asks for no way in."""
    told = service("told", "food", at="line", accepts_from=("shelter",))
    bed = service("bed", "clothing", at="asha")
    records = organization("asha", kind="shelter"), organization("line"), told, bed
    network = snapshot(organization("hotline"), *records)
    asked = routing.with_reports(profile("food", "clothing"), [routing.CertainReport("food", frozenset({"line"}))])
    hops = Hops(Scenario(network, asked), Permits(ByKind()))
    index = network.organization_index
    report = Offer(network.service_index["told"], index["line"], 0, "food", 0, 0)

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

    found = [(hop.relationship, hop.agreement) for hop in hops.through(1, 0, 0)]

    assert found == [("coalition", "mou-coalition")] * agreed


def test_what_is_to_confirm_at_a_gateway_is_charged_and_keeps_a_packet_back() -> None:
    """A refused trait that is not known, and a language; where the trait is supposed false, a packet may go."""
    refuses = service("talk", "peer_support", at="gate", accepts=("packet",), excludes=("runaway",))
    foreign = service("walk", "peer_support", at="gate", interpretation=False, languages=("vi",))
    network = snapshot(organization("hotline"), organization("gate"), refuses, foreign)
    scenario = Scenario(network, profile("food", client=client(traits={})))
    trait = int(mask_of({"runaway"}, network.traits))
    today, supposed = (
        Hops(one, Permits(consented("hotline", "gate")))
        for one in (scenario, scenario.supposing((), client_present=True, denied=trait))
    )

    def at(hops: Hops, slug: str) -> tuple[int, bool, bool]:
        offer = hops.passing_by(network.service_index[slug], 0)
        return offer.asked, offer.foreign, offer.entry

    assert [at(today, "talk"), at(today, "walk")] == [(30, False, True), (0, True, True)]
    assert [at(supposed, "talk"), at(supposed, "walk")] == [(30, False, False), (0, True, True)]
    assert not list(today.through(1, 0, network.service_index["talk"]))
    assert [hop.mode for hop in supposed.through(1, 0, network.service_index["talk"])] == ["packet"]


def drawn(seed: int) -> Scenario:
    """Return eight agencies of two kinds: doors for all, for a kind, for one of them, and for whoever has agreed."""
    rng = random.Random(seed)
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
    agreed = [
        agreement(*rng.sample(SLUGS, 2), slug=f"mou-{number}", types=rng.sample(CODES, rng.choice((1, 3))))
        for number in range(3)
    ]
    network = snapshot(*(organization(slug, kind=kinds[slug]) for slug in SLUGS), *services, *agreed)
    return Scenario(network, profile(*CODES, client_present=rng.choice((True, None))))


def alike(looks: tuple[str, object], found: list[list[Hop]]) -> Counter[str]:
    """Hold that all hops are the same; return how the holders are told apart if there are several, and any hop."""
    assert all(each == found[0] for each in found), looks
    return Counter([looks[0]] if len(found) > 1 and found[0] else [])


def test_holders_who_look_alike_to_a_recipient_have_the_same_hops(say: Callable[[str], None]) -> None:
    """With each one of its offers, and with several of them in any order."""
    seen: Counter[str] = Counter()
    for seed in range(draws(150)):
        scenario = drawn(seed)
        hops, offers = Hops(scenario, Permits(ByKind())), build_hop_graph(scenario, ByKind()).offers
        for recipient, every in offers.items():
            for some in (*combinations(every, 1), *permutations(every, 2), every):
                by_looks = defaultdict(list)
                for holder in set(range(len(SLUGS))) - {recipient}:
                    found = list(hops.between(holder, recipient, some))
                    by_looks[hops.looks_at(holder, recipient, some)].append(found)
                for looks, each in by_looks.items():
                    seen += alike(looks, each)
    say(f"holders who look alike and may hand over, by what the recipient sees: {dict(seen)}")
    assert min(seen["kind"], seen["doors"]) > draws(50)


def test_so_have_they_to_a_gateway(say: Callable[[str], None]) -> None:
    """Through every service of another agency."""
    seen: Counter[str] = Counter()
    for seed in range(draws(150)):
        scenario = drawn(seed)
        hops = Hops(scenario, Permits(ByKind()))
        for row in range(len(scenario.snapshot.services)):
            gateway, by_looks = scenario.owner(row), defaultdict(list)
            for holder in set(range(len(SLUGS))) - {gateway}:
                found = list(hops.through(holder, gateway, row))
                by_looks[hops.looks_at(holder, gateway, (pass_by(row, gateway),))].append(found)
            for looks, each in by_looks.items():
                seen += alike(looks, each)
    say(f"holders who look alike and may pass, by what the gateway sees: {dict(seen)}")
    assert min(seen["kind"], seen["doors"]) > draws(50)
