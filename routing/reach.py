"""Which services a path could come to use, whatever turns out to be so of what is not known.

Those of the needed types, those of what they ask for first, and those of whoever could be a way in.
"""

from __future__ import annotations

import numpy as np

from routing.case import Case
from routing.columns import Rows

_NOBODY: Rows = np.empty(0, dtype=np.int32)


def within_reach(case: Case) -> Rows:
    """Return the services (rows, rising) that some path could use in some world; pure.

    Not among them: what is not active, what the client refuses, and what surely does not take this client.
    """
    return case.moment.once("reach", case.profile, lambda: _find(case))


def _find(case: Case) -> Rows:
    words, columns = case.snapshot.words, case.snapshot.columns
    found = np.zeros(len(columns.active), dtype=np.bool_)
    doors: set[tuple[int, int]] = set()
    types, fresh = set[str](), {need.type for need in case.profile.needs}
    while fresh:
        types |= fresh
        rows = _taking(case, _of_types(case, fresh))
        rows = np.concatenate([rows, _ways_in(case, rows, doors)])
        found[rows] = True
        asked = np.unique(columns.requires[rows]).tolist()
        fresh = set[str]().union(*(words.requires[number] for number in asked)) - types
    return np.flatnonzero(found).astype(np.int32)


def _of_types(case: Case, types: set[str]) -> Rows:
    postings = case.snapshot.postings
    return np.concatenate([_NOBODY, *(postings[kind] for kind in sorted(types) if kind in postings)])


def _taking(case: Case, rows: Rows) -> Rows:
    """Return those of the rows that are active, not avoided and may take this client."""
    columns = case.snapshot.columns
    here = rows[columns.active[rows]]
    return case.client.may_take(here[~case.refused(columns.organization[here])])


def _ways_in(case: Case, rows: Rows, doors: set[tuple[int, int]]) -> Rows:
    """Return the services of all whom a door that is closed to the origin lets in: one of them may be a gateway.

    `doors` are those that were looked at before, and grow: a door, and whose it is where partners come in by it.
    """
    columns = case.snapshot.columns
    closed = rows[~case.moment.opens_to(case.origin)[columns.door[rows]]]
    everyone = np.arange(len(case.snapshot.organizations))
    admitted = np.zeros(len(everyone), dtype=np.bool_)
    pairs = np.unique(columns.door[closed].astype(np.int64) * len(everyone) + columns.organization[closed])
    for door, owner in ((pair // len(everyone), pair % len(everyone)) for pair in pairs.tolist()):
        if (door, -1) not in doors:
            doors.add((door, -1))
            admitted |= case.moment.let_in(door, everyone)
        if "agreement" in case.snapshot.words.doors[door] and (door, owner) not in doors:
            doors.add((door, owner))
            admitted[list(case.moment.partners(owner))] = True
    admitted[case.origin] = False
    if not admitted.any():
        return _NOBODY
    return _taking(case, np.flatnonzero(admitted[columns.organization]).astype(np.int32))
