"""06. What can be done is done: paths that leave needs open, and what leaving them open costs."""

import pytest
from builders import find, hours, need, organization, profile, service, snapshot
from drawing import best_drawn, reasons, terms

HOTLINE, SHELTER = organization("hotline"), organization("shelter")
BED = service("bed", "emergency_shelter", at="shelter")


def test_a_need_that_nobody_meets_does_not_stop_the_others() -> None:
    """The path covers the bed and says that the school is left open, with the reason.

    hotline --warm--> shelter      education: nobody
    """
    found = find(snapshot(HOTLINE, SHELTER, BED), profile("emergency_shelter", "education"))

    assert best_drawn(found) == "hotline --warm--> shelter"
    assert (found.paths[0].covers, found.paths[0].uncovered) == (("emergency_shelter",), ("education",))
    assert reasons(found) == {"education": {"no_service": 0}}


def test_codes_come_in_the_order_of_the_profile() -> None:
    """What a path covers and leaves open is told as it was asked.

    hotline --warm--> shelter
    """
    found = find(snapshot(HOTLINE, SHELTER, BED), profile("food", "emergency_shelter", "clothing", "dental"))

    assert found.paths[0].uncovered == ("food", "clothing", "dental")
    assert [left.need for left in found.uncovered] == ["food", "clothing", "dental"]


def test_covering_more_of_what_is_required_beats_any_price() -> None:
    """However dear: a required need is left open only where there is no way to it.

    hotline --warm--> station [statement]      a discoverable place, a million points
    """
    station = organization("station", basis="systems", kind="law_enforcement", regimes=frozenset())
    statement = service("statement", "victim_advocacy", at="station")

    found = find(snapshot(HOTLINE, SHELTER, station, BED, statement), profile("emergency_shelter", "victim_advocacy"))

    assert found.paths[0].uncovered == ()
    assert terms(found.paths[0])["exposure"] == 1_000_000


def test_urgent_needs_are_worth_more_than_many_that_can_wait() -> None:
    """Where one excludes the other, a bed now comes before school and work later.

    hotline --warm--> shelter [bed, until noon]      the school asks for a form that asks for no bed: never both
    """
    bed = service("bed", "emergency_shelter", at="shelter", requires=("peer_support",))
    talk = service("talk", "peer_support", at="center", accepts_from=("hotline",))
    lesson = service("class", "education", at="school", requires=("food",))
    work = service("job", "employment", at="school", requires=("food",))
    meal = service("meal", "food", at="pantry", schedules=(hours("11:00", "12:00"),))
    places = map(organization, ("center", "school", "pantry"))

    found = find(
        snapshot(HOTLINE, SHELTER, *places, bed, talk, lesson, work, meal),
        profile(need("emergency_shelter", "now"), need("education", "now"), need("employment", "now")),
    )

    assert found.paths[0].covers == ("emergency_shelter",)
    assert reasons(found) == {"education": {"prerequisite": 1}, "employment": {"prerequisite": 1}}


def test_an_optional_need_is_worth_a_thousand_points() -> None:
    """A wish is met where the way there costs less than a thousand points.

    hotline --warm--> shelter ; then pantry [food, optional]
    """
    meals = service("meals", "food", at="pantry")

    found = find(
        snapshot(HOTLINE, SHELTER, organization("pantry"), BED, meals),
        profile("emergency_shelter", need("food", "later", required=False)),
    )

    assert found.paths[0].uncovered == ()


@pytest.mark.parametrize(("required", "steps"), [(True, 2), (False, 1)])
def test_an_optional_need_is_not_worth_exposure(required: bool, steps: int) -> None:
    """A wish that only a discoverable place meets is left open, at a thousand points; a required need is not.

    hotline --warm--> shelter      station [food]
    """
    station = organization("station", basis="systems", kind="law_enforcement", regimes=frozenset())
    meals = service("meals", "food", at="station")

    found = find(
        snapshot(HOTLINE, SHELTER, station, BED, meals),
        profile("emergency_shelter", need("food", "later", required=required)),
    )

    assert len(found.paths[0].steps) == steps
    assert terms(found.paths[0]).get("optional_uncovered") == (None if required else 1000)
    assert reasons(found) == ({} if required else {"food": {}})


def test_there_is_no_path_that_covers_nothing() -> None:
    """A walk that meets no need is no answer, even where all needs are wishes.

    hotline      nobody else
    """
    found = find(snapshot(HOTLINE), profile(need("food", required=False)))

    assert found.paths == ()
    assert reasons(found) == {"food": {"no_service": 0}}
