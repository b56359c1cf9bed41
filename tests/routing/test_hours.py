"""Opening hours and beds: the guide's "Time" and its fine print, row by row."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import pytest
from builders import MONDAY_TEN, OTHER_FORM, WEEKDAYS, ZONE, beds, hours, service, snapshot
from hypothesis import given
from hypothesis import strategies as st

import routing
from routing.directory.hours import epoch_us, wait_hours, whole_hours
from routing.directory.moment import CAPACITIES, Moment, Opening

OPEN, LATER, UNKNOWN = "open", "opens_later", "unknown"
MINUTE = timedelta(minutes=1)


def local(text: str) -> datetime:
    """Return a wall-clock time in Chicago; with an offset, that very moment."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=ZONE)


def look(moment: datetime, *rows: routing.Schedule, beds: tuple[routing.Capacity, ...] = ()) -> routing.Availability:
    return routing.availability(service("x", "food", at="o", schedules=rows, capacities=beds), moment, ZONE)


def in_time(urgency: str, at: datetime, opens_at: datetime | None = None, *, room: str = "available") -> bool:
    """Say whether a service that opens then, or of unknown hours, is in time for a need of this urgency."""
    wait = -1 if opens_at is None else epoch_us(opens_at) - epoch_us(at)
    opening = Opening(np.array([wait]), np.array([CAPACITIES.index(room)], dtype=np.int8))
    return bool(Moment(snapshot(), at).in_time(opening, routing.URGENCIES.index(urgency))[0])


# 2026-03-02 is a Monday, and no clock changes in that week.
@pytest.mark.parametrize(
    ("row", "moment", "status", "opens_at"),
    [
        # plain days: open from the minute of opening, closed from the minute of closing
        (hours("09:00", "17:00"), "2026-03-02T09:00", OPEN, None),
        (hours("09:00", "17:00"), "2026-03-02T08:59", LATER, "2026-03-02T09:00"),
        (hours("09:00", "17:00"), "2026-03-02T16:59", OPEN, None),
        (hours("09:00", "17:00"), "2026-03-02T17:00", LATER, "2026-03-03T09:00"),
        (hours("09:00", "17:00", days="MO"), "2026-03-02T17:00", LATER, "2026-03-09T09:00"),
        (hours("09:00", "17:00", days="SU"), "2026-03-02T10:00", LATER, "2026-03-08T09:00"),
        # 23:59 means midnight
        (hours("09:00", "23:59", days="MO"), "2026-03-02T23:59", OPEN, None),
        (hours("09:00", "23:59", days="MO"), "2026-03-02T23:59:59", OPEN, None),
        (hours("09:00", "23:59", days="MO"), "2026-03-03T00:00", LATER, "2026-03-09T09:00"),
        (hours("09:00", "23:58", days="MO"), "2026-03-02T23:58", LATER, "2026-03-09T09:00"),
        (hours("00:00", "23:59"), "2026-03-02T23:59:30", OPEN, None),
        # past midnight
        (hours("20:00", "06:00", days="MO"), "2026-03-03T05:59", OPEN, None),
        (hours("20:00", "06:00", days="MO"), "2026-03-03T06:00", LATER, "2026-03-09T20:00"),
        (hours("20:00", "06:00", days="MO"), "2026-03-02T05:00", LATER, "2026-03-02T20:00"),
        (hours("20:00", "00:00", days="MO"), "2026-03-02T23:59", OPEN, None),
        (hours("20:00", "00:00", days="MO"), "2026-03-03T00:00", LATER, "2026-03-09T20:00"),
        (hours("20:00", "06:00", days="SU"), "2026-03-02T02:00", OPEN, None),
        # closing when it opens: a whole day
        (hours("08:00", "08:00", days="MO"), "2026-03-03T07:59", OPEN, None),
        (hours("08:00", "08:00", days="MO"), "2026-03-03T08:00", LATER, "2026-03-09T08:00"),
        (hours("00:00", "00:00", days="MO"), "2026-03-02T23:59", OPEN, None),
    ],
)
def test_when_it_is_open(row: routing.Schedule, moment: str, status: str, opens_at: str | None) -> None:
    """One weekly row at one moment: open, or when it opens next."""
    availability = look(local(moment), row)

    assert (availability.status, availability.opens_at) == (status, opens_at and local(opens_at))


