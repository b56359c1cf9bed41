"""06. What can be done is done: paths that leave needs open, and what leaving them open costs."""

import pytest
from builders import find, need, organization, profile, service, snapshot
from drawing import best_picture, reasons, terms

HOTLINE, SHELTER = organization("hotline"), organization("shelter")
BED = service("bed", "emergency_shelter", at="shelter")


def test_a_need_that_nobody_meets_does_not_stop_the_others() -> None:
    """The path covers the bed and says that the school is left open, with the reason.

    hotline --warm--> shelter      education: nobody
    """
    answer = find(snapshot(HOTLINE, SHELTER, BED), profile("emergency_shelter", "education"))

    assert best_picture(answer) == "hotline --warm--> shelter"
    assert (answer.paths[0].covers, answer.paths[0].uncovered) == (("emergency_shelter",), ("education",))
    assert reasons(answer) == {"education": {"no_service": 0}}


def test_codes_come_in_the_order_of_the_profile() -> None:
    """What a path covers and leaves open is told as it was asked.

    hotline --warm--> shelter
    """
    answer = find(snapshot(HOTLINE, SHELTER, BED), profile("food", "emergency_shelter", "clothing", "dental"))

    assert answer.paths[0].uncovered == ("food", "clothing", "dental")
    assert [entry.need for entry in answer.uncovered] == ["food", "clothing", "dental"]


def test_covering_more_of_what_is_required_beats_any_price() -> None:
    """However dear: a required need is left open only where there is no way to it.

    hotline --warm--> station [statement]      a discoverable place, a million points
    """
    station = organization("station", basis="systems", kind="law_enforcement", regimes=frozenset())
    statement = service("statement", "victim_advocacy", at="station")

    answer = find(snapshot(HOTLINE, SHELTER, station, BED, statement), profile("emergency_shelter", "victim_advocacy"))

    assert answer.paths[0].uncovered == ()
    assert terms(answer.paths[0])["exposure"] == 1_000_000


def test_one_urgent_need_is_worth_more_than_many_that_can_wait() -> None:
    """A bed asks for two things first, school and work for another: three are too many, and the bed is for now.

    hotline --warm--> shelter [two of its own, bed]      not      school [one of its own, class, job]
    """
    first = ("food", "clothing")
    second = ("peer_support",)
    network = snapshot(
        HOTLINE,
        SHELTER,
        organization("school"),
        *(service(f"s-{kind}", kind, at="shelter") for kind in first),
        *(service(f"s-{kind}", kind, at="school") for kind in second),
        service("bed", "emergency_shelter", at="shelter", requires=first),
        service("class", "education", "employment", at="school", requires=second),
    )
    later = [need(kind, "later") for kind in ("education", "employment")]

    answer = find(network, profile(need("emergency_shelter", "now"), *later))

    assert best_picture(answer) == "hotline --warm--> shelter"
    assert answer.paths[0].uncovered == ("education", "employment")
    assert best_picture(find(network, profile(*later))) == "hotline --warm--> school"


def test_an_optional_need_is_worth_a_thousand_points() -> None:
    """A wish is met where the way there costs less than a thousand points.

    hotline --warm--> shelter ; then pantry [food, optional]
    """
    meals = service("meals", "food", at="pantry")

    answer = find(
        snapshot(HOTLINE, SHELTER, organization("pantry"), BED, meals),
        profile("emergency_shelter", need("food", "later", required=False)),
    )

    assert answer.paths[0].uncovered == ()


@pytest.mark.parametrize(("required", "steps"), [(True, 2), (False, 1)])
def test_an_optional_need_is_not_worth_exposure(required: bool, steps: int) -> None:
    """A wish that only a discoverable place meets is left open, at a thousand points; a required need is not.

    hotline --warm--> shelter      station [food]
    """
    station = organization("station", basis="systems", kind="law_enforcement", regimes=frozenset())
    meals = service("meals", "food", at="station")

    answer = find(
        snapshot(HOTLINE, SHELTER, station, BED, meals),
        profile("emergency_shelter", need("food", "later", required=required)),
    )

    assert len(answer.paths[0].steps) == steps
    assert terms(answer.paths[0]).get("optional_uncovered") == (None if required else 1000)
    assert reasons(answer) == ({} if required else {"food": {}})


def test_there_is_no_path_that_covers_nothing() -> None:
    """A walk that meets no need is no answer, even where all needs are wishes.

    hotline      nobody else
    """
    answer = find(snapshot(HOTLINE), profile(need("food", required=False)))

    assert answer.paths == ()
    assert reasons(answer) == {"food": {"no_service": 0}}
