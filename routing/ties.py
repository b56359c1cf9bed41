"""Who stands close to whom, who is let in where, and how a service takes referrals: looked up once for a directory.

What every request asks of the same few organizations is kept for as long as the snapshot, the least asked for aside.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.columns import AgreementColumns, DoorColumns, OrganizationColumns, ServiceColumns, Words
from routing.costs import MODES
from routing.model import Agreement

_KEPT = 1 << 13
"""Of each kind so many answers are kept: more than any request asks for, and some megabytes at most."""

_MODE_SETS = [frozenset(mode for bit, mode in enumerate(MODES) if mask >> bit & 1) for mask in range(1 << len(MODES))]


class Referral(NamedTuple):
    """How a service takes referrals: what a search asks of it most, without the rest of its record.

    `names` are the organizations (indices) that its door names.
    """

    accepts: frozenset[str]
    accepts_from: frozenset[str]
    names: frozenset[int]
    requires: frozenset[str]


class Ties:
    """Look-ups in the columns of one snapshot. Each is pure, kept, and safe to share between threads."""

    def __init__(
        self,
        *,
        words: Words,
        services: ServiceColumns,
        organizations: OrganizationColumns,
        doors: DoorColumns,
        columns: AgreementColumns,
        agreements: Sequence[Agreement],
    ) -> None:
        """Take columns that agree with each other, and the records of the agreements that `columns` hold."""
        self._words, self._services, self._organizations = words, services, organizations
        self._doors, self._columns, self._agreements = doors, columns, agreements
        self.referral = lru_cache(_KEPT)(self._referral)
        self.opens_to = lru_cache(_KEPT)(self._opens_to)
        self.partners = lru_cache(_KEPT)(self._partners)
        self.in_force = lru_cache(_KEPT)(self._in_force)

    def _referral(self, row: int) -> Referral:
        """Return how a service (row) takes referrals."""
        door = int(self._services.door[row])
        return Referral(
            accepts=_MODE_SETS[self._services.modes[row]],
            accepts_from=self._words.doors[door],
            names=frozenset(self._doors.named[door].tolist()),
            requires=self._words.requires[self._services.requires[row]],
        )

    def _opens_to(self, holder: int) -> NDArray[np.bool_]:
        """Return, for each door, whether it lets a holder in by what it is, agreements left aside."""
        doors, columns = self._doors, self._organizations
        found: NDArray[np.bool_] = doors.kinds[:, columns.kind[holder]] | (doors.members & columns.member[holder])
        found[doors.naming(holder)] = True
        found.setflags(write=False)
        return found

    def _partners(self, organization: int, day: date) -> frozenset[int]:
        """Return the organizations that share an agreement in force with this one on a day, either way."""
        numbers = self._columns.of[organization].tolist()
        in_force = [number for number in numbers if self._columns.in_force(number, day.toordinal())]
        found = {party for number in in_force for party in self._columns.parties[number].tolist()}
        return frozenset(found - {organization})

    def _in_force(self, holder: int, recipient: int, day: date) -> tuple[Agreement, ...]:
        """Return the signed MOUs and team agreements that cover this hop on a day, closest first, then by slug."""
        if holder not in self.partners(recipient, day):
            return ()
        return tuple(self._agreements[n] for n in self._columns.between(holder, recipient, day.toordinal()))
