"""How soon a service answers referrals, in figures that never tell a single referral. Pure.

A figure is of a service and a part of the day: how many of ten referrals are answered in time, and within what time
the middle one is answered. These rules keep it from telling what became of any one referral:

1. **Each referral counts in one batch, for one service.** Referrals wait until enough have closed, then become a batch
   together, and none of them is ever counted again. So no two figures, of two weeks or of two services, overlap, and
   no difference between figures is about fewer referrals than a batch.
2. **A batch is 10, 15, 20 ... referrals of three senders or more.** Twice the share of any sender and two more fit
   into it, so nobody has half. Of a sender with more, the rest is left out. Who sent how many decides what makes a
   batch, never an outcome or a time: that a figure is there, or changes, tells neither.
3. **A share stops short of its ends.** It is told as if at least `most + 1` referrals were answered in time and at
   least `most + 1` were not, where `most` is the largest number of one sender; then it's rounded to the nearest 10%.
   So a sender that subtracts its own referrals never finds that all the others, or none, were answered in time. Where
   this leaves half alone, the figure says whether half or more, or half or fewer, were in time; of exactly half, one of
   the two is drawn by lot. An answer within half an hour is always in time. If the middle answer is that fast, the
   share counts at least one more answer in time than those up to the middle. Otherwise "half or fewer in time, the
   middle one within 15 minutes" would reveal that no answer took between 15 and 30 minutes.
4. **A time is the class of a middle answer.** An even number has two in the middle, and one is drawn by lot. So the
   referrals of any one sender are too few to decide it, and too few for the others to have to agree with it.
5. **Only what a batch may show is stored.** What is shown is worked out from the shown parts of the batches of the last
   180 days. The referrals behind a batch are deleted with it, and the lots are kept nowhere.

Take any sender that knows its own referrals, who sent each of the others, and every figure ever shown. For each of the
others, answered in time or not, and at whatever time: give the rest of its batch the class shown as their time, and
let as many of them be answered in time as the share needs. Under one of the lots all figures stay the same, so each
outcome and each time remains possible. The smallest batches are ten of three senders (4, 3, 3) and fifteen (6, 6, 3).
With half of a batch a sender would know: five of its own that were answered at once, and a middle answer after days,
mean that all five others took days.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from service.vocabulary import ANSWER_BOUNDS
from service.vocabulary import ANSWER_TIMES as TIMES

LEAST_REFERRALS, LEAST_SENDERS, STEP = 10, 3, 5
AT_LEAST, AT_MOST = ANSWER_BOUNDS
ALWAYS_IN_TIME = TIMES[:2]
"""Classes up to 30 minutes, the default of the shortest of `respond_within_minutes`. A longer setting isn't covered."""
_MINUTES = (15, 30, 60, 120)


@dataclass(frozen=True, slots=True)
class ClosedAnswer:
    """What became of a closed referral, without names: its sender (a slug), and codes. `time`: one of ANSWER_TIMES."""

    sender: str
    in_time: bool
    time: str
    accepted: bool


@dataclass(frozen=True, slots=True)
class AnswerFigure:
    """What may be shown of some referrals. Shares are of a hundred, in tens.

    `bound`: `in_time` means that much or more (AT_LEAST), or less (AT_MOST).
    `accepted`: for the service's own organization alone.
    """

    referrals: int
    in_time: int
    bound: str | None
    time: str
    accepted: int


def time_class(asked: datetime, answered: datetime | None) -> str:
    """Return the class of an answer's time, of two moments in one time zone; None: there was no answer.

    >>> from datetime import timedelta
    >>> evening = datetime(2026, 3, 2, 23, 30)
    >>> [time_class(evening, evening + timedelta(minutes=minutes)) for minutes in (15, 120, 121)]
    ['within_15_minutes', 'within_two_hours', 'next_day']
    >>> time_class(evening, None)
    'longer'
    """
    if answered is None:
        return TIMES[-1]
    took, days = answered.timestamp() - asked.timestamp(), (answered.date() - asked.date()).days
    minutes = next((place for place, most in enumerate(_MINUTES) if took <= 60 * most), None)
    return TIMES[len(_MINUTES) + min(max(days, 0), 2) if minutes is None else minutes]


