"""Outcomes: an attacker who subtracts, knows its own rows and asks every way there is; and the quarter's own time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from length import draws
from loop_builders import CLINIC, OUTSIDER, SENDER, Loop
from seeds import fresh_random
from sqlalchemy import select

from service.database.outbox.timers import set_standing
from service.referrals.outcomes import BY, CLASSES, OutcomeCount, ReferralSummary, cells, round_count
from service.referrals.store.outcomes import Outcomes
from service.referrals.store.tables import Referral
from service.referrals.store.work_tables import ClosedReferral
from service.referrals.use_cases.count_outcomes import bounds_of, count_quarters, quarter_of, summary_of

TYPES, AREAS = ("food", "dental", "detox"), ("north", "south")
AGENCIES = ("a", "b", "c", "d", "e", "f")


def drawn(seed: int) -> list[ReferralSummary]:
    """Return the referrals of a quarter; few agencies, and often one that has most of them."""
    dice = fresh_random(seed)
    weights = [dice.choice([1, 1, 2, 12]) for _ in AGENCIES]
    referrals = []
    for _ in range(dice.randint(0, 60)):
        origin, recipient = dice.choices(AGENCIES, weights, k=2)
        ended = dice.random() < 0.6
        referrals.append(
            ReferralSummary(
                origin,
                recipient,
                types=tuple(sorted(set(dice.choices(TYPES, k=dice.choice([1, 1, 2]))))),
                areas=tuple(dice.sample(AREAS, dice.randint(0, 2))),
                outcome=dice.choice(["served", "served", "no_contact"]) if ended else None,
                reason=None if ended else dice.choice(["full", "full", "other"]),
                answered=dice.choice([None, *CLASSES]),
            )
        )
    return referrals


def cells_of(closed: Iterable[ReferralSummary]) -> list[tuple[str, str, int]]:
    return [(cell.by, cell.value, cell.referrals) for cell in cells(closed)]


def counted(closed: Iterable[ReferralSummary], cell: OutcomeCount) -> list[ReferralSummary]:
    return [referral for referral in closed if cell.value in set(BY[cell.by](referral))]


def owned(closed: Iterable[ReferralSummary], agency: str) -> list[ReferralSummary]:
    return [referral for referral in closed if agency in (referral.origin, referral.recipient)]


@pytest.mark.parametrize("seed", range(40))
def test_a_shown_cell_keeps_the_floors(seed: int, count_compared: Callable[[int], None]) -> None:
    """Ten referrals, three senders, three receivers, a multiple of five that is never more than there are."""
    closed = drawn(seed)

    for cell in cells(closed):
        rows = counted(closed, cell)
        assert len(rows) >= 10
        assert len({row.origin for row in rows}) >= 3
        assert len({row.recipient for row in rows}) >= 3
        assert cell.referrals % 5 == 0
        assert 0 <= len(rows) - cell.referrals < 5
    count_compared(1)


@pytest.mark.parametrize("seed", range(100))
def test_who_knows_its_own_rows_learns_no_count_of_others(seed: int, count_compared: Callable[[int], None]) -> None:
    """By a brute force over what the others may have: for each agency all five counts stay possible.

    A world is possible where the cell would be shown as it is: the agency's own rows, and so many of others that the
    number of senders and receivers can be reached. The attacker subtracts its own from what is shown.
    """
    closed = drawn(seed)

    for cell in cells(closed):
        rows = counted(closed, cell)
        for agency in AGENCIES:
            own = owned(rows, agency)
            possible = [others for others in range(len(rows) + 6) if is_world(own, others, cell.referrals)]
            assert len(rows) - len(own) in possible
            assert len(possible) == 5, (cell, agency, len(own), possible)
            count_compared(1)


def is_world(own: list[ReferralSummary], others: int, count: int) -> bool:
    """Say whether so many rows of others can stand beside one's own under what is told: each brings at most two new."""
    senders = {referral.origin for referral in own} | {f"x{number}" for number in range(others)}
    receivers = {referral.recipient for referral in own} | {f"y{number}" for number in range(others)}
    return round_count(len(own) + others) == count and len(senders) >= 3 and len(receivers) >= 3


