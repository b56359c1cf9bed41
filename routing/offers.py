"""Who could meet what, and for how much: whole lists of offers as arrays, before any hop is looked at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from routing.case import Case
from routing.columns import Rows
from routing.costs import EXPOSURES, MAY_BE_DISCOVERABLE, MODE_HOURS, MODES
from routing.hops import Offer

Points = NDArray[np.int64]
Flags = NDArray[np.bool_]

ENDLESS = 1 << 40
"""More points than any path costs."""

_WARM, _SELF, _PACKET = (1 << place for place in range(len(MODES)))
_BY_WORD = _WARM | _SELF


@dataclass(frozen=True, slots=True)
class Wanted:
    """What may be met, by bit: a service type, its urgency, and whether it is a need of the profile."""

    type: str
    urgency: str
    is_need: bool


Requirements = Callable[[int, str], list[int]]
"""The masks of bits of which one must be met before a service (row) at an urgency; empty when none can be."""


@dataclass(frozen=True, slots=True)
class Table:
    """One entry for each service and bit. `free`: nothing has to come before it.

    `fixed` and `hours` are the least of a hop to it, closeness aside. `open`: the origin may hand over by word of
    mouth, and so every client can come to it; `refuses`: the origin is turned away at the door.
    """

    row: Rows
    bit: NDArray[np.int64]
    owner: Rows
    price: Points
    free: Flags
    usable: Flags
    open: Flags
    refuses: Flags
    fixed: Points
    hours: Points

    def only(self, keep: Flags) -> Table:
        """Return the entries to keep."""
        return Table(**{column.name: getattr(self, column.name)[keep] for column in fields(self)})


def table_of(case: Case, wanted: Sequence[Wanted], first: int = 0) -> Table:
    """Return the offers that take this client for what is wanted; bits are numbered from `first`; pure."""
    found = [case.usable(one.type, one.urgency) for one in wanted]
    rows, bit = np.concatenate(found), np.repeat(np.arange(len(wanted)), [len(some) for some in found])
    prices = [
        case.prices.met_prices(some, one.type, one.urgency, added=not one.is_need)
        for some, one in zip(found, wanted, strict=True)
    ]
    columns, lens = case.snapshot.columns, case.lens
    owner = columns.organization[rows]
    at_home = owner == case.origin
    modes = columns.modes[rows] & (_BY_WORD | _PACKET if case.profile.client_present is True else _SELF | _PACKET)
    mode = np.where(modes & _WARM, 0, np.where(modes & _SELF, 1, 2))
    asked_for = np.array([one.is_need and one.type in MAY_BE_DISCOVERABLE for one in wanted], dtype=np.int64)[bit]
    levels = np.array([[lens.exposure(level, asked_for=asked) for level in EXPOSURES] for asked in (False, True)])
    exposure = levels[asked_for, case.snapshot.organization_columns.exposure[owner]]
    completed = case.profile.client.completed
    ready = np.array([words <= completed for words in case.snapshot.words.requires], dtype=np.bool_)
    admitted = at_home | case.moment.opens_to(case.origin)[columns.door[rows]]
    return Table(
        row=rows,
        bit=bit + first,
        owner=owner,
        price=np.concatenate(prices),
        free=ready[columns.requires[rows]],
        usable=at_home | (modes > 0),
        open=at_home | (admitted & (modes & _BY_WORD > 0)),
        refuses=~admitted,
        fixed=np.where(at_home, 0, lens.handoff + exposure + np.array([lens.mode(one) for one in MODES])[mode]),
        hours=np.where(at_home, 0, np.array([MODE_HOURS[one] for one in MODES])[mode]),
    )


def offers_in(table: Table, wanted: Sequence[Wanted], requirements: Requirements) -> list[Offer]:
    """Return the entries as offers, by organization, service, bit and requirement; none where that cannot be met."""
    found: list[Offer] = []
    columns = table.row.tolist(), table.owner.tolist(), table.bit.tolist(), table.price.tolist(), table.free.tolist()
    for row, owner, bit, price, free in zip(*columns, strict=True):
        masks = [0] if free else requirements(row, wanted[bit].urgency)
        found += [Offer(row, owner, bit, wanted[bit].type, mask, price) for mask in masks if not mask >> bit & 1]
    return sorted(found, key=lambda o: (o.organization, o.service, o.bit, o.requires))


@dataclass(frozen=True, slots=True)
class Scope:
    """Which offers of the needs to search (`table`), with the least that a path through each can cost (`least`).

    What costs more than `most` is left out wherever that can be told: added prerequisites and gateways too; and all of
    those where `plain`.
    """

    table: Table
    least: Points
    most: int
    plain: bool = False
