"""03. Several needs: fewer calls are better, the urgent comes first, and who holds decides how close the next is."""

from builders import agreement, find, need, organization, profile, service, snapshot
from drawing import best_picture, coverage, pictures, terms

HOTLINE = organization("hotline")


def test_one_place_for_two_needs_saves_a_call() -> None:
    """A hand-off costs more than small comforts: one stop for both wins over two specialists.

    hotline --warm--> center [food, clothing]
    """
    network = snapshot(
        HOTLINE,
        *map(organization, ("center", "pantry", "closet")),
        service("both", "food", "clothing", at="center"),
        service("meals", "food", at="pantry"),
        service("coats", "clothing", at="closet"),
    )

    answer = find(network, profile("food", "clothing"))

    assert best_picture(answer) == "hotline --warm--> center"
    assert coverage(answer.paths[0]) == [{"both": ("food", "clothing")}]


def test_the_more_urgent_of_two_calls_comes_first() -> None:
    """Each call makes what is still open wait, so the urgent need is met before the one that has time.

    hotline --warm--> zebra [bed, now] ; then alpaca [school, later]
    """
    network = snapshot(
        HOTLINE,
        organization("alpaca"),
        organization("zebra"),
        service("school", "education", at="alpaca"),
        service("bed", "emergency_shelter", at="zebra"),
    )

    answer = find(network, profile(need("education", "later"), need("emergency_shelter", "now")))

    assert [step.organization for step in answer.paths[0].steps] == ["zebra", "alpaca"]
    assert terms(answer.paths[0])["delay"] == (8 + 1) + 1


def test_whoever_is_closer_makes_the_next_call() -> None:
    """After the first step the holder may hand over, and does where it has an agreement and the origin has none.

    hotline --warm--> center --warm--> clinic      center and clinic: coalition
    """
    network = snapshot(
        HOTLINE,
        organization("center"),
        organization("clinic"),
        service("talk", "peer_support", at="center"),
        service("exam", "dental", at="clinic"),
        agreement("center", "clinic"),
    )

    answer = find(network, profile(need("peer_support", "now"), need("dental", "today")))

    assert best_picture(answer) == "hotline --warm--> center --warm--> clinic"
    assert [step.relationship for step in answer.paths[0].steps] == ["public", "coalition"]


def test_the_origin_calls_again_where_it_is_closer() -> None:
    """The caller stays in charge: a second call may start at the origin, not at the agency called before.

    hotline --warm--> center; hotline --warm--> clinic      hotline and clinic: coalition
    """
    network = snapshot(
        HOTLINE,
        organization("center"),
        organization("clinic"),
        service("talk", "peer_support", at="center"),
        service("exam", "dental", at="clinic"),
        agreement("hotline", "clinic"),
    )

    answer = find(network, profile(need("peer_support", "now"), need("dental", "today")))

    assert best_picture(answer) == "hotline --warm--> center; hotline --warm--> clinic"


def test_the_origins_own_service_is_free_and_first() -> None:
    """What the origin does itself is no hand-off, and is done before an urgent need has to wait for a call.

    hotline --internal--> hotline --warm--> shelter
    """
    network = snapshot(
        HOTLINE,
        organization("shelter"),
        service("plan", "safety_planning", at="hotline"),
        service("bed", "emergency_shelter", at="shelter"),
    )

    answer = find(network, profile("emergency_shelter", "safety_planning"))

    assert best_picture(answer) == "hotline --internal--> hotline --warm--> shelter"
    assert terms(answer.paths[0]) == {"handoffs": 100, "delay": 8, "relationship": 30}


def test_each_service_of_a_step_says_what_it_meets() -> None:
    """One call to one place may reach two of its services; each is named with its own needs.

    hotline --warm--> center [kitchen: food, closet: clothing]
    """
    network = snapshot(
        HOTLINE,
        organization("center"),
        service("kitchen", "food", at="center"),
        service("closet", "clothing", at="center"),
    )

    answer = find(network, profile("food", "clothing"))

    assert coverage(answer.paths[0]) == [{"closet": ("clothing",), "kitchen": ("food",)}]
    assert answer.paths[0].steps[0].covers == ("food", "clothing")


def test_there_is_one_answer_where_every_way_needs_the_same_agency() -> None:
    """Other orders and other callers over the same agencies are not other answers.

    hotline --warm--> center; hotline --warm--> clinic      and nothing else
    """
    network = snapshot(
        HOTLINE,
        organization("center"),
        organization("clinic"),
        service("talk", "peer_support", at="center"),
        service("exam", "dental", at="clinic"),
    )

    assert len(pictures(find(network, profile("peer_support", "dental")))) == 1
