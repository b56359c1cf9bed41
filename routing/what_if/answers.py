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


class Outlook:
    """The list of paths of a request, as it is and if further services took the client. Pure; each is searched once."""

    def __init__(self, request: Request, now: Sequence[Path], *, is_known: bool = True) -> None:
        """Take a request and the paths of now.

        Not `is_known`: the paths of now are those of another profile, and the request's own list is still to be found.
        """
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
        if profile != self._request.profile or rules.named_pairs() != self._request.rules.named_pairs():
            return False
        questions = (*transfers, *self._transfers)
        return bool((rules.may_send(questions) == self._request.rules.may_send(questions)).all())

    def _supposing(self, opens: Iterable[int], denies: str | None = None, *, adult: bool = False) -> Scenario:
        denied = 0 if denies is None else mask_of([denies], self._today.snapshot.traits)
        present = self._today.profile.client_present
        return self._today.supposing(tuple(sorted(opens)), client_present=present, denied=denied, adult=adult)

    def _search(self, scenario: Scenario, rules: HopRules) -> tuple[Path, ...]:
        """Return the list of a scenario, cut as by `paths`.

        Raises:
            TimeIsUp: time ran out before the whole list was found; where the first path is owed, and is none of the
                paths of now, the list ends with it instead.
        """
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
