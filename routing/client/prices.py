"""The price of meeting a client's needs at a service, or of passing through: every term except the terms of the hop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.cached_property import cached_property
from routing.client.confirm import beds_to_show
from routing.costs import (
    CAPACITY,
    EXPOSURES,
    FARAWAY,
    GENERAL_STAY,
    GENERAL_SUPPORT,
    STAY_DISCLOSED,
    URGENCY_WEIGHT,
    WEIGHT_PROFILES,
    WeightProfile,
    distance_points,
)
from routing.directory.arrays import Ints
from routing.directory.columns import Rows, spans
from routing.directory.hours import wait_hours, whole_hours_of
from routing.directory.moment import CAPACITIES, Moment, Opening
from routing.model import Profile

_CAPACITY_POINTS = np.array([CAPACITY[capacity] for capacity in CAPACITIES])


class Demand(NamedTuple):
    """A need or prerequisite, by bit: a service type, its urgency, and whether it is a need of the profile."""

    type: str
    urgency: str
    is_need: bool


@dataclass(frozen=True)
class Prices:
    """Points of single terms, as the answer shows them, and of whole lists at once, as a search adds them up. Pure."""

    moment: Moment
    profile: Profile
    origin: int

    @cached_property
    def weights(self) -> WeightProfile:
        """The weights that the profile prefers."""
        return WEIGHT_PROFILES[self.profile.prefer]

    def met_price(
        self, row: int, service_type: str, urgency: str, *, added: bool, reported: bool = False
    ) -> dict[str, int]:
        """Return the cost terms of meeting a need at a service; `added`: as a prerequisite, `reported`: by a report."""
        beds_for = self.moment.snapshot.service_types.beds_for
        beds = beds_to_show(self.moment, self.origin, np.array([row]), beds_for(self.profile.client, service_type))
        weights, snapshot = self.weights, self.moment.snapshot
        availability = self.moment.availability(row, int(beds[0]))
        response_h = int(snapshot.columns.response_h[row])
        hours = wait_hours(availability, self.profile.at) + max(response_h, 0)
        undesignated = service_type in snapshot.designated_types and not snapshot.columns.designated[row]
        return {
            "delay": weights.waiting(urgency, hours) + (weights.hour * weights.added_prerequisite if added else 0),
            "uncertain": weights.uncertain(availability, answers_in_known=response_h >= 0),
            "distance": 0 if reported else self._distance(row, service_type),
            "not_designated": weights.not_designated if undesignated else 0,
        }

    def _distance(self, row: int, service_type: str) -> int:
        points = self._distances[row] if row in self._distances else int(self.distances(np.array([row]))[0])
        return points if points >= 0 else self._faraway(service_type)

    def _faraway(self, service_type: str) -> int:
        return 0 if service_type in self.moment.snapshot.service_types.from_anywhere else FARAWAY

    def gateway_price(self, row: int, urgency: str) -> dict[str, int]:
        """Return the cost terms of passing through a gateway's service on the way to a need of this urgency."""
        availability = self.moment.availability(row)
        responds = bool(self.moment.snapshot.columns.response_h[row] >= 0)
        return {
            "delay": self.weights.waiting(urgency, wait_hours(availability, self.profile.at)),
            "uncertain": self.weights.uncertain(availability, answers_in_known=responds),
        }

    def met_prices(
        self,
        rows: Rows,
        opening: Opening,
        demands: Sequence[Demand],
        index: Ints,
        reported: NDArray[np.bool_] | None = None,
    ) -> NDArray[np.int64]:
        """Return, for each service, the sum of `met_price` for its entry of `demands`; `index` is the entry's place."""
        weights, snapshot = self.weights, self.moment.snapshot
        columns = snapshot.columns
        hours = whole_hours_of(opening.wait) + np.maximum(columns.response_h[rows], 0)
        weight = weights.hour * np.array([URGENCY_WEIGHT[demand.urgency] for demand in demands])
        added = np.array([0 if demand.is_need else weights.hour * weights.added_prerequisite for demand in demands])
        designated = [weights.not_designated if demand.type in snapshot.designated_types else 0 for demand in demands]
        apart = np.where(columns.designated[rows], 0, np.array(designated)[index])
        delay: NDArray[np.int64] = weight[index] * hours + added[index]
        faraway = np.array([self._faraway(demand.type) for demand in demands])[index]
        way = self.distances(rows)
        way = np.where(way < 0, faraway, way)
        if reported is not None:
            way[reported] = 0
        return delay + self._doubts(rows, opening) + way + apart

    def gateway_prices(self, rows: Rows, opening: Opening, urgency: str) -> NDArray[np.int64]:
        """Return, for each service, the sum of `gateway_price`."""
        return self._doubts(rows, opening) + self.weights.waiting(urgency, 1) * whole_hours_of(opening.wait)

    def _doubts(self, rows: Rows, opening: Opening) -> NDArray[np.int64]:
        weights = self.weights
        unknown = np.where(opening.wait < 0, weights.hours_unknown, 0)
        silent = np.where(self.moment.snapshot.columns.response_h[rows] < 0, weights.response_unknown, 0)
        return unknown + silent + _CAPACITY_POINTS[opening.capacity]

    def step_prices(
        self, owners: Rows, demands: Sequence[Demand], index: Ints
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return `general` and `stay` of a `CandidateService` for an entry of `demands` (`index`), by organization."""
        snapshot, law = self.moment.snapshot, self.moment.snapshot.law
        away, stay_types = owners != self.origin, snapshot.service_types.stays
        stays = np.array([demand.type in stay_types for demand in demands], dtype=np.bool_)[index]
        disclosed = snapshot.organization_columns.exposure[owners] == EXPOSURES.index("disclosed")
        stay = np.where(away & stays & disclosed, STAY_DISCLOSED, 0)
        if not any(self.profile.client.traits.get(trait) for trait in law.trafficked):
            return np.zeros_like(stay), stay
        support = np.array([GENERAL_SUPPORT if demand.type in law.support else 0 for demand in demands])[index]
        return np.where(away & ~snapshot.specialised[owners], np.where(stays, GENERAL_STAY, support), 0), stay

    @cached_property
    def out_of_order(self) -> tuple[int, ...]:
        """For each need, the needs (a mask) of the same urgency that stand in an earlier row of the order."""
        needs = [(need.urgency, self.moment.snapshot.order_row(need.type)) for need in self.profile.needs]
        return tuple(
            sum(1 << place for place, (urgency, row) in enumerate(needs) if urgency == late and row < after)
            for late, after in needs
        )

    def distances(self, rows: Rows) -> NDArray[np.int64]:
        """Return the points for the way to each service, -1 where the service's place is unknown.

        The way costs 0 to the origin's own services, and for a client of unknown place. A private place counts as the
        area named by its organization (`near`), otherwise as the deepest area that the service names and the client is
        in. Each distance is computed once, so that a path costs exactly the search's price, to the last bit of a sine.
        """
        distances = self._distances
        new_rows = [row for row in dict.fromkeys(rows.tolist()) if row not in distances]
        if new_rows:
            distances.update(zip(new_rows, self._measure(np.array(new_rows)).tolist(), strict=True))
        return np.array([distances[row] for row in rows.tolist()], dtype=np.int64)

    def _measure(self, rows: Rows) -> NDArray[np.int64]:
        columns, organizations = self.moment.snapshot.columns, self.moment.snapshot.organization_columns
        owners = columns.organization[rows]
        distances = np.where(owners == self.origin, 0, -1).astype(np.int64)
        if self._place is None:
            return np.zeros_like(distances)
        offsets = columns.places.offsets
        starts, width = offsets[rows], offsets[rows + 1] - offsets[rows]
        away = (width > 0) & (distances < 0) & ~organizations.address_private[owners]
        if away.any():
            places = columns.places.items[spans(starts[away], width[away])]
            points = distance_points(self._place, columns.latitude[places], columns.longitude[places])
            distances[away] = np.minimum.reduceat(points, np.cumsum(width[away]) - width[away])
        unplaced = distances < 0
        distances[unplaced] = self._by_area(rows[unplaced], organizations.near[owners[unplaced]])
        return distances

    def _by_area(self, rows: Rows, near: Ints) -> NDArray[np.int64]:
        """Return the points to the area that each organization names, else to its service's deepest named area."""
        area_lists, points = self.moment.snapshot.columns.areas, self.moment.snapshot.area_points
        distances, areas = np.full(len(rows), -1, dtype=np.int64), near.astype(np.int64)
        for upwards in (None, *self._upwards):  # the area named by the organization, then the innermost first
            if upwards is not None:
                covering = np.zeros(len(points), dtype=np.int8)
                covering[upwards] = 1
                areas = np.where(area_lists.best(rows, covering) > 0, upwards, -1)
            latitude, longitude = points[areas].T
            in_area = (distances < 0) & (areas >= 0) & ~np.isnan(latitude)
            if self._place is not None and in_area.any():
                distances[in_area] = distance_points(self._place, latitude[in_area], longitude[in_area])
        return distances

    @cached_property
    def _distances(self) -> dict[int, int]:
        return self.moment.distances[self.origin, self.profile.client.area]

    @cached_property
    def _upwards(self) -> list[int]:
        area = self.profile.client.area
        return [] if area is None else self.moment.snapshot.area_tree.upwards(area)

    @cached_property
    def _place(self) -> tuple[float, float] | None:
        """The client's point: of their area, or of the nearest containing area with a point."""
        if not self._upwards:
            return None
        latitude, longitude = self.moment.snapshot.area_points[self._upwards[0]].tolist()
        return None if np.isnan(latitude) else (latitude, longitude)