@pytest.mark.parametrize(
    ("first", "last", "moment", "status", "opens_at"),
    [
        (None, "2026-03-02", "2026-03-02T10:00", OPEN, None),
        (None, "2026-03-01", "2026-03-02T10:00", UNKNOWN, None),
        (None, "2026-03-02", "2026-03-02T18:00", UNKNOWN, None),
        ("2026-03-02", None, "2026-03-02T10:00", OPEN, None),
        ("2026-03-03", None, "2026-03-02T10:00", LATER, "2026-03-03T09:00"),
        ("2027-01-01", None, "2026-03-02T10:00", LATER, "2027-01-01T09:00"),
        ("2026-03-04", "2026-03-03", "2026-03-02T10:00", UNKNOWN, None),
    ],
)
def test_a_row_counts_on_its_days_only(
    first: str | None, last: str | None, moment: str, status: str, opens_at: str | None
) -> None:
    """Outside valid_from and valid_to, both inclusive, a row is closed; if it never opens again, hours are unknown."""
    row = hours(
        "09:00",
        "17:00",
        valid_from=date.fromisoformat(first) if first else None,
        valid_to=date.fromisoformat(last) if last else None,
    )

    availability = look(local(moment), row)

    assert (availability.status, availability.opens_at) == (status, opens_at and local(opens_at))


def test_the_first_opening_of_a_row_to_come_is_on_its_weekday() -> None:
    """A Monday row that begins on a Wednesday opens on the Monday after."""
    row = hours("09:00", "17:00", days="MO", valid_from=date(2026, 3, 18))

    assert look(MONDAY_TEN, row).opens_at == local("2026-03-23T09:00")


def test_a_row_whose_days_never_come_is_unknown() -> None:
    """A Monday row that is valid on a Tuesday and Wednesday only will never open."""
    row = hours("09:00", "17:00", days="MO", valid_from=date(2026, 3, 3), valid_to=date(2026, 3, 4))

    assert look(MONDAY_TEN, row) == routing.Availability(UNKNOWN, None, "unknown")


@pytest.mark.parametrize(("first", "days"), [(date(9999, 12, 28), "MO"), (date.max, "FR")], ids=str)
@pytest.mark.parametrize("closes", ["06:00", "23:59"])
def test_a_row_that_begins_where_the_calendar_ends_is_unknown(first: date, days: str, closes: str) -> None:
    """A row from the last days of the year 9999 on, as systems write "never", will never open."""
    row = hours("20:00", closes, days=days, valid_from=first)

    assert look(MONDAY_TEN, row) == routing.Availability(UNKNOWN, None, "unknown")


def test_the_last_night_runs_its_course() -> None:
    """An overnight opening belongs to the day on which it starts: the last goes on past midnight, none comes before."""
    last = hours("20:00", "06:00", valid_to=date(2026, 3, 2))
    first = hours("20:00", "06:00", valid_from=date(2026, 3, 3))

    assert look(local("2026-03-03T05:00"), last).status == OPEN
    assert look(local("2026-03-03T06:00"), last).status == UNKNOWN
    assert look(local("2026-03-03T05:00"), first).opens_at == local("2026-03-03T20:00")


def other_form(first: str | None = None, last: str | None = None) -> routing.Schedule:
    """Return a row in a form that is not read, valid between two days."""
    return replace(
        OTHER_FORM,
        valid_from=date.fromisoformat(first) if first else None,
        valid_to=date.fromisoformat(last) if last else None,
    )


