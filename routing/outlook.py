"""What one more answer could change: bounded first, searched only where the bound lets it.

Services that an answer would open change nothing if even the kindest path through one of them is dearer than the last
of the paths found; most are, and no search is needed to know it. Source of the bound: `narrow.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

import numpy as np

from routing.case import Case
from routing.costs import URGENCIES
from routing.find import search_paths
from routing.model import Path, Profile
from routing.narrow import Narrowing
from routing.paths import describe
from routing.ports import HopRules
from routing.snapshot import Snapshot


def list_paths(snapshot: Snapshot, profile: Profile, *, rules: HopRules) -> tuple[Path, ...]:
    """Return the paths that `find_paths` returns, without what it says about them. Pure.

    Raises:
        UnknownOrganization, UnknownArea, SearchDefect: as `find_paths`.
    """
    problem, found = search_paths(Case(snapshot, profile), rules)
    return tuple(describe(problem, plan, place) for place, plan in enumerate(found.plans, start=1))


class Outlook:
    """Says which services could change a list of paths if they took the client, for one request. Pure."""

    def __init__(self, snapshot: Snapshot, profile: Profile, paths: Sequence[Path], opens: Iterable[int]) -> None:
        """Take the paths found for a profile, and all the services (rows) that any answer may open."""
        self._profile, self._paths = profile, paths
        opened = tuple(sorted(opens))
        self._case = Case(snapshot, profile).supposing(opened, client_present=profile.client_present)

    def may_change(self, opens: frozenset[int]) -> bool:
        """Say whether the list could be another one with these services open; no is certain, yes is not."""
        if not opens or not self._is_bounded:
            return bool(opens)
        table = self._narrowing.table
        cheap = self._narrowing.least <= self._paths[-1].total
        if (cheap & np.isin(table.row, list(opens))).any():
            return True
        if (cheap & table.refuses).any():  # there may be a way in through one of them
            return True
        words, columns = self._case.snapshot.words, self._case.snapshot.columns
        asking = np.unique(columns.requires[table.row[cheap & ~table.free]]).tolist()
        first = {words.types.index(kind) for number in asking for kind in words.requires[number] if kind in words.types}
        types, _ = columns.types.at(np.array(sorted(opens)))
        return bool(np.isin(types, sorted(first)).any())

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
