"""Which services a path could come to use, whatever turns out to be so of what is not known.

Those of the needed types, those of what they ask for first, and those of whoever could be a way in.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from routing.arrays import Ints, are_among, distinct
from routing.case import Case
from routing.columns import Rows


def within_reach(case: Case) -> Rows:
    """Return the services (rows, rising) that some path could use in some world; pure.

    Not among them: what is not active, what the client refuses, and what surely does not take this client.
    """
    return case.moment.once("reach", case.profile, lambda: _find(case))


def _find(case: Case) -> Rows:
    words, columns = case.snapshot.words, case.snapshot.columns
    found = np.zeros(len(columns.active), dtype=np.bool_)
    ways_in = _WaysIn(case)
    types, fresh = set[str](), {need.type for need in case.profile.needs}
    while fresh:
        types |= fresh
        rows = _taking(case, case.may_be_near(fresh))
        rows = np.concatenate([rows, ways_in.to(rows)])
        found[rows] = True
        asked = np.unique(columns.requires[rows]).tolist()
        fresh = set[str]().union(*(words.requires[number] for number in asked)) - types
    return np.flatnonzero(found).astype(np.int32)


def _taking(case: Case, rows: Rows) -> Rows:
    """Return those of the rows that are active, not avoided and may take this client."""
    columns = case.snapshot.columns
    here = rows[columns.active[rows]]
    return case.client.may_take(here[~case.refused(columns.organization[here])])


class _WaysIn:
    """Finds the services of all whom a door that is closed to the origin lets in: one of them may be a gateway."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._seen: set[tuple[int, int]] = set()

    @cached_property
    def _everyone(self) -> Rows:
        """The services of others that may be near, of any type."""
        rows = distinct(self._case.may_be_near(self._case.snapshot.words.types))
        found: Rows = rows[self._case.snapshot.columns.organization[rows] != self._case.origin]
        return found

    def to(self, rows: Rows) -> Rows:
        """Return what may take the client of those whom the doors of these services let in, and none did before."""
        columns, doors = self._case.snapshot.columns, self._case.snapshot.words.doors
        closed = rows[~self._case.moment.opens_to(self._case.origin)[columns.door[rows]]]
        pairs = {*zip(columns.door[closed].tolist(), columns.organization[closed].tolist(), strict=True)}
        if not pairs:
            return rows[:0]
        admitted, partners = np.zeros(len(self._everyone), dtype=np.bool_), set[int]()
        for door, owner in sorted(pairs):
            if self._is_new(door, -1):
                admitted |= self._case.moment.let_in(door, self._owners)
            if "agreement" in doors[door] and self._is_new(door, owner):
                partners |= self._case.moment.partners(owner)
        admitted |= are_among(self._owners, sorted(partners))
        return _taking(self._case, self._everyone[admitted])

    @cached_property
    def _owners(self) -> Ints:
        return self._case.snapshot.columns.organization[self._everyone]

    def _is_new(self, door: int, owner: int) -> bool:
        """Say whether a door, and whose it is where partners come in by it, was not looked at before."""
        is_new = (door, owner) not in self._seen
        self._seen.add((door, owner))
        return is_new
