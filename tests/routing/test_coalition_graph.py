"""The hand-offs of small coalitions, and who holds them together: each by hand, for any client."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from builders import (
    MONDAY_TEN,
    TODAY,
    Consented,
    EverythingLeaves,
    NothingLeaves,
    Record,
    agreement,
    area,
    consented,
    organization,
    service,
    snapshot,
)
from numpy.typing import NDArray

import routing

YESTERDAY = TODAY - timedelta(days=1)


def graph(*records: Record) -> routing.HandOffGraph:
    ready = snapshot(*records)
    return routing.HandOffGraph(
        ready, MONDAY_TEN, NothingLeaves(), tuple(organization.slug for organization in ready.organizations)
    )


def test_what_takes_packets_only_is_on_the_map_where_data_may_go() -> None:
    """The hotline may send to the inn what a packet holds; to the hut, and from anyone else, nothing goes."""
    packets = {"accepts": ("packet",), "intake_data": ("need",)}
    network = snapshot(
        *map(organization, ("hotline", "inn", "hut")),
        service("bed", "emergency_shelter", at="inn", **packets),
        service("soup", "food", at="hut", **packets),
    )

    graph = routing.HandOffGraph(network, MONDAY_TEN, consented("hotline", "inn"), ("hotline", "inn", "hut"))

    assert [(off.holder, off.organization) for off in graph.hand_offs] == [("hotline", "inn")]
    unasked = replace(graph, asks_rules=False)
    assert {(off.holder, off.organization) for off in unasked.hand_offs} == {
        *permutations(("hotline", "inn", "hut"), 2)
    } - {("inn", "hotline"), ("hut", "hotline")}


def test_of_many_recipients_none_is_left_out_when_the_rules_are_asked() -> None:
    """All take packets alone, and nothing may go: no hand-off, however many portions they are asked about in."""
    slugs = [f"agency-{number}" for number in range(150)]
    packets = {"accepts": ("packet",), "intake_data": ("need",)}

    whole = graph(
        *map(organization, slugs),
        *(service(f"food-{slug}", "food", at=slug, **packets) for slug in slugs),
    )

    assert whole.hand_offs == ()


@pytest.mark.parametrize(("kind", "is_way_in"), [("victim_services", True), ("law_enforcement", False)])
def test_the_police_are_no_way_in_that_nobody_chose(kind: str, is_way_in: bool) -> None:
    """desk --only way in--> shelter: losing the desk loses the beds, unless going through it is the client's choice."""
    whole = graph(
        organization("desk", kind=kind),
        organization("shelter"),
        service("desk-line", "crisis_hotline", at="desk"),
        service("beds", "emergency_shelter", at="shelter", accepts_from={"desk"}),
    )

    [point] = [point for point in whole.single_points if point.organization == "desk"]
    assert (("emergency_shelter", "travis") in point.lost) is is_way_in


def test_what_comes_first_can_be_the_way_in() -> None:
    """desk --case management--> shelter: whoever did what the beds ask for hands over, whatever its kind."""
    whole = graph(
        organization("desk", kind="law_enforcement"),
        organization("shelter"),
        service("managers", "case_management", at="desk"),
        service("beds", "emergency_shelter", at="shelter", accepts_from={"desk"}, requires={"case_management"}),
    )

    [point] = [point for point in whole.single_points if point.organization == "desk"]
    assert point.lost == (("case_management", "travis"), ("emergency_shelter", "travis"))
    assert point.cuts_off == ("shelter",)


@pytest.mark.parametrize(
    ("clinic", "ward", "is_backup"),
    [
        ((), ("emergency_shelter",), True),
        (("emergency_shelter",), (), True),
        ((), (), False),
    ],
)
def test_what_comes_first_can_lead_to_a_gateway(
    clinic: tuple[str, ...], ward: tuple[str, ...], *, is_backup: bool
) -> None:
    """house --> clinic --> ward: a backup for the annex only where the clinic or the ward asks for a bed first."""
    whole = graph(
        *map(organization, ("house", "clinic", "ward", "annex")),
        service("beds", "emergency_shelter", at="house"),
        service("visits", "case_management", at="clinic", accepts_from={"house"}, requires=clinic),
        service("ward-detox", "detox", at="ward", accepts_from={"clinic"}, requires=ward),
        service("annex-detox", "detox", at="annex"),
    )

    points = {point.organization: point for point in whole.single_points}
    assert (("detox", "travis") not in points.get("annex", routing.SinglePoint("annex", (), ())).lost) is is_backup
    assert ("ward" in points["clinic"].cuts_off if "clinic" in points else False) is is_backup
    assert ("ward" in points["house"].cuts_off) is is_backup


