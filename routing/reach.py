"""Which services a path could come to use, whatever turns out to be so of what is not known.

Those of the needed types, those of what they ask for first, and those of whoever could be a way in.
"""

from __future__ import annotations

import numpy as np

from routing.case import Case
from routing.columns import Rows
from routing.eligibility import NO


def within_reach(case: Case) -> Rows:
    """Return the services (rows, rising) that some path could use in some world; pure.

    Not among them: what is not active, what the client refuses, and what surely does not take this client.
    """
    types = {need.type for need in case.profile.needs}
    while True:
        rows = _taking(case, _of_types(case, types))
        rows = np.union1d(rows, _ways_in(case, rows)).astype(np.int32)
        asked = np.unique(case.snapshot.columns.requires[rows]).tolist()
        wider = types.union(*(case.snapshot.words.requires[number] for number in asked))
        if wider == types:
            return rows
        types = wider


def _of_types(case: Case, types: set[str]) -> Rows:
    postings = case.snapshot.postings
    found = [postings[kind] for kind in sorted(types) if kind in postings]
    return np.unique(np.concatenate(found)) if found else np.empty(0, dtype=np.int32)


def _taking(case: Case, rows: Rows) -> Rows:
    """Return those of the rows that are active, not avoided and may take this client."""
    columns = case.snapshot.columns
    here = rows[columns.active[rows]]
    here = here[~case.refused(columns.organization[here])]
    found: Rows = here[case.judge(here).overall != NO]
    return found


def _ways_in(case: Case, rows: Rows) -> Rows:
    """Return the services of all whom a door that is closed to the origin lets in: one of them may be a gateway."""
    columns = case.snapshot.columns
    closed = rows[~case.admits(case.origin, columns.door[rows])]
    if not len(closed):
        return closed
    everyone = np.arange(len(case.snapshot.organizations))
    admitted = np.zeros(len(everyone), dtype=np.bool_)
    for door in np.unique(columns.door[closed]).tolist():
        admitted |= case.let_in(door, everyone)
        if "agreement" in case.snapshot.words.doors[door]:
            for owner in np.unique(columns.organization[closed[columns.door[closed] == door]]).tolist():
                admitted[list(case.partners(owner))] = True
    admitted[case.origin] = False
    return _taking(case, np.flatnonzero(admitted[columns.organization]).astype(np.int32))