@pytest.mark.parametrize(
    ("rows", "moment", "status", "opens_at"),
    [
        ((), "2026-03-02T10:00", UNKNOWN, None),
        ((OTHER_FORM,), "2026-03-02T10:00", UNKNOWN, None),
        ((OTHER_FORM, hours("09:00", "17:00")), "2026-03-02T10:00", OPEN, None),
        ((OTHER_FORM, hours("09:00", "17:00")), "2026-03-02T18:00", UNKNOWN, None),
        ((other_form(last="9999-12-31"),), "2026-03-02T10:00", UNKNOWN, None),  # for ever, as many systems write it
        ((other_form(last="2026-02-28"), hours("20:00", "22:00")), "2026-03-02T10:00", LATER, "2026-03-02T20:00"),
        ((other_form(last="2026-03-01"), hours("20:00", "22:00")), "2026-03-02T10:00", UNKNOWN, None),
        ((other_form(first="2026-03-02"), hours("20:00", "22:00")), "2026-03-02T10:00", UNKNOWN, None),
        ((other_form(first="2026-03-03"), hours("20:00", "22:00")), "2026-03-02T10:00", LATER, "2026-03-02T20:00"),
        ((other_form(first="2026-03-03"),), "2026-03-02T10:00", UNKNOWN, None),
        ((hours("09:00", "12:00"), hours("13:00", "17:00")), "2026-03-02T12:30", LATER, "2026-03-02T13:00"),
        ((hours("13:00", "17:00"), hours("09:00", "12:00")), "2026-03-02T12:30", LATER, "2026-03-02T13:00"),
        ((hours("09:00", "12:00"), hours("10:00", "17:00")), "2026-03-02T11:00", OPEN, None),
        ((hours(valid_to=date(2026, 3, 1)), hours("20:00", "22:00")), "2026-03-02T10:00", LATER, "2026-03-02T20:00"),
    ],
    ids=str,
)
def test_several_rows_are_one_service(
    rows: tuple[routing.Schedule, ...], moment: str, status: str, opens_at: str | None
) -> None:
    """Open if any row is, else the first opening of all; a row in another form leaves what is not open unknown.

    Outside its validity a row is closed, whatever its form; the night that began on its last day is not over yet.
    """
    availability = look(local(moment), *rows)

    assert (availability.status, availability.opens_at) == (status, opens_at and local(opens_at))


@pytest.mark.parametrize(
    ("row", "moment", "status", "opens_at"),
    [
        # 8 March: 02:00 CST becomes 03:00 CDT
        (hours("20:00", "06:00"), "2026-03-08T05:59", OPEN, None),
        (hours("20:00", "06:00"), "2026-03-08T06:00", LATER, "2026-03-08T20:00"),
        (hours("20:00", "03:00"), "2026-03-08T01:59", OPEN, None),
        (hours("20:00", "03:00"), "2026-03-08T03:00", LATER, "2026-03-08T20:00"),
        (hours("03:00", "08:00"), "2026-03-08T01:59", LATER, "2026-03-08T03:00"),
        # an opening that the clock skips comes as long after the old time would have been: 02:30 CST is 03:30 CDT
        (hours("02:30", "08:00"), "2026-03-08T03:29", LATER, "2026-03-08T03:30"),
        (hours("02:30", "08:00"), "2026-03-08T03:30", OPEN, None),
        # 1 November: 02:00 CDT becomes 01:00 CST; of a time that comes twice, the first counts
        (hours("20:00", "06:00"), "2026-11-01T05:59", OPEN, None),
        (hours("20:00", "06:00"), "2026-11-01T06:00", LATER, "2026-11-01T20:00"),
        (hours("00:00", "01:30"), "2026-11-01T01:15-05:00", OPEN, None),
        (hours("00:00", "01:30"), "2026-11-01T01:15-06:00", LATER, "2026-11-02T00:00"),
        (hours("01:30", "04:00"), "2026-11-01T01:45-05:00", OPEN, None),
        (hours("01:30", "04:00"), "2026-11-01T01:15-06:00", OPEN, None),
        (hours("01:30", "04:00"), "2026-11-01T01:15-05:00", LATER, "2026-11-01T01:30-05:00"),
    ],
)
def test_when_the_clocks_change(row: routing.Schedule, moment: str, status: str, opens_at: str | None) -> None:
    """Both nights of the year: wall clocks say when, instants decide whether."""
    availability = look(local(moment), row)

    assert availability.status == status
    assert (availability.opens_at and availability.opens_at.astimezone(UTC)) == (
        opens_at and local(opens_at).astimezone(UTC)
    )


