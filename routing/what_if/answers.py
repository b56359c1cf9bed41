"""Changes that a further answer makes in a list of paths, found by the same search with more services open."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from routing.budget import IsExpired, TimeBudgetExceeded
from routing.client.scenario import Scenario
from routing.client.unknowns import Possible
from routing.directory.snapshot import mask_of
from routing.handoffs.gateways import Gateways
from routing.handoffs.hops import Hops
from routing.model import Path, PathQuality
from routing.ports import HopRules, Transfer
from routing.pruning.feasibility import may_meet
from routing.pruning.offer_filter import OfferFilter
from routing.ranking.search_paths import search_paths
from routing.ranking.second_choices import least_quality, quality_of
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
        TimeBudgetExceeded: `request.is_expired` said so before the list was complete.
    """
    outlook = Outlook(request, (), is_known=False)
    return outlook._search(outlook._supposing(opens, denies, adult=adult), request.rules)


@dataclass(frozen=True)
class Supposition:
    """An answer about an attribute, and the request under it; so many pressing needs stay open then, at the least."""

    attribute: str
    answer: Possible
    request: Request
    least_open: int = field(default=0, compare=False)

    @property
    def beside_services(self) -> tuple[object, ...]:
        """All but the services that open: those that differ in services alone are searched at once."""
        answer, request = self.answer, self.request
        return self.attribute, self.least_open, answer.denies, answer.adult, request.profile, request.rules


def may_better(
    request: Request, suppositions: Sequence[Supposition], now: PathQuality, pressing: Collection[str]
) -> tuple[Supposition, ...]:
    """Return the suppositions that may better the bad first path of a request, of which `now` is the standing. Pure.

    No is certain: they are supposed all at once, then by quarters, down to those that open mostly the same. A need
    that no path meets then, at any cost, or none without an exposed step, is met so by none of them. Where some path
    could as things stand, and costs too much, the price decides: the best path then has to be another than that of now.
    The requests differ in rules and in how the client is reached alone.
    """
    if request.best is None:
        return tuple(suppositions)
    today, first = request.best
    key = None if first is None else first.key

    def open_by_price(hops: Hops) -> int | None:
        with hops.scenario.time_budget.until(request.past_hard_deadline):
            _, ranking = search_paths(hops.scenario, hops.permits.rules, with_sole_providers=False)
        best = next(iter(ranking.ranked_paths), None)
        is_same = ranking.is_optimal and (None if best is None else best.key) == key
        return None if is_same else 0

    def open_at_any_cost(hops: Hops) -> int | None:
        left = len(pressing) - _meetable(hops, pressing, request.past_hard_deadline, unexposed=not now.pressing_open)
        return left if left < max(now.pressing_open, 1) else None

    least_open = open_at_any_cost if open_at_any_cost(today) is None else open_by_price
    return tuple(_parted(_alike(suppositions), least_open))


def _meetable(hops: Hops, pressing: Collection[str], is_expired: IsExpired, *, unexposed: bool) -> int:
    """Return how many pressing needs a path could meet; where time ran out, all."""
    mask = sum(1 << place for place, need in enumerate(hops.scenario.profile.needs) if need.type in pressing)
    try:
        with hops.scenario.time_budget.until(is_expired):
            return may_meet(Gateways(hops.scenario, hops), mask, unexposed=unexposed).bit_count()
    except TimeBudgetExceeded:
        return mask.bit_count()


_MOSTLY = 3 / 4
"""The part of the services of two answers that both open, where they are searched at once."""


def _alike(suppositions: Iterable[Supposition]) -> list[list[Supposition]]:
    """Return the suppositions in groups that differ in the services that open alone, and there but little.

    A county and its towns open mostly the same. With all counties open at once the best path is open in none of them.
    """
    groups = list[list[Supposition]]()
    for supposition in sorted(suppositions, key=lambda supposition: len(supposition.answer.opens)):
        alike = next((group for group in groups if _is_like(supposition, group[0])), None)
        if alike is None:
            groups.append(alike := [])
        alike.append(supposition)
    return groups


def _is_like(supposition: Supposition, other: Supposition) -> bool:
    opens, others = supposition.answer.opens, other.answer.opens
    is_alike = len(opens & others) >= _MOSTLY * len(opens | others)
    return is_alike and supposition.beside_services == other.beside_services


