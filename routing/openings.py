"""What a service that opens could bring onto a path: its own offers, those it comes before, those it leads in to."""

from __future__ import annotations

import numpy as np

from routing.case import Case
from routing.columns import Rows
from routing.offers import Flags, Table


def brought(case: Case, table: Table, opens: Rows) -> tuple[Flags, Flags]:
    """Return which offers of a table could be on a path only because these services (rows) are open; pure.

    First those that are theirs or that may ask for what they meet, in turn; then those that turn the origin away, to
    which they may be a way in. Certain is only that no other offer is.
    """
    columns, snapshot = case.snapshot.columns, case.snapshot
    kinds = {snapshot.words.types[number] for number in np.unique(columns.types.at(opens)[0]).tolist()}
    leads_to = np.array([bool(asked & kinds) for asked in snapshot.asked_in_turn], dtype=np.bool_)
    own: Flags = np.isin(table.row, opens) | leads_to[columns.requires[table.row]]
    if leads_to.any():  # what a way in asks for first may be met by them, too
        return own, table.refuses
    behind = np.zeros(len(own), dtype=np.bool_)
    owners = columns.organization[opens]
    for door in np.unique(columns.door[table.row[table.refuses]]).tolist():
        if "agreement" in snapshot.words.doors[door] or case.moment.let_in(door, owners).any():
            behind |= table.refuses & (columns.door[table.row] == door)
    return own, behind