@pytest.mark.parametrize(
    ("moment", "opens_at", "waits"),
    [
        ("2026-03-07T20:00", "2026-03-08T09:00", 12),
        ("2026-10-31T20:00", "2026-11-01T09:00", 14),
        ("2026-03-02T08:59", "2026-03-02T09:00", 1),
        ("2026-03-02T08:00", "2026-03-02T09:00", 1),
        ("2026-03-02T07:59", "2026-03-02T09:00", 2),
    ],
)
def test_waiting_is_in_real_hours_begun(moment: str, opens_at: str, waits: int) -> None:
    """Rounded up to whole hours, one fewer or more on the nights of changing clocks."""
    availability = look(local(moment), hours("09:00", "17:00"))

    assert availability.opens_at == local(opens_at)
    assert wait_hours(availability, local(moment)) == waits


@pytest.mark.parametrize(
    ("rows", "closes_at"),
    [
        ((hours("09:00", "12:00", days="MO"), hours("12:00", "17:00", days="MO")), "2026-03-02T17:00"),
        ((hours("09:00", "12:00", days="MO"), hours("13:00", "17:00", days="MO")), "2026-03-02T12:00"),
        ((hours("09:00", "23:59", days="MO"), hours("00:00", "02:00", days="TU")), "2026-03-03T02:00"),
        ((hours("09:00", "17:00", days="MO"), OTHER_FORM), None),
        ((hours("00:00", "23:59"),), None),
    ],
    ids=str,
)
def test_an_opening_closes_where_no_other_touches_it(rows: tuple[routing.Schedule, ...], closes_at: str | None) -> None:
    """Joined over midnight; none within seven days, or a row in another form, is no time at all."""
    availability = look(MONDAY_TEN, *rows)

    assert (availability.status, availability.closes_at) == (OPEN, closes_at and local(closes_at))


def test_the_moment_may_be_told_in_any_zone() -> None:
    """What counts is the coalition's wall clock, wherever the question comes from."""
    row = hours("09:00", "17:00", days="MO")

    assert look(datetime(2026, 3, 2, 16, 0, tzinfo=UTC), row) == look(local("2026-03-02T10:00"), row)


# -- urgencies ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("opens_at", "urgencies"),
    [
        (None, "now today this_week later"),
        ("2026-03-02T10:01", "today this_week later"),
        ("2026-03-02T23:59", "today this_week later"),
        ("2026-03-03T00:00", "this_week later"),
        ("2026-03-09T11:00", "this_week later"),  # the clocks went forward: exactly 168 hours
        ("2026-03-09T11:01", "later"),
        ("2027-01-01T00:00", "later"),
    ],
)
def test_what_is_in_time_for_which_urgency(opens_at: str | None, urgencies: str) -> None:
    """Now: open or unknown; today: before local midnight; this week: 168 hours, that one included; later: ever."""
    opens = None if opens_at is None else local(opens_at)

    passes = [urgency for urgency in routing.URGENCIES if in_time(urgency, MONDAY_TEN, opens)]

    assert passes == urgencies.split()


def test_today_is_the_coalitions_day() -> None:
    """Late in the evening, when it is tomorrow in London, today still ends at midnight in Chicago."""
    at = datetime(2026, 3, 3, 4, 0, tzinfo=UTC)  # ten in the evening in Chicago

    assert in_time("today", at, local("2026-03-02T23:30"))
    assert not in_time("today", at, local("2026-03-03T00:30"))


@pytest.mark.parametrize(
    ("span", "whole"),
    [
        (timedelta(0), 0),
        (timedelta(seconds=1), 1),
        (timedelta(hours=1), 1),
        (timedelta(minutes=61), 2),
        (timedelta(hours=168), 168),
        (timedelta(hours=168, seconds=1), 168),
        (timedelta(weeks=52), 168),
    ],
)
def test_spans_are_counted_in_hours_begun_up_to_a_week(span: timedelta, whole: int) -> None:
    """A second is an hour, and a year is a week."""
    assert whole_hours(span) == whole


# -- beds --------------------------------------------------------------------------------------------------

DAY = timedelta(hours=24)


