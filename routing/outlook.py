"""What one more answer could change: bounded first, searched only where the bound lets it.

Services that an answer would open change nothing if even the kindest path through one of them is dearer than the last
of the paths found; most are, and no search is needed to know it. Source of the bound: `narrow.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

import numpy as np

from routing.alternatives import Ranking, Without, rank
from routing.budget import OutOfTime, never
from routing.case import Case
from routing.columns import Rows
from routing.costs import URGENCIES
from routing.detours import TooFar
from routing.find import search_paths
from routing.model import Path, Profile
from routing.moment import Moment
from routing.narrow import Narrowing
from routing.paths import describe
from routing.ports import HopRules, Transfer
from routing.problem import Problem, build_problem
from routing.snapshot import Snapshot


def list_paths(
    snapshot: Snapshot,
    profile: Profile,
    *,
    rules: HopRules,
    out_of_time: OutOfTime = never,
    moment: Moment | None = None,
) -> tuple[Path, ...]:
    """Return the paths that `find_paths` returns, without what it says about them, all or none. Pure.

    Raises:
        UnknownOrganization, UnknownArea, SearchDefect: as `find_paths`.
        TimeIsUp: `out_of_time` said so first.
    """
    case = Case(snapshot, profile, earlier=moment)
    with case.patience.until(out_of_time):
        return _described(*search_paths(case, rules, with_sole_providers=False))


def _described(problem: Problem, found: Ranking) -> tuple[Path, ...]:
    return tuple(describe(problem, plan, place) for place, plan in enumerate(found.plans, start=1))


class Outlook:
    """Says which services could change a list of paths if they took the client, for one request. Pure.

    To open more never makes a path dearer: where all of several services together change nothing, none of them does.
    All lists are found in one graph, in which all of them are open, by closing what an answer leaves closed.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        profile: Profile,
        paths: Sequence[Path],
        opens: Iterable[int],
        *,
        rules: HopRules,
        out_of_time: OutOfTime = never,
        moment: Moment | None = None,
    ) -> None:
        """Take the paths found for a profile, and all the services (rows) that any answer may open."""
        self._out_of_time = out_of_time
        self._profile, self._paths, self._rules = profile, tuple(paths), rules
        self._every, self._today = frozenset(opens), Case(snapshot, profile, earlier=moment)
        self._lists: dict[frozenset[int], tuple[Path, ...]] = {}

    def changes(self, opens: frozenset[int]) -> bool:
        """Say whether the list is another one with all these services open at once, at the prices of today.

        Raises:
            TimeIsUp: there was no time to find out.
        """
        return self.paths(opens) != self._paths

    def paths(self, opens: frozenset[int]) -> tuple[Path, ...]:
        """Return the list as it is with all these services open at once, at the prices of today.

        Raises:
            TimeIsUp: there was no time to find out.
        """
        if opens not in self._lists:
            could = self.may_change(opens) and (opens == self._every or self.changes(self._every))
            self._lists[opens] = self._list(opens) if could else self._paths
        return self._lists[opens]

    def is_alike(self, rules: HopRules) -> bool:
        """Say whether other rules answer all that the search asked as these do; then the list of today is the same."""
        profile, asked = self._today.moment.searched or (None, ())
        return profile == self._profile and self._answer_alike(rules, asked)

    def is_alike_throughout(self, rules: HopRules) -> bool:
        """Say whether other rules answer as these do whatever is open; then every list of `paths` is the same.

        Raises:
            TimeIsUp: there was no time to find out.
        """
        with self._today.patience.until(self._out_of_time):
            return self._answer_alike(rules, self._everything.problem.hops.asked)

    def _answer_alike(self, rules: HopRules, asked: Sequence[Transfer]) -> bool:
        if rules.named_pairs() != self._rules.named_pairs():
            return False
        return bool((rules.may_send(asked) == self._rules.may_send(asked)).all())

    def may_change(self, opens: frozenset[int]) -> bool:
        """Say whether the list could be another one with these services open; no is certain, yes is not."""
        if not opens or not self._is_bounded:
            return bool(opens)
        table = self._narrowing.table
        cheap = self._narrowing.least <= self._paths[-1].total
        if (cheap & np.isin(table.row, list(opens))).any():
            return True
        rows, columns = np.array(sorted(opens)), self._case.snapshot.columns
        closed = table.row[table.refuses & (self._narrowing.least + self._case.lens.handoff <= self._paths[-1].total)]
        if self._lets_in(closed, columns.organization[rows]):
            return True
        words = self._case.snapshot.words
        asking = range(len(words.requires)) if len(closed) else np.unique(columns.requires[table.row[cheap]]).tolist()
        first = {words.types.index(kind) for number in asking for kind in words.requires[number] if kind in words.types}
        types, _ = columns.types.at(rows)
        return bool(np.isin(types, sorted(first)).any())

    def _lets_in(self, closed: Rows, owners: Rows) -> bool:
        """Say whether one of these owners could be a way in to a service that turns the origin away."""
        columns, words = self._case.snapshot.columns, self._case.snapshot.words
        doors = np.unique(columns.door[closed]).tolist()
        return any("agreement" in words.doors[door] or self._case.moment.let_in(door, owners).any() for door in doors)

    def _list(self, opens: frozenset[int]) -> tuple[Path, ...]:
        with self._today.patience.until(self._out_of_time):
            closed = self._every - opens
            without = self._everything.closing(closed) if closed else self._everything
            try:
                found: Ranking | None = rank(without, self._profile.limit, candidates=frozenset())
            except TooFar:
                found = None
            if found is not None and self._is_whole(found):
                return _described(without.problem, found)
            return _described(*search_paths(self._with(opens), self._rules, with_sole_providers=False))

    def _is_whole(self, found: Ranking) -> bool:
        """Say whether nothing that costs more than the list of today can belong to what was found within its price."""
        return not self._is_bounded or self._narrowing.is_settled(found.plans, self._paths[-1].total)

    @cached_property
    def _everything(self) -> Without:
        """The paths where all is open that some answer opens: of a full list, those that cost no more than its last."""
        scope = self._narrowing.up_to(self._paths[-1].total) if self._is_bounded else None
        return Without(build_problem(self._case, self._rules, scope))

    def _with(self, opens: frozenset[int]) -> Case:
        return self._today.supposing(tuple(sorted(opens)), client_present=self._profile.client_present)

    @cached_property
    def _case(self) -> Case:
        return self._with(self._every)

    @cached_property
    def _narrowing(self) -> Narrowing:
        return Narrowing(self._case)

    @cached_property
    def _is_bounded(self) -> bool:
        """Whether the list is full, and no path could cover more than each of it does."""
        least_open = self._narrowing.least_open
        return len(self._paths) == self._profile.limit and all(self._left(path) == least_open for path in self._paths)

    def _left(self, path: Path) -> tuple[int, ...]:
        left = [need.urgency for need in self._profile.needs if need.required and need.type not in path.covers]
        return tuple(left.count(urgency) for urgency in URGENCIES)
