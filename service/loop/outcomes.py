"""Outcomes of referrals, in numbers that never tell a single referral. Pure.

A cell (a counted field, with a value) is shown where the cell holds 10 referrals of 3 senders to 3 receivers, rounded
down to a multiple of 5. An agency with knowledge of its own referrals must not be able to tell the rest: for each
agency, each of the five counts behind a shown number remains possible. There are no totals, and a hidden cell looks
like an empty cell. Outcomes are those of completed referrals and reasons those of the rest, so that neither adds up to
the other; of the time to an answer only the class of the middle answer is told.
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
    referrals = list(summaries)
    for by, values in BY.items():
        groups: defaultdict[str, list[ReferralSummary]] = defaultdict(list)
        for referral in referrals:
            for value in set(values(referral)):
                groups[value].append(referral)
        for value in sorted(groups):
            if may_be_shown(groups[value]):
                yield OutcomeCount(by, value, round_count(len(groups[value])), _middle_answer(groups[value]))


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
    agencies = {side for referral in group for side in (referral.origin, referral.recipient)}
    for agency in agencies:
        own = [referral for referral in group if agency in (referral.origin, referral.recipient)]
        if len(own) + _referrals_lacking(own) > round_count(len(group)):
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
