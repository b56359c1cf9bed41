"""The directory at one moment, for any client: open services, ties of organizations, doors that let them in."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.cached_property import cached_property
from routing.costs import URGENCIES
from routing.directory.agencies import Agreement
from routing.directory.arrays import Ints, are_among, repeated
from routing.directory.columns import NEVER_COUNTED
from routing.directory.hours import FRESH_US, HORIZON_US, epoch_us, hours_of, midnight_us
from routing.directory.snapshot import Snapshot
from routing.directory.weekly_hours import is_steady, week_us
from routing.model import Availability

CAPACITIES = ("full", "unknown", "stale", "available")
"""The states of bed counts: of several counts of a service, the state latest in this list holds."""

_FULL, _UNKNOWN, _STALE, _FREE = range(4)
_NEEDS_ROOM = np.array([urgency in ("now", "today") for urgency in URGENCIES], dtype=np.bool_)
_ANY_WAIT = np.iinfo(np.int64).max


class Opening(NamedTuple):
    """The waits (microseconds: 0 open, -1 unknown) and room (the place in `CAPACITIES`) of several services."""

    wait: NDArray[np.int64]
    capacity: NDArray[np.int8]

    def only(self, keep: NDArray[np.bool_]) -> Opening:
        """Return the entries to keep."""
        return Opening(self.wait[keep], self.capacity[keep])


@dataclass(eq=False)
class Moment:
    """A snapshot at one moment, for the questions of one request; answers are remembered. One thread at a time."""

    snapshot: Snapshot
    at: datetime
    distances: defaultdict[tuple[int, str | None], dict[int, int]] = field(default_factory=lambda: defaultdict(dict))
    """The points for the way to services, by origin and area (`client/prices.py`)."""
    permits: list[Any] = field(default_factory=list)
    """The answers of the rules so far, for each different rules (`handoffs/permits.py`)."""
    _hours: dict[int, tuple[str, datetime | None]] = field(default_factory=dict)
    _availability: dict[tuple[int, int], Availability] = field(default_factory=dict)

    @cached_property
    def day(self) -> date:
        """The local date on which agreements are judged."""
        return self.at.astimezone(self.snapshot.zone).date()

    def sees_counts(self, reader: int, rows: Ints) -> NDArray[np.bool_]:
        """Return, for each service, whether a reader (organization) may see how many of its places are free."""
        return self.snapshot.sees_counts(reader, self.day)[self.snapshot.columns.organization[rows]]

    # -- who stands close to whom ------------------------------------------------------------------------------

    def agreements(self, holder: int, recipient: int) -> tuple[Agreement, ...]:
        """Return the agreements in force for a hop, closest first."""
        return self.snapshot.in_force(holder, recipient, self.day)

    def partners(self, organization: int) -> frozenset[int]:
        """Return the organizations that share an agreement in force with an organization, in either direction."""
        return self.snapshot.ties.partners(organization, self.day)

    def family(self, organization: int) -> frozenset[int]:
        """Return the organizations of the same family (a parent and its departments), this organization included."""
        snapshot = self.snapshot
        family = int(snapshot.organization_columns.family[organization])
        return snapshot.families.get(family, frozenset((organization,)))

    def may_be_close(self, organizations: Ints, *, origin: int | None = None) -> NDArray[np.bool_]:
        """Return which of these organizations, each given once, could stand closer to another than strangers do.

        With an origin only closeness among the given organizations and to the origin counts.
        """
        columns, day = self.snapshot.agreement_columns, self.day.toordinal()
        candidates = organizations if origin is None else np.append(organizations, origin)
        numbers, of = columns.of.at(candidates)
        counts = (columns.effective[numbers] <= day) & (day <= columns.expires[numbers])
        if origin is not None:
            counts &= repeated(numbers)
        close = np.bincount(of[counts], minlength=len(candidates)) > 0
        family = self.snapshot.organization_columns.family[candidates]
        if origin is not None:
            close |= repeated(family)
        else:
            close |= (family != candidates) | are_among(candidates, self.snapshot.parents)
        return close[: len(organizations)]

    # -- who is let in -----------------------------------------------------------------------------------------

    def let_in(self, door: int, organizations: Ints) -> NDArray[np.bool_]:
        """Return which organizations a door (number) lets in for their attributes, agreements aside."""
        doors, columns = self.snapshot.doors, self.snapshot.organization_columns
        flags: NDArray[np.bool_] = doors.kinds[door, columns.kind[organizations]]
        if doors.members[door]:
            flags = flags | columns.member[organizations]
        by_name = doors.organizations[door]
        return flags | np.isin(organizations, by_name) if len(by_name) else flags

    # -- hours and room ----------------------------------------------------------------------------------------

    def availability(self, row: int, beds: int = 1) -> Availability:
        """Return hours and room of a service (row) for this many beds, without closing time (`hours.availability`)."""
        if (row, beds) not in self._availability:
            status, opens_at = self.hours(int(self.snapshot.columns.timetable[row]))
            capacity = CAPACITIES[self.capacities(np.array([row]), beds)[0]]
            self._availability[row, beds] = Availability(status, opens_at, capacity)
        return self._availability[row, beds]

    def hours(self, timetable: int) -> tuple[str, datetime | None]:
        """Return status and next opening of a timetable (number), as `hours_of` reads them."""
        if timetable not in self._hours:
            numbers, zone = np.array([timetable]), self.snapshot.zone
            if not self._weekly(numbers)[0]:
                hours = hours_of(self.snapshot.timetables[timetable], self.at, zone)
            elif wait := int(self.snapshot.weeks.waits(numbers, self._now_of_week)[0]):
                hours = "opens_later", self.at.astimezone(zone) + timedelta(microseconds=wait)
            else:
                hours = "open", None
            self._hours[timetable] = hours
        return self._hours[timetable]

    @cached_property
    def _steady(self) -> bool:
        return is_steady(self.at, self.snapshot.zone)

    def _weekly(self, timetables: Ints) -> NDArray[np.bool_]:
        return self.snapshot.weeks.has(timetables) & self._steady

    def opening(self, rows: Ints, beds: Ints | int = 1) -> Opening:
        """Return the waits of these services, and their room for `beds` (for each service, or for all alike)."""
        return Opening(self._waits(self.snapshot.columns.timetable[rows]), self.capacities(rows, beds))

    def in_time(self, opening: Opening, urgency: Ints | int) -> NDArray[np.bool_]:
        """Return, for each service, whether hours and room allow a need of this urgency (places in `URGENCIES`)."""
        return self.open_in_time(opening, urgency) & self.has_room(opening, urgency)

    def open_in_time(self, opening: Opening, urgency: Ints | int) -> NDArray[np.bool_]:
        """Return, for each service, whether hours allow a need of this urgency; unknown hours always pass."""
        return opening.wait <= self._longest_waits[urgency]

    def has_room(self, opening: Opening, urgency: Ints | int) -> NDArray[np.bool_]:
        """Return, for each service, whether room allows a need of this urgency."""
        return ~(_NEEDS_ROOM[urgency] & (opening.capacity == _FULL))

    @cached_property
    def _longest_waits(self) -> NDArray[np.int64]:
        left_of_today_us = midnight_us(self.at, self.snapshot.zone) - self._now_us
        return np.array([0, left_of_today_us - 1, HORIZON_US, _ANY_WAIT])

    def capacities(self, rows: Ints, beds: Ints | int = 1) -> NDArray[np.int8]:
        """Return the place in `CAPACITIES` of each service's room for `beds` (for each service, or for all alike)."""
        columns = self.snapshot.columns
        starts, ends = columns.beds[rows], columns.beds[rows + 1]
        capacities = np.full(len(rows), _UNKNOWN, dtype=np.int8)
        has_count = ends > starts
        if not has_count.any():
            return capacities
        first, width = starts[has_count], (ends - starts)[has_count]
        required = np.broadcast_to(beds, len(rows))[has_count]
        state = self._capacity_at(first, required)
        for more in range(1, int(width.max())):
            wider = width > more
            state[wider] = np.maximum(state[wider], self._capacity_at(first[wider] + more, required[wider]))
        capacities[has_count] = state
        return capacities

    def _capacity_at(self, counts: Ints, beds: Ints) -> NDArray[np.int8]:
        columns = self.snapshot.columns
        counted_at, free = columns.beds_counted[counts], columns.beds_free[counts]
        stale = (counted_at == NEVER_COUNTED) | (self._now_us - counted_at > FRESH_US)
        state = np.where(free >= beds, _FREE, np.where(free < 0, _UNKNOWN, _FULL))
        return np.where(stale, _STALE, state).astype(np.int8)

    def _waits(self, timetables: Ints) -> NDArray[np.int64]:
        weekly, waits = self._weekly(timetables), np.empty(len(timetables), dtype=np.int64)
        waits[weekly] = self.snapshot.weeks.waits(timetables[weekly], self._now_of_week)
        if weekly.all():
            return waits
        varying, place = np.unique(timetables[~weekly], return_inverse=True)
        waits[~weekly] = np.array([self._wait(timetable) for timetable in varying.tolist()], dtype=np.int64)[place]
        return waits

    def _wait(self, timetable: int) -> int:
        status, opens_at = self.hours(timetable)
        if opens_at is None:
            return 0 if status == "open" else -1
        return epoch_us(opens_at) - self._now_us

    @cached_property
    def _now_us(self) -> int:
        return epoch_us(self.at)

    @cached_property
    def _now_of_week(self) -> int:
        return week_us(self.at, self.snapshot.zone)
