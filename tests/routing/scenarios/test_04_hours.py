"""04. Open when it counts: hours, overnight openings, changes of clocks, and beds, as they decide a path."""

from datetime import datetime, timedelta

import pytest
from builders import MONDAY_TEN, OTHER_FORM, ZONE, beds, find, hours, need, organization, profile, service, snapshot
from drawing import best_picture, reasons, terms

import routing

HOTLINE, SHELTER = organization("hotline"), organization("shelter")
OFFICE_HOURS = (hours("09:00", "17:00", days="MO,TU,WE,TH,FR"),)


def network(*schedules: routing.Schedule, **changes: object) -> routing.Snapshot:
    return snapshot(HOTLINE, SHELTER, service("bed", "emergency_shelter", at="shelter", schedules=schedules, **changes))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def test_a_closed_door_is_no_path_now_and_says_when_it_opens() -> None:
    """At night the office is shut: no path, the reason is `closed`, and it carries the next opening.

    hotline --X--> shelter      Tuesday 02:00, opens 09:00
    """
    answer = find(network(*OFFICE_HOURS), profile("emergency_shelter", at=at("2026-03-03T02:00")))

    assert answer.paths == ()
    assert answer.uncovered[0].reasons == (routing.Reason("closed", 1, at("2026-03-03T09:00")),)


def test_what_can_wait_waits_at_a_price() -> None:
    """For `today` the same office is a path: seven hours until it opens and one for the call, four points each.

    hotline --warm--> shelter      Tuesday 02:00, opens 09:00
    """
    answer = find(network(*OFFICE_HOURS), profile(need("emergency_shelter", "today"), at=at("2026-03-03T02:00")))

    assert best_picture(answer) == "hotline --warm--> shelter"
    assert terms(answer.paths[0])["delay"] == 4 * (7 + 1)


def test_an_overnight_shelter_is_open_at_two_in_the_morning() -> None:
    """An opening belongs to the evening on which it starts and runs past midnight.

    hotline --warm--> shelter      Tuesday 02:00, Mondays 20:00-06:00
    """
    overnight = hours("20:00", "06:00", days="MO")

    at_night = find(network(overnight), profile("emergency_shelter", at=at("2026-03-03T02:00")))
    the_night_before = find(network(overnight), profile("emergency_shelter", at=at("2026-03-02T02:00")))

    assert best_picture(at_night) == "hotline --warm--> shelter"
    assert the_night_before.paths == ()


@pytest.mark.parametrize(
    ("moment", "waits"),
    [
        ("2026-03-07T20:00", 13),  # an ordinary night has thirteen hours from eight to nine
        ("2026-03-07T21:00", 11),  # the clocks go forward at two on the 8th: one fewer
        ("2026-10-31T21:00", 13),  # and back on 1 November: one more
    ],
)
def test_waiting_is_counted_in_real_hours(moment: str, waits: int) -> None:
    """The night on which the clocks change is an hour shorter or longer, and the price knows it.

    hotline --warm--> shelter      opens at 09:00
    """
    opens = hours("09:00", "17:00")
    if moment == "2026-03-07T20:00":
        moment = "2026-03-06T20:00"

    answer = find(network(opens), profile(need("emergency_shelter", "later"), at=at(moment)))

    assert terms(answer.paths[0])["delay"] == waits + 1


def test_unknown_hours_never_close_a_door_but_cost() -> None:
    """Nobody told the hours, or in a form that is not read: a path for every urgency, and "call first".

    hotline --warm--> shelter      hours unknown
    """
    for schedules in ((), (OTHER_FORM,)):
        answer = find(network(*schedules), profile("emergency_shelter"))

        assert best_picture(answer) == "hotline --warm--> shelter"
        assert terms(answer.paths[0])["uncertain"] == 20


def test_a_sure_door_is_preferred_to_a_likely_one() -> None:
    """Of two shelters the one that is surely open, with a bed counted today, comes first.

    hotline --warm--> zebra (open)      then alpaca (hours, beds and response unknown)
    """
    likely = service(
        "a-bed", "emergency_shelter", at="alpaca", schedules=(), capacities=(), response_time=None, accepts=("warm",)
    )
    sure = service("z-bed", "emergency_shelter", at="zebra")

    answer = find(
        snapshot(HOTLINE, organization("alpaca"), organization("zebra"), likely, sure), profile("emergency_shelter")
    )

    assert [path.steps[0].organization for path in answer.paths] == ["zebra", "alpaca"]
    assert terms(answer.paths[1])["uncertain"] == 20 + 10 + 5


@pytest.mark.parametrize(
    ("urgency", "path"), [("now", False), ("today", False), ("this_week", True), ("later", True)], ids=str
)
def test_a_full_house_is_out_for_now_and_today_only(urgency: str, path: bool) -> None:
    """A bed may free itself within the week, at a price, but not tonight.

    hotline --warm--> shelter (full)
    """
    answer = find(network(hours(), capacities=(beds(0),)), profile(need("emergency_shelter", urgency)))

    assert bool(answer.paths) is path
    if path:
        assert terms(answer.paths[0])["uncertain"] == 40
    else:
        assert reasons(answer) == {"emergency_shelter": {"full": 1}}


def test_a_slow_answer_costs_like_a_late_opening() -> None:
    """The usual time to an answer counts like waiting at the door, in whole hours begun.

    hotline --warm--> shelter      answers within 90 minutes
    """
    slow = network(hours(), response_time=timedelta(minutes=90))

    answer = find(slow, profile("emergency_shelter", at=MONDAY_TEN))

    assert terms(answer.paths[0])["delay"] == 8 * (1 + 2)
