"""Which services a path could come to use, whatever turns out to be so of what is not known.

Those of the needed types, those of what they ask for first, and those of whoever could be a way in.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from routing.client.eligibility import NO, Eligibility
from routing.client.request import Case
from routing.directory.arrays import are_among, distinct
from routing.directory.columns import Rows

Flags = NDArray[np.bool_]


def within_reach(case: Case) -> Eligibility:
    """Return the verdicts on the services (rows rising) that some path could use in some world; pure.

    Not among them: what is not active, what the client refuses, and what surely does not take this client.
    """
    return case.moment.once("reach", case.profile, lambda: _find(case))


def _find(case: Case) -> Eligibility:
    words, possible = case.snapshot.words, _possible(case)
    offered, place = case.snapshot.columns.types.at(possible.rows)
    requires = case.snapshot.columns.requires[possible.rows]
    ways_in, found = _WaysIn(case, possible.rows), np.zeros(len(possible.rows), dtype=np.bool_)
    types, fresh = set[str](), {need.type for need in case.profile.needs}
    while fresh:
        types |= fresh
        numbers = [case.snapshot.type_number[kind] for kind in fresh if kind in case.snapshot.type_number]
        here = np.zeros_like(found)
        here[place[are_among(offered, numbers)]] = True
        here |= ways_in.to(here)
        found |= here
        asked = distinct(requires[here]).tolist()
        fresh = set[str]().union(*(words.requires[number] for number in asked)) - types
    return possible.only(found)


def _possible(case: Case) -> Eligibility:
    """Return the verdicts on all services that are active, not avoided and do not surely turn the client away."""
    columns = case.snapshot.columns
    near = distinct(case.may_be_near(case.snapshot.words.types))
    active = near[columns.active[near]]
    verdicts = case.judge(active[~case.refused(columns.organization[active])])
    return verdicts.only(verdicts.overall != NO)


class _WaysIn:
    """Finds the services of all whom a door that is closed to the origin lets in: one of them may be a gateway."""

    def __init__(self, case: Case, rows: Rows) -> None:
        """Take the services among which to look."""
        columns = case.snapshot.columns
        self._case, self._owners, self._doors = case, columns.organization[rows], columns.door[rows]
        self._is_closed = ~case.moment.opens_to(case.origin)[self._doors]
        self._away = self._owners != case.origin
        self._seen: set[tuple[int, int]] = set()

    def to(self, services: Flags) -> Flags:
        """Return those whom the doors of some of these services (flags) let in, and none did before."""
        closed, doors = services & self._is_closed, self._case.snapshot.words.doors
        admitted, partners = np.zeros_like(closed), set[int]()
        for door, owner in sorted({*zip(self._doors[closed].tolist(), self._owners[closed].tolist(), strict=True)}):
            if self._is_new(door, -1):
                admitted |= self._case.moment.let_in(door, self._owners)
            if "agreement" in doors[door] and self._is_new(door, owner):
                partners |= self._case.moment.partners(owner)
        found: Flags = (admitted | are_among(self._owners, list(partners))) & self._away
        return found

    def _is_new(self, door: int, owner: int) -> bool:
        """Say whether a door, and whose it is where partners come in by it, was not looked at before."""
        is_new = (door, owner) not in self._seen
        self._seen.add((door, owner))
        return is_new
