"""One request against one snapshot: the look-ups that every later step of the search shares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from routing.budget import Patience
from routing.columns import NEVER_COUNTED, Ints, Rows, spans
from routing.costs import EXPOSURES, LENSES, MODES, Lens, distance_points
from routing.eligibility import ClientView, Eligibility
from routing.errors import UnknownOrganization
from routing.hours import (
    FRESH_US,
    HORIZON_US,
    epoch_us,
    has_room,
    midnight_us,
    open_in_time,
    wait_hours,
    whole_hours_of,
)
from routing.model import Availability, Organization, Profile, Service
from routing.moment import Moment, Referral
from routing.snapshot import Snapshot
from routing.timetables import Hours, is_steady, place_in_week

Made = TypeVar("Made")

CAPACITIES = ("full", "unknown", "stale", "available")
"""What the counts of one service come to: of several, the last in this list (contract, "Time")."""

_MODE_SETS = [frozenset(mode for bit, mode in enumerate(MODES) if mask >> bit & 1) for mask in range(1 << len(MODES))]
_FULL, _UNKNOWN, _STALE, _FREE = range(4)


@dataclass(frozen=True)
class Case:
    """A profile, the snapshot that answers it, and what is derived from both. Pure; one request, one thread.

    `opened` are services (rows, rising, none refused) that count as taking this client though it is not sure: what a
    conditional path needs. `earlier` is what other cases of the same request have found out.
    """

    snapshot: Snapshot
    profile: Profile
    opened: tuple[int, ...] = ()
    earlier: Moment | None = None

    def __post_init__(self) -> None:
        """Refuse an origin that is not here, and another moment.

        Raises:
            UnknownOrganization: the origin is not in the snapshot.
            ValueError: `earlier` is of another snapshot or moment.
        """
        if self.moment.snapshot is not self.snapshot or self.moment.at != self.profile.at:
            raise ValueError("earlier")
        if self.profile.origin not in self.snapshot.organization_index:
            raise UnknownOrganization("origin")

    @cached_property
    def origin(self) -> int:
        """The origin's index."""
        return self.snapshot.organization_index[self.profile.origin]

    @cached_property
    def moment(self) -> Moment:
        """What is known so far whoever the client is, for the next case of this request."""
        return Moment(self.snapshot, self.profile.at) if self.earlier is None else self.earlier

    @cached_property
    def patience(self) -> Patience:
        """How long what is done for this request may take; one for all that is supposed of it."""
        return Patience()

    @cached_property
    def lens(self) -> Lens:
        """The weights that the profile prefers."""
        return LENSES[self.profile.prefer]

    @cached_property
    def day(self) -> date:
        """The local date on which agreements are judged."""
        return self.profile.at.astimezone(self.snapshot.zone).date()

    @cached_property
    def client(self) -> ClientView:
        """The client as this snapshot sees them."""
        return ClientView(self.snapshot, self.profile.client)

    @cached_property
    def _memory(self) -> dict[tuple[str, object], Any]:
        return {}

    @property
    def _known(self) -> dict[tuple[str, object], Any]:
        return self.moment.memory

    def once(self, key: tuple[str, object], make: Callable[[], Made]) -> Made:
        """Return what was made under a key for this case, made now if it was not."""
        if key not in self._memory:
            self._memory[key] = make()
        found: Made = self._memory[key]
        return found

    def supposing(self, opened: tuple[int, ...], *, client_present: bool | None) -> Case:
        """Return this case as it would be if these services took the client too; prices stay what they are."""
        found = replace(
            self, profile=replace(self.profile, client_present=client_present), opened=opened, earlier=self.moment
        )
        vars(found).update(client=self.client, patience=self.patience, _sure=self._sure)
        return found

    def service(self, row: int) -> Service:
        """Return a service by row: the one record, however often it is asked for."""
        services = self.moment.services
        if row not in services:
            services[row] = self.snapshot.services[row]
        return services[row]

    def referral(self, row: int) -> Referral:
        """Return how a service (row) takes referrals."""
        referrals = self.moment.referrals
        if row not in referrals:
            columns, words, door = self.snapshot.columns, self.snapshot.words, int(self.snapshot.columns.door[row])
            referrals[row] = Referral(
                accepts=_MODE_SETS[columns.modes[row]],
                accepts_from=words.doors[door],
                names=frozenset(self.snapshot.doors.named[door].tolist()),
                requires=words.requires[columns.requires[row]],
            )
        return referrals[row]

    def organization(self, number: int) -> Organization:
        """Return an organization by index: the one record, however often it is asked for."""
        organizations = self.moment.organizations
        if number not in organizations:
            organizations[number] = self.snapshot.organizations[number]
        return organizations[number]

    def owner(self, row: int) -> int:
        """Return the organization (index) that offers a service (row)."""
        return int(self.snapshot.columns.organization[row])

    def exposure(self, organization: int) -> str:
        """Return what an organization, as a receiver, means for what it learns."""
        return EXPOSURES[self.snapshot.organization_columns.exposure[organization]]

    # -- who the client refuses --------------------------------------------------------------------------------

    def avoided(self, organization: int) -> bool:
        """Say whether the client refuses this organization, by name or by kind."""
        return bool(self.profile.avoid) and bool(self.refused(np.array([organization]))[0])

    def refused(self, organizations: Ints) -> NDArray[np.bool_]:
        """Return, for each of these organizations, whether the client refuses it, by name or by kind."""
        if not self.profile.avoid:
            return np.zeros(len(organizations), dtype=np.bool_)
        kinds, numbers = self._refused
        by_kind: NDArray[np.bool_] = kinds[self.snapshot.organization_columns.kind[organizations]]
        return by_kind | np.isin(organizations, numbers)

    @cached_property
    def _refused(self) -> tuple[NDArray[np.bool_], Rows]:
        index, avoid = self.snapshot.organization_index, self.profile.avoid
        kinds = np.array([kind in avoid for kind in self.snapshot.words.kinds], dtype=np.bool_)
        return kinds, np.array([index[word] for word in avoid if word in index], dtype=np.int32)

    # -- who stands close to whom ------------------------------------------------------------------------------

    def partners(self, organization: int) -> frozenset[int]:
        """Return the organizations that share an agreement in force with this one, either way."""
        key = "partners", organization
        if key not in self._known:
            columns, day = self.snapshot.agreement_columns, self.day.toordinal()
            numbers = columns.of[organization]
            in_force = numbers[(columns.effective[numbers] <= day) & (day <= columns.expires[numbers])]
            found = {party for number in in_force.tolist() for party in columns.parties[number].tolist()}
            self._known[key] = frozenset(found - {organization})
        partners: frozenset[int] = self._known[key]
        return partners

    def house(self, organization: int) -> frozenset[int]:
        """Return the organizations of the same house, itself among them: a parent and its departments."""
        snapshot = self.snapshot
        house = int(snapshot.organization_columns.house[organization])
        return snapshot.houses.get(house, frozenset((organization,)))

    def may_be_close(self, organizations: Ints, *, with_origin: bool = False) -> NDArray[np.bool_]:
        """Return which of these organizations, each given once, could stand closer to another than strangers do.

        With the origin only closeness among themselves and to the origin counts, else to anyone.
        """
        columns, day = self.snapshot.agreement_columns, self.day.toordinal()
        some = np.append(organizations, self.origin) if with_origin else organizations
        numbers, of = columns.of.at(some)
        counts = (columns.effective[numbers] <= day) & (day <= columns.expires[numbers])
        if with_origin:
            _, place, times = np.unique(numbers, return_inverse=True, return_counts=True)
            counts &= times[place] > 1
        close = np.bincount(of[counts], minlength=len(some)) > 0
        house = self.snapshot.organization_columns.house[some]
        if with_origin:
            _, place, times = np.unique(house, return_inverse=True, return_counts=True)
            close |= times[place] > 1
        else:
            close |= (house != some) | np.isin(some, self.snapshot.parents)
        found: NDArray[np.bool_] = close[: len(organizations)]
        return found

    # -- who is let in -----------------------------------------------------------------------------------------

    def let_in(self, door: int, organizations: Ints) -> NDArray[np.bool_]:
        """Return which organizations a door (number) lets in by what they are, agreements left aside."""
        doors, columns = self.snapshot.doors, self.snapshot.organization_columns
        found: NDArray[np.bool_] = doors.kinds[door, columns.kind[organizations]]
        if doors.members[door]:
            found = found | columns.member[organizations]
        named = doors.named[door]
        return found | np.isin(organizations, named) if len(named) else found

    def admits(self, holder: int, doors: Ints) -> NDArray[np.bool_]:
        """Return which of these doors (numbers) let a holder in by what it is, agreements left aside."""
        return self.opens_to(holder)[doors]

    def opens_to(self, holder: int) -> NDArray[np.bool_]:
        """Return, for each door, whether it lets a holder in by what it is, agreements left aside."""
        key = "opens to", holder
        if key not in self._known:
            doors, columns = self.snapshot.doors, self.snapshot.organization_columns
            found = doors.kinds[:, columns.kind[holder]] | (doors.members & columns.member[holder])
            found[doors.naming(holder)] = True
            self._known[key] = found
        known: NDArray[np.bool_] = self._known[key]
        return known

    # -- who takes the client ----------------------------------------------------------------------------------

    def judge(self, rows: Rows) -> Eligibility:
        """Return the verdicts of these services on the client."""
        return self.client.judge(rows)

    def takers(self, kinds: Sequence[str]) -> Rows:
        """Return the services of any of these types that take this client, each once, rising."""
        numbers = [self.snapshot.type_number[kind] for kind in kinds if kind in self.snapshot.type_number]
        sure = self._surely(tuple(numbers))
        if not self.opened:
            return sure
        opened = np.array(self.opened, dtype=np.int32)
        items, place = self.snapshot.columns.types.at(opened)
        return np.union1d(sure, opened[place[np.isin(items, numbers)]])

    def _surely(self, types: tuple[int, ...]) -> Rows:
        """Return the services of any of these types (numbers) that surely take this client, each once, rising."""
        if types not in self._sure:
            near = self.snapshot.by_place.covering(types, self._slots)
            active = near[self.snapshot.columns.active[near]]
            self._sure[types] = self.client.takes(active[~self.refused(self.snapshot.columns.organization[active])])
        return self._sure[types]

    @cached_property
    def _sure(self) -> dict[tuple[int, ...], Rows]:
        return {}

    @cached_property
    def _slots(self) -> list[int]:
        """Where `Snapshot.by_place` keeps what surely covers the client's area: everywhere, and the area upwards."""
        area = self.profile.client.area
        self.client  # noqa: B018 - refuses an area that is not here
        return [0] if area is None else [0, *(number + 1 for number in self.snapshot.area_tree.upwards(area))]

    def usable(self, kind: str, urgency: str) -> Rows:
        """Return the services of a type that take this client for something this urgent, rising."""
        key = "usable", (kind, urgency)
        if key not in self._memory:
            rows = self._takers_of(kind)
            self._memory[key] = rows[self.in_time(rows, urgency)]
        found: Rows = self._memory[key]
        return found

    def _takers_of(self, kind: str) -> Rows:
        """Return the takers of a type; those of all needs are looked for together, and those that could come first."""
        if ("takers", kind) not in self._memory:
            needed = [need.type for need in self.profile.needs]
            together = needed if kind in needed else [one for one in self.snapshot.asked_first if one not in needed]
            kinds = together if kind in together else [kind]
            rows = self.takers(kinds)
            items, place = self.snapshot.columns.types.at(rows)
            for wanted in kinds:
                number = self.snapshot.type_number.get(wanted, -1)
                self._memory["takers", wanted] = rows[place[items == number]]
        found: Rows = self._memory["takers", kind]
        return found

    # -- hours and room ----------------------------------------------------------------------------------------

    def availability(self, row: int) -> Availability:
        """Return hours and room of a service (row) at the profile's moment."""
        key = "availability", row
        if key not in self._known:
            status, opens_at = self.hours(int(self.snapshot.columns.timetable[row]))
            room = CAPACITIES[self.rooms(np.array([row]))[0]]
            self._known[key] = Availability(status, opens_at, room)
        found: Availability = self._known[key]
        return found

    def hours(self, timetable: int) -> Hours:
        """Return status and next opening of a timetable (number) at the profile's moment."""
        key = "hours", timetable
        if key not in self._known:
            table, zone = self.snapshot.timetables[timetable], self.snapshot.zone
            self._known[key] = table.at(self.profile.at, zone, steady=self._steady)
        found: Hours = self._known[key]
        return found

    @cached_property
    def _steady(self) -> bool:
        return is_steady(self.profile.at, self.snapshot.zone)

    def available(self, row: int, urgency: str) -> bool:
        """Say whether hours and room allow something this urgent."""
        found = self.availability(row)
        return open_in_time(found, urgency, self.profile.at, self.snapshot.zone) and has_room(found, urgency)

    def rooms(self, rows: Ints) -> NDArray[np.int8]:
        """Return the place in `CAPACITIES` of each service's room."""
        columns = self.snapshot.columns
        starts, ends = columns.beds[rows], columns.beds[rows + 1]
        found = np.full(len(rows), _UNKNOWN, dtype=np.int8)
        counted = ends > starts
        if not counted.any():
            return found
        first, width = starts[counted], (ends - starts)[counted]
        state = self._room_of(first)
        for more in range(1, int(width.max())):
            wider = width > more
            state[wider] = np.maximum(state[wider], self._room_of(first[wider] + more))
        found[counted] = state
        return found

    def _room_of(self, beds: Ints) -> NDArray[np.int8]:
        columns = self.snapshot.columns
        counted, free = columns.beds_counted[beds], columns.beds_free[beds]
        stale = (counted == NEVER_COUNTED) | (self._now_us - counted > FRESH_US)
        state = np.where(free > 0, _FREE, np.where(free < 0, _UNKNOWN, _FULL))
        return np.where(stale, _STALE, state).astype(np.int8)

    @cached_property
    def _now_us(self) -> int:
        return epoch_us(self.profile.at)

    def in_time(self, rows: Rows, urgency: str) -> NDArray[np.bool_]:
        """Return, for each service, whether hours and room allow something this urgent."""
        if urgency == "later":
            return np.ones(len(rows), dtype=np.bool_)
        wait = self._waits(self.snapshot.columns.timetable[rows])
        most = {"now": 0, "today": self._left_of_today_us - 1, "this_week": HORIZON_US}[urgency]
        soon: NDArray[np.bool_] = wait <= most
        return soon if urgency == "this_week" else soon & (self.rooms(rows) != _FULL)

    @cached_property
    def _left_of_today_us(self) -> int:
        return midnight_us(self.profile.at, self.snapshot.zone) - self._now_us

    @cached_property
    def _now_of_week(self) -> int:
        return place_in_week(self.profile.at, self.snapshot.zone)[1]

    def _waits(self, timetables: Ints) -> NDArray[np.int64]:
        """Return the microseconds until each timetable opens: 0 if it is open, -1 if its hours are unknown."""
        weeks, found = self.snapshot.weeks, np.empty(len(timetables), dtype=np.int64)
        weekly = weeks.has(timetables) & self._steady
        found[weekly] = weeks.waits(timetables[weekly], self._now_of_week)
        others, place = np.unique(timetables[~weekly], return_inverse=True)
        found[~weekly] = np.array([self._wait(one) for one in others.tolist()], dtype=np.int64)[place]
        return found

    def _wait(self, timetable: int) -> int:
        status, opens_at = self.hours(timetable)
        if opens_at is None:
            return 0 if status == "open" else -1
        return epoch_us(opens_at) - self._now_us

    # -- what it costs -----------------------------------------------------------------------------------------

    def met_price(self, row: int, kind: str, urgency: str, *, added: bool) -> dict[str, int]:
        """Return the cost terms of meeting one need or prerequisite of this type at a service."""
        lens, found = self.lens, self.availability(row)
        columns = self.snapshot.columns
        response_h = int(columns.response_h[row])
        hours = wait_hours(found, self.profile.at) + max(response_h, 0)
        named = kind in self.snapshot.designated_types and not columns.designated[row]
        return {
            "delay": lens.waiting(urgency, hours) + (lens.hour * lens.added_prerequisite if added else 0),
            "uncertain": lens.uncertain(found, answers_in_known=response_h >= 0),
            "distance": int(self.distances(np.array([row]))[0]),
            "not_designated": lens.not_designated if named else 0,
        }

    def gateway_price(self, row: int, urgency: str) -> dict[str, int]:
        """Return the cost terms of passing through a gateway's service on the way to something this urgent."""
        found = self.availability(row)
        known = bool(self.snapshot.columns.response_h[row] >= 0)
        return {
            "delay": self.lens.waiting(urgency, wait_hours(found, self.profile.at)),
            "uncertain": self.lens.uncertain(found, answers_in_known=known),
        }

    def met_prices(self, rows: Rows, kind: str, urgency: str, *, added: bool) -> NDArray[np.int64]:
        """Return, for each service, the sum of `met_price`."""
        lens, columns = self.lens, self.snapshot.columns
        response_h = columns.response_h[rows].astype(np.int64)
        wait, uncertain = self._doubts(rows)
        price = uncertain + lens.waiting(urgency, 1) * (wait + np.maximum(response_h, 0)) + self.distances(rows)
        if kind in self.snapshot.designated_types:
            price += np.where(columns.designated[rows], 0, lens.not_designated)
        return price + (lens.hour * lens.added_prerequisite if added else 0)

    def gateway_prices(self, rows: Rows, urgency: str) -> NDArray[np.int64]:
        """Return, for each service, the sum of `gateway_price`."""
        wait, uncertain = self._doubts(rows)
        return uncertain + self.lens.waiting(urgency, 1) * wait

    def _doubts(self, rows: Rows) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return hours until each service opens, and the points for not knowing about it."""
        columns, lens = self.snapshot.columns, self.lens
        wait = self._waits(columns.timetable[rows])
        unknown = np.where(wait < 0, lens.hours_unknown, 0)
        silent = np.where(columns.response_h[rows] < 0, lens.response_unknown, 0)
        return whole_hours_of(wait), unknown + silent + np.array(lens.capacity_points(CAPACITIES))[self.rooms(rows)]

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
        columns = self.snapshot.columns
        owners = columns.organization[rows]
        offsets = columns.places.offsets
        starts, width = offsets[rows], offsets[rows + 1] - offsets[rows]
        away = (width > 0) & (owners != self.origin) & ~self.snapshot.organization_columns.address_private[owners]
        found = np.zeros(len(rows), dtype=np.int64)
        if self._place is not None and away.any():
            places = columns.places.items[spans(starts[away], width[away])]
            points = distance_points(self._place, columns.latitude[places], columns.longitude[places])
            found[away] = np.minimum.reduceat(points, np.cumsum(width[away]) - width[away])
        return found

    @property
    def _distances(self) -> dict[int, int]:
        found: dict[int, int] = self._known.setdefault(("distances", (self.origin, self.profile.client.area)), {})
        return found

    @cached_property
    def _place(self) -> tuple[float, float] | None:
        area = self.snapshot.areas.get(self.profile.client.area or "")
        if area is None or area.latitude is None or area.longitude is None:
            return None
        return area.latitude, area.longitude