@pytest.mark.parametrize("seed", range(80))
def test_what_is_not_shown_may_be_anything(seed: int, count_compared: Callable[[int], None]) -> None:
    """Zero and suppressed look alike, whatever else is asked: others' rows of a cell may be told under another value.

    For each value that is not shown, a second quarter in which others' rows of it stand under values that nobody ever
    heard of: each answer, every way there is, is the same, and so it is for who knows its own rows.
    """
    closed = drawn(seed)
    there = {cell[:2] for cell in cells_of(closed)}

    for by, values in BY.items():
        for value in sorted({value for referral in closed for value in values(referral)}):
            if (by, value) not in there:
                for agency in AGENCIES:
                    other = [
                        row if agency in (row.origin, row.recipient) else moved(row, by, value, f"?{at}")
                        for at, row in enumerate(closed)
                    ]
                    assert cells_of(other) == cells_of(closed), (by, value)
                    assert owned(other, agency) == owned(closed, agency)
                    count_compared(1)


def moved(referral: ReferralSummary, by: str, value: str, new: str) -> ReferralSummary:
    if value not in set(BY[by](referral)):
        return referral
    name = {"type": "types", "area": "areas"}.get(by, by)
    values = getattr(referral, name)
    changed: Any = tuple(new if each == value else each for each in values) if isinstance(values, tuple) else new
    return replace(referral, **{name: changed})


@pytest.mark.parametrize("seed", range(100))
def test_differences_between_answers_tell_no_small_number(seed: int, count_compared: Callable[[int], None]) -> None:
    """Answers are multiples of five: any sum or difference of them is 0 or 5 and more, and no answer is a total.

    Whoever adds up one way of counting and takes off another gets at no exact number: by moving one referral within
    the five that a number stands for, an attacker sees the same.
    """
    closed = drawn(seed)
    answers = cells_of(closed)

    for by in BY:
        sums = [count for kind, _, count in answers if kind == by]
        assert all(count % 5 == 0 for count in sums)
        assert "total" not in {value for kind, value, _ in answers if kind == by}
    for cell in cells(closed):
        referral = counted(closed, cell)[-1]
        twice = {(by, value): count for by, value, count in cells_of([*closed, referral])}
        if len(counted(closed, cell)) % 5 < 4 and (cell.by, cell.value) in twice:
            assert twice[cell.by, cell.value] == cell.referrals
        count_compared(1)


def drawn_overlapping(seed: int) -> list[ReferralSummary]:
    """Return the referrals of a small coalition in which nearly all agencies state the same areas and labels."""
    dice = fresh_random(seed)
    areas = {
        agency: tuple(area for area in ("metro", "state", "travis") if dice.random() < 0.85) for agency in AGENCIES
    }
    types = {agency: tuple(code for code in TYPES if dice.random() < 0.7) for agency in AGENCIES}
    referrals = []
    for _ in range(dice.randint(10, 80)):
        origin, recipient = dice.sample(AGENCIES, 2)
        ended = dice.random() < 0.8
        outcome, reason = ("served", None) if ended else (None, "full")
        referrals.append(ReferralSummary(origin, recipient, types[recipient], areas[recipient], outcome, reason))
    return referrals


@pytest.mark.parametrize("seed", range(100))
def test_a_difference_of_shown_cells_keeps_the_floors(seed: int, count_compared: Callable[[int], None]) -> None:
    """Of any two shown cells, however counted: what one has and the other lacks is nothing, or could be shown."""
    closed = drawn_overlapping(seed)
    shown = [counted(closed, cell) for cell in cells(closed)]

    for group in shown:
        for other in shown:
            difference = [row for row in group if not any(row is another for another in other)]
            assert not difference or len(difference) >= 10
            assert not difference or len({row.origin for row in difference}) >= 3
            assert not difference or len({row.recipient for row in difference}) >= 3
            count_compared(1)
        within = [other for other in shown if len(other) < len(group) and all(row in group for row in other)]
        left = [row for row in group if not any(row is another for other in within for another in other)]
        assert not left or len(left) >= 10


def test_one_agency_beside_two_areas_cannot_be_told_from_their_difference() -> None:
    """All state both areas but one, which has a single referral: one of the two is shown, always the same."""
    both = [ReferralSummary("abc"[at % 3], "xyz"[at % 3], areas=("metro", "travis")) for at in range(14)]
    single = ReferralSummary("a", "w", areas=("travis",))

    assert cells_of(both) == [("area", "metro", 10), ("area", "travis", 10)]
    assert cells_of([*both, single]) == [("area", "metro", 10)]
    assert cells_of([single, *both[::-1]]) == [("area", "metro", 10)]
    three_more = [replace(row, areas=("travis",)) for row in both]
    assert cells_of([*both, *three_more]) == [("area", "metro", 10), ("area", "travis", 25)]