@pytest.mark.parametrize(
    ("rows", "state"),
    [
        ((), "unknown"),
        ((beds(2),), "available"),
        ((beds(0),), "full"),
        ((beds(None),), "unknown"),
        ((beds(2, old=None),), "stale"),
        ((beds(0, old=None),), "stale"),
        ((beds(2, old=DAY),), "available"),
        ((beds(0, old=DAY),), "full"),
        ((beds(2, old=DAY + MINUTE),), "stale"),
        ((beds(0, old=DAY + MINUTE),), "stale"),
        ((beds(None, old=DAY + MINUTE),), "stale"),
        ((beds(0), beds(1)), "available"),
        ((beds(0), beds(2, old=DAY + MINUTE)), "stale"),
        ((beds(None), beds(2, old=DAY + MINUTE)), "stale"),
        ((beds(0), beds(None)), "unknown"),
        ((beds(0), beds(0)), "full"),
        ((beds(2, old=DAY + MINUTE), beds(1)), "available"),
    ],
    ids=str,
)
def test_what_is_known_of_beds(rows: tuple[routing.Capacity, ...], state: str) -> None:
    """A count is good for 24 hours; any free place is enough; full only if every row surely is."""
    assert look(MONDAY_TEN, beds=rows).capacity == state
    assert look(MONDAY_TEN, beds=rows[::-1]).capacity == state


def test_a_count_ages_in_real_hours() -> None:
    """Noon to noon over the night in spring is 23 hours; eleven to noon is the full 24."""
    noon = local("2026-03-08T12:00")

    at_eleven = (routing.Capacity(1, local("2026-03-07T11:00")),)
    before = (routing.Capacity(1, local("2026-03-07T10:59")),)

    assert look(noon, beds=at_eleven).capacity == "available"
    assert look(noon, beds=before).capacity == "stale"


@pytest.mark.parametrize("capacity", ["available", "stale", "unknown", "full"])
@pytest.mark.parametrize("urgency", routing.URGENCIES)
def test_only_a_full_house_is_out_and_only_for_the_urgent(capacity: str, urgency: str) -> None:
    """Stale and unknown say "call first"; full is out for now and today."""
    assert in_time(urgency, MONDAY_TEN, room=capacity) is not (capacity == "full" and urgency in ("now", "today"))


# -- properties --------------------------------------------------------------------------------------------

CLOCK = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 59]))
ROWS = st.builds(
    lambda days, opens, closes: routing.Schedule(frozenset(days), opens, closes),
    st.sets(st.integers(0, 6), min_size=1),
    CLOCK,
    CLOCK,
)
# Three weeks in which no clock changes: there, minutes on the wall and minutes that pass are one thing.
MOMENTS = st.integers(0, 21 * 24 * 4).map(lambda quarters: local("2026-04-06T00:00") + timedelta(minutes=15 * quarters))


def is_open_by_wall_clock(rows: list[routing.Schedule], moment: datetime) -> bool:
    """Read rows in minutes of the week, each a run from its opening to its closing, midnight or not."""
    minute = moment.weekday() * 1440 + moment.hour * 60 + moment.minute
    for row in rows:
        assert row.weekdays is not None
        assert row.opens_at is not None
        assert row.closes_at is not None
        start, end = (clock.hour * 60 + clock.minute for clock in (row.opens_at, row.closes_at))
        end = 1440 if row.closes_at == time(23, 59) else end
        length = end - start if end > start else end + 1440 - start
        if any((minute - day * 1440 - start) % (7 * 1440) < length for day in row.weekdays):
            return True
    return False


@given(st.lists(ROWS, min_size=1, max_size=3), MOMENTS)
def test_open_is_what_a_wall_calendar_says(rows: list[routing.Schedule], moment: datetime) -> None:
    """Weekly rows read as runs of minutes of the week give the same openings."""
    availability = look(moment, *rows)

    assert (availability.status == OPEN) is is_open_by_wall_clock(rows, moment)
    assert availability.status != UNKNOWN


@given(st.lists(ROWS, min_size=1, max_size=3), MOMENTS, st.floats(0, 1))
def test_the_next_opening_is_the_next(rows: list[routing.Schedule], moment: datetime, share: float) -> None:
    """At `opens_at` it is open, and at every moment until then it says the same."""
    availability = look(moment, *rows)
    if availability.opens_at is None:
        return

    between = moment + (availability.opens_at - moment) * min(share, 0.999)

    assert look(availability.opens_at, *rows).status == OPEN
    assert look(between, *rows) == availability
    assert availability.opens_at - moment <= timedelta(days=7)
    assert WEEKDAYS[availability.opens_at.weekday()] in {WEEKDAYS[day] for row in rows for day in row.weekdays or ()}
