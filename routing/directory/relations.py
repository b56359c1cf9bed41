"""Ties between organizations, doors and referral terms of services: looked up once for a directory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.costs import MODES
from routing.directory.agencies import Agreement
from routing.directory.columns import AgreementColumns, DoorColumns, OrganizationColumns, ServiceColumns, Words, seal

_KEPT = 1 << 13
"""Answers kept for each kind of question: more than any request asks for."""

_KEPT_WIDE = 1 << 9
"""The same for answers that name every partner of an organization."""

_MODE_SETS = [frozenset(mode for bit, mode in enumerate(MODES) if mask >> bit & 1) for mask in range(1 << len(MODES))]


class ReferralTerms(NamedTuple):
    """How a service takes referrals; `names` are the organizations (indices) that its door names."""

    accepts: frozenset[str]
    accepts_from: frozenset[str]
    names: frozenset[int]
    requires: frozenset[str]


class Ties:
    """Look-ups in the columns of one snapshot. Each look-up is pure, kept, and safe to share between threads.

    - `referral(row)`: how a service takes referrals.
    - `opens_to(holder)`: for each door, whether the door lets a holder in for its attributes, agreements aside.
    - `partners(organization, day)`: the organizations with an agreement in force with this one, in either direction.
    - `in_force(recipient, day)`: by holder, the agreements in force for a hop to a recipient, closest first.
    """

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
        # None of these refers to this object, so that all of it goes with its snapshot, at once.
        self.referral = lru_cache(_KEPT)(partial(_referral, words, services, doors))
        self.opens_to = lru_cache(_KEPT)(partial(_opens_to, organizations, doors))
        self.partners = lru_cache(_KEPT)(partial(_partners, columns))
        self.in_force = lru_cache(_KEPT_WIDE)(partial(_in_force, columns, agreements))


def _referral(words: Words, services: ServiceColumns, doors: DoorColumns, row: int) -> ReferralTerms:
    door = int(services.door[row])
    return ReferralTerms(
        accepts=_MODE_SETS[services.modes[row]],
        accepts_from=words.doors[door],
        names=frozenset(doors.organizations[door].tolist()),
        requires=words.requires[services.requires[row]],
    )


def _opens_to(organizations: OrganizationColumns, doors: DoorColumns, holder: int) -> NDArray[np.bool_]:
    flags: NDArray[np.bool_] = doors.kinds[:, organizations.kind[holder]] | (
        doors.members & organizations.member[holder]
    )
    flags[doors.naming(holder)] = True
    seal(flags)
    return flags


def _partners(columns: AgreementColumns, organization: int, day: date) -> frozenset[int]:
    numbers = columns.of[organization].tolist()
    in_force = [number for number in numbers if columns.in_force(number, day.toordinal())]
    partners = {party for number in in_force for party in columns.parties[number].tolist()}
    return frozenset(partners - {organization})


def _in_force(
    columns: AgreementColumns, agreements: Sequence[Agreement], recipient: int, day: date
) -> dict[int, tuple[Agreement, ...]]:
    by_holder: dict[int, list[Agreement]] = {}
    for number in np.unique(columns.of[recipient]).tolist():
        if columns.in_force(number, day.toordinal()):
            parties = columns.parties[number].tolist()
            for holder in dict.fromkeys(parties) if columns.mutual[number] else parties[:1]:
                by_holder.setdefault(holder, []).append(agreements[number])
    by_holder.pop(recipient, None)
    return {holder: tuple(in_force) for holder, in_force in by_holder.items()}