def _parted(groups: Sequence[list[Supposition]], least_open: Callable[[Hops], int | None]) -> Iterator[Supposition]:
    """Yield those of use with their `least_open`, looked at all at once and then by quarters of the groups."""
    every = [supposition for group in groups for supposition in group]
    left = least_open(_together(every)) if every else None
    if left is None:
        return
    if len(groups) == 1:
        yield from (replace(supposition, least_open=left) for supposition in every)
        return
    quarter = -(-len(groups) // 4)
    for start in range(0, len(groups), quarter):
        yield from _parted(groups[start : start + quarter], least_open)


_Entry = tuple[tuple[object, ...], str, int, list[Supposition], tuple[Path | None, ...]]
"""The least standing under some suppositions, attribute, the first one's place, these, and the path of a single one."""


class FirstPaths:
    """Iterates over the answers with a first path that is better than the bad one of `now`, best first, each once.

    Of answers as good, by attribute, then in the order given.

    Answers that differ in services alone are searched at once: the best path with all of it open bounds the path under
    each, and is the path under each that opens what the path uses. Where time runs out, what is proven so far, best
    first, ends it. For one request; what was not asked for is not searched.
    """

    def __init__(self, suppositions: Iterable[Supposition], now: PathQuality) -> None:
        self._now, self._heap = now, list[_Entry]()
        self._places = {supposition: place for place, supposition in enumerate(suppositions)}
        for group in _alike(self._places):
            left = group[0].least_open
            by_needs = PathQuality(pressing_open=left, bad=left > 0, required_open=left, total=0)
            self._push(max(by_needs, _by_offers(group), key=astuple), group)

    def __iter__(self) -> Iterator[tuple[Supposition, Path | None]]:
        """Yield suppositions with the first path under each; can be called again, and goes on."""
        while self._heap:
            *_, group, first = heapq.heappop(self._heap)
            if first:
                yield group[0], first[0]
            else:
                self._search(group)

    def only(self, attribute: str) -> None:
        """Leave out all answers about other attributes."""
        self._heap = sorted(entry for entry in self._heap if entry[1] == attribute)

    def _push(self, quality: PathQuality, group: list[Supposition], *first: Path | None) -> None:
        if (quality.pressing_open, quality.bad) < (self._now.pressing_open, self._now.bad):
            place = min(self._places[supposition] for supposition in group)
            heapq.heappush(self._heap, (astuple(quality), group[0].attribute, place, group, first))

    def _search(self, group: list[Supposition]) -> None:
        hops, request = _together(group), group[0].request
        with hops.scenario.time_budget.until(request.past_hard_deadline):
            hop_graph, ranking = search_paths(hops.scenario, hops.permits.rules, with_sole_providers=False)
        if not ranking.is_optimal:
            self._heap = sorted(entry for entry in self._heap if entry[-1])
            return
        (path, *_) = describe_all(hop_graph, ranking.ranked_paths) or (None,)
        steps = [step for ranked_path in ranking.ranked_paths for step in ranked_path.steps]
        used = {offer.service for step in steps for offer in step.met_or_passed(hops)} & {*hops.scenario.opens}
        profile, law, rest = request.profile, request.snapshot.law, list[Supposition]()
        for supposition in group:
            if used <= supposition.answer.opens:
                self._push(quality_of(profile, path, law), [supposition], path)
            else:
                rest.append(supposition)
        if path is not None and rest:
            for part in [rest] if len(rest) < len(group) else _apart(group, used):
                self._push(least_quality(profile, path.covers, path.total), part)


def _by_offers(group: Sequence[Supposition]) -> PathQuality:
    """Return the least standing by the needs for which some service takes the client."""
    scenario = _together(group).scenario
    coverable = OfferFilter(scenario).coverable
    covers = [need.type for need, is_offered in zip(scenario.profile.needs, coverable, strict=True) if is_offered]
    return least_quality(scenario.profile, covers)


def _apart(group: Sequence[Supposition], used: Collection[int]) -> tuple[list[Supposition], list[Supposition]]:
    """Return suppositions in two parts, by one of the services used: none of the suppositions opens all of these."""
    half = len(group) / 2
    opened = ([supposition for supposition in group if row in supposition.answer.opens] for row in sorted(used))
    part = min(opened, key=lambda part: abs(len(part) - half))
    return part, [supposition for supposition in group if supposition not in part]


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
            TimeBudgetExceeded: time ran out first, now or when the same list was asked for before.
        """
        key = opens, adult
        if key not in self._lists:
            self._lists[key] = None
            self._lists[key] = self._search(self._supposing(opens, adult=adult), self._request.rules)
        if (paths := self._lists[key]) is None:
            raise TimeBudgetExceeded
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
        except TimeBudgetExceeded:
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
            TimeBudgetExceeded: time ran out before the whole list was found.
        """
        with scenario.time_budget.until(self._request.is_expired):
            scenario.time_budget.check()
            hop_graph, ranking = search_paths(scenario, rules, with_sole_providers=False)
        if not ranking.complete:
            raise TimeBudgetExceeded
        paths = describe_all(hop_graph, ranking.ranked_paths)
        self._transfers.update(dict.fromkeys(hop_graph.hops.permits.transfers))
        return paths if not self._is_known or paths[:1] == self._now[:1] else paths[:1]
