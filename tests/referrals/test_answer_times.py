"""Figures of how soon services answer: whoever knows its own referrals learns nothing of any other."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from random import Random

import pytest
from seeds import fresh_random

from service.referrals.answer_times import AnswerFigure, ClosedAnswer, combine, figure_of, take_batch
from service.vocabulary import ANSWER_TIMES as TIMES

Cell = tuple[str, str]
CELLS: tuple[Cell, ...] = (("beds", "night"), ("beds", "evening"), ("clinic", "night"))
LOTS = ((False, False), (False, True), (True, False), (True, True))
SENDERS, STRANGER = ("a", "b", "c", "d", "e", "f"), "x"
SMALLEST = ((4, 3, 3), (4, 4, 2), (3, 3, 2, 2), (3, 3, 3, 1), (2, 2, 2, 2, 2), (5, 5, 5), (6, 6, 3))
"""How many each sender has of the smallest batches."""


@dataclass(frozen=True)
class Row:
    """A closed referral of a world: the week in which it closed, its cell, and what became of it."""

    week: int
    cell: Cell
    answer: ClosedAnswer


World = Sequence[Row]
Lots = Mapping[tuple[int, Cell], tuple[bool, bool]]
"""The lots drawn for batches, by week and cell; two times False if absent."""
Publish = Callable[[World, Lots], Mapping[object, object]]


def as_published(world: World, lots: Lots) -> dict[object, object]:
    """Return what is shown each week in each cell, counted week by week, as the weekly count does it."""
    waiting, batches = defaultdict[Cell, list[ClosedAnswer]](list), defaultdict[Cell, list[AnswerFigure]](list)
    shown: dict[object, object] = {}
    for week in range(1 + max(row.week for row in world)):
        for row in world:
            if row.week == week:
                waiting[row.cell].append(row.answer)
        for cell in CELLS:
            if batch := take_batch(waiting[cell]):
                batches[cell].append(figure_of(batch, lots.get((week, cell), (False, False))))
                waiting[cell] = []
            if batches[cell]:
                figure = combine(batches[cell])
                shown[week, cell] = figure.in_time, figure.bound, figure.time
    return shown


def per_referral(world: World, _: Lots) -> dict[object, object]:
    """Return a figure of each referral, rounded like others: this must never be shown."""
    return {number: exactly([row.answer]) for number, row in enumerate(world)}


def of_all_so_far(world: World, _: Lots) -> dict[object, object]:
    """Return each week a figure of the batches so far in one: the figures of two weeks overlap."""
    return {
        (week, cell): exactly(rows)
        for week, cell in product((0, 1), CELLS)
        if take_batch(rows := [row.answer for row in world if row.cell == cell and row.week <= week])
    }


def up_to_the_ends(world: World, _: Lots) -> dict[object, object]:
    """Return figures of single batches with shares that do not stop short of their ends."""
    return {
        (week, cell): exactly(batch)
        for week, cell in product((0, 1), CELLS)
        if (batch := take_batch([row.answer for row in world if row.cell == cell and row.week == week]))
    }


def exactly(rows: Sequence[ClosedAnswer]) -> tuple[int, str]:
    size, times = len(rows), sorted(TIMES.index(row.time) for row in rows)
    return (20 * sum(row.in_time for row in rows) + size) // (2 * size) * 10, TIMES[times[(size - 1) // 2]]


def is_possible(answer: ClosedAnswer) -> bool:
    """Say whether an answer can be: half an hour is the least that there is to answer, so none within it is late."""
    return answer.in_time or answer.time not in TIMES[:2]


def drawn(dice: Random, size: int, *, extreme: bool) -> list[tuple[bool, str]]:
    """Return outcomes and times; `extreme`: nearly all of them alike."""
    mine = dice.choice([(True, TIMES[0]), (True, TIMES[1]), (True, TIMES[-1]), (False, TIMES[-1]), (False, TIMES[3])])
    answers = []
    for _ in range(size):
        in_time = dice.random() < 0.6
        answer = (in_time, dice.choice(TIMES if in_time else TIMES[2:]))
        answers.append(mine if extreme and dice.random() < 0.93 else answer)
    return answers


def a_world(seed: int) -> list[Row]:
    """Return two weeks of referrals to three cells: the smallest batches, and others, with nearly all alike or not."""
    dice, world = fresh_random(seed), list[Row]()
    for week, cell in product((0, 1), CELLS):
        counts = dice.choice([*SMALLEST, *SMALLEST, [dice.choice([0, 1, 2, 3, 9]) for _ in SENDERS]])
        senders = [
            name for name, count in zip(dice.sample(SENDERS, len(counts)), counts, strict=True) for _ in range(count)
        ]
        dice.shuffle(senders)
        for sender, (in_time, time) in zip(
            senders, drawn(dice, len(senders), extreme=dice.random() < 0.6), strict=True
        ):
            world.append(Row(week, cell, ClosedAnswer(sender, in_time, time, accepted=dice.random() < 0.5)))
    return world


def fits(world: World, lots: Lots, at: int, observer: str, wanted: ClosedAnswer, publish: Publish) -> bool:
    """Say whether there is a history with the same figures in which the referral `at` fared as wanted.

    An observer knows its own referrals, and as a receiver all of its own service: none of them differs. What differs is
    in the referral's cell alone: the others' answers of its week, or of both, all took one time, and some of them were
    in time. So may the lots of the cell, which nobody knows.
    """
    row = world[at]
    at = sum(entry.cell == row.cell for entry in world[:at])
    world = [entry for entry in world if entry.cell == row.cell]
    seen = publish(world, lots)
    weeks = sorted({entry.week for entry in world})
    redrawn = [
        {**lots, **{(week, row.cell): lot for week, lot in zip(weeks, drawn_lots, strict=True)}}
        for drawn_lots in product(LOTS, repeat=len(weeks))
    ]
    others = [n for n, o in enumerate(world) if n != at and o.cell == row.cell and o.answer.sender != observer]
    of_week = [number for number in others if world[number].week == row.week]
    for together in ([], of_week, others):
        for time, late, in_time in product(TIMES, (None, TIMES[-1]), range(len(together), -1, -1)):
            other = list(world)
            other[at] = replace(row, answer=wanted)
            for place, number in enumerate(together):
                is_late = place >= in_time
                took = late if is_late and late is not None else time
                other[number] = replace(
                    world[number], answer=replace(world[number].answer, in_time=not is_late, time=took)
                )
            if all(is_possible(entry.answer) for entry in other) and any(
                publish(other, drawn) == seen for drawn in redrawn
            ):
                return True
            if not together:
                break
    return False


def told(world: World, lots: Lots, at: int, observer: str, publish: Publish) -> Iterator[str]:
    """Yield what an observer can tell of a referral of another: what could not have been otherwise."""
    answer = world[at].answer
    flipped = [replace(answer, in_time=not answer.in_time, time=time) for time in TIMES if time != answer.time]
    if not any(fits(world, lots, at, observer, wanted, publish) for wanted in flipped if is_possible(wanted)):
        yield "outcome"
    for time in TIMES:
        likely = [replace(answer, in_time=in_time, time=time) for in_time in (True, False)]
        if time != answer.time and not any(
            fits(world, lots, at, observer, wanted, publish) for wanted in likely if is_possible(wanted)
        ):
            yield time


@pytest.mark.parametrize("seed", range(60))
def test_each_outcome_and_each_time_of_others_fits_what_is_shown(
    seed: int, count_compared: Callable[[int], None]
) -> None:
    """Of two weeks in a row, to each sender of the cell and to a stranger: another outcome with another time, and
    every time, is possible for every referral of somebody else.
    """
    world, dice = a_world(seed), fresh_random(seed + 1)
    lots = {(week, cell): dice.choice(LOTS) for week, cell in product((0, 1), CELLS)}

    for at in dice.sample(range(len(world)), 4):
        in_cell = sorted({row.answer.sender for row in world if row.cell == world[at].cell})
        for observer in [STRANGER, *dice.sample(in_cell, min(3, len(in_cell)))]:
            if observer != world[at].answer.sender:
                assert [*told(world, lots, at, observer, as_published)] == [], (world[at], observer)
                count_compared(1)


@pytest.mark.parametrize("counts", SMALLEST)
@pytest.mark.parametrize("lots", LOTS)
@pytest.mark.parametrize("all_alike", [(True, TIMES[0]), (True, TIMES[-1]), (False, TIMES[2]), (False, TIMES[-1])])
@pytest.mark.parametrize("own", [(True, TIMES[0]), (False, TIMES[-1])])
def test_not_even_where_all_others_fared_alike(
    counts: Sequence[int], lots: tuple[bool, bool], all_alike: tuple[bool, str], own: tuple[bool, str]
) -> None:
    """The smallest batches; the sender with the most of them knows that its own fared differently."""
    world = [
        Row(0, CELLS[0], ClosedAnswer(sender, *(own if sender == "a" else all_alike), accepted=True))
        for sender, count in zip(SENDERS, counts, strict=False)
        for _ in range(count)
    ]
    assert as_published(world, {})

    assert [*told(world, {(0, CELLS[0]): lots}, len(world) - 1, "a", as_published)] == []


@pytest.mark.parametrize("lots", LOTS)
@pytest.mark.parametrize("counts", [(4, 4, 2), (3, 3, 2, 2)])
@pytest.mark.parametrize("fast", TIMES[:2])
def test_not_even_where_half_were_answered_at_once_and_half_late(
    counts: Sequence[int], lots: tuple[bool, bool], fast: str
) -> None:
    """Fast answers are in time: exactly half of them must not show that no other answer was in time."""
    senders = [sender for sender, count in zip(SENDERS, counts, strict=False) for _ in range(count)]
    world = [
        Row(0, CELLS[0], ClosedAnswer(sender, *((True, fast) if place < 5 else (False, TIMES[-1])), accepted=True))
        for place, sender in enumerate(senders)
    ]

    for at in (0, len(world) - 1):
        assert [*told(world, {(0, CELLS[0]): lots}, at, STRANGER, as_published)] == []


FAST, SLOW = (True, TIMES[1]), (False, TIMES[4])


@pytest.mark.parametrize(
    ("publish", "weeks"),
    [
        (per_referral, ([FAST] * 5 + [SLOW] * 5, [FAST] * 10)),
        (of_all_so_far, ([FAST] * 5 + [SLOW] * 5, [FAST] * 5)),  # half of ten, then seven tenths of fifteen
        (up_to_the_ends, ([FAST] * 10, [FAST] * 10)),
    ],
)
def test_the_attack_works_where_figures_are_published_otherwise(
    publish: Publish, weeks: tuple[list[tuple[bool, str]], ...]
) -> None:
    """A figure of each referral, figures of overlapping weeks, and shares up to their ends each tell an outcome."""
    world = [
        Row(week, CELLS[0], ClosedAnswer(sender, *answer, accepted=True))
        for week, answers in enumerate(weeks)
        for sender, answer in zip("abcdabcdab", answers, strict=False)
    ]
    last = len(world) - 1
    observer = "d" if world[last].answer.sender != "d" else "c"

    assert "outcome" in [*told(world, {}, last, observer, publish)]
    assert [*told(world, {}, last, observer, as_published)] == []


@pytest.mark.parametrize("seed", range(40))
def test_who_sent_how_many_decides_what_is_counted(seed: int) -> None:
    """At least ten, a multiple of five, of three senders, none with half; whatever the answers were."""
    dice = fresh_random(seed)
    senders = dice.choices(SENDERS, [dice.choice([1, 1, 3, 12]) for _ in SENDERS], k=dice.randint(0, 60))
    ways = [
        [ClosedAnswer(f"{sender}", *answer, accepted=True) for sender, answer in zip(senders, answers, strict=True)]
        for answers in (drawn(dice, len(senders), extreme=False), drawn(dice, len(senders), extreme=True))
    ]
    first, second = map(take_batch, ways)

    assert [row.sender for row in first] == [row.sender for row in second]
    assert len(first) % 5 == 0
    if first:
        counts = Counter(row.sender for row in first)
        assert len(first) >= 10
        assert len(counts) >= 3
        assert 2 * max(counts.values()) + 2 <= len(first)


@pytest.mark.parametrize("counts", [(4, 3, 3), (4, 4, 2)])
def test_ten_by_three_are_shown(counts: Sequence[int]) -> None:
    rows = [
        ClosedAnswer(sender, in_time=True, time=TIMES[1], accepted=True)
        for sender, count in zip("abc", counts, strict=True)
        for _ in range(count)
    ]

    assert take_batch(rows) == rows
    assert figure_of(rows, (False, False)) == AnswerFigure(10, 50, "at_least", TIMES[1], 100)


def test_half_of_a_batch_tells_of_the_other_half() -> None:
    """So ten of which one sender has five wait for more, though there are three senders."""

    def of_five_and_five(world: World, lots: Lots) -> dict[object, object]:
        figure = figure_of([row.answer for row in world], lots.get((0, CELLS[0]), (False, False)))
        return {CELLS[0]: figure.time}

    senders, quick, slow = "aaaaabbbcc", (True, TIMES[0]), (False, TIMES[-1])
    answers = [ClosedAnswer(name, *(quick if name == "a" else slow), accepted=True) for name in senders]
    world, late_middle = [Row(0, CELLS[0], answer) for answer in answers], {(0, CELLS[0]): (True, False)}

    assert take_batch(answers) == []
    assert TIMES[0] in [*told(world, late_middle, len(world) - 1, "a", of_five_and_five)]
