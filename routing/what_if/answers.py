"""Changes that a further answer makes in a list of paths, found by the same search with more services open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from routing.budget import TimeIsUp
from routing.client.scenario import Scenario
from routing.directory.snapshot import mask_of
from routing.model import Path
from routing.ports import HopRules, Transfer
from routing.ranking.search_paths import search_paths
from routing.request import Request
from routing.search.describe import describe


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
    return _search(request, scenario, request.rules)[0]


def _search(request: Request, scenario: Scenario, rules: HopRules) -> tuple[tuple[Path, ...], tuple[Transfer, ...]]:
    """Return the list of a scenario, and the transfers that the search asked the rules about.

    Raises:
        TimeIsUp: time ran out before the whole list was found.
    """
    with scenario.patience.until(request.out_of_time):
        hop_graph, found = search_paths(scenario, rules, with_sole_providers=False)
    if not found.complete:
        raise TimeIsUp
    paths = (describe(hop_graph, ranked_path, place) for place, ranked_path in enumerate(found.ranked_paths, start=1))
    return tuple(paths), hop_graph.hops.permits.asked


class Outlook:
    """The list of paths of a request, as it is and if further services took the client. Pure; each is searched once.

    To open more services never makes a path dearer: the list found with more services open is the list with fewer, if
    all that its paths use is open there too. So the list with every service open comes first.
    """

    def __init__(self, request: Request, paths: Sequence[Path] | None, opens: Iterable[int]) -> None:
        """Take a request, the paths of its answer if known, and every service (row) that an answer may open."""
        self._request, self._today = request, request.scenario()
        self._paths = None if paths is None else tuple(paths)
        self._every = frozenset(opens)
        self._lists = {} if self._paths is None else {frozenset[int](): self._paths}
        self._asked: dict[Transfer, None] = {}

    def paths(self, opens: frozenset[int]) -> tuple[Path, ...]:
        """Return the list with the given services open at once, at the prices of today.

        Where the first path of a known list changes, the list is cut after the first path.

        Raises:
            TimeIsUp: time ran out first.
        """
        if opens not in self._lists:
            if opens < self._every:
                self.paths(self._every)
            wider = (found for more, found in self._lists.items() if opens < more and self._used(found) <= opens)
            if (found := next(wider, None)) is None:
                found = self._search(self._supposing(tuple(sorted(opens))), self._request.rules)
            self._lists[opens] = found
        return self._lists[opens]

    def paths_together(self) -> tuple[Path, ...]:
        """Return the list with the client on the line, cut as by `paths`.

        Raises:
            TimeIsUp: time ran out first.
        """
        return self._search(self._today.supposing((), client_present=True), self._request.rules)

    def paths_denying(self, trait: str, rules: HopRules) -> tuple[Path, ...]:
        """Return the list once a trait is known to be false, at the prices of today, cut as by `paths`.

        Raises:
            TimeIsUp: time ran out first.
        """
        return self._search(self._supposing((), mask_of([trait], self._today.snapshot.traits)), rules)

    def is_alike(self, rules: HopRules, opens: frozenset[int]) -> bool:
        """Say whether different rules answer every question of `paths` alike; then the result of `paths` is the same.

        Raises:
            TimeIsUp: time ran out first.
        """
        self.paths(opens)
        profile, asked = self._request.searched or (None, ())
        if self._paths is None:
            profile, asked = self._request.profile, ()  # every list was searched here
        if profile != self._request.profile or rules.named_pairs() != self._request.rules.named_pairs():
            return False
        every = (*asked, *self._asked)
        return bool((rules.may_send(every) == self._request.rules.may_send(every)).all())

    def _supposing(self, opened: tuple[int, ...], denied: int = 0) -> Scenario:
        return self._today.supposing(opened, client_present=self._today.profile.client_present, denied=denied)

    def _used(self, paths: Sequence[Path]) -> set[int]:
        """Return the services on paths that are closed today and that an answer may open."""
        index = self._today.snapshot.service_index
        return {index[use.service] for path in paths for step in path.steps for use in step.services} & self._every

    def _search(self, scenario: Scenario, rules: HopRules) -> tuple[Path, ...]:
        found, asked = _search(self._request, scenario, rules)
        self._asked.update(dict.fromkeys(asked))
        return found if self._paths is None or found[:1] == self._paths[:1] else found[:1]
