"""What it costs one client to be met at a service, or to pass through it: all terms but those of the hop there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.arrays import Ints
from routing.columns import Rows, spans
from routing.costs import LENSES, URGENCIES, WEIGHTS, Lens, distance_points
from routing.hours import wait_hours, whole_hours_of
from routing.model import Profile
from routing.moment import CAPACITIES, Moment, Opening


class Wanted(NamedTuple):
    """What may be met, by bit: a service type, its urgency, and whether it is a need of the profile."""

    type: str
    urgency: str
    is_need: bool


@dataclass(frozen=True)
class Prices:
    """Points of single terms, as the answer shows them, and of whole lists at once, as a search adds them up.

    `moment` is that of the profile; `origin` an index. Pure; it fills as it is asked.
    """

    moment: Moment
    profile: Profile
    origin: int

    @cached_property
    def lens(self) -> Lens:
        """The weights that the profile prefers."""
        return LENSES[self.profile.prefer]

    def met_price(self, row: int, kind: str, urgency: str, *, added: bool) -> dict[str, int]:
        """Return the cost terms of meeting one need or prerequisite of this type at a service."""
        lens, found, snapshot = self.lens, self.moment.availability(row), self.moment.snapshot
        response_h = int(snapshot.columns.response_h[row])
        hours = wait_hours(found, self.profile.at) + max(response_h, 0)
        named = kind in snapshot.designated_types and not snapshot.columns.designated[row]
        return {
            "delay": lens.waiting(urgency, hours) + (lens.hour * lens.added_prerequisite if added else 0),
            "uncertain": lens.uncertain(found, answers_in_known=response_h >= 0),
            "distance": self._distances[row] if row in self._distances else int(self.distances(np.array([row]))[0]),
            "not_designated": lens.not_designated if named else 0,
        }

    def gateway_price(self, row: int, urgency: str) -> dict[str, int]:
        """Return the cost terms of passing through a gateway's service on the way to something this urgent."""
        found = self.moment.availability(row)
        known = bool(self.moment.snapshot.columns.response_h[row] >= 0)
        return {
            "delay": self.lens.waiting(urgency, wait_hours(found, self.profile.at)),
            "uncertain": self.lens.uncertain(found, answers_in_known=known),
        }

    def met_prices(self, rows: Rows, opening: Opening, wanted: Sequence[Wanted], which: Ints) -> NDArray[np.int64]:
        """Return, for each service, the sum of `met_price` for the one of `wanted` that `which` says."""
        lens, snapshot = self.lens, self.moment.snapshot
        columns = snapshot.columns
        hours = whole_hours_of(opening.wait) + np.maximum(columns.response_h[rows], 0)
        weight = lens.hour * WEIGHTS[[URGENCIES.index(one.urgency) for one in wanted]]
        added = np.array([0 if one.is_need else lens.hour * lens.added_prerequisite for one in wanted])
        designated = [lens.not_designated if one.type in snapshot.designated_types else 0 for one in wanted]
        apart = np.where(columns.designated[rows], 0, np.array(designated)[which])
        delay: NDArray[np.int64] = weight[which] * hours + added[which]
        return delay + self._doubts(rows, opening) + self.distances(rows) + apart

    def gateway_prices(self, rows: Rows, opening: Opening, urgency: str) -> NDArray[np.int64]:
        """Return, for each service, the sum of `gateway_price`."""
        return self._doubts(rows, opening) + self.lens.waiting(urgency, 1) * whole_hours_of(opening.wait)

    def _doubts(self, rows: Rows, opening: Opening) -> NDArray[np.int64]:
        """Return the points for not knowing about each service, or knowing that it is full."""
        lens = self.lens
        unknown = np.where(opening.wait < 0, lens.hours_unknown, 0)
        silent = np.where(self.moment.snapshot.columns.response_h[rows] < 0, lens.response_unknown, 0)
        found: NDArray[np.int64] = unknown + silent + np.array(lens.capacity_points(CAPACITIES))[opening.room]
        return found

    def distances(self, rows: Rows) -> NDArray[np.int64]:
        """Return the points for the way to each service: 0 where either end is unknown or private, or it is the origin.

        Each is worked out once, so that a path costs what the search said, to the last bit of a sine.
        """
        if self._place is None:
            return np.zeros(len(rows), dtype=np.int64)
        known = self._distances
        missing = [row for row in dict.fromkeys(rows.tolist()) if row not in known]
        if missing:
            known.update(zip(missing, self._measure(np.array(missing)).tolist(), strict=True))
        return np.array([known[row] for row in rows.tolist()], dtype=np.int64)

    def _measure(self, rows: Rows) -> NDArray[np.int64]:
        columns, organizations = self.moment.snapshot.columns, self.moment.snapshot.organization_columns
        owners = columns.organization[rows]
        offsets = columns.places.offsets
        starts, width = offsets[rows], offsets[rows + 1] - offsets[rows]
        away = (width > 0) & (owners != self.origin) & ~organizations.address_private[owners]
        found = np.zeros(len(rows), dtype=np.int64)
        if self._place is not None and away.any():
            places = columns.places.items[spans(starts[away], width[away])]
            points = distance_points(self._place, columns.latitude[places], columns.longitude[places])
            found[away] = np.minimum.reduceat(points, np.cumsum(width[away]) - width[away])
        return found

    @cached_property
    def _distances(self) -> dict[int, int]:
        known: dict[int, int] = self.moment.once("distances", (self.origin, self.profile.client.area), dict)
        return known

    @cached_property
    def _place(self) -> tuple[float, float] | None:
        area = self.moment.snapshot.areas.get(self.profile.client.area or "")
        if area is None or area.latitude is None or area.longitude is None:
            return None
        return area.latitude, area.longitude
