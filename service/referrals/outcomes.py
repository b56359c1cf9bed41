"""Outcomes of referrals, in numbers that never tell a single referral. Pure.

A cell (a counted field, with a value) is shown where the cell holds 10 referrals of 3 senders to 3 receivers, rounded
down to a multiple of 5. An agency with knowledge of its own referrals must not be able to tell the rest: for each
agency, each of the five counts behind a shown number remains possible. Cells overlap: the referrals of one shown cell
that are not in another, or in none of those within it, are none, or could be shown themselves, so that subtracting
cells tells no more than a cell.
There are no totals, and a hidden cell looks like an empty cell. Outcomes are those of completed referrals and reasons
those of the rest, so that neither adds up to the other; of the time to an answer only the class of the middle answer is
told.

Medians (`times`): within what time half of a cell's referrals were answered, accepted and completed, as a class. They
are of all of the cell's referrals: one that got no further counts as longer than any time. So a median is of a cell
that is shown anyway and adds no group that could be subtracted from another; whether it is told depends on who sent
how many to whom, and never on a time or an end. It is told where no agency's own referrals could decide it, nor
referrals that also count in another cell with medians: for each agency, the others' referrals of this cell alone, but
for any one of them, are more than half. Then, whatever an agency knows of its own, each referral of another may have
had any time: had the rest of the others the shown class, all medians would be the same. Only service types have
medians, since areas, ends and reasons overlap with them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

LEAST_REFERRALS, LEAST_SIDES, STEP = 10, 3, 5
CLASSES = ("under_an_hour", "a_day", "longer")
"""How long an answer took, from short to long."""
STEPS = ("answer", "acceptance", "completion")
"""What a median is the time to, from the moment of asking."""
_HOUR = 60 * 60
_LONGEST = {
    "an_hour": _HOUR,
    "four_hours": 4 * _HOUR,
    "a_day": 24 * _HOUR,
    "three_days": 72 * _HOUR,
    "a_week": 7 * 24 * _HOUR,
    "a_month": 30 * 24 * _HOUR,
}
TIMES = (*_LONGEST, "longer", "not_half")
"""The classes of medians, from short to long; of one referral, `not_half` means that it never got so far."""
Times = tuple[str, str, str]
"""A class for each of STEPS."""


@dataclass(frozen=True, slots=True)
class ReferralSummary:
    """A closed referral, without names: the slugs of its two sides, and codes. `answered`: one of CLASSES.

    `times`: None of a referral that was deleted before times were kept.
    """

    origin: str
    recipient: str
    types: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    outcome: str | None = None
    reason: str | None = None
    answered: str | None = None
    times: Times | None = (TIMES[-1],) * 3


@dataclass(frozen=True, slots=True)
class OutcomeCount:
    """A number of referrals, rounded down, and the classes of the middle answer and of `times`, where permitted."""

    by: str
    value: str
    referrals: int
    answered: str | None
    times: Times | None = None


BY: Mapping[str, Callable[[ReferralSummary], Iterable[str]]] = {
    "type": lambda referral: referral.types,
    "area": lambda referral: referral.areas,
    "outcome": lambda referral: filter(None, [referral.outcome]),
    "reason": lambda referral: filter(None, [referral.reason]),
}


def cells(summaries: Iterable[ReferralSummary]) -> Iterator[OutcomeCount]:
    """Yield the shown numbers of referrals, by counted field and value.

    >>> sides = [(f"sender-{n % 3}", f"receiver-{n % 3}") for n in range(12)]
    >>> referrals = [ReferralSummary(*pair, types=("detox",), outcome="served") for pair in sides]
    >>> [(count.by, count.value, count.referrals) for count in cells(referrals)]
    [('type', 'detox', 10), ('outcome', 'served', 10)]
    >>> list(cells(referrals[:9]))  # fewer than 10 referrals
    []
    """
    referrals, shown, with_medians = list(summaries), list[set[int]](), list[set[int]]()
    has_times = all(referral.times is not None for referral in referrals)

    def is_safe_beside_shown(numbers: set[int]) -> bool:
        differences = [rest for other in shown for rest in (numbers - other, other - numbers)]
        among = [*shown, numbers]
        differences += [whole.difference(*(part for part in among if part < whole)) for whole in among]
        return all(not rest or may_be_shown([referrals[number] for number in rest]) for rest in differences)

    # Greedy, in an order that no count decides: of two cells that differ by too little the first by name is shown,
    # and a hidden cell hides no other. By size, more cells could be shown, but which one is would tell the larger.
    for by, values in BY.items():
        cells_by_value: defaultdict[str, set[int]] = defaultdict(set)
        for number, referral in enumerate(referrals):
            for value in values(referral):
                cells_by_value[value].add(number)
        for value, numbers in sorted(cells_by_value.items()):
            group = [referrals[number] for number in numbers]
            if may_be_shown(group) and is_safe_beside_shown(numbers):
                shown.append(numbers)
                times = None
                if has_times and by == "type" and _may_have_medians([*with_medians, numbers], referrals):
                    with_medians.append(numbers)
                    times = _medians(group)
                yield OutcomeCount(by, value, round_count(len(group)), _middle_answer(group), times)


def time_class(seconds: float | None) -> str:
    """Return the class of a time, in seconds; None: it never came to that.

    >>> time_class(3600), time_class(3601), time_class(None)
    ('an_hour', 'four_hours', 'not_half')
    """
    if seconds is None:
        return TIMES[-1]
    return next((name for name, most in _LONGEST.items() if seconds <= most), "longer")


def round_count(count: int) -> int:
    """Return a count in its shown form.

    >>> round_count(14), round_count(15)
    (10, 15)
    """
    return count - count % STEP


def may_be_shown(group: Collection[ReferralSummary]) -> bool:
    """Say whether the number of referrals may be told, rounded, to each agency among their sides."""
    if len(group) < LEAST_REFERRALS or _referrals_lacking(group):
        return False
    counts = Counter(side for referral in group for side in {referral.origin, referral.recipient})
    for agency, count in counts.items():
        if count + LEAST_SIDES > round_count(len(group)):  # else its own referrals leave room for any number of others
            own = [referral for referral in group if agency in (referral.origin, referral.recipient)]
            # A cell with referrals of this agency only stays hidden as well. If such cells were shown, a hidden one
            # would tell the agency that others have referrals there.
            if count + max(1, _referrals_lacking(own)) > round_count(len(group)):
                return False
    return True


def _referrals_lacking(group: Collection[ReferralSummary]) -> int:
    """Return the least number of further referrals until senders and receivers are enough."""
    sides = min(len({referral.origin for referral in group}), len({referral.recipient for referral in group}))
    return max(0, LEAST_SIDES - sides)


def _middle_answer(group: Iterable[ReferralSummary]) -> str | None:
    with_answer = [referral for referral in group if referral.answered is not None]
    if not may_be_shown(with_answer):
        return None
    counts, count_so_far = Counter(referral.answered for referral in with_answer), 0
    for name in CLASSES:
        count_so_far += counts[name]
        if 2 * count_so_far >= len(with_answer):
            return name
    return None


def _may_have_medians(groups: Sequence[set[int]], referrals: Sequence[ReferralSummary]) -> bool:
    """Say whether the medians of overlapping cells may be told together (see the module). Uses shown counts only.

    The number of a cell's referrals beyond its shown count is nobody's to know, so they don't count towards half.
    """
    for numbers in groups:
        alone = numbers.difference(*(other for other in groups if other is not numbers))
        own = Counter(side for at in alone for side in {referrals[at].origin, referrals[at].recipient})
        not_free = len(numbers) - len(alone) + max(own.values(), default=0) + 1
        if 2 * not_free >= round_count(len(numbers)):
            return False
    return True


def _medians(group: Sequence[ReferralSummary]) -> Times:
    columns = zip(*(referral.times for referral in group if referral.times is not None), strict=True)
    ranks = [sorted(map(TIMES.index, column))[(len(group) - 1) // 2] for column in columns]
    return TIMES[ranks[0]], TIMES[ranks[1]], TIMES[ranks[2]]
