"""08. And if they say no? Later paths do without somebody of every earlier one, and cover as much."""

from datetime import timedelta

from builders import find, need, organization, profile, service, snapshot
from drawing import pictures

HOTLINE = organization("hotline")


def shelters(*slugs: str) -> list[object]:
    return [*map(organization, slugs), *(service(f"bed-{slug}", "emergency_shelter", at=slug) for slug in slugs)]


def test_every_shelter_is_an_answer_in_order() -> None:
    """Three equals are three answers; `limit` says how many of them are told.

    hotline --warm--> a      or b      or c
    """
    network = snapshot(HOTLINE, *shelters("a", "b", "c"))

    assert [path.steps[0].organization for path in find(network, profile("emergency_shelter")).paths] == ["a", "b", "c"]
    assert [path.rank for path in find(network, profile("emergency_shelter")).paths] == [1, 2, 3]
    assert len(find(network, profile("emergency_shelter", limit=2)).paths) == 2


def test_each_answer_does_without_someone_of_every_earlier_one() -> None:
    """Two needs, two providers each: a+x, then what misses a or x, then what misses one of each earlier.

    a+x, then a+y (misses x), then b+x (misses a, and y)      b+y misses b or x of every one
    """
    doors = [*map(organization, ("a", "b", "x", "y"))]
    beds = [service(f"bed-{slug}", "emergency_shelter", at=slug) for slug in ("a", "b")]
    meals = [service(f"meal-{slug}", "food", at=slug) for slug in ("x", "y")]

    answer = find(snapshot(HOTLINE, *doors, *beds, *meals), profile("emergency_shelter", "food", limit=5))

    together = ["+".join(step.organization for step in path.steps) for path in answer.paths]
    assert together == ["a+x", "a+y", "b+x", "b+y"]


def test_an_alternative_covers_as_many_required_needs() -> None:
    """A second answer that leaves more open than the first is none.

    hotline --warm--> both [bed, food]      or small [bed only]: not told
    """
    both, small = organization("both"), organization("small")

    answer = find(
        snapshot(
            HOTLINE,
            both,
            small,
            service("all", "emergency_shelter", "food", at="both"),
            service("bed", "emergency_shelter", at="small"),
        ),
        profile("emergency_shelter", "food"),
    )

    assert pictures(answer) == ["hotline --warm--> both"]
    assert answer.sole_providers == ("both",)


def test_an_alternative_may_leave_open_another_need_if_it_is_not_one_more() -> None:
    """As many in all, though a more urgent one stays open: an answer still, after what covers the urgent one.

    hotline --warm--> house [two things, bed]      then hotline --warm--> school [one thing, class]
    """
    first, second = ("food", "clothing"), ("peer_support",)
    network = snapshot(
        HOTLINE,
        organization("house"),
        organization("school"),
        *(service(f"s-{kind}", kind, at="house") for kind in first),
        *(service(f"s-{kind}", kind, at="school") for kind in second),
        service("bed", "emergency_shelter", at="house", requires=first),
        service("class", "education", at="school", requires=second),  # three added prerequisites would be too many
    )

    answer = find(network, profile(need("emergency_shelter", "now"), need("education", "later")))

    assert pictures(answer) == ["hotline --warm--> house", "hotline --warm--> school"]
    assert [path.uncovered for path in answer.paths] == [("education",), ("emergency_shelter",)]
    assert (answer.uncovered, answer.sole_providers) == ((), ())


def test_the_same_providers_through_another_gateway_are_no_new_answer() -> None:
    """Without the center, which the first answer needs for food, the club would lead to the same house again.

    hotline --warm--> bakery ; then center [meal, slow]      then hotline --warm--> (center) --warm--> zebra [both]
    hotline --warm--> (club) --warm--> zebra [both]: nobody new says yes
    """
    network = snapshot(
        HOTLINE,
        *map(organization, ("bakery", "center", "club", "zebra")),
        service("b-teeth", "dental", at="bakery"),
        service("c-meal", "food", at="center", response_time=timedelta(hours=20)),
        service("club-talk", "peer_support", at="club"),
        service("z-teeth", "dental", at="zebra", accepts_from=("center", "club"), response_time=timedelta(hours=4)),
        service("z-meal", "food", at="zebra", accepts_from=("center", "club")),
    )

    answer = find(network, profile(need("dental", "now"), need("food", "later")))

    assert [[step.organization for step in path.steps] for path in answer.paths] == [
        ["bakery", "center"],
        ["center", "zebra"],
    ]
    assert answer.paths[1].steps[0].covers == ()


def test_who_cannot_be_done_without_is_told() -> None:
    """Three pantries are three answers, but every one goes through the only shelter.

    hotline --warm--> shelter ; then pantry-a | pantry-b | pantry-c
    """
    pantries = [organization(f"pantry-{name}") for name in "abc"]
    meals = [service(f"meal-{name}", "food", at=f"pantry-{name}") for name in "abc"]

    answer = find(
        snapshot(HOTLINE, *shelters("shelter"), *pantries, *meals), profile("emergency_shelter", need("food", "today"))
    )

    assert [path.steps[-1].organization for path in answer.paths] == ["pantry-a", "pantry-b", "pantry-c"]
    assert answer.sole_providers == ("shelter",)


def test_the_origin_can_be_a_sole_provider() -> None:
    """What only the origin offers, only the origin can give.

    hotline --internal--> hotline
    """
    answer = find(snapshot(HOTLINE, service("plan", "safety_planning", at="hotline")), profile("safety_planning"))

    assert answer.sole_providers == ("hotline",)


def test_a_wish_makes_no_sole_provider() -> None:
    """Only required needs count: the one pantry for an optional meal can be done without.

    hotline --warm--> a [bed] ; then pantry [food, optional]      or without the pantry, dearer
    """
    network = snapshot(HOTLINE, *shelters("a", "b"), organization("pantry"), service("meal", "food", at="pantry"))

    answer = find(network, profile("emergency_shelter", need("food", "later", required=False)))

    assert answer.paths[0].uncovered == ()
    assert answer.sole_providers == ()


def test_a_bed_with_which_more_comes_first_than_a_path_adds_replaces_nobody() -> None:
    """Three would have to come first, and two may: the house has either the bed or the meal for her.

    hotline --warm--> inn [bed] ; then house [school, food]      hotline --X--> house [both]
    """
    asking = {"emergency_shelter": ("intake", "papers"), "food": ("school",), "intake": (), "papers": (), "school": ()}
    network = snapshot(
        HOTLINE,
        *map(organization, ("house", "inn")),
        service("bed", "emergency_shelter", at="inn"),
        *(service(f"house-{code}", code, at="house", requires=first) for code, first in asking.items()),
    )

    answer = find(network, profile("emergency_shelter", "food", limit=1))

    assert answer.paths[0].uncovered == ()
    assert answer.sole_providers == ("house", "inn")


def test_who_alone_offers_what_no_path_meets_can_be_done_without() -> None:
    """Nobody comes to the only bed, behind the door of a court: for food, the other pantry would do.

    hotline --warm--> house [food]      or hotline --warm--> pantry [food]      hotline --X--> house [bed]
    """
    network = snapshot(
        HOTLINE,
        *map(organization, ("house", "pantry")),
        service("bed", "emergency_shelter", at="house", accepts_from=("court",)),
        *(service(f"meal-{slug}", "food", at=slug) for slug in ("house", "pantry")),
    )

    answer = find(network, profile("emergency_shelter", "food", limit=1))

    assert pictures(answer) == ["hotline --warm--> house"]
    assert (answer.paths[0].uncovered, answer.sole_providers) == (("emergency_shelter",), ())
