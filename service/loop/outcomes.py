"""Outcomes of referrals, in numbers that never tell a single referral. Pure.

A cell (a counted field, with a value) is shown where the cell holds 10 referrals of 3 senders to 3 receivers, rounded
down to a multiple of 5. An agency with knowledge of its own referrals must not be able to tell the rest: for each
agency, each of the five counts behind a shown number remains possible. Cells overlap: the referrals of one shown cell
that are not in another, or in none of those within it, are none, or could be shown themselves, so that subtracting
cells tells no more than a cell.
There are no totals, and a hidden cell looks like an empty cell. Outcomes are those of completed referrals and reasons
those of the rest, so that neither adds up to the other; of the time to an answer only the class of the middle answer is
told.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

LEAST_REFERRALS, LEAST_SIDES, STEP = 10, 3, 5
CLASSES = ("under_an_hour", "a_day", "longer")
"""How long an answer took, from short to long."""


@dataclass(frozen=True, slots=True)
class ReferralSummary:
    """A closed referral, without names: the slugs of its two sides, and codes. `answered`: one of CLASSES."""

    origin: str
    recipient: str
    types: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    outcome: str | None = None
    reason: str | None = None
    answered: str | None = None


@dataclass(frozen=True, slots=True)
class OutcomeCount:
    """A number of referrals, rounded down, and the class of the middle answer, where permitted."""

    by: str
    value: str
    referrals: int
    answered: str | None


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
    referrals, shown = list(summaries), list[set[int]]()

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
                yield OutcomeCount(by, value, round_count(len(group)), _middle_answer(group))


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
