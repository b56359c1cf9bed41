"""One request against one snapshot: the look-ups that every later step of the search shares."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from routing.costs import LENSES, Lens, distance_points, exposure_level
from routing.eligibility import YES, ClientView, Eligibility
from routing.errors import UnknownOrganization
from routing.hours import availability, has_room, open_in_time, wait_hours, whole_hours
from routing.model import Availability, Profile
from routing.snapshot import Snapshot


@dataclass(frozen=True)
class Case:
    """A profile, the snapshot that answers it, and what is derived from both. Pure; one request, one thread."""

    snapshot: Snapshot
    profile: Profile

    def __post_init__(self) -> None:
        """Refuse an origin that is not here.

        Raises:
            UnknownOrganization: the origin is not in the snapshot.
        """
        if self.profile.origin not in self.snapshot.organization_index:
            raise UnknownOrganization("origin")

    @cached_property
    def origin(self) -> int:
        """The origin's index."""
        return self.snapshot.organization_index[self.profile.origin]

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
    def _availabilities(self) -> dict[int, Availability]:
        return {}

    @cached_property
    def _judged(self) -> dict[int, np.int8]:
        return {}

    @cached_property
    def exposures(self) -> tuple[str, ...]:
        """What each organization, as a receiver, means for what it learns."""
        return tuple(exposure_level(basis=o.basis, kind=o.kind, regimes=o.regimes) for o in self.snapshot.organizations)

    @cached_property
    def _place(self) -> tuple[float, float] | None:
        area = self.snapshot.areas.get(self.profile.client.area or "")
        if area is None or area.latitude is None or area.longitude is None:
            return None
        return area.latitude, area.longitude

    def avoided(self, organization: int) -> bool:
        """Say whether the client refuses this organization, by name or by kind."""
        record = self.snapshot.organizations[organization]
        return record.slug in self.profile.avoid or record.kind in self.profile.avoid

    def availability(self, row: int) -> Availability:
        """Return hours and room of a service (row) at the profile's moment."""
        if row not in self._availabilities:
            service = self.snapshot.services[row]
            self._availabilities[row] = availability(service, self.profile.at, self.snapshot.zone)
        return self._availabilities[row]

    def available(self, row: int, urgency: str) -> bool:
        """Say whether hours and room allow something this urgent."""
        found = self.availability(row)
        return open_in_time(found, urgency, self.profile.at, self.snapshot.zone) and has_room(found, urgency)

    def judge(self, rows: NDArray[np.int32]) -> Eligibility:
        """Return the verdicts of these services on the client."""
        return self.client.judge(rows)

    def takes_client(self, rows: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return those of the rows that are active, not avoided and surely take this client."""
        keep = self.snapshot.columns.active[rows] & (self.judge(rows).overall == YES)
        return np.array(
            [row for row in rows[keep] if not self.avoided(int(self.snapshot.columns.organization[row]))],
            dtype=np.int32,
        )

    def met_price(self, row: int, kind: str, urgency: str, *, added: bool) -> dict[str, int]:
        """Return the cost terms of meeting one need or prerequisite of this type at a service."""
        lens, service, found = self.lens, self.snapshot.services[row], self.availability(row)
        hours = wait_hours(found, self.profile.at) + whole_hours(service.response_time)
        return {
            "delay": lens.waiting(urgency, hours) + (lens.hour * lens.added_prerequisite if added else 0),
            "uncertain": lens.uncertain(found, answers_in_known=service.response_time is not None),
            "distance": self._distance(row),
            "not_designated": (
                lens.not_designated if kind in self.snapshot.designated_types and not service.designated else 0
            ),
        }

    def gateway_price(self, row: int, urgency: str) -> dict[str, int]:
        """Return the cost terms of passing through a gateway's service on the way to something this urgent."""
        found = self.availability(row)
        known = self.snapshot.services[row].response_time is not None
        return {
            "delay": self.lens.waiting(urgency, wait_hours(found, self.profile.at)),
            "uncertain": self.lens.uncertain(found, answers_in_known=known),
        }

    def _distance(self, row: int) -> int:
        organization = int(self.snapshot.columns.organization[row])
        if organization == self.origin or self.snapshot.organizations[organization].address_private:
            return 0
        return distance_points(self._place, self.snapshot.services[row].positions)