@pytest.mark.parametrize(("covered", "is_backup"), [(("case_management", "food"), True), (("case_management",), False)])
def test_an_agreement_with_a_gateway_covers_all_that_its_service_gives(
    covered: tuple[str, ...], *, is_backup: bool
) -> None:
    """The clinic's one service gives two types: under an agreement for one of them it is no way to the ward."""
    whole = graph(
        *map(organization, ("house", "clinic", "ward", "annex")),
        service("beds", "emergency_shelter", at="house"),
        service("visits", "case_management", "food", at="clinic", accepts_from={"agreement"}),
        service("ward-detox", "detox", at="ward", accepts_from={"clinic"}, requires={"emergency_shelter"}),
        service("annex-detox", "detox", at="annex"),
        agreement("house", "clinic", types=covered),
    )

    assert ("annex" not in [point.organization for point in whole.single_points]) is is_backup


def test_no_way_in_gets_round_a_mode() -> None:
    """The pantry's door is open and it takes packets only: that the desk may send them helps nobody who may not."""
    network = snapshot(
        *map(organization, ("desk", "pantry", "kitchen")),
        service("calls", "crisis_hotline", at="desk"),
        service("pantry-food", "food", at="pantry", accepts=("packet",), intake_data=("need",)),
        service("kitchen-food", "food", at="kitchen"),
    )

    whole = routing.HandOffGraph(network, MONDAY_TEN, consented("desk", "pantry"), ("desk", "pantry", "kitchen"))

    assert "pantry" in [off.organization for off in whole.hand_offs]
    [point] = [point for point in whole.single_points if point.organization == "kitchen"]
    assert point.lost == (("food", "travis"),)


def test_of_several_agreements_the_closest_counts() -> None:
    """A looser one beside it, or one for another need, takes nothing away."""
    whole = graph(
        organization("desk"),
        organization("shelter"),
        service("beds", "emergency_shelter", "food", at="shelter"),
        agreement("desk", "shelter", slug="a", level="coalition", types={"emergency_shelter"}),
        agreement("desk", "shelter", slug="b", level="cooperation"),
    )

    assert whole.hand_offs == (
        routing.HandOff("desk", "shelter", "coalition", ("emergency_shelter",)),
        routing.HandOff("desk", "shelter", "cooperation", ("food",)),
    )


def test_of_nobody_there_is_no_hand_off() -> None:
    """An agency that is hidden from whoever looks: the directory is not empty, the graph is."""
    network = snapshot(organization("desk"), service("soup", "food", at="desk"))

    nobody = routing.HandOffGraph(network, MONDAY_TEN, NothingLeaves(), ())

    assert (nobody.hand_offs, nobody.single_points, [*nobody.count_pairs(())], [*nobody.backbone]) == ((), (), [], [])
    assert graph(organization("desk")).single_points == ()


def test_hand_offs_for_some_needs_are_those_alone() -> None:
    """Nobody is missed for what was not asked about, and nobody hands over for it."""
    network = snapshot(
        *map(organization, ("desk", "shelter", "store")),
        service("bed", "emergency_shelter", "food", at="shelter"),
        service("coats", "clothing", at="store"),
    )

    for_food = routing.HandOffGraph(
        network, MONDAY_TEN, NothingLeaves(), ("desk", "shelter", "store"), frozenset({"food"})
    )

    assert for_food.hand_offs == (
        routing.HandOff("desk", "shelter", "public", ("food",)),
        routing.HandOff("store", "shelter", "public", ("food",)),
    )
    assert [point.lost for point in for_food.single_points if point.organization == "shelter"] == [
        (("food", "travis"),)
    ]
    assert "store" not in [point.organization for point in for_food.single_points]
    assert for_food.partners("store") == ["shelter"]


