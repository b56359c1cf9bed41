"""Possible gateways: services able to take the client, in time, from which a hand-over is possible."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routing.client.modes import BY_WORD, SELF, WARM, usable_modes
from routing.client.scenario import Scenario
from routing.costs import EXPOSURES, LOOSEST, MODE_HOURS, MODES, URGENCIES
from routing.directory.arrays import Ints
from routing.directory.columns import Rows
from routing.directory.moment import Opening
from routing.handoffs.hops import Hops
from routing.kept import cached_property


@dataclass(frozen=True, slots=True)
class Pool:
    """Services that could be gateways at one urgency: rows, owners, and the least points and hours of the first hop.

    `waiting` are the points of the service itself; `points` hold it, the first hop, and the least effect of closeness.
    """

    rows: Rows
    owners: Rows
    points: NDArray[np.int64]
    waiting: NDArray[np.int64]
    hours: NDArray[np.int64]


class Pools:
    """The pools of a request, by urgency, each made once; and the services of a pool that a recipient admits."""

    def __init__(self, scenario: Scenario, hops: Hops, *, by_choice: bool) -> None:
        self._scenario, self._hops, self._by_choice = scenario, hops, by_choice
        self._pools: dict[str, Pool] = {}
        self._admits: dict[tuple[int, str, str], NDArray[np.bool_]] = {}

    def at(self, urgency: str) -> Pool:
        """Return every possible gateway to needs of an urgency."""
        if urgency not in self._pools:
            self._pools[urgency] = self._make(urgency)
        return self._pools[urgency]

    def admitted(self, row: int, service_type: str, urgency: str) -> NDArray[np.bool_]:
        """Return which services of the pool belong to agencies that a service (row) admits with a client."""
        if (row, service_type, urgency) not in self._admits:
            owners = self.at(urgency).owners
            away = owners != self._scenario.owner(row)
            self._admits[row, service_type, urgency] = away & ~self._hops.refusals(row, service_type, owners)
        return self._admits[row, service_type, urgency]

    def _make(self, urgency: str) -> Pool:
        scenario, weights = self._scenario, self._scenario.weights
        rows, opening, modes = self._in_time(urgency)
        confirm = scenario.to_confirm_now.at(rows, "")
        owners = scenario.snapshot.columns.organization[rows]
        organizations, place = np.unique(owners, return_inverse=True)
        mode_index = np.where(modes & WARM, 0, np.where(modes & SELF, 1, 2))
        levels = np.array([weights.exposure(level, asked_for=False) for level in EXPOSURES])
        exposure = levels[scenario.snapshot.organization_columns.exposure[owners]]
        waiting = scenario.prices.gateway_prices(rows, opening, urgency)
        return Pool(
            rows=rows,
            owners=owners,
            points=weights.handoff
            + exposure
            + np.array([weights.mode(mode) for mode in MODES])[mode_index]
            + np.where(mode_index == 1, confirm.points(alone=True), confirm.points(alone=False))
            + waiting
            + np.where(scenario.moment.may_be_close(organizations), 0, 2 * LOOSEST)[place],
            waiting=waiting,
            hours=np.array([MODE_HOURS[mode] for mode in MODES])[mode_index],
        )

    def _in_time(self, urgency: str) -> tuple[Rows, Opening, Ints]:
        """Return the services open in time, with room, and able to take the client; with their openings and modes."""
        opening = self._scenario.moment.opening(self._takers)
        modes = usable_modes(self._scenario, self._takers, "")
        modes = np.where(self._scenario.to_confirm.at(self._takers, "").any, modes & BY_WORD, modes)
        soon = self._scenario.moment.in_time(opening, URGENCIES.index(urgency)) & (modes > 0)
        return self._takers[soon], opening.only(soon), modes[soon]

    @cached_property
    def _takers(self) -> Rows:
        scenario = self._scenario
        rows = scenario.gateway_takers
        owners = scenario.snapshot.columns.organization[rows]
        away = owners != scenario.origin
        if not self._by_choice:
            away &= ~scenario.snapshot.by_choice[owners]
        return rows[away]
