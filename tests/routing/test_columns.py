"""What is worked out once for whole columns, held against the same thing worked out record by record."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from builders import area, beds, client, hours, organization, profile, service, snapshot
from hypothesis import given
from hypothesis import strategies as st
from seeds import fresh

import routing
from routing.client.prices import Demand
from routing.client.scenario import Scenario
from routing.directory.area_tree import AreaTree
from routing.directory.columns import lists_of
from routing.directory.hours import hours_of
from routing.directory.moment import Moment
from routing.directory.weekly_hours import Weeks, is_steady

ZONE = ZoneInfo("America/Chicago")
CLOCKS = st.sampled_from(["00:00", "07:30", "09:00", "12:00", "17:00", "22:00", "23:58", "23:59"])
DAYS = st.lists(st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"]), min_size=1, unique=True).map(",".join)
ROWS = st.lists(st.builds(hours, CLOCKS, CLOCKS, days=DAYS), max_size=4).map(tuple)
# From the 20th on clocks run evenly, and whole weeks are looked up; they change on the 8th.
MOMENTS = st.builds(
    lambda day, minutes: datetime(2026, 3, day, tzinfo=ZONE) + timedelta(minutes=minutes),
    st.sampled_from([20, 1, 8]),
    st.integers(0, 10 * 24 * 60),
)

COUNTS = st.builds(
    beds,
    st.sampled_from([None, 0, 1, 5]),
    old=st.sampled_from([None, timedelta(0), timedelta(hours=24), timedelta(days=2)]),
)


@given(ROWS, MOMENTS)
def test_a_week_looked_up_is_a_week_read_row_by_row(rows: tuple[routing.Schedule, ...], at: datetime) -> None:
    """A compiled timetable says what the rows say, at any moment, in the weeks around a change of the clocks too."""
    network = snapshot(organization("a"), service("s", "food", at="a", schedules=rows))
    for moment in (at, at.replace(minute=0, second=0, microsecond=0), at.replace(minute=30, second=0, microsecond=0)):
        expected = hours_of(rows, moment, ZONE)

        assert Moment(network, moment).hours(0) == expected


def test_most_weeks_are_looked_up_and_the_week_of_the_clocks_is_not() -> None:
    """The comparison above is of two ways: hours are compiled, and only clocks that change nearby go round that."""
    assert Weeks.of([(hours(),)]).has(np.array([0])).all()
    assert is_steady(datetime(2026, 3, 20, tzinfo=ZONE), ZONE)
    assert not is_steady(datetime(2026, 3, 1, tzinfo=ZONE), ZONE)
    assert not is_steady(datetime(2026, 3, 9, tzinfo=ZONE), ZONE)


def is_in_time(offer: routing.Service, urgency: str, at: datetime) -> bool:
    """Read the hours and the room of a service from its record, and judge them for a need of this urgency."""
    availability = routing.availability(offer, at, ZONE)
    if availability.capacity == "full" and urgency in ("now", "today"):
        return False
    if availability.opens_at is None or urgency == "later":
        return True
    if urgency == "today":
        return availability.opens_at.astimezone(ZONE).date() == at.astimezone(ZONE).date()
    return urgency == "this_week" and availability.opens_at.astimezone(UTC) - at.astimezone(UTC) <= timedelta(hours=168)


@given(st.lists(st.tuples(ROWS, st.lists(COUNTS, max_size=2).map(tuple)), min_size=1, max_size=5), MOMENTS)
def test_many_services_are_open_in_time_when_each_is(
    offers: list[tuple[tuple[routing.Schedule, ...], tuple[routing.Capacity, ...]]], at: datetime
) -> None:
    """What is asked of all hours and rooms at once, for the sake of speed, is what their records say one by one."""
    services = [
        service(f"s{n}", "food", at="a", schedules=rows, capacities=counts) for n, (rows, counts) in enumerate(offers)
    ]
    scenario = Scenario(snapshot(organization("hotline"), organization("a"), *services), profile("food", at=at))
    rows_of_all = np.arange(len(services), dtype=np.int32)

    for urgency in routing.URGENCIES:
        opening = scenario.moment.opening(rows_of_all)
        verdicts = scenario.moment.in_time(opening, routing.URGENCIES.index(urgency)).tolist()
        prices = scenario.prices.gateway_prices(rows_of_all, opening, urgency).tolist()

        assert verdicts == [is_in_time(offer, urgency, scenario.profile.at) for offer in services]
        assert prices == [sum(scenario.prices.gateway_price(row, urgency).values()) for row in range(len(services))]


DOORS = st.frozensets(st.sampled_from(["anyone", "members", "agreement", "court", "a", "b", "gone"]), min_size=1)
KINDS = st.sampled_from([None, "court", "nonprofit"])


@given(st.lists(DOORS, min_size=1, max_size=6), KINDS, st.sampled_from(["active", "non_active", "none"]))
def test_a_door_lets_in_whom_its_words_say(doors: list[frozenset[str]], kind: str | None, membership: str) -> None:
    """Doors that are worked out once for a directory say what their words say of each who knocks."""
    agencies = [organization("hotline"), organization("a", kind=kind, membership=membership), organization("b")]
    services = [service(f"s{n}", "food", at="a", accepts_from=words) for n, words in enumerate(doors)]
    network = snapshot(*agencies, *services)
    scenario, numbers = Scenario(network, profile("food")), np.arange(len(network.words.doors))

    for holder, agency in enumerate(network.organizations):
        names = {"anyone", agency.slug, agency.kind} | ({"members"} if agency.membership != "none" else set())
        expected = [bool(words & names) for words in network.words.doors]

        assert scenario.snapshot.ties.opens_to(holder)[numbers].tolist() == expected
        assert [bool(scenario.moment.let_in(door, np.array([holder]))[0]) for door in numbers.tolist()] == expected


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from(["a", "b", "c", None]), min_size=1))
def test_the_tree_of_areas_is_what_walking_up_finds(containers: dict[str, str | None]) -> None:
    """Upwards are an area and its containers; within it are those that have it upwards; loops aside."""
    within = {code: up if up in containers and up < code else None for code, up in containers.items()}
    tree = AreaTree.build(within)
    codes = list(tree.index)

    def walk(code: str) -> list[str]:
        up = within[code]
        return [code] if up is None else [code, *walk(up)]

    for code in codes:
        assert [codes[number] for number in tree.upwards(code)] == walk(code)
        assert {codes[number] for number in tree.within(code)} == {inner for inner in codes if code in walk(inner)}


@given(st.lists(st.lists(COUNTS, max_size=3).map(tuple), min_size=1, max_size=6))
def test_room_is_what_the_records_say(counts: list[tuple[routing.Capacity, ...]]) -> None:
    """Beds counted in columns come to the state that the records come to, however many counts a service has."""
    services = [service(f"s{n}", "food", at="a", capacities=rows) for n, rows in enumerate(counts)]
    network = snapshot(organization("hotline"), organization("a"), *services)
    scenario = Scenario(network, profile("food"))

    for row in range(len(services)):
        expected = routing.availability(network.services[row], scenario.profile.at, network.zone)

        assert scenario.moment.availability(row) == expected


def test_prices_of_many_are_the_prices_of_each() -> None:
    """The sum that a search adds up is the sum of the terms that an answer shows."""
    services = [
        service("far", "food", at="a", positions=((30.0, -97.0), (29.0, -98.0)), designated=True),
        service("late", "food", at="a", schedules=(hours("12:00", "13:00"),), response_time=timedelta(hours=3)),
        service("vague", "food", at="a", schedules=(), capacities=(), response_time=None),
    ]
    home = routing.Area("travis", "Travis", latitude=30.3, longitude=-97.7)
    network = snapshot(home, organization("hotline"), organization("a"), *services)
    scenario = Scenario(network, profile("food"))
    demands = [Demand("food", "now", True), Demand("food", "now", False), Demand("shelter", "later", True)]
    rows, numbers = np.tile(np.arange(3, dtype=np.int32), len(demands)), np.repeat(np.arange(len(demands)), 3)

    price_rows = (
        scenario.prices.met_prices(rows, scenario.moment.opening(rows), demands, numbers)
        .reshape(len(demands), 3)
        .tolist()
    )

    for demand, prices in zip(demands, price_rows, strict=True):
        each = [
            scenario.prices.met_price(row, demand.type, demand.urgency, added=not demand.is_need) for row in range(3)
        ]
        assert prices == [sum(terms.values()) for terms in each]
        assert len(set(prices)) == 3
    assert scenario.prices.gateway_prices(rows[:3], scenario.moment.opening(rows[:3]), "now").tolist() == [
        sum(scenario.prices.gateway_price(row, "now").values()) for row in range(3)
    ]


@pytest.mark.parametrize("more", [-1, 0, 1, 2])
def test_lists_that_just_fit_into_two_bytes_and_just_do_not_hold_the_same(more: int) -> None:
    """Where each list begins is kept in as few bytes as hold it, whatever is added to it or taken from it later."""
    rng = np.random.default_rng(fresh(7))
    lengths = rng.integers(0, 5, 16_000).tolist()
    lengths.append(np.iinfo(np.int16).max + more - sum(lengths))
    rows = [rng.integers(0, 9, length).tolist() for length in lengths]
    lists, verdicts = lists_of(rows), np.arange(9, dtype=np.int8)
    some = np.array([0, len(rows) - 1, *rng.integers(0, len(rows), 500).tolist()])

    items, place = lists.at(some)

    assert lists.offsets.dtype == (np.int16 if more <= 0 else np.int32)
    assert [lists[row].tolist() for row in some.tolist()] == [rows[row] for row in some.tolist()]
    assert items.tolist() == [item for row in some.tolist() for item in rows[row]]
    assert place.tolist() == [number for number, row in enumerate(some.tolist()) for _ in rows[row]]
    assert lists.best(some, verdicts).tolist() == [max(rows[row], default=0) for row in some.tolist()]


@pytest.mark.parametrize("count", [255, 256, 257])
def test_what_covers_the_last_area_is_for_clients_in_it_alone(count: int) -> None:
    """Areas are counted from 0 in as few bytes as hold them, and stand one place further among the postings."""
    codes = [f"a{number:03}" for number in range(count)]
    network = snapshot(
        *map(area, codes),
        organization("hotline"),
        organization("pantry"),
        service("food-1", "food", at="pantry", areas=codes[-1:]),
    )

    def takers(code: str) -> list[int]:
        return Scenario(network, profile("food", client=client(area=code))).takers_of("food").tolist()

    assert takers(codes[-1]) == [0]
    assert takers(codes[0]) == []


def test_a_week_is_looked_up_whatever_its_number() -> None:
    """Of 256 timetables the last has the last number that fits into a byte."""
    weeks = Weeks.of([(hours(),)] * 256)

    assert weeks.has(np.arange(256, dtype=np.uint8)).all()
