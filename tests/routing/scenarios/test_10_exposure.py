"""10. What a receiver that learns of a client means for them, and when a discoverable place is in order."""

import pytest
from builders import find, need, organization, profile, service, snapshot
from drawing import best_picture, terms

HOTLINE = organization("hotline")
POLICE = {"basis": "systems", "kind": "law_enforcement", "regimes": frozenset()}


@pytest.mark.parametrize(
    ("receiver", "level", "points"),
    [
        ({"regimes": frozenset({"vawa"})}, "protected", None),
        ({"regimes": frozenset({"attorney"}), "kind": "legal"}, "protected", None),
        ({"regimes": frozenset()}, "disclosed", 20),
        ({"regimes": frozenset({"ferpa"})}, "disclosed", 20),
        ({"basis": None, "kind": None, "regimes": frozenset({"vawa"}), "declared": False}, "disclosed", 20),
        ({"basis": "systems", "kind": "health", "regimes": frozenset({"hipaa"})}, "disclosed", 20),
        ({"basis": "systems", "kind": "sud", "regimes": frozenset({"part2"})}, "disclosed", 20),
        ({"basis": "systems", "kind": "health", "regimes": frozenset()}, "discoverable", 1_000_000),
        ({"basis": "systems", "kind": "school", "regimes": frozenset({"hipaa"})}, "discoverable", 1_000_000),
        (POLICE, "discoverable", 1_000_000),
        ({"kind": "cac", "regimes": frozenset({"voca"})}, "discoverable", 1_000_000),
    ],
    ids=str,
)
def test_each_receiver_has_its_level_and_price(receiver: dict[str, object], level: str, points: int | None) -> None:
    """Who works for whom, under which confidentiality, decides; an agency that never said is not protected.

    hotline --warm--> place
    """
    answer = find(
        snapshot(HOTLINE, organization("place", **receiver), service("x", "food", at="place")), profile("food")
    )

    path = answer.paths[0]
    assert (path.steps[0].exposure, path.exposure, terms(path).get("exposure")) == (level, level, points)


def test_a_path_is_as_exposed_as_its_most_exposed_step() -> None:
    """One disclosed step among protected ones makes the path disclosed.

    hotline --warm--> protected ; then disclosed
    """
    network = snapshot(
        HOTLINE,
        organization("kept"),
        organization("open", regimes=frozenset()),
        service("a", "food", at="kept"),
        service("b", "clothing", at="open"),
    )

    assert find(network, profile("food", "clothing")).paths[0].exposure == "disclosed"


def test_the_origins_own_exposure_does_not_count() -> None:
    """An internal step is protected, whoever the origin is: it already knows.

    station --internal--> station
    """
    station = organization("station", **POLICE)

    path = find(snapshot(station, service("x", "food", at="station")), profile("food", origin="station")).paths[0]

    assert (path.steps[0].exposure, path.exposure, path.total) == ("protected", "protected", 0)


def test_any_detour_is_better_than_a_discoverable_place() -> None:
    """Three hand-offs among the protected beat one to the police.

    hotline --warm--> a ; b ; c      not      hotline --warm--> station [all three]
    """
    kinds = ("food", "clothing", "dental")
    specialists = [service(f"s-{kind}", kind, at=slug) for kind, slug in zip(kinds, "abc", strict=True)]
    network = snapshot(
        HOTLINE,
        organization("station", **POLICE),
        *map(organization, "abc"),
        service("all", *kinds, at="station"),
        *specialists,
    )

    answer = find(network, profile(*kinds))

    assert [step.organization for step in answer.paths[0].steps] == ["a", "b", "c"]


@pytest.mark.parametrize("kind", ["law_enforcement_report", "child_protection_report", "court_accompaniment"])
def test_who_asks_for_a_report_is_not_charged_for_it(kind: str) -> None:
    """A need that leads to a discoverable place by its nature costs as any disclosure there.

    hotline --warm--> station [report]
    """
    network = snapshot(HOTLINE, organization("station", **POLICE), service("report", kind, at="station"))

    path = find(network, profile(kind)).paths[0]

    assert (path.exposure, terms(path)["exposure"]) == ("discoverable", 20)


def test_a_report_excuses_nothing_else_in_its_step() -> None:
    """Help that could be had elsewhere is not taken at the station because the client is there for a report.

    hotline --warm--> pantry [food] ; then station [report]
    """
    network = snapshot(
        HOTLINE,
        organization("station", **POLICE),
        organization("pantry"),
        service("report", "law_enforcement_report", at="station"),
        service("meal", "food", at="station"),
        service("meals", "food", at="pantry"),
    )

    answer = find(network, profile(need("law_enforcement_report"), need("food")))

    assert sorted(step.organization for step in answer.paths[0].steps) == ["pantry", "station"]
    assert terms(answer.paths[0])["exposure"] == 20


def test_a_report_that_only_a_service_asks_for_is_charged() -> None:
    """Nobody asked to report: a fund that wants a report first leads to a discoverable place at full price.

    hotline --warm--> station [report, added] ; then fund
    """
    fund = service("claim", "crime_victim_compensation", at="fund", requires=("law_enforcement_report",))
    network = snapshot(
        HOTLINE,
        organization("station", **POLICE),
        organization("fund"),
        service("report", "law_enforcement_report", at="station"),
        fund,
    )

    answer = find(network, profile("crime_victim_compensation"))

    assert [step.organization for step in answer.paths[0].steps] == ["station", "fund"]
    assert terms(answer.paths[0])["exposure"] == 1_000_000


def test_a_discoverable_gateway_costs_what_it_exposes() -> None:
    """An introduction is a hand-off too: a children's center in between is priced as a receiver.

    hotline --warm--> (center, cac) --warm--> clinic
    """
    exam = service("exam", "forensic_medical_exam", at="clinic", accepts_from=("cac",))
    network = snapshot(
        HOTLINE,
        organization("center", kind="cac"),
        organization("clinic"),
        service("interview", "forensic_interview", at="center"),
        exam,
    )

    answer = find(network, profile("forensic_medical_exam"))

    assert best_picture(answer) == "hotline --warm--> (center) --warm--> clinic"
    assert terms(answer.paths[0])["exposure"] == 1_000_000
