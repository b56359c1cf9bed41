"""A request against a snapshot: the services that may meet a need, and look-ups shared by the whole search."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from routing.budget import TimeBudget
from routing.cached_property import cached_property
from routing.client.confirm import Confirming, beds_to_show
from routing.client.eligibility import NO, ClientView
from routing.client.prices import Prices
from routing.costs import EXPOSURES, URGENCIES, WeightProfile
from routing.directory.agencies import Organization, Service
from routing.directory.arrays import Ints, are_among, distinct
from routing.directory.columns import Rows
from routing.directory.moment import Moment, Opening
from routing.directory.relations import ReferralTerms
from routing.directory.snapshot import Snapshot
from routing.errors import UnknownOrganization
from routing.model import Confirm, Need, Profile

Value = TypeVar("Value")
_NOBODY: Rows = np.empty(0, dtype=np.int32)


@dataclass(frozen=True)
class Scenario:
    """A profile, the snapshot that answers it, and facts derived from both. Pure; one request, one thread.

    A conditional path makes suppositions: services (rows, rising, never refused) in `opens` are supposed to take the
    client, those in `closes` not to, whatever doubt the known facts leave; `denied` are traits (a mask) supposed false
    wherever a service refuses the trait; `adult` supposes an adult. `earlier` is the moment that the request's
    scenarios share.
    """

    snapshot: Snapshot
    profile: Profile
    opens: tuple[int, ...] = ()
    closes: tuple[int, ...] = ()
    denied: int = 0
    adult: bool = False
    earlier: Moment | None = None
    time_budget: TimeBudget = field(default_factory=TimeBudget, compare=False)
    """The time that work for the request may take; shared by every supposition about the request."""
    _memory: dict[tuple[str, object], Any] = field(default_factory=dict, init=False, compare=False)
    _sure: dict[tuple[int, ...], Rows] = field(default_factory=dict, init=False, compare=False)
    _taking: dict[str, Rows] = field(default_factory=dict, init=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse an origin outside the snapshot, and another moment.

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
        """The results so far that hold for any client, shared with the request's next scenario."""
        return Moment(self.snapshot, self.profile.at) if self.earlier is None else self.earlier

    @cached_property
    def prices(self) -> Prices:
        """The prices of meeting the client's needs."""
        return Prices(self.moment, self.profile, self.origin)

    @property
    def weights(self) -> WeightProfile:
        """The weights preferred by the profile."""
        return self.prices.weights

    @cached_property
    def client(self) -> ClientView:
        """The client as seen by the snapshot."""
        return ClientView(self.snapshot, self.profile.client)

    def once(self, key: tuple[str, object], make: Callable[[], Value]) -> Value:
        """Return the result under a key for the scenario, made now if absent; no result may hold the scenario."""
        if key not in self._memory:
            self._memory[key] = make()
        return self._memory[key]

    def supposing(
        self,
        opens: tuple[int, ...],
        *,
        client_present: bool | None,
        closes: tuple[int, ...] = (),
        denied: int = 0,
        adult: bool = False,
        may_call: bool | None = None,
    ) -> Scenario:
        """Return the scenario under suppositions about services and the client, at the same prices."""
        may_call = self.profile.may_call if may_call is None else may_call
        profile = replace(self.profile, client_present=client_present, may_call=may_call)
        return self._but(profile=profile, opens=opens, closes=closes, denied=denied, adult=adult)

    def requiring(self, need: Need, completed: frozenset[str]) -> Scenario:
        """Return the scenario with one need (put first) as the only required need, and the types `completed` met."""
        profile = self.profile
        optional = tuple(replace(n, required=False) for n in profile.needs if n.type != need.type)
        client = replace(profile.client, completed=profile.client.completed | completed)
        variant = replace(profile, client=client, needs=(replace(need, required=True), *optional))
        return self._but(profile=variant)

    def alone(self, need: Need) -> Scenario:
        """Return the scenario as things stand with one need, and no other."""
        alone = replace(self.profile, needs=(need,))
        return self._but(profile=alone, opens=(), closes=(), denied=0, adult=False)

    def _but(self, **changes: Any) -> Scenario:
        """Return the scenario with some fields changed; it shares the moment, and the time that is left."""
        return replace(self, earlier=self.moment, **changes)

    def service(self, row: int) -> Service:
        """Return a service by row."""
        return self.snapshot.services[row]

    @cached_property
    def referral(self) -> Callable[[int], ReferralTerms]:
        """Return how a service (row) takes referrals."""
        return self.snapshot.ties.referral

    def organization(self, number: int) -> Organization:
        """Return an organization by index."""
        return self.snapshot.organizations[number]

    def owner(self, row: int) -> int:
        """Return the organization (index) that offers a service (row)."""
        return int(self.snapshot.columns.organization[row])

    def exposure(self, organization: int) -> str:
        """Return an organization's exposure as a receiver of information: protected, disclosed or discoverable."""
        return EXPOSURES[self.snapshot.organization_columns.exposure[organization]]

    # -- who the client refuses --------------------------------------------------------------------------------

    def refusals(self, organizations: Ints) -> NDArray[np.bool_]:
        """Return, for each of the organizations, whether the client refuses it, by name or by kind."""
        if not self.profile.avoid:
            return np.zeros(len(organizations), dtype=np.bool_)
        kinds, numbers = self._refusal_index
        by_kind: NDArray[np.bool_] = kinds[self.snapshot.organization_columns.kind[organizations]]
        return by_kind | np.isin(organizations, numbers)

    @cached_property
    def _refusal_index(self) -> tuple[NDArray[np.bool_], Rows]:
        index, avoid = self.snapshot.organization_index, self.profile.avoid
        kinds = np.array([kind in avoid for kind in self.snapshot.words.kinds], dtype=np.bool_)
        return kinds, np.array([index[word] for word in avoid if word in index], dtype=np.int32)

    # -- who takes the client ----------------------------------------------------------------------------------

    def _takers(self, service_types: Sequence[str]) -> Rows:
        """Return the services of the types that take the client, matters to confirm aside; once each, rising."""
        type_number = self.snapshot.type_number
        numbers = [type_number[service_type] for service_type in service_types if service_type in type_number]
        rows = self._surely(tuple(numbers))
        if self.opens:
            open_rows = np.array(self.opens, dtype=np.int32)
            items, place = self.snapshot.columns.types.at(open_rows)
            rows = distinct(np.concatenate([rows, open_rows[place[are_among(items, numbers)]]]))
        return rows[~are_among(rows, self.closes)] if self.closes else rows

    @cached_property
    def gateway_takers(self) -> Rows:
        """The services, of any type, that take the client merely passing through; rising."""
        rows = self._takers(self.snapshot.words.types)
        return rows[~self.to_confirm.at(rows, "").closes]

    def opening_for(self, rows: Rows, *service_types: str, index: Ints | int = 0) -> Opening:
        """Return hours and room of services that are met for a type: `index` gives the place in `service_types`."""
        beds_for = partial(self.snapshot.service_types.beds_for, self.profile.client)
        beds = np.array([beds_for(service_type) for service_type in service_types], dtype=np.int64)
        return self.moment.opening(rows, beds_to_show(self.moment, self.origin, rows, beds[index]))

    def has_room(self, opening: Opening, urgency: Ints | int) -> NDArray[np.bool_]:
        """Return, for each service, whether room allows a need of this urgency; a third party asks for none."""
        return self.moment.has_room(opening, urgency) | self.profile.third_party

    # -- what is to confirm, and what is to report -------------------------------------------------------------

    @cached_property
    def to_confirm(self) -> Confirming:
        """The matters that services confirm before they take the client, suppositions included."""
        if not self.denied and not self.adult:
            return self.to_confirm_now
        return self._confirming(self.denied, adult=self.adult)

    @cached_property
    def to_confirm_now(self) -> Confirming:
        """The matters that services confirm as things stand, without suppositions: the basis of the price."""
        return self._confirming(0, adult=False)

    def _confirming(self, denied: int, *, adult: bool) -> Confirming:
        sees = partial(self.moment.sees_counts, self.origin)
        return Confirming(self.snapshot, self.client, self.profile.client, denied, sees, adult)

    def to_be_denied(self, row: int, service_type: str, *, by_packet: bool) -> int:
        """Return the traits (a mask) that must be false for a service to be met for a type, as things stand."""
        at = np.array([row], dtype=np.int32)
        mask = self.to_confirm_now.unknown_of(at) if by_packet else self.to_confirm_now.never_asked(at, service_type)
        return int(mask[0])

    def is_for_adults(self, row: int, service_type: str) -> bool:
        """Return whether a service is met for a type by an adult, and not by a child with those who come along."""
        rows = np.array([row], dtype=np.int32)
        return service_type in self.snapshot.service_types.with_companions and bool(
            self.to_confirm_now.opens_to_adults(rows)[0]
        )

    def entries(self, row: int, service_type: str) -> list[Confirm]:
        """Return the matters to confirm at a service for a type, as things stand; a supposed adult's companions too."""
        protected_topics = self.organization(self.origin).basis != "systems"
        return list(self._confirming(0, adult=self.adult).entries(row, service_type, protected_topics=protected_topics))

    @cached_property
    def reports(self) -> dict[str, frozenset[int]]:
        """The organizations (indices) to which the origin reports, by the type that the report meets.

        A certain duty names them; without such a duty, all who take a report that is made in no other way. A third
        party calls whoever takes what a third party can call about, the origin too.
        """
        if self.profile.third_party:
            return {service_type: self._offering(service_type) for service_type in self.snapshot.law.by_third_party}
        index, receivers = self.snapshot.organization_index, dict[str, frozenset[int]]()
        for report in self.profile.reports:
            to = {index[slug] for slug in report.receivers if slug in index} - {self.origin}
            receivers[report.type] = receivers.get(report.type, frozenset()) | to
        types = {need.type for need in self.profile.needs} | {*self.snapshot.asked_first}
        for service_type in types & self.snapshot.law.by_report - receivers.keys():
            receivers[service_type] = self._offering(service_type) - {self.origin}
        return receivers

    def _offering(self, service_type: str) -> frozenset[int]:
        rows = self.snapshot.postings.get(service_type, _NOBODY)
        return frozenset(self.snapshot.columns.organization[rows].tolist())

    @cached_property
    def _certain(self) -> frozenset[str]:
        return frozenset(report.type for report in self.profile.reports)

    def is_uncertain_report(self, organization: int, service_types: Iterable[str]) -> bool:
        """Return whether a step is a report of the origin to an organization, and no certain duty asks for it."""
        report_types = {service_type for service_type in service_types if self.is_report(organization, service_type)}
        return bool(report_types) and not self.profile.third_party and self._certain.isdisjoint(report_types)

    def is_report(self, organization: int, service_type: str) -> bool:
        """Return whether an organization is met for a type by a report of the origin, and in no other way."""
        return organization in self.reports.get(service_type, ())

    def are_reports(self, rows: Rows, service_type: str) -> NDArray[np.bool_]:
        """Return, for each of these services, whether its owner is met for a type by a report of the origin."""
        return are_among(self.snapshot.columns.organization[rows], sorted(self.reports.get(service_type, ())))

    def _with_reports(self, service_type: str, rows: Rows) -> Rows:
        """Return the services met for a type, and all that the origin reports to for it."""
        extras = np.array([row for row in self.opens if service_type in self.service(row).types], dtype=np.int32)
        extras = extras[self.are_reports(extras, service_type)]
        rows = rows[~self.are_reports(rows, service_type) & ~self.only_reported(rows, service_type)]
        return distinct(np.concatenate([rows, self._report_rows(service_type), extras])).astype(np.int32)

    def only_reported(self, rows: Rows, service_type: str) -> NDArray[np.bool_]:
        """Return which services are met for a type by a report alone: all but the origin's own."""
        away: NDArray[np.bool_] = self.snapshot.columns.organization[rows] != self.origin
        return away & (service_type in self.snapshot.law.by_report)

    def _report_rows(self, service_type: str) -> Rows:
        """Return the services to which the origin reports for a type as things stand; rising."""
        columns = self.snapshot.columns
        numbers = [number for name, number in self.snapshot.type_number.items() if name == service_type]
        near = self.snapshot.by_place.covering(numbers, self._slots)
        rows = near[columns.active[near] & self.are_reports(near, service_type)]
        return distinct(rows[~self.refusals(columns.organization[rows])]).astype(np.int32)

    def _surely(self, types: tuple[int, ...]) -> Rows:
        """Return the services of the types (numbers) that surely take the client, each once, rising."""
        if types not in self._sure:
            near = self.snapshot.by_place.covering(types, self._slots)
            active = near[self.snapshot.columns.active[near]]
            self._sure[types] = self.client.takes(active[~self.refusals(self.snapshot.columns.organization[active])])
        return self._sure[types]

    def may_be_near(self) -> Rows:
        """Return the services that may cover the client's area; a service may occur more than once."""
        snapshot, area = self.snapshot, self.profile.client.area
        if area is None:
            rows = np.concatenate([_NOBODY, *snapshot.postings.values()])
            return rows[self.client.area(rows) != NO]
        slots = [*self._slots, *(snapshot.area_tree.within(area) + 1).tolist()]
        listing = snapshot.by_place.covering([*snapshot.type_number.values()], slots)
        return np.concatenate([listing, *snapshot.unplaced.values()])

    @cached_property
    def _slots(self) -> list[int]:
        """The slots of `Snapshot.by_place` that surely cover the client's area: everywhere, and the area upwards."""
        area = self.profile.client.area
        self.client  # noqa: B018 - refuses an area that is not here
        return [0] if area is None else [0, *(number + 1 for number in self.snapshot.area_tree.upwards(area))]

    def usable(self, demands: Sequence[tuple[str, str]]) -> tuple[Rows, NDArray[np.int64], Opening]:
        """Return the services that take the client for the types and urgencies in `demands`, and are open in time.

        Ordered by entry of `demands`, then rising; with each service the place in `demands`, and its opening.
        """
        groups = [self.takers_of(service_type) for service_type, _ in demands]
        rows, index = np.concatenate(groups), np.repeat(np.arange(len(demands)), [len(group) for group in groups])
        opening = self.opening_for(rows, *(service_type for service_type, _ in demands), index=index)
        urgencies = np.array([URGENCIES.index(urgency) for _, urgency in demands])[index]
        soon = self.moment.open_in_time(opening, urgencies) & self.has_room(opening, urgencies)
        return rows[soon], index[soon], opening.only(soon)

    def takers_of(self, service_type: str) -> Rows:
        """Return the services that take the client for a type, each once, rising."""
        if service_type not in self._taking:
            rows = self._takers([service_type])
            takers = rows[~self.to_confirm.at(rows, service_type).closes]
            if service_type in self.reports:
                takers = self._with_reports(service_type, takers)
            elif self.profile.third_party:
                takers = _NOBODY
            self._taking[service_type] = takers
        return self._taking[service_type]
