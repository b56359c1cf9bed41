"""Medians of outcomes: no time of another agency's referral can be told from them, nor from whether they are there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from random import Random

import pytest
from seeds import fresh_random

from service.referrals import outcomes
from service.referrals.outcomes import STEPS, TIMES, OutcomeCount, ReferralSummary, Times, cells

TYPES, AGENCIES = ("dental", "detox", "food"), ("a", "b", "c", "d", "e", "f")


def drawn_times(dice: Random) -> Times:
    """Return a referral's own classes: no later step is sooner than an earlier one."""
    answer, acceptance, completion = sorted(dice.choices(TIMES, k=3), key=TIMES.index)
    return answer, acceptance, completion


def drawn(seed: int) -> list[ReferralSummary]:
    """Return a quarter of a small coalition; one agency often has many of the referrals, and some have two types."""
    dice = fresh_random(seed)
    weights = [dice.choice([1, 2, 2, 5]) for _ in AGENCIES]
    referrals = []
    for _ in range(dice.randint(10, 90)):
        origin, recipient = dice.choices(AGENCIES, weights, k=2)
        types = tuple(sorted(set(dice.choices(TYPES, k=dice.choice([1] * 6 + [2])))))
        referrals.append(ReferralSummary(origin, recipient, types, ("metro",), "served", times=drawn_times(dice)))
    return referrals


def medians_of(referrals: list[ReferralSummary]) -> dict[str, Times]:
    return {cell.value: cell.times for cell in cells(referrals) if cell.times is not None}


def every_times() -> list[Times]:
    """Return all classes that a referral may have: no later step sooner than an earlier one."""
    ranks = range(len(TIMES))
    return [(TIMES[a], TIMES[b], TIMES[c]) for a, b, c in product(ranks, repeat=3) if a <= b <= c]


def other_histories(referrals: list[ReferralSummary], agency: str, target: int, told: dict[str, Times]) -> set[Times]:
    """Return the times that a referral may have had for `agency`, which knows its own rows and the medians `told`.

    The history tried is the one of the proof: the rest of the others, where they count in one cell alone, had its
    medians; all other rows are left as they are.
    """
    possible = set[Times]()
    for times in every_times():
        history = []
        for place, row in enumerate(referrals):
            shown = [value for value in row.types if value in told]
            if place == target:
                history.append(replace(row, times=times))
            elif agency in (row.origin, row.recipient) or len(shown) != 1:
                history.append(row)
            else:
                history.append(replace(row, times=told[shown[0]]))
        if medians_of(history) == told:
            possible.add(times)
    return possible


ALL_TIMES = len(every_times())


@pytest.mark.parametrize("seed", range(30))
def test_each_referral_of_another_may_have_had_any_time(seed: int, count_compared: Callable[[int], None]) -> None:
    """Whatever an agency knows of its own, and whichever other agency's referral it asks about."""
    referrals = drawn(seed)
    told = medians_of(referrals)
    dice = fresh_random(seed)

    for agency in AGENCIES:
        others = [
            place
            for place, row in enumerate(referrals)
            if agency not in (row.origin, row.recipient) and any(value in told for value in row.types)
        ]
        for target in dice.sample(others, min(2, len(others))):
            assert len(other_histories(referrals, agency, target, told)) == ALL_TIMES, (agency, target)
            count_compared(1)


def test_the_test_finds_a_median_that_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    """If every shown cell had medians: an agency with four of ten, answered at once, learns of the rest."""
    at_once, late = (TIMES[0],) * 3, (TIMES[5],) * 3
    own = [ReferralSummary("a", "xyz"[at % 3], ("food",), times=at_once) for at in range(5)]
    rest = [ReferralSummary("bcd"[at % 3], "vwu"[at % 3], ("food",), times=late) for at in range(6)]
    referrals = [*own, *rest]
    assert [cell.referrals for cell in cells(referrals) if cell.by == "type"] == [10]

    assert medians_of(referrals) == {}
    monkeypatch.setattr(outcomes, "_may_have_medians", lambda *_: True)
    told = medians_of(referrals)
    assert told == {"food": late}
    assert len(other_histories(referrals, "a", len(referrals) - 1, told)) < ALL_TIMES


@pytest.mark.parametrize("seed", range(60))
def test_whether_medians_are_told_depends_on_no_time_and_no_hidden_cell(seed: int) -> None:
    """Other times, other ends, or other names for what is hidden: the same cells have medians."""
    referrals, dice = drawn(seed), fresh_random(seed)
    told = medians_of(referrals)

    other_times = [replace(row, times=drawn_times(dice), outcome=None, reason="full") for row in referrals]
    assert medians_of(other_times).keys() == told.keys()
    shown = {cell.value for cell in cells(referrals) if cell.by == "type"}
    for hidden in {value for row in referrals for value in row.types} - shown:
        for agency in AGENCIES:
            renamed = [
                row
                if agency in (row.origin, row.recipient)
                else replace(row, types=tuple(f"?{place}" if value == hidden else value for value in row.types))
                for place, row in enumerate(referrals)
            ]
            assert medians_of(renamed) == told


@pytest.mark.parametrize("seed", range(60))
def test_a_median_is_the_middle_of_the_whole_cell(seed: int, count_compared: Callable[[int], None]) -> None:
    """Half or more got so far within the class, fewer than half within the class before; only types have medians."""
    referrals = drawn(seed)

    for cell in cells(referrals):
        assert cell.by == "type" or cell.times is None
        rows = [row for row in referrals if cell.value in row.types]
        for place, median in enumerate(cell.times or ()):
            ranks = [TIMES.index(row.times[place]) for row in rows if row.times is not None]
            assert 2 * sum(rank <= TIMES.index(median) for rank in ranks) >= len(ranks) == len(rows)
            assert 2 * sum(rank < TIMES.index(median) for rank in ranks) < len(ranks)
            count_compared(1)


def test_medians_by_hand() -> None:
    """Twelve of four pairs, of which five were never accepted; with one row from before times were kept, none."""
    a_day, week, never = TIMES[2], TIMES[4], TIMES[-1]
    rows = [
        ReferralSummary("abcd"[at % 4], "wxyz"[at % 4], ("food",), times=(a_day, week if at < 7 else never, never))
        for at in range(12)
    ]

    assert list(cells(rows)) == [OutcomeCount("type", "food", 10, None, (a_day, week, never))]
    assert len(STEPS) == len(rows[0].times or ())
    assert list(cells([*rows[:-1], replace(rows[-1], times=None)])) == [OutcomeCount("type", "food", 10, None, None)]
