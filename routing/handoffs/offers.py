"""The services that could meet each requirement, with prices: lists of offers as arrays, before any hop is built."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from routing.client.modes import BY_WORD, SELF, WARM, usable_modes
from routing.client.prices import Demand
from routing.client.scenario import Scenario
from routing.costs import EXPOSURES, FOREIGN, FOREIGN_ALONE, MODE_HOURS, MODES
from routing.directory.columns import Rows
from routing.handoffs.hop import CandidateService

Points = NDArray[np.int64]
Flags = NDArray[np.bool_]

ENDLESS = 1 << 40
"""More points than any path costs."""

_MODE_HOURS = np.array([MODE_HOURS[mode] for mode in MODES])


@dataclass(frozen=True, slots=True)
class Table:
    """One entry for each service and bit that the service can meet, by bit, then row. `free`: no prerequisite is open.

    `fixed` and `hours` are the least points and hours of a hop to the service, closeness aside. `open`: the origin may
    hand over by word of mouth, and so every client can come; `refuses`: the origin is turned away at the door.
    `is_report`: the origin reports to the service. The others are as in `CandidateService`.
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
    question_points: Points
    foreign: Flags
    entry: Flags
    general: Points
    stay: Points
    is_report: Flags

    def only(self, keep: Flags) -> Table:
        """Return the entries to keep."""
        return Table(**{column.name: getattr(self, column.name)[keep] for column in fields(self)})


def table_of(scenario: Scenario, demands: Sequence[Demand]) -> Table:
    """Return the offers able to take the client for entries of `demands` (bits are their places); pure."""
    key = tuple(demands)
    return scenario.once(("table", key), lambda: _make_table(scenario, key))


def needs_of(scenario: Scenario) -> tuple[Demand, ...]:
    """Return the entries to meet for the needs of the profile, in the profile's order. Pure."""
    return tuple(Demand(need.type, need.urgency, True) for need in scenario.profile.needs)


def _make_table(scenario: Scenario, demands: Sequence[Demand]) -> Table:
    rows, bit, opening = scenario.usable([(demand.type, demand.urgency) for demand in demands])
    columns, weights = scenario.snapshot.columns, scenario.weights
    at_home = columns.organization[rows] == scenario.origin
    question_points, foreign, entry, is_report = _to_confirm(scenario, rows, demands, bit)
    modes = usable_modes(scenario, rows, *(demand.type for demand in demands), index=bit)
    modes = np.where(entry, modes & BY_WORD, modes)
    keep = at_home | is_report | (modes > 0)
    rows, bit, opening, at_home, modes = rows[keep], bit[keep], opening.only(keep), at_home[keep], modes[keep]
    question_points, foreign, entry, is_report = question_points[keep], foreign[keep], entry[keep], is_report[keep]
    owner, mode = columns.organization[rows], np.where(modes & WARM, 0, np.where(modes & SELF, 1, 2))
    excused = scenario.snapshot.law.may_be_discoverable
    asked_for = np.array([demand.is_need and demand.type in excused for demand in demands], dtype=np.int64)[bit]
    levels = np.array([[weights.exposure(level, asked_for=excuse) for level in EXPOSURES] for excuse in (False, True)])
    exposure = levels[asked_for, scenario.snapshot.organization_columns.exposure[owner]]
    general, stay = scenario.prices.step_prices(owner, demands, bit)
    completed = scenario.profile.client.completed
    ready = np.array([words <= completed for words in scenario.snapshot.words.requires], dtype=np.bool_)
    confirmed = question_points + np.where(foreign, np.where(at_home | (mode == 0), FOREIGN, FOREIGN_ALONE), 0)
    by_mode = np.where(is_report, 0, np.array([weights.mode(mode_name) for mode_name in MODES])[mode])
    admitted = at_home | is_report | scenario.snapshot.ties.opens_to(scenario.origin)[columns.door[rows]]
    return Table(
        row=rows,
        bit=bit,
        owner=owner,
        price=scenario.prices.met_prices(rows, opening, demands, bit, is_report),
        free=ready[columns.requires[rows]] | scenario.profile.third_party,  # whose calls are all reports
        open=at_home | is_report | (admitted & (modes & BY_WORD > 0)),
        refuses=~admitted,
        fixed=confirmed + general + stay + np.where(at_home, 0, weights.handoff + exposure + by_mode),
        hours=np.where(at_home | is_report, 0, _MODE_HOURS[mode]),
        question_points=question_points,
        foreign=foreign,
        entry=entry,
        general=general,
        stay=stay,
        is_report=is_report,
    )


def _to_confirm(
    scenario: Scenario, rows: Rows, demands: Sequence[Demand], bit: Points
) -> tuple[Points, Flags, Flags, Flags]:
    service_types = [demand.type for demand in demands]
    now = scenario.to_confirm_now.at(rows, *service_types, index=bit)
    is_now = scenario.to_confirm is scenario.to_confirm_now
    then = now if is_now else scenario.to_confirm.at(rows, *service_types, index=bit)
    is_report = np.zeros(len(rows), dtype=np.bool_)
    for place, service_type in enumerate(service_types):
        is_report |= (bit == place) & scenario.are_reports(rows, service_type)
    return np.where(is_report, 0, now.question_points), now.foreign & ~is_report, then.any & ~is_report, is_report


def offers_in(table: Table, demands: Sequence[Demand], requires: Sequence[Sequence[int]]) -> list[CandidateService]:
    """Return the entries as offers. Pure.

    `requires`: for each entry the masks of bits of which one must be met before; no mask: the entry is left out.
    """
    offers: list[CandidateService] = []
    once = (table.question_points, table.foreign, table.entry, table.general, table.stay)
    entries = zip(*(column.tolist() for column in (table.row, table.owner, table.bit, table.price, *once)), strict=True)
    for (row, owner, bit, price, *of_step), masks in zip(entries, requires, strict=True):
        offers += [
            CandidateService(row, owner, bit, demands[bit].type, mask, price, *of_step)
            for mask in masks
            if not mask >> bit & 1
        ]
    return offers


@dataclass(frozen=True, slots=True)
class Scope:
    """The offers of the needs to search (`table`), with the lower bound on paths through each offer (`least`).

    `beside` is the lower bound on paths that come to an offer by a gateway, less the cost of both hops. What is known
    to cost more than `most` is left out; with `plain`, added prerequisites and gateways are, altogether. The provider
    of a prerequisite can be `spared` so many points of its hop, according to `least`.
    """

    table: Table
    least: Points
    beside: Points
    most: int
    spared: int
    plain: bool = False