def take_batch(waiting: Sequence[ClosedAnswer]) -> list[ClosedAnswer]:
    """Return the largest batch among waiting referrals of a cell, the first first; empty: too few, or of too few.

    No sender counts for more than it must. Who sent how many decides, and nothing else.

    >>> def sent(*counts):
    ...     return [ClosedAnswer(f"s{n}", True, TIMES[0], True) for n, count in enumerate(counts) for _ in range(count)]
    >>> [len(take_batch(sent(*counts))) for counts in [(4, 3, 3), (3, 3, 2, 2), (6, 6, 4), (40, 3, 3, 3), (99, 1, 1)]]
    [10, 10, 15, 15, 0]
    """
    counts = Counter(row.sender for row in waiting)
    for size in range(len(waiting) // STEP * STEP, LEAST_REFERRALS - 1, -STEP):
        for most in range(1, size // 2):
            if sum(min(count, most) for count in counts.values()) >= size:
                taken, batch = Counter[str](), list[ClosedAnswer]()
                for row in waiting:
                    if taken[row.sender] < most and len(batch) < size:
                        taken[row.sender] += 1
                        batch.append(row)
                return batch if len(taken) >= LEAST_SENDERS else []
    return []


def figure_of(batch: Sequence[ClosedAnswer], lots: tuple[bool, bool]) -> AnswerFigure:
    """Return what may be shown of a batch. `lots`, drawn for it alone: the later middle answer; exactly half is more.

    >>> rows = [ClosedAnswer(f"s{n % 5}", True, TIMES[1], n < 13) for n in range(20)]
    >>> figure_of(rows, (False, False))  # all in time, of which 15 may be told
    AnswerFigure(referrals=20, in_time=80, bound='at_least', time='within_30_minutes', accepted=70)
    """
    size, most = len(batch), max(Counter(row.sender for row in batch).values())
    in_time, (is_later, is_more) = sum(row.in_time for row in batch), lots
    middle = (size - 1 + is_later) // 2
    time = TIMES[sorted(TIMES.index(row.time) for row in batch)[middle]]
    if time in ALWAYS_IN_TIME:
        in_time = max(in_time, middle + 2)
    low, high = _in_tens(most + 1, size), _in_tens(size - most - 1, size)
    share = min(max(_in_tens(in_time, size), low), high)
    is_upper = (2 * in_time > size or (2 * in_time == size and is_more)) if low == high else share == high
    return AnswerFigure(
        referrals=size,
        in_time=share,
        bound=AT_LEAST if is_upper else AT_MOST if share == low else None,
        time=time,
        accepted=_in_tens(sum(row.accepted for row in batch), size),
    )


def combine(figures: Iterable[AnswerFigure]) -> AnswerFigure:
    """Return the figure of several batches, at least one, from what is shown of each: it tells no more than they do.

    >>> combine([AnswerFigure(10, 60, AT_LEAST, TIMES[1], 50), AnswerFigure(30, 80, None, TIMES[2], 90)])
    AnswerFigure(referrals=40, in_time=80, bound='at_least', time='within_an_hour', accepted=80)
    """
    batches = sorted(figures, key=lambda batch: TIMES.index(batch.time))
    total, so_far, time = sum(batch.referrals for batch in batches), 0, TIMES[-1]
    for batch in batches:
        so_far += batch.referrals
        if 2 * so_far >= total:
            time = batch.time
            break
    bounds = {batch.bound for batch in batches} - {None}
    return AnswerFigure(
        referrals=total,
        in_time=_in_tens(sum(batch.referrals * batch.in_time for batch in batches), 100 * total),
        bound=bounds.pop() if len(bounds) == 1 else None,
        time=time,
        accepted=_in_tens(sum(batch.referrals * batch.accepted for batch in batches), 100 * total),
    )


def _in_tens(part: int, whole: int) -> int:
    """Return a share of a hundred, to the nearest ten."""
    return (20 * part + whole) // (2 * whole) * 10
