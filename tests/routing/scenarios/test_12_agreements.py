"""12. Who signed what with whom: relationship, the types that an agreement covers, and departments of one house."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from builders import TODAY, agreement, consented, find, need, organization, profile, service, snapshot
from drawing import best_picture, pictures, terms

import routing

HOTLINE, CENTER = organization("hotline"), organization("center")
TALK = service("talk", "peer_support", at="center")
DAY = timedelta(days=1)


def step(*agreements: routing.Agreement, needs_profile: routing.Profile | None = None) -> routing.Step:
    """Return the one step of the path to the center."""
    answer = find(snapshot(HOTLINE, CENTER, TALK, *agreements), needs_profile or profile("peer_support"))
    return answer.paths[0].steps[0]


@pytest.mark.parametrize(
    ("level", "points"), [("coalition", None), ("coordination", 10), ("cooperation", 20), (None, 30)], ids=str
)
def test_closer_partners_cost_less(level: str | None, points: int | None) -> None:
    """Coalition before coordination before cooperation before strangers.

    hotline --warm--> center      level
    """
    signed = [agreement("hotline", "center", level=level)] if level else []

    path = find(snapshot(HOTLINE, CENTER, TALK, *signed), profile("peer_support")).paths[0]

    assert (path.steps[0].relationship, terms(path).get("relationship")) == (level or "public", points)


def test_the_closest_of_several_agreements_counts() -> None:
    """Two agreements between the same two: the higher level, and its id.

    hotline --warm--> center      cooperation and coordination
    """
    far, near = (agreement("hotline", "center", slug=level, level=level) for level in ("cooperation", "coordination"))

    assert (step(far, near).relationship, step(far, near).agreement) == ("coordination", "coordination")


@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        ({"effective": TODAY, "expires": TODAY}, True),
        ({"effective": TODAY + DAY}, False),
        ({"expires": TODAY - DAY}, False),
        ({"status": "draft"}, False),
        ({"status": "suspended"}, False),
        ({"status": "ended"}, False),
        ({"type": "team"}, True),
        ({"type": "qsoa"}, False),
        ({"types": ("peer_support", "food")}, True),
        ({"types": ("food",)}, False),
        ({"types": ()}, False),
        ({"data": ()}, True),
    ],
    ids=str,
)
def test_only_agreements_in_force_that_cover_the_hop_count(changes: dict[str, object], counts: bool) -> None:
    """Signed, in its days, of a type that binds, and for all that is handed over; data caps packets only.

    hotline --warm--> center
    """
    assert step(agreement("hotline", "center", **changes)).relationship == ("coalition" if counts else "public")


@pytest.mark.parametrize(
    ("between", "mutual", "counts"),
    [
        (("hotline", "center"), False, True),
        (("center", "hotline"), False, False),
        (("center", "hotline"), True, True),
        (("shelter", "center", "hotline"), True, True),
    ],
    ids=str,
)
def test_a_one_way_agreement_counts_one_way(between: tuple[str, ...], mutual: bool, counts: bool) -> None:
    """The first refers to the second; mutual ones bind every pair of their parties.

    hotline --warm--> center
    """
    signed = agreement(*between, mutual=mutual)

    answer = find(snapshot(HOTLINE, CENTER, organization("shelter"), TALK, signed), profile("peer_support"))

    assert answer.paths[0].steps[0].relationship == ("coalition" if counts else "public")


def test_the_day_of_an_agreement_is_the_coalitions_own() -> None:
    """Half past eleven at night in Chicago is still the agreement's last day, whatever the day in London.

    hotline --warm--> center      expires today
    """
    last_day = agreement("hotline", "center", expires=TODAY)
    late = profile("peer_support").at.replace(hour=23, minute=30).astimezone(ZoneInfo("Europe/London"))

    assert step(last_day, needs_profile=profile("peer_support", at=late)).relationship == "coalition"


def test_an_agreement_must_cover_all_that_one_step_hands_over() -> None:
    """An agreement for one of two types does not cover a step that hands over both.

    hotline --warm--> center [talk, meal]      mou: peer_support only
    """
    meal = service("meal", "food", at="center")
    partial = agreement("hotline", "center", types=("peer_support",))
    network = snapshot(HOTLINE, CENTER, TALK, meal, partial)

    one_need, two_needs = find(network, profile("peer_support")), find(network, profile("peer_support", "food"))

    assert one_need.paths[0].steps[0].relationship == "coalition"
    assert (best_picture(two_needs), two_needs.paths[0].steps[0].relationship) == ("hotline --warm--> center", "public")


def test_a_door_that_asks_for_an_agreement_asks_for_one_that_covers_the_step() -> None:
    """Two agreements for one type each do not open one step for both; two steps they do open.

    hotline --warm--> center [talk]; hotline --warm--> center [meal]
    """
    talk = service("talk", "peer_support", at="center", accepts_from=("agreement",))
    meal = service("meal", "food", at="center", accepts_from=("agreement",))
    signed = [agreement("hotline", "center", slug=f"mou-{kind}", types=(kind,)) for kind in ("peer_support", "food")]

    answer = find(snapshot(HOTLINE, CENTER, talk, meal, *signed), profile("peer_support", "food"))

    assert pictures(answer) == ["hotline --warm--> center; hotline --warm--> center"]


@pytest.mark.parametrize(
    ("hotline", "center"),
    [("house", "house"), (None, "hotline"), ("center", None), ("house", "wing")],
    ids=["siblings", "department", "parent", "at any depth"],
)
def test_one_house_is_internal_and_still_a_hand_off(hotline: str | None, center: str | None) -> None:
    """A parent, a department, a sibling: no points for the relationship, but a hand-off all the same.

    hotline --warm--> center      of one house
    """
    houses = [organization("house"), organization("wing", parent="house")]
    ours = [organization("hotline", parent=hotline), organization("center", parent=center)]

    path = find(snapshot(*houses, *ours, TALK), profile("peer_support")).paths[0]

    assert (path.steps[0].mode, path.steps[0].relationship) == ("warm", "internal")
    assert terms(path) == {"handoffs": 100, "delay": 8}


@pytest.mark.parametrize(("types", "way"), [(("peer_support",), True), (("food",), False)], ids=str)
def test_a_packet_to_a_gateway_goes_under_an_agreement_for_all_that_its_service_is(
    types: tuple[str, ...], way: bool
) -> None:
    """Every type of the service that lets the client in counts as handed over.

    hotline --packet | X--> (center) --warm--> clinic
    """
    talk = service("talk", "peer_support", at="center", accepts=("packet",), intake_data=("need",))
    exam = service("exam", "dental", at="clinic", accepts_from=("center",))
    signed = agreement("hotline", "center", types=types)
    rules = consented("hotline", "center", under={signed.slug: frozenset({"need"})})

    answer = find(snapshot(HOTLINE, CENTER, organization("clinic"), talk, exam, signed), profile("dental"), rules)

    assert best_picture(answer) == ("hotline --packet--> (center) --warm--> clinic" if way else None)


@pytest.mark.parametrize(("types", "closeness"), [(("peer_support",), "coalition"), (("food",), "public")], ids=str)
def test_the_way_to_a_gateway_is_covered_by_an_agreement_for_all_that_its_service_is(
    types: tuple[str, ...], closeness: str
) -> None:
    """The way on is covered by what is handed over there.

    hotline --warm--> (center) --warm--> clinic
    """
    exam = service("exam", "dental", at="clinic", accepts_from=("center",))
    pair = agreement("hotline", "center", types=types), agreement("center", "clinic", types=("food",))

    answer = find(snapshot(HOTLINE, CENTER, organization("clinic"), TALK, exam, *pair), profile(need("dental")))

    assert [step.relationship for step in answer.paths[0].steps] == [closeness, "public"]
