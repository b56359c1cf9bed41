"""What became of referrals, in numbers from which nobody can tell a single one. Pure.

A cell (what is counted, and one value of it) is shown where it holds 10 referrals of 3 senders to 3 receivers, rounded
down to a multiple of 5. Whoever knows its own referrals must not be able to tell the others': for each agency, all of
the five counts that a shown number can stand for remain possible. There are no totals, and a cell that is not shown
looks like an empty one. Outcomes are those of completed referrals and reasons those of the rest, so that neither adds
up to the other; of the time to an answer only the class in which the middle answer lies is told.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

LEAST_REFERRALS, LEAST_SIDES, STEP = 10, 3, 5
CLASSES = ("under_an_hour", "a_day", "longer")
"""How long an answer took, from short to long."""


@dataclass(frozen=True, slots=True)
class Closed:
    """A closed referral, without what names it: the slugs of its two sides, and codes. `answered`: one of CLASSES."""

    origin: str
    recipient: str
    types: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    outcome: str | None = None
    reason: str | None = None
    answered: str | None = None


@dataclass(frozen=True, slots=True)
class OutcomeCount:
    """So many referrals, rounded down, and the class of the middle answer, where that can be told."""

    by: str
    value: str
    referrals: int
    answered: str | None


BY: Mapping[str, Callable[[Closed], Iterable[str]]] = {
    "type": lambda one: one.types,
    "area": lambda one: one.areas,
    "outcome": lambda one: filter(None, [one.outcome]),
    "reason": lambda one: filter(None, [one.reason]),
}


def cells(closed: Iterable[Closed]) -> Iterator[OutcomeCount]:
    """Yield what may be shown of these referrals, by what is counted and value."""
    every = list(closed)
    for by, values in BY.items():
        groups: defaultdict[str, list[Closed]] = defaultdict(list)
        for one in every:
            for value in set(values(one)):
                groups[value].append(one)
        for value in sorted(groups):
            if may_be_shown(groups[value]):
                yield OutcomeCount(by, value, rounded(len(groups[value])), _middle_answer(groups[value]))


def rounded(count: int) -> int:
    """Return a count as it is shown."""
    return count - count % STEP


def may_be_shown(group: Collection[Closed]) -> bool:
    """Say whether the number of these referrals may be told, rounded, to each of those who are among them."""
    if len(group) < LEAST_REFERRALS or _missing(group):
        return False
    agencies = {side for one in group for side in (one.origin, one.recipient)}
    for agency in agencies:
        own = [one for one in group if agency in (one.origin, one.recipient)]
        if len(own) + _missing(own) > rounded(len(group)):
            return False
    return True


def _missing(group: Collection[Closed]) -> int:
    """Return how many more referrals it takes at least until these are of enough senders and receivers."""
    sides = min(len({one.origin for one in group}), len({one.recipient for one in group}))
    return max(0, LEAST_SIDES - sides)


def _middle_answer(group: Iterable[Closed]) -> str | None:
    answered = [one for one in group if one.answered is not None]
    if not may_be_shown(answered):
        return None
    counts, seen = Counter(one.answered for one in answered), 0
    for name in CLASSES:
        seen += counts[name]
        if 2 * seen >= len(answered):
            return name
    return None