def test_hand_offs_are_in_order_of_who_hands_over() -> None:
    """Then of who receives, the types in order too, whatever the order in which the agencies were named."""
    types = ("clothing", "crisis_hotline", "education", "food", "peer_support", "safety_planning")
    network = snapshot(
        *map(organization, ("ash", "elm", "oak")),
        service("soup", *types, at="ash"),
        service("bed", "emergency_shelter", at="elm"),
    )

    whole, turned = (
        routing.HandOffGraph(network, MONDAY_TEN, NothingLeaves(), nodes)
        for nodes in (("ash", "elm", "oak"), ("oak", "elm", "ash"))
    )

    pairs = [("ash", "elm"), ("elm", "ash"), ("oak", "ash"), ("oak", "elm")]
    assert [(off.holder, off.organization) for off in whole.hand_offs] == pairs
    assert whole.hand_offs[1].types == types
    assert [point.organization for point in whole.single_points] == ["ash", "elm"]
    assert (turned.hand_offs, turned.single_points) == (whole.hand_offs, whole.single_points)


def test_partners_are_the_closest_first_whoever_hands_over() -> None:
    """desk --public--> ash; oak --public--> desk; desk --coalition--> zebra; elm neither way."""
    whole = graph(
        *map(organization, ("desk", "ash", "elm", "oak", "zebra")),
        service("soup", "food", at="desk", accepts_from={"oak"}),
        service("coats", "clothing", at="ash", accepts_from={"desk"}),
        service("bed", "emergency_shelter", at="zebra", accepts_from={"agreement"}),
        agreement("desk", "zebra"),
    )

    assert whole.partners("desk") == ["zebra", "ash", "oak"]
    assert whole.partners("elm") == []


def test_partners_as_close_are_in_order() -> None:
    """Of forty, by slug."""
    slugs = [f"agency-{number}" for number in range(10, 50)]
    whole = graph(
        *map(organization, ("desk", *slugs)),
        service("soup", "food", at="desk", accepts_from={"agreement"}),
        *(agreement("desk", slug, level="coordination" if slug < "agency-30" else "coalition") for slug in slugs),
    )

    assert whole.partners("desk") == slugs[20:] + slugs[:20]


def test_pairs_are_counted_between_groups_by_the_closest_hand_off() -> None:
    """ash and elm in one group, desk and oak in another: each pair once, whatever else it has in common."""
    whole = graph(
        *map(organization, ("ash", "desk", "elm", "oak")),
        service("soup", "food", at="desk"),
        service("bed", "emergency_shelter", at="desk"),
        agreement("ash", "desk", types={"food"}),
    )

    assert {*whole.count_pairs((0, 1, 0, 1))} == {(0, 1, "coalition", 1), (0, 1, "public", 1), (1, 1, "public", 1)}
    assert {*whole.count_pairs((0, 0, 0, 0))} == {(0, 0, "coalition", 1), (0, 0, "public", 2)}


def test_pairs_are_counted_in_both_directions() -> None:
    """Each of two groups hands over to the other, nobody to its own."""
    whole = graph(
        *map(organization, ("ash", "elm")),
        service("soup", "food", at="ash"),
        service("coats", "clothing", at="elm"),
    )

    assert [*whole.count_pairs((0, 1))] == [(1, 0, "public", 1), (0, 1, "public", 1)]


def test_whoever_hands_over_to_nobody_is_no_way_in() -> None:
    """Anybody can call the desk, but the beds are for the clients of the inn, whom nobody can reach."""
    whole = graph(
        *map(organization, ("desk", "inn", "shelter")),
        service("line", "crisis_hotline", at="desk"),
        service("beds", "emergency_shelter", at="shelter", accepts_from={"inn"}),
    )

    assert whole.single_points == (routing.SinglePoint("desk", (("crisis_hotline", "travis"),), ()),)


def test_the_backbone_links_whoever_hands_over_or_takes() -> None:
    """Under either direction, once; elm has no hand-off."""
    whole = graph(
        *map(organization, ("ash", "elm", "oak")),
        service("bed", "emergency_shelter", at="oak", accepts_from={"ash"}),
    )

    assert [*whole.backbone] == [("ash", "oak")]


def test_what_is_lost_is_named_by_type_and_area_in_order() -> None:
    """A bed for the north, soup for the whole state, and six more needs that the desk alone meets everywhere."""
    types = ("clothing", "crisis_hotline", "education", "hotel_stay", "peer_support", "safety_planning")
    whole = graph(
        area("state"),
        area("north", within="state"),
        area("south", within="state"),
        *map(organization, ("desk", "inn")),
        service("bed", "emergency_shelter", at="desk", areas={"north"}),
        service("soup", "food", at="inn", areas={"state"}),
        service("line", *types, at="desk"),
    )
    areas = ("north", "south", "state", "travis")

    [desk, inn] = whole.single_points
    assert desk.lost == (
        *((kind, place) for kind in types[:3] for place in areas),
        ("emergency_shelter", "north"),
        *((kind, place) for kind in types[3:] for place in areas),
    )
    assert inn.lost == (("food", "north"), ("food", "south"), ("food", "state"))


