"""Which services could meet which bits, and at what price: whole lists of offers as arrays, before any hop is built."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from routing.client.modes import BY_WORD, SELF, WARM, usable_modes
from routing.client.prices import Wanted
from routing.client.scenario import Scenario
from routing.costs import EXPOSURES, FOREIGN, FOREIGN_ALONE, MODE_HOURS, MODES
from routing.directory.columns import Rows
from routing.handoffs.hop import Offer

Points = NDArray[np.int64]
Flags = NDArray[np.bool_]

ENDLESS = 1 << 40
"""More points than any path costs."""

_MODE_HOURS = np.array([MODE_HOURS[mode] for mode in MODES])


@dataclass(frozen=True, slots=True)
class Table:
    """One entry for each service and bit that the service can meet, by bit, then row. `free`: no prerequisite is open.

    `fixed` and `hours` are the least points and hours of a hop to the service, closeness aside. `open`: the origin may
    hand over by word of mouth, and so every client can come to the service; `refuses`: the origin is turned away at the
    door. `told`: the origin reports to the service. The others are as in `Offer`.
    """

    row: Rows
    bit: NDArray[np.int64]
    owner: Rows
    price: Points
    free: Flags
    open: Flags
    refuses: Flags
    fixed: Points
    hours: Points
    asked: Points
    foreign: Flags
    entry: Flags
    general: Points
    stay: Points
    told: Flags

    def only(self, keep: Flags) -> Table:
        """Return the entries to keep."""
        return Table(**{column.name: getattr(self, column.name)[keep] for column in fields(self)})


def table_of(scenario: Scenario, wanted: Sequence[Wanted]) -> Table:
    """Return the offers able to take the client for entries of `wanted`, by some mode; pure.

    Bits are places in `wanted`. A hotline's own services and receivers of its reports need no mode.
    """
    every = tuple(wanted)
    return scenario.once(("table", every), lambda: _make_table(scenario, every))


def needs_of(scenario: Scenario) -> tuple[Wanted, ...]:
    """Return the entries to meet for the needs of the profile, in the profile's order. Pure."""
    return tuple(Wanted(need.type, need.urgency, True) for need in scenario.profile.needs)


def _make_table(scenario: Scenario, wanted: Sequence[Wanted]) -> Table:
    rows, bit, opening = scenario.usable([(one.type, one.urgency) for one in wanted])
    columns, lens = scenario.snapshot.columns, scenario.lens
    at_home = columns.organization[rows] == scenario.origin
    asked, foreign, entry, told = _to_confirm(scenario, rows, wanted, bit)
    modes = usable_modes(scenario, rows, *(one.type for one in wanted), which=bit)
    modes = np.where(entry, modes & BY_WORD, modes)
    some = at_home | told | (modes > 0)
    rows, bit, opening, at_home, modes = rows[some], bit[some], opening.only(some), at_home[some], modes[some]
    asked, foreign, entry, told = asked[some], foreign[some], entry[some], told[some]
    owner, mode = columns.organization[rows], np.where(modes & WARM, 0, np.where(modes & SELF, 1, 2))
    excused = scenario.snapshot.law.may_be_discoverable
    asked_for = np.array([one.is_need and one.type in excused for one in wanted], dtype=np.int64)[bit]
    levels = np.array([[lens.exposure(level, asked_for=asked) for level in EXPOSURES] for asked in (False, True)])
    exposure = levels[asked_for, scenario.snapshot.organization_columns.exposure[owner]]
    general, stay = scenario.prices.step_prices(owner, wanted, bit)
    completed = scenario.profile.client.completed
    ready = np.array([words <= completed for words in scenario.snapshot.words.requires], dtype=np.bool_)
    confirmed = asked + np.where(foreign, np.where(at_home | (mode == 0), FOREIGN, FOREIGN_ALONE), 0)
    by_mode = np.where(told, 0, np.array([lens.mode(one) for one in MODES])[mode])
    admitted = at_home | told | scenario.moment.opens_to(scenario.origin)[columns.door[rows]]
    return Table(
        row=rows,
        bit=bit,
        owner=owner,
        price=scenario.prices.met_prices(rows, opening, wanted, bit, told),
        free=ready[columns.requires[rows]] | (told & scenario.profile.third_party),
        open=at_home | told | (admitted & (modes & BY_WORD > 0)),
        refuses=~admitted,
        fixed=confirmed + general + stay + np.where(at_home, 0, lens.handoff + exposure + by_mode),
        hours=np.where(at_home | told, 0, _MODE_HOURS[mode]),
        asked=asked,
        foreign=foreign,
        entry=entry,
        general=general,
        stay=stay,
        told=told,
    )


def _to_confirm(
    scenario: Scenario, rows: Rows, wanted: Sequence[Wanted], bit: Points
) -> tuple[Points, Flags, Flags, Flags]:
    """Return `asked`, `foreign` and `entry` of a table for the given services, and which services receive a report."""
    service_types = [one.type for one in wanted]
    now = scenario.to_confirm_now.at(rows, *service_types, which=bit)
    is_now = scenario.to_confirm is scenario.to_confirm_now
    then = now if is_now else scenario.to_confirm.at(rows, *service_types, which=bit)
    told = np.zeros(len(rows), dtype=np.bool_)
    for place, service_type in enumerate(service_types) if scenario.reports else ():
        told |= (bit == place) & scenario.are_reports(rows, service_type)
    return np.where(told, 0, now.asked), now.foreign & ~told, then.any & ~told, told


def offers_in(table: Table, wanted: Sequence[Wanted], requires: Sequence[Sequence[int]]) -> list[Offer]:
    """Return the entries as offers, by organization, service, bit and requirement. Pure.

    `requires`: for each entry the masks of bits of which one must be met before; no mask: the entry is left out.
    """
    found: list[Offer] = []
    once = (table.asked, table.foreign, table.entry, table.general, table.stay)
    entries = zip(*(column.tolist() for column in (table.row, table.owner, table.bit, table.price, *once)), strict=True)
    for (row, owner, bit, price, *of_step), masks in zip(entries, requires, strict=True):
        found += [
            Offer(row, owner, bit, wanted[bit].type, mask, price, *of_step) for mask in masks if not mask >> bit & 1
        ]
    return sorted(found, key=lambda o: (o.organization, o.service, o.bit, o.requires))


@dataclass(frozen=True, slots=True)
class Scope:
    """The offers of the needs to search (`table`), with the lower bound on paths through each offer (`least`).

    `beside` is the lower bound on paths that come to an offer by a gateway, less the cost of both hops. Candidates
    known to cost more than `most` are left out, added prerequisites and gateways included; with `plain` added
    prerequisites and gateways are left out altogether. The provider of a prerequisite can be `spared` so many points of
    its hop, according to `least`.
    """

    table: Table
    least: Points
    beside: Points
    most: int
    spared: int
    plain: bool = False
