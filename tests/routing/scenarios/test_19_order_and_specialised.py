"""19. Order: body, interpreter, advocate, bed, ride, basics. Specialised: a house made for victims of trafficking."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest
from builders import client, find, need, organization, profile, service, snapshot
from drawing import best_picture, terms

import routing

HOTLINE = organization("hotline")
IN_ORDER = (
    *("medical_emergency", "interpretation", "victim_advocacy", "forensic_medical_exam"),
    *("emergency_shelter", "transportation", "food"),
)
ROW = {kind: f"{7 - place}-{kind.replace('_', '-')}" for place, kind in enumerate(IN_ORDER)}
"""An agency for each type, which comes the later by its name the earlier its row is."""
BED, ADVOCATE = "emergency_shelter", "victim_advocacy"
TRAFFICKED = client(traits={"sex_trafficking": True})
OPEN_DOOR = organization("a-house", kind="homeless_program", regimes=frozenset({"voca"}))


def stops(path: routing.Path) -> list[str]:
    return [step.organization for step in path.steps]


@pytest.mark.parametrize("kinds", [IN_ORDER, IN_ORDER[::-1], (*IN_ORDER[3:], *IN_ORDER[:3])])
def test_needs_of_one_urgency_are_met_by_rows(kinds: tuple[str, ...]) -> None:
    """However they are told, and against the names of the agencies.

    hotline --warm--> 7-medical-emergency ; 6-interpretation ; ... ; 1-food
    """
    places = [organization(slug) for slug in ROW.values()]
    network = snapshot(HOTLINE, *places, *(service(f"s-{slug}", kind, at=slug) for kind, slug in ROW.items()))

    path = find(network, profile(*kinds)).paths[0]

    assert stops(path) == list(ROW.values())
    assert "order" not in terms(path)


def test_a_more_urgent_need_comes_first_whatever_its_row() -> None:
    """hotline --warm--> pantry [food, now] ; then shelter [bed, today]: no pair, since they are not equally urgent"""
    network = snapshot(
        *(HOTLINE, organization("pantry"), organization("shelter")),
        *(service("meal", "food", at="pantry"), service("bed", BED, at="shelter")),
    )

    path = find(network, profile(need(BED, "today"), need("food", "now"))).paths[0]

    assert stops(path) == ["pantry", "shelter"]
    assert "order" not in terms(path)


def test_each_pair_the_wrong_way_round_costs_forty() -> None:
    """The pantry alone hands over to the rest, so a meal comes before a bed and an advocate: two pairs.

    hotline --warm--> pantry [food] --warm--> advocates ; pantry --warm--> shelter
    """
    network = snapshot(
        *(HOTLINE, *map(organization, ("pantry", "shelter", "advocates"))),
        service("meal", "food", at="pantry"),
        service("bed", BED, at="shelter", requires=("food",)),
        service("talk", ADVOCATE, at="advocates", requires=("food",)),
    )

    path = find(network, profile(ADVOCATE, BED, "food")).paths[0]

    assert stops(path) == ["pantry", "advocates", "shelter"]
    assert terms(path)["order"] == 2 * 40


@pytest.mark.parametrize("kinds", [*permutations((BED, "intake_assessment", "transportation"))])
def test_within_one_step_nothing_comes_first(kinds: tuple[str, ...]) -> None:
    """The bed asks for the intake, and the ride stands between them by its row: all at one place, so no pair.

    hotline --warm--> house [ride, intake, bed]
    """
    inn = [service(f"inn-{kind.split('_')[0]}", kind, at="inn", schedules=()) for kind in kinds[:1]]
    network = snapshot(
        *(HOTLINE, organization("house"), service("intake", "intake_assessment", at="house")),
        service("bed", BED, at="house", requires=("intake_assessment",)),
        service("ride", "transportation", at="house"),
        *(organization("inn"), *inn, *(service(f"inn-{kind.split('_')[0]}", kind, at="inn") for kind in kinds[1:])),
    )

    path = find(network, profile(*kinds)).paths[0]

    assert best_picture(find(network, profile(*kinds))) == "hotline --warm--> house"  # the inn is twenty points dearer
    assert "order" not in terms(path)
    assert [use.service for use in path.steps[0].services] == ["ride", "intake", "bed"]


def test_a_service_for_two_needs_is_asked_for_when_the_first_of_them_is() -> None:
    """The same people interpret and give food; the bed stands between the two by its row.

    hotline --warm--> house [kind-hands, bed]
    """
    network = snapshot(
        *(HOTLINE, organization("house"), service("bed", BED, at="house")),
        service("kind-hands", "interpretation", "food", at="house"),
    )

    path = find(network, profile("food", BED, "interpretation")).paths[0]

    assert [(use.service, use.covers) for use in path.steps[0].services] == [
        ("kind-hands", ("interpretation", "food")),
        ("bed", (BED,)),
    ]


def test_within_one_step_urgency_comes_first_then_rows_then_who_was_told_of_first_then_what_was_added() -> None:
    """Against names: the food is needed sooner than the bed, and of the last row the paper was told before the coat.

    hotline --warm--> house [food, bed, paper, coat, added talk, exam]
    """
    network = snapshot(
        *(HOTLINE, organization("house"), service("4-meal", "food", at="house"), service("5-bed", BED, at="house")),
        *(service("3-paper", "legal_civil", at="house"), service("2-coat", "clothing", at="house")),
        service("1-talk", "intake_assessment", at="house"),
        service("0-exam", "dental", at="house", requires=("intake_assessment",)),
    )
    today = (need(kind, "today") for kind in ("dental", "legal_civil", "clothing", BED))

    path = find(network, profile(*today, need("food", "now"))).paths[0]

    assert stops(path) == ["house"]
    services = [use.service for use in path.steps[0].services]
    assert services == ["4-meal", "5-bed", "3-paper", "2-coat", "1-talk", "0-exam"]


def test_one_call_for_all_costs_no_pair_that_two_calls_would() -> None:
    """House and ride in one call, or the ride elsewhere: what the house meets before the ride is counted at its end.

    hotline --warm--> house [intake, bed] ; then taxi [ride]
    """
    network = snapshot(
        *(HOTLINE, organization("house"), organization("a-taxi")),
        service("intake", "intake_assessment", at="house"),
        service("bed", BED, at="house", requires=("intake_assessment",)),
        service("ride", "transportation", at="a-taxi"),
    )

    path = find(network, profile(BED, "intake_assessment", "transportation")).paths[0]

    # The intake is met before the ride: a pair; the ride first would make one with the bed.
    assert stops(path) == ["house", "a-taxi"]
    assert terms(path)["order"] == 40


def test_gateways_and_what_is_added_make_no_pair() -> None:
    """A meal that only a door asks for comes before an advocate at no price.

    hotline --warm--> house [food, added] ; then advocates
    """
    network = snapshot(
        *(HOTLINE, organization("house"), organization("advocates")),
        service("meal", "food", at="house"),
        service("talk", ADVOCATE, at="advocates", requires=("food",)),
    )

    assert "order" not in terms(find(network, profile(ADVOCATE)).paths[0])


@pytest.mark.parametrize("by_report", [True, False])
def test_a_report_makes_no_pair(by_report: bool) -> None:
    """The desk asks for an intake first; as a report it makes no pair with it, as a need handed over it makes one.

    hotline --warm--> office [intake]; hotline --report--> desk      or      hotline --warm--> desk
    """
    kind = "law_enforcement_report"
    network = snapshot(
        *(HOTLINE, organization("office"), organization("desk", basis="systems", kind="law_enforcement")),
        service("intake", "intake_assessment", at="office"),
        service("report", kind, at="desk", requires=("intake_assessment",)),
    )
    needs_profile = profile(need("intake_assessment", "today"), need(kind, "today"))
    report = routing.CertainReport(kind, frozenset({"desk"}))

    path = find(network, routing.with_reports(needs_profile, [report]) if by_report else needs_profile).paths[0]

    assert [step.mode for step in path.steps] == ["warm", "report" if by_report else "warm"]
    assert terms(path).get("order") == (None if by_report else 40)


def test_a_need_that_can_be_met_both_ways_makes_a_pair_where_it_is_handed_over() -> None:
    """The duty names the desk; the station takes the client along. The interpreter asks for either of them first.

    hotline --report--> desk; hotline --warm--> voices      then      hotline --warm--> station ; then voices
    """
    kind, police = "law_enforcement_report", {"basis": "systems", "kind": "law_enforcement", "regimes": frozenset()}
    network = snapshot(
        *(HOTLINE, organization("desk", **police), organization("station", **police), organization("voices")),
        *(service(f"s-{slug}", kind, at=slug) for slug in ("desk", "station")),
        service("talk", "interpretation", at="voices", requires=(kind,)),
    )
    needs_profile = profile(need(kind, "today"), need("interpretation", "today"))

    answer = find(network, routing.with_reports(needs_profile, [routing.CertainReport(kind, frozenset({"desk"}))]))

    assert [(stops(path), terms(path).get("order")) for path in answer.paths] == [
        (["desk", "voices"], None),
        (["station", "voices"], 40),
    ]


# -- specialised -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("house", [{"kind": "trafficking_shelter"}, {"regimes": frozenset({"ovc_ht"})}])
@pytest.mark.parametrize("trait", ["sex_trafficking", "labor_trafficking"])
def test_a_known_victim_comes_to_the_house_made_for_it(house: dict[str, object], trait: str) -> None:
    """By its kind or its funding, before an open door with an earlier name; unknown or false, the door comes first.

    hotline --warm--> z-house      then      hotline --warm--> a-house
    """
    house_for_victims = organization("z-house", **{"kind": "victim_services", "regimes": frozenset({"voca"}), **house})
    network = snapshot(
        HOTLINE, OPEN_DOOR, house_for_victims, *(service(f"bed-{s}", BED, at=f"{s}-house") for s in "az")
    )

    answers = {
        value: find(network, profile(BED, client=client(traits={trait: value}))) for value in (True, False, None)
    }

    assert [stops(path) for path in answers[True].paths] == [["z-house"], ["a-house"]]
    assert [terms(path).get("specialised") for path in answers[True].paths] == [None, 100]
    for value in (False, None):
        assert stops(answers[value].paths[0]) == ["a-house"]
        assert not any("specialised" in terms(path) for path in answers[value].paths)


@pytest.mark.parametrize(
    ("kinds", "points"),
    [
        ((BED,), 100),
        ((ADVOCATE,), 40),
        ((BED, ADVOCATE), 100),
        (("case_management", "trauma_counseling"), 40),
        (("food",), None),
    ],
)
def test_a_step_pays_once_for_a_stay_or_else_for_support(kinds: tuple[str, ...], points: int | None) -> None:
    """hotline --warm--> a-house [all of it]"""
    network = snapshot(HOTLINE, OPEN_DOOR, *(service(f"s-{kind}", kind, at="a-house") for kind in kinds))

    assert terms(find(network, profile(*kinds, client=TRAFFICKED)).paths[0]).get("specialised") == points


def test_the_origins_own_house_pays_nothing() -> None:
    """hotline [bed of its own]"""
    network = snapshot(HOTLINE, service("bed", BED, at="hotline"))

    assert "specialised" not in terms(find(network, profile(BED, client=TRAFFICKED)).paths[0])


def test_a_bed_that_is_not_taken_does_not_make_the_advocate_dearer() -> None:
    """An agency with advocates and a slow bed is asked for the advocate alone, at the price of support.

    hotline --warm--> a-house [advocate] ; then z-house [bed]
    """
    house_for_victims = organization("z-house", kind="trafficking_shelter", regimes=frozenset({"ovc_ht"}))
    network = snapshot(
        *(
            HOTLINE,
            OPEN_DOOR,
            house_for_victims,
            service("talk", ADVOCATE, at="a-house"),
            service("z-bed", BED, at="z-house"),
        ),
        service("a-bed", BED, at="a-house", response_time=timedelta(days=7)),
    )

    path = find(network, profile(ADVOCATE, need(BED, "today"), client=TRAFFICKED)).paths[0]

    assert stops(path) == ["a-house", "z-house"]
    assert terms(path)["specialised"] == 40


@pytest.mark.parametrize(("kind", "exposure"), [(BED, 60), ("hotel_stay", 60), ("food", 20)])
@pytest.mark.parametrize("prefer", ["balanced", "soonest"])
def test_where_a_client_sleeps_is_told_to_a_disclosed_receiver_at_a_price(
    kind: str, exposure: int, prefer: str
) -> None:
    """hotline --warm--> inn      forty points more for a stay, whoever the client is"""
    inn = organization("inn", kind="community", regimes=frozenset())

    answer = find(snapshot(HOTLINE, inn, service("s", kind, at="inn")), profile(kind, prefer=prefer))

    assert terms(answer.paths[0])["exposure"] == exposure