@pytest.mark.parametrize(
    ("terms", "is_reached"),
    [
        ({}, True),
        ({"accepts_from": {"anyone"}}, True),
        ({"accepts_from": {"members"}}, True),
        ({"accepts_from": {"agreement"}}, False),
        ({"accepts": ("self",)}, True),
        ({"accepts": ("warm",)}, True),
        ({"accepts": ("packet",)}, False),
        ({"requires": {"case_management"}}, False),
    ],
    ids=str,
)
def test_nobody_loses_what_no_stranger_could_reach(terms: dict[str, Any], is_reached: bool) -> None:
    """A member without an agreement, who sends no packets; and nobody offers case management."""
    whole = graph(
        organization("desk"),
        service("line", "clothing", "crisis_hotline", at="desk"),
        service("soup", "food", at="desk", **terms),
    )

    [desk] = whole.single_points
    assert (("food", "travis") in desk.lost) is is_reached


def pairs_of(whole: routing.HandOffGraph) -> list[tuple[str, str, str]]:
    return [(off.holder, off.organization, off.relationship) for off in whole.hand_offs]


@pytest.mark.parametrize(
    ("terms", "of_agreement", "relationship"),
    [
        ({}, {}, "coalition"),
        ({}, {"expires": YESTERDAY}, None),
        ({}, {"types": {"clothing"}}, None),
        ({"accepts_from": {"oak"}}, {}, None),
        ({"accepts_from": ("oak", "agreement")}, {}, "coalition"),
        ({"accepts": ()}, {}, None),
        ({"accepts": ("warm",)}, {}, "coalition"),
        ({"accepts": ("self",)}, {}, "coalition"),
        ({"accepts_from": {"anyone"}, "accepts": ("warm",)}, {"expires": YESTERDAY}, "public"),
        ({"accepts_from": {"anyone"}, "accepts": ("self",)}, {"expires": YESTERDAY}, "public"),
        ({"accepts_from": {"anyone"}}, {}, "coalition"),
        ({"accepts_from": {"anyone"}}, {"expires": YESTERDAY}, "public"),
        ({"accepts_from": {"anyone"}}, {"types": {"clothing"}}, "public"),
        ({"accepts_from": {"anyone"}, "accepts": ()}, {}, None),
    ],
    ids=str,
)
def test_an_agreement_opens_a_door_that_says_so(
    terms: dict[str, Any], of_agreement: dict[str, Any], relationship: str | None
) -> None:
    """While it is in force, for the needs that it covers, where the service takes anybody over at all."""
    whole = graph(
        organization("ash"),
        organization("elm"),
        service("soup", "food", at="elm", **{"accepts_from": {"agreement"}, **terms}),
        agreement("ash", "elm", **of_agreement),
    )

    assert pairs_of(whole) == ([] if relationship is None else [("ash", "elm", relationship)])


@pytest.mark.parametrize("mutual", [False, True])
def test_an_agreement_of_one_way_opens_no_door_the_other_way(mutual: bool) -> None:
    """ash --> elm, and back where it is mutual."""
    whole = graph(
        organization("ash"),
        organization("elm"),
        service("soup", "food", at="ash", accepts_from={"agreement"}),
        service("bed", "emergency_shelter", at="elm", accepts_from={"agreement"}),
        agreement("ash", "elm", mutual=mutual),
    )

    assert pairs_of(whole) == [("ash", "elm", "coalition"), ("elm", "ash", "coalition")][: 1 + mutual]


def test_a_family_hands_over_within_where_the_door_lets_in() -> None:
    """A house and its branch are internal to each other, whatever they signed; what shuts both out stays shut."""
    whole = graph(
        organization("house"),
        organization("branch", parent="house"),
        organization("oak"),
        service("soup", "food", at="house"),
        service("bed", "emergency_shelter", at="branch", accepts_from={"oak"}),
        service("coats", "clothing", at="oak"),
        agreement("branch", "house"),
    )

    assert pairs_of(whole) == [
        ("branch", "house", "internal"),
        ("branch", "oak", "public"),
        ("house", "oak", "public"),
        ("oak", "branch", "public"),
        ("oak", "house", "public"),
    ]


