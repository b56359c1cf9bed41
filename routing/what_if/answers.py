"""Changes that a further answer makes in a list of paths, found by the same search with more services open."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from routing.budget import TimeIsUp
from routing.client.scenario import Scenario
from routing.client.unknowns import Possible
from routing.directory.snapshot import mask_of
from routing.handoffs.gateways import Gateways
from routing.handoffs.hops import Hops
from routing.handoffs.permits import Permits
from routing.model import Path, Standing
from routing.ports import HopRules, Transfer
from routing.pruning.feasibility import may_meet
from routing.ranking.search_paths import search_paths
from routing.request import Request
from routing.search.describe import describe_all


def list_paths(
    request: Request,
    *,
    opens: Iterable[int] = (),
    denies: str | None = None,
    adult: bool = False,
    now: Sequence[Path] = (),
) -> tuple[Path, ...]:
    """Return the `paths` of the answer of `find_paths`, the whole list. Pure.

    Supposed, at the prices of the request's profile: the services `opens` (rows) take the client, the trait `denies` is
    known to be false, and the client is known to be an `adult`. Out of time, where the first path is owed
    (`Request.first_is_owed`), the first path alone if it is none of the paths `now`.

    Raises:
        UnknownOrganization, UnknownArea, SearchDefect: as `find_paths`.
        TimeIsUp: `request.out_of_time` said so before the list was complete.
    """
    outlook = Outlook(request, now, is_known=False)
    return outlook._search(outlook._supposing(opens, denies, adult=adult), request.rules)


class Supposition(NamedTuple):
    """An answer about an attribute, and the request under that answer."""

    attribute: str
    answer: Possible
    request: Request


def may_better(
    suppositions: Sequence[Supposition], now: Standing, pressing: Collection[str]
) -> tuple[Supposition, ...]:
    """Return the suppositions that may better a bad first path, of which `now` is the standing; no is certain. Pure.

    They are supposed all at once, then by halves, and a need that no path meets then, or none without an exposed step,
    is met so by none of them. Their requests differ in rules and in how the client is reached alone.
    """
    if not suppositions or not _may_better(suppositions, now, pressing):
        return ()
    half = len(suppositions) // 2
    if not half:
        return tuple(suppositions)
    return may_better(suppositions[:half], now, pressing) + may_better(suppositions[half:], now, pressing)


def _may_better(suppositions: Sequence[Supposition], now: Standing, pressing: Collection[str]) -> bool:
    """Return whether all at once may; where time ran out, they may."""
    answers, requests = [one.answer for one in suppositions], [one.request for one in suppositions]
    request, profiles = requests[0], [request.profile for request in requests]
    scenario = request.scenario().supposing(
        tuple(sorted(frozenset[int]().union(*(answer.opens for answer in answers)))),
        client_present=any(profile.client_present for profile in profiles),
        denied=mask_of({answer.denies for answer in answers if answer.denies}, request.snapshot.words.traits),
        adult=any(answer.adult for answer in answers),
        may_call=any(profile.may_call for profile in profiles),
    )
    needs = [1 << place for place, need in enumerate(request.profile.needs) if need.type in pressing]
    gateways = Gateways(scenario, Hops(scenario, Permits(_AnyRules([request.rules for request in requests]))))
    try:
        with scenario.patience.until(request.owed_until):
            met = may_meet(gateways, sum(needs), unexposed=not now.pressing_open)
    except TimeIsUp:
        return True
    return len(needs) - met.bit_count() < max(now.pressing_open, 1)


@dataclass(frozen=True)
class _AnyRules:
    """Rules by which a transfer may go where any of several rules lets it go."""

    rules: Sequence[HopRules]

    def may_send(self, transfers: Sequence[Transfer]) -> NDArray[np.bool_]:
        """Return a bool for each transfer."""
        return np.logical_or.reduce([rules.may_send(transfers) for rules in self.rules])

    def hindrances(self, transfer: Transfer) -> frozenset[str]:
        """Return the hindrances that all of the rules see."""
        return frozenset.intersection(*(rules.hindrances(transfer) for rules in self.rules))

    def named_pairs(self) -> frozenset[tuple[str, str]]:
        """Return the pairs that any of the rules names."""
        return frozenset().union(*(rules.named_pairs() for rules in self.rules))

    def only_by_consent(self) -> frozenset[str]:
        """Return the classes of data that go by consent alone by each of the rules."""
        return frozenset.intersection(*(rules.only_by_consent() for rules in self.rules))


class Outlook:
    """The list of paths of a request, as it is and if further services took the client. Pure; each is searched once."""

    def __init__(self, request: Request, now: Sequence[Path], *, is_known: bool = True) -> None:
        """Take a request and the paths of now, which are those of another profile if the list is not `is_known`."""
        self._request, self._today, self._now = request, request.scenario(), tuple(now)
        self._is_known = is_known
        self._lists: dict[tuple[frozenset[int], bool], tuple[Path, ...] | None] = {}
        if is_known:
            self._lists[frozenset(), False] = self._now
        self._transfers: dict[Transfer, None] = {}

    def owing(self, *, first: bool) -> Self:
        """Return the same outlook, of which the `first` paths of lists still to be found are owed, or not."""
        outlook = copy(self)
        outlook._request = self._request.but(first_is_owed=first)
        return outlook

    def paths(self, opens: frozenset[int], *, adult: bool = False) -> tuple[Path, ...]:
        """Return the list with the given services open at once, at the prices of today; `adult` as in `list_paths`.

        Where the first path of a known list changes, the list is cut after the first path.

        Raises:
            TimeIsUp: time ran out first, now or when the same list was asked for before.
        """
        key = opens, adult
        if key not in self._lists:
            self._lists[key] = None
            self._lists[key] = self._search(self._supposing(opens, adult=adult), self._request.rules)
        if (paths := self._lists[key]) is None:
            raise TimeIsUp
        return paths

    def paths_together(self) -> tuple[Path, ...]:
        """Return the list with the client on the line, cut and raising as `paths`."""
        return self._search(self._today.supposing((), client_present=True), self._request.rules)

    def paths_denying(self, trait: str, rules: HopRules) -> tuple[Path, ...]:
        """Return the list once a trait is known to be false, at the prices of today, cut and raising as `paths`."""
        return self._search(self._supposing((), trait), rules)

    def is_alike(self, rules: HopRules, opens: frozenset[int], *, adult: bool = False) -> bool:
        """Return whether different rules surely answer every question of `paths` alike; then its result is the same."""
        try:
            self.paths(opens, adult=adult)
        except TimeIsUp:
            return False
        profile, transfers = self._request.searched or (None, ())
        if not self._is_known:
            profile, transfers = self._request.profile, ()  # every list was searched here
        known = self._request.rules
        if profile != self._request.profile or rules.named_pairs() != known.named_pairs():
            return False
        if rules.only_by_consent() != known.only_by_consent():
            return False
        questions = (*transfers, *self._transfers)
        return bool((rules.may_send(questions) == known.may_send(questions)).all())

    def _supposing(self, opens: Iterable[int], denies: str | None = None, *, adult: bool = False) -> Scenario:
        denied = 0 if denies is None else mask_of([denies], self._today.snapshot.words.traits)
        present = self._today.profile.client_present
        return self._today.supposing(tuple(sorted(opens)), client_present=present, denied=denied, adult=adult)

    def _search(self, scenario: Scenario, rules: HopRules) -> tuple[Path, ...]:
        """Return the list of a scenario, cut and raising as `paths`; where the first path is owed and new, it alone."""
        request = self._request
        with scenario.patience.until(request.owed_until if request.first_is_owed else request.out_of_time):
            hop_graph, ranking = search_paths(
                scenario, rules, out_of_time=request.out_of_time, with_sole_providers=False
            )
        paths = describe_all(hop_graph, ranking.ranked_paths)
        if not ranking.complete:
            is_owed = request.first_is_owed and ranking.first_is_best
            if not is_owed or paths[0].steps in [path.steps for path in self._now]:
                raise TimeIsUp
            paths = paths[:1]
        self._transfers.update(dict.fromkeys(hop_graph.hops.permits.transfers))
        return paths if not self._is_known or paths[:1] == self._now[:1] else paths[:1]
