"""Changes that a further answer could make: bounded first, searched only where the bound leaves a change possible.

Services that an answer would open change nothing if the lower bound on the cost of any path through the services is
above the cost of the last listed path; mostly this holds, and no search is needed. Source of the bound:
`pruning/relaxed_bound.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from routing.budget import TimeIsUp
from routing.client.scenario import Scenario
from routing.directory.snapshot import mask_of
from routing.handoffs.gateways import Gateways
from routing.handoffs.hops import Hops
from routing.handoffs.offers import ENDLESS
from routing.kept import cached_property
from routing.model import Path
from routing.ports import HopRules, Transfer
from routing.pruning.detours import TooFar
from routing.pruning.offer_filter import Narrowing
from routing.ranking.alternatives import BestPaths, Without, alternatives
from routing.ranking.search_paths import search_paths
from routing.request import Request
from routing.search.best_path import Bar, RankedPath
from routing.search.describe import describe
from routing.search.graph import HopGraph, hop_graph_of
from routing.what_if.opened_offers import Openings
from routing.what_if.relist import Among, Listed, NewHops, left_open_by, listed


def list_paths(request: Request) -> tuple[Path, ...]:
    """Return the paths of `find_paths`, without the other parts of its answer. Pure.

    Raises:
        UnknownOrganization, UnknownArea, SearchDefect: as `find_paths`.
        TimeIsUp: `request.out_of_time` said so before the list was complete.
    """
    scenario = request.scenario()
    with scenario.patience.until(request.out_of_time):
        return _list_of(scenario, request.rules)


def _list_of(scenario: Scenario, rules: HopRules) -> tuple[Path, ...]:
    hop_graph, found = search_paths(scenario, rules, with_sole_providers=False)
    return _described(hop_graph, found.plans, complete=found.complete)


def _described(hop_graph: HopGraph, plans: Sequence[RankedPath], *, complete: bool) -> tuple[Path, ...]:
    if not complete:
        raise TimeIsUp
    return tuple(
        replace(plan.path, rank=place) if isinstance(plan, Listed) else describe(hop_graph, plan, place)
        for place, plan in enumerate(plans, start=1)
    )


class Outlook:
    """Says which services could change a list of paths by taking the client, for one request. Pure.

    More open services never make a path dearer: where several services together change nothing, no single service does.
    Lists are found in graphs with every candidate service open, by closing the services that an answer leaves closed.

    Answering age 11 to 17 opens shelter `hope`: `outlook.changes(frozenset({row_of_hope}))` says whether the list
    changes.
    """

    def __init__(self, request: Request, paths: Sequence[Path], opens: Iterable[int]) -> None:
        """Take a request, the paths found for the request, and every service (row) that any answer may open."""
        self._out_of_time = request.out_of_time
        self._profile, self._paths, self._rules = request.profile, tuple(paths), request.rules
        self._every, self._today, self._searched = frozenset(opens), request.scenario(), request.searched
        self._lists: dict[frozenset[int], tuple[Path, ...]] = {}
        self._settled: dict[frozenset[int], tuple[Path, ...] | None] = {}

    def changes(self, opens: frozenset[int]) -> bool:
        """Say whether the list changes with the given services open at once, at the prices of today.

        Raises:
            TimeIsUp: the time ended before the search.
        """
        return self.paths(opens) != self._paths

    def paths(self, opens: frozenset[int]) -> tuple[Path, ...]:
        """Return the list with the given services open at once, at the prices of today.

        Where its first path differs from today's, only the first path is searched and returned.

        Raises:
            TimeIsUp: the time ended before the search.
        """
        if opens not in self._lists:
            could = self.may_change(opens) and (opens == self._every or self.changes(self._every))
            self._lists[opens] = self._list(opens) if could else self._paths
        return self._lists[opens]

    def paths_together(self) -> tuple[Path, ...]:
        """Return the list with the client on the line, or its first path alone if the first path differs from today's.

        Raises:
            TimeIsUp: the time ended before the search.
        """
        with self._today.patience.until(self._out_of_time):
            scenario = self._today.supposing((), client_present=True)
            narrowing, gateways = Narrowing(scenario), Gateways(scenario, Hops(scenario, self._rules))
            least = self._paths[0].total if self._paths and self._covers_all(self._paths[0], narrowing) else None
            cheap = self._search(gateways, narrowing, least)
            first = cheap.best(frozenset())
            found = _described(cheap.hop_graph, () if first is None else (first,), complete=True)
            if found != self._paths[:1]:
                return found
            without = self._search(gateways, narrowing, self._last(self._paths, narrowing))
            found = self._first_or_all(without, without.hop_graph)
            return found if self._is_settled(found, narrowing) else self._anew(scenario)

    def paths_denying(self, trait: str, rules: HopRules) -> tuple[Path, ...]:
        """Return the list once a trait is known to be false, at the prices of today; first path alone as in `paths`.

        Raises:
            TimeIsUp: the time ended before the search.
        """
        with self._today.patience.until(self._out_of_time):
            denied = mask_of([trait], self._today.snapshot.traits)
            scenario = self._today.supposing((), client_present=self._profile.client_present, denied=denied)
            found = _list_of(scenario, rules)
            return found if found[:1] == self._paths[:1] else found[:1]

    @staticmethod
    def _search(gateways: Gateways, narrowing: Narrowing, most: int | None) -> Without:
        """Return the paths of at most `most` points, `None` for any."""
        return Without(hop_graph_of(gateways, scope=None if most is None else narrowing.up_to(most)))

    def is_alike(self, rules: HopRules) -> bool:
        """Say whether `rules` answer every question of the search as the request's rules do.

        Then today's list is the same under `rules`.
        """
        profile, asked = self._searched or (None, ())
        return profile == self._profile and self._answer_alike(rules, asked)

    def is_alike_with(self, rules: HopRules, opens: frozenset[int]) -> bool:
        """Say whether `rules` answer every question of `paths` as the request's rules do; then the result is the same.

        Raises:
            TimeIsUp: the time ended before the search.
        """
        self.paths(opens)
        return self.is_alike(rules) and self._answer_alike(rules, self._gateways.hops.asked)

    def _answer_alike(self, rules: HopRules, asked: Sequence[Transfer]) -> bool:
        if rules.named_pairs() != self._rules.named_pairs():
            return False
        return bool((rules.may_send(asked) == self._rules.may_send(asked)).all())

    def may_change(self, opens: frozenset[int]) -> bool:
        """Say whether the list could change with the given services open; no is certain, yes is not."""
        return not opens.isdisjoint(self._openings.services)

    @cached_property
    def _openings(self) -> Openings:
        """The additions that any answer could make to paths cheap enough to be listed."""
        every = np.array(sorted(self._every), dtype=np.int32)
        return Openings(self._narrowing, every, ENDLESS - 1 if self._most is None else self._most)

    def _list(self, opens: frozenset[int]) -> tuple[Path, ...]:
        """Return the list, or its first path alone if the first path differs from today's."""
        with self._today.patience.until(self._out_of_time):
            bearing = opens & self._bearing
            if bearing not in self._settled:
                self._settled[bearing] = self._settle(bearing)
            found = self._settled[bearing]
            return self._anew(self._with(opens)) if found is None else found

    @cached_property
    def _bearing(self) -> frozenset[int]:
        """The services that paths of the graph can pass; other opened services change neither the list nor a part."""
        hop_graph = self._new.hop_graph
        offered = {offer.service for port in hop_graph.ports for offer in port.offers}
        return self._every & (offered | {passage.service for _, passage in hop_graph.passages})

    def _settle(self, opens: frozenset[int]) -> tuple[Path, ...] | None:
        """Return the list, or its first path alone if new; `None` where only a full search can tell."""
        if not opens:
            return self._paths
        try:
            new = self._new.closing(self._every - opens)
            if new.best(frozenset()) is None:
                return self._paths
            found = self._first_or_all(Among(self._listed, new), new.hop_graph)
        except TooFar:
            return None
        return found if found[:1] != self._paths[:1] or self._is_all(found) else None

    def _is_all(self, found: Sequence[Path]) -> bool:
        """Say whether a list of today's paths and new paths is the list among all paths.

        The list is complete if it is as long as the limit where today's list was, and each path of today outside the
        list ranks after the last, or after a listed path whose covering organizations it leads to as well. For a path
        not listed today leads to every covering organization of a better path of today, and so to the covering
        organizations of a path in the list: that path still stands in its way.
        """
        limit, taken = self._profile.limit, {path.steps for path in found}
        is_full, standing = len(found) == limit, [(_place(path), _covering(path)) for path in found]
        return (is_full or len(self._paths) < limit) and all(
            path.steps in taken
            or (is_full and _place(path) > standing[-1][0])
            or any(place < _place(path) and covering <= _covering(path) for place, covering in standing)
            for path in self._paths
        )

    def _anew(self, scenario: Scenario) -> tuple[Path, ...]:
        found = _list_of(scenario, self._rules)
        return found if found[:1] == self._paths[:1] else found[:1]

    def _first_or_all(self, paths: BestPaths, hop_graph: HopGraph) -> tuple[Path, ...]:
        """Return the first path if different from today's, otherwise the whole list."""
        *_, first = paths.approach(frozenset())
        if not isinstance(first, RankedPath):
            return ()
        found = _described(hop_graph, (first,), complete=True)
        if found != self._paths[:1]:
            return found
        plans, complete = alternatives(paths, first, self._profile.limit)
        return _described(hop_graph, plans, complete=complete)

    @cached_property
    def _listed(self) -> tuple[Listed, ...]:
        return tuple(listed(self._today, path) for path in self._paths)

    @cached_property
    def _new(self) -> Without:
        """The paths through additions by an answer; for a full list, only paths at most as dear as its last."""
        scope = bar = None
        if self._most is not None:
            least = self._narrowing.kindest.least_with(self._openings.offers)
            scope = self._narrowing.through(least, self._most)
            scope = self._narrowing.narrower(self._gateways, scope)
            bar = Bar(sum(self._narrowing.least_open), self._most + 1)
        return Without(hop_graph_of(self._gateways, must_mark=True, scope=scope), bar)

    @cached_property
    def _gateways(self) -> Gateways:
        return Gateways(self._scenario, NewHops(self._scenario, self._rules))

    def _with(self, opens: frozenset[int]) -> Scenario:
        return self._today.supposing(tuple(sorted(opens)), client_present=self._profile.client_present)

    @cached_property
    def _scenario(self) -> Scenario:
        return self._with(self._every)

    @cached_property
    def _narrowing(self) -> Narrowing:
        return Narrowing(self._scenario)

    @cached_property
    def _most(self) -> int | None:
        return self._last(self._paths, self._narrowing)

    def _last(self, paths: Sequence[Path], narrowing: Narrowing) -> int | None:
        """Return the points of the last path, `None` if more paths, or a path with more needs covered, may exist."""
        full = len(paths) == self._profile.limit and all(self._covers_all(path, narrowing) for path in paths)
        return paths[-1].total if full else None

    def _is_settled(self, paths: Sequence[Path], narrowing: Narrowing) -> bool:
        """Say whether no path dearer than today's last can belong to the list found up to today's last price."""
        within, last = self._last(self._paths, narrowing), self._last(paths, narrowing)
        return within is None or (last is not None and last <= within)

    def _covers_all(self, path: Path, narrowing: Narrowing) -> bool:
        return left_open_by(self._profile, path) == narrowing.least_open


def _place(path: Path) -> tuple[int, int]:
    """Return the rank of a path among paths with equally many open needs, before slugs decide: points, hand-offs."""
    return path.total, sum(step.mode != "internal" for step in path.steps)


def _covering(path: Path) -> frozenset[str]:
    """Return the organizations that meet a need or a prerequisite."""
    return frozenset(step.organization for step in path.steps if step.covers)