@pytest.mark.parametrize("whole", ["all", "state"])
def test_one_agency_beside_areas_that_divide_a_larger_one_cannot_be_told_from_what_they_leave(whole: str) -> None:
    """Any two areas differ by enough, but the whole minus both is one agency: the last area is hidden."""
    north, south = (
        [ReferralSummary("abc"[at % 3], "xyz"[at % 3], areas=tuple(sorted((area, whole)))) for at in range(14)]
        for area in ("north", "south")
    )
    alone = [ReferralSummary("a", "w", areas=(whole,)), ReferralSummary("b", "w", areas=(whole,))]
    areas = sorted(("north", "south", whole))

    assert [value for _, value, _ in cells_of([*north, *south])] == areas
    assert [value for _, value, _ in cells_of([*north, *alone, *south])] == areas[:2]


def test_a_cell_with_only_one_agencys_referrals_is_hidden() -> None:
    """Otherwise a missing cell would tell that agency that others have referrals there too."""
    sides = [("d", "x"), ("d", "y"), ("a", "d"), ("b", "d"), ("a", "d")] * 2
    own = [ReferralSummary(*pair, areas=("north",)) for pair in sides]

    assert cells_of(own) == []
    assert cells_of([*own, *(ReferralSummary(*pair, areas=("north",)) for pair in ["ax", "by", "cz"] * 2)]) == [
        ("area", "north", 15)
    ]


def test_the_floors_by_hand() -> None:
    """Exactly at the floors it is shown; one referral, sender or receiver less, and it is not."""
    sides = [("a", "x"), ("b", "y"), ("c", "z")]
    ten = [ReferralSummary(*sides[number % 3], types=("food",)) for number in range(10)]

    assert cells_of(ten) == [("type", "food", 10)]
    assert cells_of(ten[:9]) == []
    two_senders = [replace(row, origin="b") if row.origin == "c" else row for row in ten]
    two_receivers = [replace(row, recipient="y") if row.recipient == "z" else row for row in ten]
    assert cells_of(two_senders) == cells_of(two_receivers) == []
    assert cells_of([*ten, *ten[:4]]) == [("type", "food", 10)]
    most = [ReferralSummary("a", "x", types=("food",))] * 12 + [
        ReferralSummary("b", "y", types=("food",)),
        ReferralSummary("c", "z", types=("food",)),
    ]
    assert cells_of(most) == []  # fourteen: `a` would know that the others have two, one each
    assert cells_of(most[2:]) == []  # twelve: two, three or four
    assert cells_of(most[4:]) == [("type", "food", 10)]  # ten: anything from two to six


