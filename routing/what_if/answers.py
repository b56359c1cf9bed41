"""Changes that a further answer makes in a list of paths: ruled out by a bound without a search, or searched anew."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from routing.budget import TimeIsUp
from routing.client.scenario import Scenario
from routing.costs import URGENCIES
from routing.directory.snapshot import mask_of
from routing.handoffs.offers import ENDLESS
from routing.kept import cached_property
from routing.model import Path, Profile
from routing.ports import HopRules, Transfer
from routing.pruning.offer_filter import OfferFilter
from routing.ranking.search_paths import search_paths
from routing.request import Request
from routing.search.describe import describe
from routing.what_if.opened_offers import Openings


def list_paths(request: Request, *, opens: Iterable[int] = (), denies: str | None = None) -> tuple[Path, ...]:
    """Return the `paths` of the answer of `find_paths`, the whole list. Pure.

    Supposed, at the prices of the request's profile: the services `opens` (rows) take the client, and the trait
    `denies` is known to be false.

    Raises:
        UnknownOrganization, UnknownArea, SearchDefect: as `find_paths`.
        TimeIsUp: `request.out_of_time` said so before the list was complete.
    """
    today, present = request.scenario(), request.profile.client_present
    denied = 0 if denies is None else mask_of([denies], request.snapshot.traits)
    scenario = today.supposing(tuple(sorted(opens)), client_present=present, denied=denied)
    with scenario.patience.until(request.out_of_time):
        return _search(scenario, request.rules)[0]


def _search(scenario: Scenario, rules: HopRules) -> tuple[tuple[Path, ...], tuple[Transfer, ...]]:
    """Return the list of a scenario, and the transfers that the search asked the rules about.

    Raises:
        TimeIsUp: time ran out before the whole list was found.
    """
    hop_graph, found = search_paths(scenario, rules, with_sole_providers=False)
    if not found.complete:
        raise TimeIsUp
    paths = tuple(
        describe(hop_graph, ranked_path, place) for place, ranked_path in enumerate(found.ranked_paths, start=1)
    )
    return paths, hop_graph.hops.asked


def left_open_by(profile: Profile, path: Path) -> tuple[int, ...]:
    """Return how many required needs a path leaves open, by urgency. Pure."""
    left = [need.urgency for need in profile.needs if need.required and need.type not in path.covers]
    return tuple(left.count(urgency) for urgency in URGENCIES)


class Outlook:
    """The list of paths of a request, if further services took the client. Pure; each list is searched once.

    To open more services never makes a path dearer: where several services together leave the list as it is, so does
    each of them.
    """

    def __init__(self, request: Request, paths: Sequence[Path], opens: Iterable[int]) -> None:
        """Take a request, the paths of its answer, and every service (row) that an answer may open."""
        self._out_of_time = request.out_of_time
        self._profile, self._paths, self._rules = request.profile, tuple(paths), request.rules
        self._every, self._today, self._searched = frozenset(opens), request.scenario(), request.searched
        self._lists: dict[frozenset[int], tuple[Path, ...]] = {}
        self._asked: dict[Transfer, None] = {}

    def changes(self, opens: frozenset[int]) -> bool:
        """Say whether the list changes with the given services open at once, at the prices of today.

        Raises:
            TimeIsUp: time ran out first.
        """
        return self.paths(opens) != self._paths

    def paths(self, opens: frozenset[int]) -> tuple[Path, ...]:
        """Return the list with the given services open at once, at the prices of today.

        Where the first path of the list changes, the list is cut after the first path.

        Raises:
            TimeIsUp: time ran out first.
        """
        if opens not in self._lists:
            could = self.may_change(opens) and (opens == self._every or self.changes(self._every))
            self._lists[opens] = self._first_or_all(self._with(opens), self._rules) if could else self._paths
        return self._lists[opens]

    def paths_together(self) -> tuple[Path, ...]:
        """Return the list with the client on the line, cut as by `paths`.

        Raises:
            TimeIsUp: time ran out first.
        """
        return self._first_or_all(self._today.supposing((), client_present=True), self._rules)

    def paths_denying(self, trait: str, rules: HopRules) -> tuple[Path, ...]:
        """Return the list once a trait is known to be false, at the prices of today, cut as by `paths`.

        Raises:
            TimeIsUp: time ran out first.
        """
        denied = mask_of([trait], self._today.snapshot.traits)
        scenario = self._today.supposing((), client_present=self._profile.client_present, denied=denied)
        return self._first_or_all(scenario, rules)

    def is_alike(self, rules: HopRules) -> bool:
        """Say whether different rules answer every question of the search alike; then the list of today is the same."""
        profile, asked = self._searched or (None, ())
        return profile == self._profile and self._answer_alike(rules, asked)

    def is_alike_with(self, rules: HopRules, opens: frozenset[int]) -> bool:
        """Say whether different rules answer every question of `paths` alike; then the result of `paths` is the same.

        Raises:
            TimeIsUp: time ran out first.
        """
        self.paths(opens)
        return self.is_alike(rules) and self._answer_alike(rules, tuple(self._asked))

    def _answer_alike(self, rules: HopRules, asked: Sequence[Transfer]) -> bool:
        if rules.named_pairs() != self._rules.named_pairs():
            return False
        return bool((rules.may_send(asked) == self._rules.may_send(asked)).all())

    def may_change(self, opens: frozenset[int]) -> bool:
        """Say whether the list could change with the given services open; no is certain, yes is not."""
        return not opens.isdisjoint(self._openings)

    @cached_property
    def _openings(self) -> frozenset[int]:
        """The services of any answer that could be on a path no dearer than the last path of a full list."""
        offer_filter = OfferFilter(self._with(self._every))
        is_full = len(self._paths) == self._profile.limit and all(
            left_open_by(self._profile, path) == offer_filter.least_open for path in self._paths
        )
        most = self._paths[-1].total if is_full else ENDLESS - 1
        return Openings(offer_filter, np.array(sorted(self._every), dtype=np.int32), most).services

    def _first_or_all(self, scenario: Scenario, rules: HopRules) -> tuple[Path, ...]:
        with self._today.patience.until(self._out_of_time):
            found, asked = _search(scenario, rules)
        self._asked.update(dict.fromkeys(asked))
        return found if found[:1] == self._paths[:1] else found[:1]

    def _with(self, opens: frozenset[int]) -> Scenario:
        return self._today.supposing(tuple(sorted(opens)), client_present=self._profile.client_present)
