"""01. One need, one hand-off: the smallest network there is, and what its price is made of."""

from builders import area, find, need, organization, profile, service, snapshot
from drawing import best_picture, pictures, reasons, terms

HOTLINE = organization("hotline")
SHELTER = organization("shelter")
BED = service("bed", "emergency_shelter", at="shelter")


def test_the_only_shelter_is_the_path() -> None:
    """A path is the steps from whoever asks to whoever can help.

    hotline --warm--> shelter
    """
    answer = find(snapshot(HOTLINE, SHELTER, BED), profile(need("emergency_shelter", "now")))

    path = answer.paths[0]
    assert pictures(answer) == ["hotline --warm--> shelter"]
    assert (path.rank, path.covers, path.uncovered) == (1, ("emergency_shelter",), ())
    assert (path.steps[0].relationship, path.exposure) == ("public", "protected")
    assert (answer.uncovered, answer.sole_providers) == ((), ("shelter",))


def test_a_total_is_the_sum_of_its_named_terms() -> None:
    """A warm call costs the hand-off, an hour of the most urgent weight, and that nobody signed an agreement.

    hotline --warm--> shelter
    """
    path = find(snapshot(HOTLINE, SHELTER, BED), profile(need("emergency_shelter", "now"))).paths[0]

    assert terms(path) == {"handoffs": 100, "delay": 8, "relationship": 30}
    assert path.total == 138


def test_without_a_provider_there_is_no_path() -> None:
    """Nobody offers it: no path, and the reason says so without counting anything.

    hotline      shelter (beds only)
    """
    answer = find(snapshot(HOTLINE, SHELTER, BED), profile("dental"))

    assert answer.paths == ()
    assert reasons(answer) == {"dental": {"no_service": 0}}


def test_an_empty_directory_answers_too() -> None:
    """An agency that is alone, and offers nothing, gets an answer and no error.

    hotline
    """
    answer = find(snapshot(HOTLINE), profile("food"))

    assert (answer.paths, answer.sole_providers) == ((), ())


def test_the_nearer_of_two_equals_comes_first() -> None:
    """Distance counts a point for each five kilometres begun; the farther shelter is the second answer.

    hotline --warm--> near      (2 km)
    hotline --warm--> away      (some 58 km)
    """
    here = area("travis", latitude=30.0, longitude=-97.0)
    near = service("near-bed", "emergency_shelter", at="near", positions=((30.018, -97.0),))
    away = service("away-bed", "emergency_shelter", at="away", positions=((30.52, -97.0),))

    answer = find(
        snapshot(HOTLINE, organization("near"), organization("away"), near, away, here), profile("emergency_shelter")
    )

    assert pictures(answer) == ["hotline --warm--> near", "hotline --warm--> away"]
    assert [terms(path)["distance"] for path in answer.paths] == [1, 12]


def test_the_origin_may_help_itself() -> None:
    """What the origin offers is a step without a hand-off: nothing leaves, and nothing but time can cost.

    hotline --internal--> hotline
    """
    desk = service("desk", "safety_planning", at="hotline")

    path = find(snapshot(HOTLINE, desk), profile("safety_planning")).paths[0]

    assert best_picture(find(snapshot(HOTLINE, desk), profile("safety_planning"))) == "hotline --internal--> hotline"
    assert (path.total, terms(path), path.exposure) == (0, {"handoffs": 0}, "protected")