class NeverToItself(EverythingLeaves):
    """Rules that let all go, and are asked about no packet to its own sender."""

    def may_send(self, transfers: Sequence[routing.Transfer]) -> NDArray[np.bool_]:
        assert all(transfer.holder != transfer.recipient for transfer in transfers)
        return super().may_send(transfers)


def test_the_rules_are_asked_about_others_alone() -> None:
    """A house of packets and its branch, alike to the rules."""
    network = snapshot(
        organization("ash"),
        organization("elm", parent="ash"),
        service("soup", "food", at="ash", accepts=("packet",), intake_data=("need",)),
    )

    assert pairs_of(routing.HandOffGraph(network, MONDAY_TEN, NeverToItself(), ("ash", "elm"))) == [
        ("elm", "ash", "internal")
    ]


def test_each_consent_counts_by_itself() -> None:
    """Two who are alike but for what the client lets each of them send."""
    network = snapshot(
        *map(organization, ("ash", "elm", "oak")),
        service("soup", "food", at="elm", accepts=("packet",), intake_data=("need",)),
    )
    rules = Consented({("ash", "elm"): frozenset({"identity"}), ("oak", "elm"): frozenset({"need"})})

    assert pairs_of(routing.HandOffGraph(network, MONDAY_TEN, rules, ("ash", "elm", "oak"))) == [
        ("oak", "elm", "public")
    ]


class UnderAgreement(NothingLeaves):
    """Rules that let go what an agreement is about."""

    def may_send(self, transfers: Sequence[routing.Transfer]) -> NDArray[np.bool_]:
        return np.array([transfer.agreement is not None for transfer in transfers], dtype=np.bool_)


def test_a_packet_under_an_agreement_goes_from_who_signed_it() -> None:
    """Of two that are alike otherwise, oak alone signed; to what it may not cover, nobody sends."""
    packets = {"accepts": ("packet",), "intake_data": ("need",)}
    network = snapshot(
        *map(organization, ("ash", "elm", "oak")),
        service("soup", "food", at="elm", **packets),
        service("bed", "emergency_shelter", at="elm", **packets),
        service("coats", "clothing", at="oak", accepts_from={"ash"}),
        agreement("oak", "elm", types={"food"}),
    )

    whole = routing.HandOffGraph(network, MONDAY_TEN, UnderAgreement(), ("ash", "elm", "oak"))

    assert whole.hand_offs == (
        routing.HandOff("ash", "oak", "public", ("clothing",)),
        routing.HandOff("oak", "elm", "coalition", ("food",)),
    )


def test_who_is_not_shown_hands_over_to_nobody_and_yet_stands_in() -> None:
    """The inn gives soup to whoever comes, as the desk does; who alone may send to the inn for a bed is no way in."""
    network = snapshot(
        *map(organization, ("desk", "inn", "store")),
        service("soup", "food", at="desk"),
        service("meal", "food", at="inn"),
        service("bed", "emergency_shelter", at="inn", accepts_from={"desk"}),
        service("coats", "clothing", at="store", accepts_from={"inn"}),
        agreement("inn", "desk"),
    )

    part = routing.HandOffGraph(network, MONDAY_TEN, NothingLeaves(), ("desk", "store"))

    assert pairs_of(part) == [("store", "desk", "public")]
    assert [point.lost for point in part.single_points] == []


def test_ways_that_ask_first_do_not_stand_in_for_who_is_asked_for() -> None:
    """Without ash nobody begins: oak gives a talk too, but only to clients of elm and fir, who ask for one first.

    ash [talk]      elm, fir [line, after a talk] --warm--> oak [talk]
    """
    talk, line = "intake_assessment", "crisis_hotline"
    whole = graph(
        *map(organization, ("ash", "elm", "fir", "oak")),
        service("talk", talk, at="ash"),
        service("elm-line", line, at="elm", requires={talk}),
        service("fir-line", line, at="fir", requires={talk}),
        service("talk-again", talk, at="oak", accepts_from={"elm", "fir"}),
    )

    [ash] = whole.single_points
    assert ash == routing.SinglePoint("ash", ((line, "travis"), (talk, "travis")), ("elm", "fir", "oak"))
