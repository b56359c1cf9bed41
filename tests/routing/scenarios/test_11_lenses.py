"""11. What the client prefers: four lenses over the same network, and the terms that each one weighs anew."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from builders import MONDAY_TEN, consented, find, hours, need, organization, profile, service, snapshot
from drawing import best_picture, terms

import routing

HOTLINE = organization("hotline")
OPEN_BOOK = {"regimes": frozenset[str]()}
FIRST_PATHS = {
    "balanced": ("pantry", "closet"),
    "soonest": ("precinct", "depot"),
    "fewest_handoffs": ("campus",),
    "most_private": ("shelter", "refuge"),
}


@pytest.mark.parametrize(
    ("lens", "expected"),
    [
        ("balanced", {"handoffs": 100, "exposure": 20, "delay": 24, "relationship": 30}),
        ("soonest", {"handoffs": 100, "exposure": 20, "delay": 96, "relationship": 30}),
        ("fewest_handoffs", {"handoffs": 400, "exposure": 20, "delay": 24, "relationship": 30}),
        ("most_private", {"handoffs": 100, "exposure": 80, "delay": 24, "relationship": 30}),
    ],
)
def test_each_lens_weighs_the_same_path_its_own_way(lens: str, expected: dict[str, int]) -> None:
    """Hours count fourfold for the soonest, hand-offs fourfold for the fewest, disclosure fourfold for the private.

    hotline --warm--> center      disclosed, answers within two hours
    """
    talk = service("talk", "peer_support", at="center", response_time=timedelta(hours=2))

    answer = find(snapshot(HOTLINE, organization("center", **OPEN_BOOK), talk), profile("peer_support", prefer=lens))

    assert terms(answer.paths[0]) == expected


@pytest.mark.parametrize(("lens", "first"), [("balanced", "fast"), ("soonest", "fast"), ("most_private", "slow")])
def test_privacy_may_be_worth_a_wait(lens: str, first: str) -> None:
    """A protected center that answers in five hours, or a disclosed one at once.

    hotline --warm--> slow (protected, 5 h)      hotline --warm--> fast (disclosed)
    """
    network = snapshot(
        HOTLINE,
        organization("fast", **OPEN_BOOK),
        organization("slow"),
        service("at-once", "peer_support", at="fast"),
        service("in-time", "peer_support", at="slow", response_time=timedelta(hours=5)),
    )

    answer = find(network, profile("peer_support", prefer=lens))

    assert answer.paths[0].steps[0].organization == first


@pytest.mark.parametrize(("lens", "calls"), [("balanced", 2), ("fewest_handoffs", 1)])
def test_fewer_calls_may_be_worth_a_wait(lens: str, calls: int) -> None:
    """One place for both that answers in ten hours, or two that answer at once.

    hotline --warm--> both (10 h)      hotline --warm--> a ; then b
    """
    network = snapshot(
        HOTLINE,
        *map(organization, ("a", "b", "both")),
        service("meal", "food", at="a"),
        service("coat", "clothing", at="b"),
        service("all", "food", "clothing", at="both", response_time=timedelta(hours=10)),
    )

    answer = find(network, profile(need("food", "now"), need("clothing", "now"), prefer=lens))

    assert len(answer.paths[0].steps) == calls


@pytest.mark.parametrize(("lens", "first", "points"), [("balanced", "clinic", None), ("soonest", "station", 60)])
def test_only_the_soonest_trades_exposure_for_time(lens: str, first: str, points: int | None) -> None:
    """A discoverable place that is open, or a protected one in three hours: sixty points against ninety-six.

    hotline --warm--> station (now)      hotline --warm--> clinic (opens 13:00)
    """
    network = snapshot(
        HOTLINE,
        organization("station", basis="systems", kind="law_enforcement", regimes=frozenset()),
        organization("clinic"),
        service("medic", "primary_medical", at="station"),
        service("doctor", "primary_medical", at="clinic", schedules=(hours("16:00", "20:00"),)),
    )

    answer = find(network, profile(need("primary_medical", "today"), prefer=lens, at=MONDAY_TEN))

    assert answer.paths[0].steps[0].organization == first
    assert terms(answer.paths[0]).get("exposure") == points


@pytest.mark.parametrize(("lens", "points"), [("balanced", 20), ("soonest", 20), ("most_private", 80)])
def test_a_packet_is_dearer_for_the_private(lens: str, points: int) -> None:
    """Paper about a client leaves traces; a lens that minds them charges for it.

    hotline --packet--> center
    """
    talk = service("talk", "peer_support", at="center", accepts=("packet",), intake_data=("need",))

    answer = find(
        snapshot(HOTLINE, organization("center"), talk),
        profile("peer_support", prefer=lens),
        consented("hotline", "center"),
    )

    assert (best_picture(answer), terms(answer.paths[0])["mode"]) == ("hotline --packet--> center", points)


def test_the_designated_provider_comes_first() -> None:
    """Where the coalition named a provider, another one costs thirty points; where it named none, nobody pays.

    hotline --warm--> zebra (designated)      then alpaca
    """
    designated_bed = service("z-bed", "emergency_shelter", at="zebra", designated=True)
    other = service("a-bed", "emergency_shelter", "food", at="alpaca")
    places = organization("alpaca"), organization("zebra")

    answer = find(snapshot(HOTLINE, *places, designated_bed, other), profile("emergency_shelter"))
    unnamed = find(snapshot(HOTLINE, *places, designated_bed, other), profile("food"))

    assert [path.steps[0].organization for path in answer.paths] == ["zebra", "alpaca"]
    assert terms(answer.paths[1])["not_designated"] == 30
    assert "not_designated" not in terms(unnamed.paths[0])


def test_a_designated_service_that_is_closed_for_good_designates_nothing() -> None:
    """Nobody pays for not being a provider that no longer exists.

    hotline --warm--> alpaca      zebra (designated, inactive)
    """
    inactive_bed = service("z-bed", "emergency_shelter", at="zebra", designated=True, active=False)
    bed = service("a-bed", "emergency_shelter", at="alpaca")
    answer = find(
        snapshot(HOTLINE, organization("alpaca"), organization("zebra"), inactive_bed, bed),
        profile("emergency_shelter"),
    )

    assert "not_designated" not in terms(answer.paths[0])


def four_ways() -> routing.Snapshot:
    """Return two needs' providers, four ways to meet both.

    hotline --self--> pantry ; then closet      disclosed, 4 h each
    hotline --self--> precinct ; then depot     discoverable, at once
    hotline --self--> campus                    disclosed, both under one roof, 30 h
    hotline --self--> shelter ; then refuge     protected, 10 h each
    """
    public = {"basis": "systems", "kind": "other_government", **OPEN_BOOK}
    return snapshot(
        HOTLINE,
        *(organization(slug, **OPEN_BOOK) for slug in ("pantry", "closet", "campus")),
        *(organization(slug, **public) for slug in ("precinct", "depot")),
        *(organization(slug) for slug in ("shelter", "refuge")),
        service("meals", "food", at="pantry", response_time=timedelta(hours=4)),
        service("coats", "clothing", at="closet", response_time=timedelta(hours=4)),
        service("snacks", "food", at="precinct"),
        service("shoes", "clothing", at="depot"),
        service("everything", "food", "clothing", at="campus", response_time=timedelta(hours=30)),
        service("kitchen", "food", at="shelter", response_time=timedelta(hours=10)),
        service("wardrobe", "clothing", at="refuge", response_time=timedelta(hours=10)),
    )


def under_lens(lens: str, **changes: Any) -> routing.Profile:
    needs = need("food", "today"), need("clothing", "today")
    return profile(*needs, prefer=lens, client_present=None, **changes)


@pytest.mark.parametrize(("lens", "way"), FIRST_PATHS.items(), ids=str)
def test_each_lens_may_have_a_first_path_of_its_own(lens: str, way: tuple[str, ...]) -> None:
    """The example of routing/RULES.md: each of four ways is the first under one lens."""
    answer = find(four_ways(), under_lens(lens))

    assert sorted(step.organization for step in answer.paths[0].steps) == sorted(way)


@pytest.mark.parametrize("way", FIRST_PATHS.values(), ids=str)
def test_the_prices_of_the_example_are_those_of_the_document(way: tuple[str, ...]) -> None:
    """Each way alone costs under each lens what the table of routing/RULES.md says."""
    network = four_ways()
    other_agencies = frozenset(network.organization_index) - {"hotline", *way}

    totals = [find(network, under_lens(lens, avoid=other_agencies)).paths[0].total for lens in FIRST_PATHS]

    text = Path(routing.__file__).with_name("RULES.md").read_text(encoding="utf-8")
    rows = [line.replace("*", "").split("|")[1:-1] for line in text.splitlines() if line.startswith("| " + way[0])]
    assert [[int(cell) for cell in row[3:]] for row in rows] == [totals]