@settings(max_examples=draws(60))
@given(st.lists(st.sampled_from([None, *CLASSES]), min_size=15, max_size=40))
def test_the_middle_answer(answers: list[str | None]) -> None:
    """The class that half of the answers lie in or below; none where too few were answered."""
    sides = [("a", "x"), ("b", "y"), ("c", "z")]
    closed = [ReferralSummary(*sides[at % 3], types=("food",), answered=answer) for at, answer in enumerate(answers)]

    [cell] = cells(closed)

    ranks = sorted(CLASSES.index(answer) for answer in answers if answer is not None)
    if cell.answered is not None:
        assert cell.answered == CLASSES[ranks[(len(ranks) - 1) // 2]]
        assert len(ranks) >= 10
    elif len(ranks) >= 10:
        answered = [row for row in closed if row.answered]
        assert not list(cells(answered))
    assert Counter(answers)


def test_quarters() -> None:
    """Which quarter a day is in, and where it begins and ends."""
    assert [quarter_of(date(2026, month, 1)) for month in (1, 3, 4, 12)] == ["2026-Q1", "2026-Q1", "2026-Q2", "2026-Q4"]
    assert bounds_of("2026-Q4") == (date(2026, 10, 1), date(2027, 1, 1))
    assert bounds_of("2026-Q1") == (date(2026, 1, 1), date(2026, 4, 1))


# --- over HTTP --------------------------------------------------------------------------------------------------------


def outcomes(loop: Loop, query: str = "", organization: str = SENDER) -> Any:
    return loop.call("GET", f"/v1/outcomes{query}", organization, scopes="directory:read")


@pytest.fixture(scope="module")
def closed_quarter(loop: Loop) -> tuple[str, date]:
    """A referral that was declined and is stored, and rows of others that were deleted, all of one past quarter."""
    referral = loop.sent(to=CLINIC, services=("teeth",), needs=[{"type": "dental", "urgency": "later"}])
    loop.move(referral["id"], CLINIC, "declined", reason="age")
    today = datetime.now(UTC).date()
    quarter = quarter_of(today - timedelta(days=130))
    first, after = bounds_of(quarter)
    with loop.database.unit_of_work() as work:
        row = work.session.execute(select(Referral).where(Referral.id == referral["id"])).scalars().one()
        row.closed_at = datetime.combine(first + timedelta(days=20), datetime.min.time(), UTC)
        work.session.add_all(
            ClosedReferral(
                id=f"{number:036}",
                quarter=quarter,
                origin=("p", "q", SENDER)[number % 3],
                recipient=("r", "s", CLINIC)[number % 3],
                types=["dental", "food"] if number < 4 else ["dental"],
                areas=["travis"] if number % 4 < 2 else [],
                reason="other" if number % 2 else None,
                outcome=None if number % 2 else "served",
                answered="a_day",
            )
            for number in range(48)
        )
        work.commit()
    return quarter, after


def test_a_quarter_is_counted_once_two_weeks_after(loop: Loop, closed_quarter: tuple[str, date]) -> None:
    """Not a day sooner; with what is stored and what was deleted; and then no more, whatever follows."""
    quarter, after = closed_quarter
    query = f"?quarter={quarter}&by="
    with loop.database.unit_of_work() as work:
        assert quarter not in count_quarters(work, after + timedelta(days=13))
    assert outcomes(loop, f"{query}type").json()["computed_on"] is None
    set_standing(loop.database.unit_of_work())
    loop.fire(datetime.now(UTC) + timedelta(seconds=1))

    by_type = outcomes(loop, f"{query}type").json()
    assert by_type["rows"] == [
        {
            "value": "dental",
            "name": "dental care",
            "referrals": 45,
            "answered": "a_day",
            "times": None,
        }  # 49; four for food are none
    ]
    assert outcomes(loop, f"{query}area").json()["rows"][0]["value"] == "travis"
    assert [(row["value"], row["referrals"]) for row in outcomes(loop, f"{query}outcome").json()["rows"]] == [
        ("served", 20)
    ]
    # 24, and one for `age`: that stands as `other`, as its sender reads it
    rows = outcomes(loop, f"{query}reason").json()["rows"]
    assert [(row["value"], row["referrals"]) for row in rows] == [("other", 25)]
    with loop.database.unit_of_work() as work:
        assert work.session.execute(select(ClosedReferral)).first() is None
        assert count_quarters(work, after + timedelta(days=16)) == []
    loop.fire(datetime.now(UTC) + timedelta(days=400))  # the referral is deleted; its quarter stays as it was counted
    with loop.database.unit_of_work(writes=False) as work:
        assert work.session.execute(select(Referral).where(Referral.reason == "age")).first() is None
        assert work.session.execute(select(ClosedReferral).where(ClosedReferral.quarter == quarter)).first() is None
    assert outcomes(loop, f"{query}type").json() == by_type


def test_the_times_of_a_referral_are_kept_as_classes(loop: Loop) -> None:
    """Answered and accepted within the hour; not completed, and then completed within the hour, too."""
    referral = loop.sent(to=CLINIC, services=("teeth",), needs=[{"type": "dental", "urgency": "later"}])
    loop.move(referral["id"], CLINIC, "accepted")

    def kept() -> tuple[str | None, ...]:
        with loop.database.unit_of_work(writes=False) as work:
            row = work.session.execute(select(Referral).where(Referral.id == referral["id"])).scalars().one()
            summary = summary_of(Outcomes(work.session), row)
            return summary.to_answer, summary.to_acceptance, summary.to_completion

    assert kept() == ("an_hour", "an_hour", "not_half")
    loop.move(referral["id"], CLINIC, "completed", outcome="served")
    assert kept() == ("an_hour", "an_hour", "an_hour")


def test_what_is_not_counted_looks_like_nothing(loop: Loop) -> None:
    """A quarter to come, one of long ago; and every member reads the same."""
    for quarter in ("2099-Q1", "1999-Q4"):
        document = outcomes(loop, f"?quarter={quarter}").json()
        assert (document["rows"], document["computed_on"]) == ([], None)
    assert outcomes(loop).text == outcomes(loop, organization=CLINIC).text
    assert outcomes(loop, organization=OUTSIDER).json()["code"] == "members_only"


@pytest.mark.parametrize("query", ["?quarter=2026-Q5", "?quarter=2026", "?by=origin", "?by=total", "?month=1"])
def test_there_is_no_other_way_to_ask(loop: Loop, query: str) -> None:
    """By quarter and one of four; nothing finer."""
    assert outcomes(loop, query).status_code == 422
