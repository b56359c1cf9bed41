"""Changes that a further answer makes in a list of paths, found by the same search with more services open."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from routing.budget import OutOfTime, TimeIsUp
from routing.client.scenario import Scenario
from routing.client.unknowns import Possible
from routing.directory.snapshot import mask_of
from routing.handoffs.gateways import Gateways
from routing.handoffs.hops import Hops
from routing.model import Path, Standing
from routing.ports import HopRules, Transfer
from routing.pruning.feasibility import may_meet
from routing.ranking.search_paths import search_paths
from routing.request import Request
from routing.search.describe import describe_all


def list_paths(
    request: Request, *, opens: Iterable[int] = (), denies: str | None = None, adult: bool = False
) -> tuple[Path, ...]:
    """Return the `paths` of the answer of `find_paths`, the whole list. Pure.

    Supposed, at the prices of the request's profile: the services `opens` (rows) take the client, the trait `denies` is
    known to be false, and the client is known to be an `adult`.

    Raises:
        UnknownOrganization, UnknownArea, SearchDefect: as `find_paths`.
        TimeIsUp: `request.out_of_time` said so before the list was complete.
    """
    outlook = Outlook(request, (), is_known=False)
    return outlook._search(outlook._supposing(opens, denies, adult=adult), request.rules)


_MOSTLY = 3 / 4
"""The part of the services of two answers that both open, where they are searched at once."""

Meetable = frozenset[str] | None
"""The pressing needs that a path could meet under some answers, `None` where none of the answers is of use."""


@dataclass(frozen=True)
class Supposition:
    """An answer about an attribute, and the request under that answer.

    `meetable` are the pressing needs that a path could meet under it, `None` where that was not looked into.
    """

    attribute: str
    answer: Possible
    request: Request
    meetable: frozenset[str] | None = field(default=None, compare=False)


def may_better(
    request: Request, suppositions: Sequence[Supposition], now: Standing, pressing: Collection[str]
) -> tuple[Supposition, ...]:
    """Return the suppositions that may better the bad first path of a request, of which `now` is the standing. Pure.

    Each with the pressing needs that are `meetable` under it. No is certain: they are supposed all at once, then by
    quarters. A need that no path meets then, at any cost, or none without an exposed step, is met so by none of them.
    Where some path could as things stand, and costs too much, the price decides: the best path then has to be another
    than that of now. The requests differ in rules and in how the client is reached alone.
    """
    if request.best is None:
        return tuple(suppositions)
    today, first = request.best
    key = None if first is None else first.key

    def met_better(hops: Hops) -> Meetable:
        met = _meetable(hops, pressing, request.owed_until, unexposed=not now.pressing_open)
        return met if len(pressing) - len(met) < max(now.pressing_open, 1) else None

    def met_otherwise(hops: Hops) -> Meetable:
        with hops.scenario.patience.until(request.owed_until):
            _, ranking = search_paths(hops.scenario, hops.permits.rules, with_sole_providers=False)
        best = next(iter(ranking.ranked_paths), None)
        is_same = ranking.first_is_best and (None if best is None else best.key) == key
        return None if is_same else frozenset(pressing)

    return tuple(_parted(suppositions, met_better if met_better(today) is None else met_otherwise))


def _meetable(
    hops: Hops, pressing: Collection[str], out_of_time: OutOfTime, *, unexposed: bool = False
) -> frozenset[str]:
    """Return the pressing needs that a path could meet; where time ran out, all."""
    bits = {need.type: 1 << place for place, need in enumerate(hops.scenario.profile.needs) if need.type in pressing}
    try:
        with hops.scenario.patience.until(out_of_time):
            met = may_meet(Gateways(hops.scenario, hops), sum(bits.values()), unexposed=unexposed)
    except TimeIsUp:
        return frozenset(bits)
    return frozenset(service_type for service_type, bit in bits.items() if met & bit)


def first_paths(suppositions: Sequence[Supposition]) -> Iterator[tuple[Supposition, Path | None]]:
    """Yield the suppositions with the first path under each, as far as time suffices. Pure.

    Those that differ a little in what they open alone are searched at once: the best path with all of it open is the
    best under each that opens what the path uses. Where none does, fewer are searched at once.
    """
    rest = list(suppositions)
    while rest:
        alike, under = _alike(rest), list[Supposition]()
        while not under:
            hops = _together(alike)
            with hops.scenario.patience.until(alike[0].request.owed_until):
                hop_graph, ranking = search_paths(hops.scenario, hops.permits.rules, with_sole_providers=False)
            if not ranking.first_is_best:
                return
            steps = [step for ranked_path in ranking.ranked_paths for step in ranked_path.steps]
            used = {offer.service for step in steps for offer in step.met_or_passed(hops)} & {*hops.scenario.opens}
            under = [supposition for supposition in alike if used <= supposition.answer.opens]
            alike = alike[: len(alike) // 2]
        (path, *_) = describe_all(hop_graph, ranking.ranked_paths) or (None,)
        yield from ((supposition, path) for supposition in under)
        rest = [supposition for supposition in rest if supposition not in under]


def _alike(suppositions: Sequence[Supposition]) -> Sequence[Supposition]:
    """Return suppositions to search at once, most alike first: one that opens least, and those that open about as much.

    A county and its towns open mostly the same. With all counties open at once the best path is open in none of them.
    """
    first = min(suppositions, key=lambda supposition: len(supposition.answer.opens))

    def likeness(supposition: Supposition) -> float:
        every = len(first.answer.opens | supposition.answer.opens)
        return len(first.answer.opens & supposition.answer.opens) / every if every else 1

    alike = [one for one in suppositions if _beside_services(one) == _beside_services(first)]
    return sorted((one for one in alike if likeness(one) >= _MOSTLY), key=likeness, reverse=True)


def _beside_services(supposition: Supposition) -> tuple[object, ...]:
    """Return all that a supposition changes beside the services that it opens."""
    answer, request = supposition.answer, supposition.request
    return answer.denies, answer.adult, request.profile, request.rules


def _parted(suppositions: Sequence[Supposition], met: Callable[[Hops], Meetable]) -> Iterator[Supposition]:
    """Yield the suppositions of which something is `met`, asked about all at once and then by quarters."""
    meetable = met(_together(suppositions)) if suppositions else None
    if meetable is None:
        return
    if len(suppositions) == 1:
        yield replace(suppositions[0], meetable=meetable)
        return
    quarter = -(-len(suppositions) // 4)
    for start in range(0, len(suppositions), quarter):
        yield from _parted(suppositions[start : start + quarter], met)


def _together(suppositions: Sequence[Supposition]) -> Hops:
    """Return the hops under all suppositions at once, for the first path alone."""
    answers, requests = [one.answer for one in suppositions], [one.request for one in suppositions]
    request, profiles, rules = requests[0], [request.profile for request in requests], list[HopRules]()
    for under in requests:
        rules += [] if under.rules in rules else [under.rules]
    scenario = request.but(profile=replace(request.profile, limit=1)).scenario()
    scenario = scenario.supposing(
        tuple(sorted(frozenset[int]().union(*(answer.opens for answer in answers)))),
        client_present=any(profile.client_present for profile in profiles),
        denied=mask_of({answer.denies for answer in answers if answer.denies}, request.snapshot.words.traits),
        adult=any(answer.adult for answer in answers),
        may_call=any(profile.may_call for profile in profiles),
    )
    return Hops.at(scenario, rules[0] if len(rules) == 1 else _AnyRules(rules))


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
        known, (profile, transfers) = self._request.rules, self._request.searched or (None, ())
        if not self._is_known:
            profile, transfers = self._request.profile, ()  # every list was searched here
        if profile != self._request.profile or rules.named_pairs() != known.named_pairs():
            return False
        if rules.only_by_consent() != known.only_by_consent():
            return False
        try:
            self.paths(opens, adult=adult)
        except TimeIsUp:
            return False
        questions = (*transfers, *self._transfers)
        return bool((rules.may_send(questions) == known.may_send(questions)).all())

    def _supposing(self, opens: Iterable[int], denies: str | None = None, *, adult: bool = False) -> Scenario:
        denied = 0 if denies is None else mask_of([denies], self._today.snapshot.words.traits)
        present = self._today.profile.client_present
        return self._today.supposing(tuple(sorted(opens)), client_present=present, denied=denied, adult=adult)

    def _search(self, scenario: Scenario, rules: HopRules) -> tuple[Path, ...]:
        """Return the list of a scenario, cut as by `paths`.

        Raises:
            TimeIsUp: time ran out before the whole list was found.
        """
        with scenario.patience.until(self._request.out_of_time):
            scenario.patience.check()
            hop_graph, ranking = search_paths(
                scenario, rules, out_of_time=self._request.out_of_time, with_sole_providers=False
            )
        if not ranking.complete:
            raise TimeIsUp
        paths = describe_all(hop_graph, ranking.ranked_paths)
        self._transfers.update(dict.fromkeys(hop_graph.hops.permits.transfers))
        return paths if not self._is_known or paths[:1] == self._now[:1] else paths[:1]
